"""Rules about a course's resource (notice, section five; annex 1, part three, point 3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.campaign import ResourceRule
from core.consent import contradicts
from core.findings import Finding, finding
from core.rules.common import attachment_of, called, current_items, form_of_other_kind, spec_of
from core.submission import Item, Submission


def courses(s: Submission) -> Iterator[tuple[int, Item, ResourceRule]]:
    """Items with a resource rule whose form could be read. What OCR made of a scan without its Word form is none: nobody
    is asked for anything on the strength of that."""
    for index, item in current_items(s):
        rule = spec_of(s, item).resource
        if rule is None or item.blank or item.word_unread or form_of_other_kind(item):
            continue
        if item.form is not None and (item.word is not None or item.exported_pdf is not None):
            yield index, item, rule


def consent_of(item: Item, rule: ResourceRule) -> bool | None:
    """Whether sharing is agreed; None while nobody has said."""
    value = item.fields.get(rule.consent_field)
    return value if isinstance(value, bool) else None


def only_scanned(item: Item, rule: ResourceRule) -> bool:
    """Whether the answer on sharing stands on the scanned paper only, where a tick may have been misread."""
    typed = item.form.fields.get(rule.consent_field) if item.form is not None else None
    if isinstance(typed, bool):
        return False
    said = consent_of(item, rule)
    return any(form.fields.get(rule.consent_field) is said for read in item.scan_reads for form in read.forms)


def _by_its_scan(s: Submission, index: int, item: Item, lacking: str) -> Finding:
    text = f"{called(s, item)}的Word版未注明是否同意共享，扫描件上似已勾选；按勾选内容尚缺{lacking}，请人工核对。"
    return finding("submission.unclear", text, item=index, attachment=attachment_of(s, item.word))


def course_consent(s: Submission) -> Iterable[Finding]:
    """`course.consent_missing`: neither form nor mail says whether sharing is agreed. Words in the cell that could not
    be understood are for a person."""
    for index, item, rule in courses(s):
        if consent_of(item, rule) is not None or item.word is None:
            continue
        label = spec_of(s, item).form.field(rule.consent_field).labels[0]
        said = item.fields.get(f"{rule.consent_field}_text")
        at = attachment_of(s, item.word)
        if rule.consent_field not in item.fields or said:
            text = f"{called(s, item)}的“{label}”一栏（{said or '未找到'}）含义不明，请人工判断。"
            yield finding("submission.unclear", text, item=index, attachment=at, field=rule.consent_field)
            continue
        if contradicts(s.facts.text):
            text = f"{called(s, item)}未标明“{label}”；来信正文既写有同意、也写有不同意，请人工判断。"
            yield finding("submission.unclear", text, item=index, attachment=at, field=rule.consent_field)
            continue
        text = f"{called(s, item)}未标明“{label}”。烦请在申报表中注明同意或不同意，也可直接回复本邮件说明。"
        yield finding("course.consent_missing", text, item=index, attachment=at, field=rule.consent_field)


def course_video(s: Submission) -> Iterable[Finding]:
    """`course.video_missing`: a video, sharing agreed, and neither the file nor a link to it."""
    for index, item, rule in courses(s):
        if consent_of(item, rule) is not True or not rule.ticked(item.fields) & set(rule.video_types):
            continue
        if item.videos or any(not link.is_homepage for link in item.links) or _unopened(s):
            continue
        if s.unopened or s.resources_elsewhere:
            yield _elsewhere(s, index, item)
            continue
        if only_scanned(item, rule):
            yield _by_its_scan(s, index, item, "视频文件或下载链接")
            continue
        text = (
            f"{called(s, item)}为视频资源且同意共享，但未见视频文件，也未见下载链接。"
            f"烦请将视频上传至{s.campaign.share_name}，分享期限设为永久有效，并将链接与提取码发送至本邮箱。"
        )
        yield finding("course.video_missing", text, item=index, attachment=attachment_of(s, item.word))


def course_address(s: Submission) -> Iterable[Finding]:
    """`course.address_missing`: sharing not agreed and no network address given."""
    for index, item, rule in courses(s):
        if consent_of(item, rule) is not False or item.links or item.videos or _unopened(s):
            continue
        if rule.ticked(item.fields) and rule.ticked(item.fields) <= set(rule.paper_types):
            continue  # a paper book has no network address; it comes by post
        if s.unopened or s.resources_elsewhere:
            yield _elsewhere(s, index, item)
            continue
        if only_scanned(item, rule):
            yield _by_its_scan(s, index, item, "课程的网络链接地址")
            continue
        text = f"{called(s, item)}不同意共享，按通知要求需提供课程的网络链接地址。烦请补充网址。"
        yield finding("course.address_missing", text, item=index, attachment=attachment_of(s, item.word))


def _elsewhere(s: Submission, index: int, item: Item) -> Finding:
    """The resource may lie in a colleague's mail, or in a file of another mail that could not be opened."""
    if s.resources_elsewhere:
        where = f"同一报送单位另有来信发来“{s.resources_elsewhere[0]}”，可能即为本课程的资源，请人工核对。"
    else:
        where = f"同一发件人另一封来信的附件“{s.unopened[0].name}”未能打开，资源可能在其中，请人工查看。"
    return finding("submission.unclear", f"{called(s, item)}未见课程资源；{where}", item=index, attachment=attachment_of(s, item.word))


def _unopened(s: Submission) -> bool:
    """Something in this mail could not be opened here and may hold the resource."""
    return any(part.problem is not None and not part.inline for part in s.facts.parts)
