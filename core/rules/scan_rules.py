"""Rules about the stamped scan (notice, section five: 纸质盖章版扫描件)."""

from __future__ import annotations

from collections.abc import Iterable

from core.findings import Finding, finding
from core.roles import OTHER_PAPER, SMALL_PICTURE
from core.rules.common import attachment_of, called, current_items, right_name, spec_of, suspects, unopened_elsewhere
from core.submission import Item, Submission


def scan_present(s: Submission) -> Iterable[Finding]:
    """`scan.missing`: there is a form, but no scan of the stamped paper. A form printed to PDF with a picture on it may
    bear an electronic seal: that is for a person; so is one that may lie with another item or another sender's version."""
    for index, item in current_items(s):
        if item.other_sender is not None or item.scans or not spec_of(s, item).scan_required or (item.word is None and item.exported_pdf is None):
            continue
        if suspects(s, item, word=False) or s.unclear or item.word_unread:
            continue  # a form that nobody could open may hold the pages: it is told by itself
        if item.exported_picture:
            seen = item.exported_pdf.name if item.exported_pdf else ""
            text = f"{called(s, item)}未见扫描件；PDF“{seen}”由Word导出，其中有图片，可能是电子印章，请人工查看。"
            yield finding("submission.unclear", text, item=index, attachment=attachment_of(s, item.exported_pdf))
            continue
        if item.doubt is not None:
            yield finding("submission.unclear", f"{called(s, item)}未见扫描件；{item.doubt}，请人工核对。", item=index)
            continue
        elsewhere = unopened_elsewhere(s, word=False)
        if elsewhere:
            text = f"{called(s, item)}未见扫描件；同一发件人另一封来信的附件“{elsewhere}”未能打开，扫描件可能在其中，请人工查看。"
            yield finding("submission.unclear", text, item=index)
            continue
        also = "收到的PDF由Word直接导出，未经盖章扫描。" if item.exported_pdf else ""
        text = (
            f"{called(s, item)}未见纸质盖章版扫描件。{also}烦请将申报表打印、加盖申报单位公章后扫描，"
            f"以“{right_name(s, item, '.pdf')}”为文件名补报。"
        )
        yield finding("scan.missing", text, item=index)


def scan_whose(s: Submission) -> Iterable[Finding]:
    """`submission.unclear`: nothing tells that a scan is this item's, neither its pages nor its name nor who sent it."""
    for index, item in current_items(s):
        if item.scan_guessed and item.scans and item.scan_matches_word != "yes":
            names = "、".join(f"“{ref.name}”" for ref in item.scans[:3])
            text = f"扫描件{names}暂计入{called(s, item)}，是否为本件的扫描件，程序不能确定，请人工核对。"
            yield finding("submission.unclear", text, item=index, attachment=attachment_of(s, item.scans[0]))


def scan_sealed(s: Submission) -> Iterable[Finding]:
    """`scan.no_seal` when certain, else `scan.seal_uncertain`; nothing while nobody looked for seals."""
    for index, item in current_items(s):
        if not item.scans or item.seal in (None, "present"):
            continue
        at = attachment_of(s, item.scans[0])
        if item.seal == "absent" and not item.scan_unsure and not _sealed_elsewhere(s, item):
            text = f"{called(s, item)}的扫描件“{item.scans[0].name}”各页均未见申报单位公章。烦请加盖公章后重新扫描发送。"
            yield finding("scan.no_seal", text, item=index, attachment=at)
        else:
            text = f"{called(s, item)}的扫描件“{item.scans[0].name}”是否盖有公章，程序不能确定，请人工查看。"
            yield finding("scan.seal_uncertain", text, item=index, attachment=at)


def _sealed_elsewhere(s: Submission, item: Item) -> bool:
    """Whether the sealed page may be a file that surely counts for no other item: one that nobody could open (or not in the time
    a mail has), or a page or picture that nobody could call free of seals. Papers that are named as other papers are none."""
    if suspects(s, item, word=False) or unopened_elsewhere(s, word=False):
        return True
    used = {ref.sha256 for other in s.items if not other.scan_unsure for ref in other.scans}
    return any(
        found is not None and found.seal in ("present", "uncertain") and part.sha256 not in used
        and any(page.image or page.seals for page in found.pages)
        and not (part.inline and part.size < SMALL_PICTURE) and not OTHER_PAPER.search(part.name)
        for part in s.facts.parts
        for found in (part.scan, part.embedded)
    )


def scan_matching(s: Submission) -> Iterable[Finding]:
    """`scan.mismatch`: the scan seems to be another item's than the Word form's."""
    for index, item in current_items(s):
        if item.scan_matches_word == "no":
            seen = "；".join(item.scan_differences)
            at = attachment_of(s, item.scans[0]) if item.scans else None
            yield finding(
                "scan.mismatch", f"{called(s, item)}的扫描件与Word版内容不一致：{seen}。请人工核对。",
                item=index, attachment=at, evidence=seen,
            )


def scan_readable(s: Submission) -> Iterable[Finding]:
    """`scan.unreadable`: no text could be read on its pages."""
    for index, item in current_items(s):
        if item.scan_unread and item.scans:
            yield _unreadable(s, index, item)


def _unreadable(s: Submission, index: int, item: Item) -> Finding:
    text = f"{called(s, item)}的扫描件“{item.scans[0].name}”未能识别出文字，请人工查看。"
    return finding("scan.unreadable", text, item=index, attachment=attachment_of(s, item.scans[0]))
