"""What staff tell a submitter about something the program itself only doubted, in the submitter's words.

A `review` finding speaks to staff and asks them to look; nothing of it may reach a letter. Once a person has looked and
asks for a correction, the same matter gets a sentence of its own here. What a program cannot word (who may have meant
what) has none: staff say it in their own words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from core.findings import Finding, Severity

_SENTENCES: Mapping[str, str] = {
    "scan.seal_uncertain": "{item}的扫描件经人工查看，未见完整清晰的申报单位公章。烦请加盖公章后重新扫描发送。",
    "scan.mismatch": "{item}的扫描件与Word版申报表内容不一致{seen}。烦请核对后，以定稿重新发送Word版及盖章扫描件。",
    "scan.unreadable": "{item}的扫描件字迹不清，无法辨认。烦请重新扫描（或拍摄清晰的照片）后发送。",
    "form.unreadable": "{item}的Word版申报表无法打开。烦请另存为.docx格式后重新发送。",
    "mail.malformed": "来信在传送中有缺损，部分附件未能完整收到。烦请将全部材料重新发送一次。",
    "unit.unknown": "来信中的报送单位名称未能确认。烦请在回信中写明报送单位全称，邮件主题写为“{subject}”。",
    "link.unchecked": "{link}未能打开。烦请核对后重新发送链接与提取码，分享时间请设为永久有效。",
    "link.no_video": "{link}中未见视频文件。烦请补充上传后，重新发送链接与提取码。",
}
_ADDRESS = re.compile(r"https?://[\x21-\x7e]+")
_UNSAYABLE = frozenset({"mail.duplicate", "submission.superseded", "deadline.late"})
"""Notes that inform and cannot be asked to be mended."""


def confirmed(found: Finding, *, item: str, subject: str) -> Finding | None:
    """The finding as an error that a letter by staff may tell; None where there are no words for it.

    `item`: how a letter names the item (典型案例《…》), empty for a matter of the whole mail. `subject`: the right subject
    for this unit. The code stays, so that it can be found again in the ledger.
    """
    if found.code in _UNSAYABLE:
        return None
    if found.severity is not Severity.REVIEW:
        return replace(found, severity=Severity.ERROR)
    sentence = _SENTENCES.get(found.code)
    if sentence is None:
        return None
    address = _ADDRESS.search(found.text)
    text = sentence.format(
        item=item or "来信", subject=subject, seen=f"（{found.evidence}）" if found.evidence and found.code == "scan.mismatch" else "",
        link=f"链接{address.group()}" if address else "所附链接",
    )
    return replace(found, severity=Severity.ERROR, text=text)
