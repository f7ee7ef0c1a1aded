"""Rules about single files and about a mail that brings none."""

from __future__ import annotations

from collections.abc import Iterable

from core.campaign import UNIT_PLACEHOLDER
from core.facts import Blocked, Part, Unreadable
from core.findings import Finding, finding
from core.problems import how_to_mend, what_is_wrong
from core.roles import PAGE_TYPES, WORD_TYPES
from core.rules.common import unit_for_letters
from core.submission import FileRef, PartRole, Submission
from core.withdrawal import TAKEN_BACK, asks_back

EXTENSIONS = {
    "application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png", "application/msword": ".doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
"""For files that came without one."""
PERMANENT = ("永久", "无限期", "长期有效")


def mail_empty(s: Submission) -> Iterable[Finding]:
    """`mail.empty`: a submission's subject, but neither an attachment nor a share link."""
    attached = [part for part in s.facts.parts if not part.inline or part.form or (part.scan and part.scan.is_scan)]
    shared = [link for link in s.links if link.provider != "web"]
    if not attached and not shared and not s.items:
        yield finding(
            "mail.empty", "邮件中未见附件，也未见分享链接。烦请将申报表（Word版）及盖章扫描件作为附件重新发送。"
        )


def mail_malformed(s: Submission) -> Iterable[Finding]:
    """`mail.malformed`: something in the MIME structure was lost."""
    if s.facts.lost:
        yield finding("mail.malformed", "邮件结构残缺，部分内容可能丢失，请人工查看原始邮件。", evidence="; ".join(s.facts.defects))


def file_readable(s: Submission) -> Iterable[Finding]:
    """`attachment.unreadable` for what is damaged or locked; what this machine could not open is for a person."""
    for index, part in enumerate(s.facts.parts):
        if not isinstance(part.problem, Unreadable) or part.inline:
            continue
        wrong = f"附件“{part.name}”{what_is_wrong(part.problem)}"
        if part.problem.reason == "password" or (part.problem.reason == "damaged" and _matters(part)):
            text = f"{wrong}。{how_to_mend(part, s.campaign.share_name)}"
            yield finding("attachment.unreadable", text, attachment=index, evidence=part.problem.detail)
        elif part.problem.reason != "damaged" and s.roles[index].role != "word_form":
            text = f"{wrong}，请人工打开查看。"
            code = "scan.unreadable" if _pages(part) else "submission.unclear"
            yield finding(code, text, attachment=index, evidence=part.problem.detail)


def _pages(part: Part) -> bool:
    return part.media_type in PAGE_TYPES or part.media_type.startswith("image/")


def _matters(part: Part) -> bool:
    return part.container or part.media_type in WORD_TYPES or _pages(part) or part.media_type.startswith(
        ("application/zip", "application/vnd.rar", "application/x-7z", "application/octet-stream", "video/")
    )


def file_allowed(s: Submission) -> Iterable[Finding]:
    """`attachment.blocked`: executable or macro content, archive bomb, over the size limit."""
    for index, part in enumerate(s.facts.parts):
        if isinstance(part.problem, Blocked):
            text = f"附件“{part.name}”{what_is_wrong(part.problem)}。{how_to_mend(part, s.campaign.share_name)}"
            yield finding("attachment.blocked", text, attachment=index, evidence=part.problem.detail)


def file_expiring(s: Submission) -> Iterable[Finding]:
    """`attachment.cloud_expiring`: the "attachment" is only a mail provider's link with an expiry date."""
    for link in s.links:
        if link.provider != "mail_large_file" or any(word in (link.expires or "") for word in PERMANENT):
            continue
        until = _until(link.expires)
        text = (
            f"邮件中的超大附件{until}只是有期限的下载链接，到期后将无法取得。"
            f"烦请将文件作为普通附件发送；视频等大文件请上传至{s.campaign.share_name}，设为永久有效，并附链接与提取码。"
        )
        yield finding("attachment.cloud_expiring", text, evidence=link.url)


def _until(expires: str | None) -> str:
    """The term as printed beside the link: a day (2021年12月1日 9:30) or a number of days (7天)."""
    if not expires:
        return ""
    return f"（有效期{expires}）" if expires.rstrip().endswith("天") else f"（显示{expires}到期）"


def file_named(s: Submission) -> Iterable[Finding]:
    """`attachment.name_irregular`: a form or scan not named 单位+材料类别."""
    for index, (part, role) in enumerate(zip(s.facts.parts, s.roles, strict=True)):
        if role.role not in ("word_form", "scan") or role.name_regular or (part.inline and role.role == "scan"):
            continue
        text = f"附件“{part.name}”的文件名，规范写法为“{_right_name(s, role, index)}”，今后报送时请参照。"
        yield finding("attachment.name_irregular", text, attachment=index, strict=s.campaign.strict_names)


def _right_name(s: Submission, role: PartRole, index: int) -> str:
    part = s.facts.parts[index]
    extension = f".{part.name.rsplit('.', 1)[1]}" if "." in part.name else EXTENSIONS.get(part.media_type, "")
    if role.role == "scan" and part.media_type in WORD_TYPES:
        extension = ".pdf"  # pictures pasted into a document: its form has that name already
    unit = next(
        (
            item.applicant_unit
            for item in s.items
            if item.applicant_unit and FileRef(s.id, index, part.name, part.sha256) in (item.word, *item.scans)
        ),
        None,
    )
    unit = unit or role.unit_text or unit_for_letters(s) or UNIT_PLACEHOLDER
    if role.category is None:
        return f"{unit}{s.campaign.name_separator}材料类别{extension}"
    return s.campaign.right_name(unit, role.category, extension)


def told_in_words(s: Submission) -> Iterable[Finding]:
    """`submission.unclear`: what a mail says in words only; or that it takes something back, beside forms for something else."""
    if s.for_staff is not None:
        yield finding("submission.unclear", s.for_staff)
        return
    replaces = any(item.id is not None or item.supersedes is not None for item in s.items)  # what it brings says it all then
    if asks_back(s.facts) and not replaces and any(item.word is not None for item in s.items):
        yield finding("submission.unclear", TAKEN_BACK)


def unclear(s: Submission) -> Iterable[Finding]:
    """`submission.unclear`: what only a person can tell; also a mail whose files hold none of the forms."""
    for text in (*s.unclear, *s.asides):
        yield finding("submission.unclear", text)
    files = [p for p, r in zip(s.facts.parts, s.roles, strict=True) if r.role in ("other", "archive", "video") and not p.inline]
    problems = any(part.problem is not None for part in s.facts.parts)
    shared = [link for link in s.links if link.provider not in ("web", "mail_large_file")]
    if shared and not files and not s.items and all(part.inline for part in s.facts.parts):
        yield finding("submission.unclear", "来信只有分享链接，未见申报表，请人工打开查看。", evidence=shared[0].url)
    if files and not s.items and not problems and not any(r.role == "scan" for r in s.roles):
        names = "、".join(part.name for part in files[:5])
        yield finding("submission.unclear", f"附件（{names}）中未认出申报表，请人工查看。", evidence=names)
