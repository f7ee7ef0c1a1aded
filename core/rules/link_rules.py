"""Rules about share links. Only proof by the share service makes an error; see providers' table of verdicts."""

from __future__ import annotations

from collections.abc import Iterable

from core.facts import Link, LinkState
from core.findings import Finding, finding
from core.rules.common import called, share_links
from core.rules.course_rules import consent_of, courses
from core.submission import Submission

PROVEN = {
    LinkState.CODE_WRONG: ("link.code_wrong", "提取码“{code}”不正确，无法打开。烦请核对后重新发送链接与提取码。"),
    LinkState.DEAD: ("link.dead", "已失效（分享已取消或文件已删除）。烦请重新分享，并发送新的链接与提取码。"),
    LinkState.EXPIRED: ("link.expired", "已过期。烦请重新分享，将期限设为永久有效，并发送新的链接与提取码。"),
    LinkState.NOT_PERMANENT: (
        "link.not_permanent", "设有有效期。通知要求永久有效，烦请重新分享为永久有效，并发送新的链接与提取码。"
    ),
}


PLACES = {
    "web": "网页地址", "quark": "夸克网盘", "uc": "UC网盘", "aliyun": "阿里云盘", "123": "123云盘", "115": "115网盘", "tianyi": "天翼云盘",
    "weiyun": "腾讯微云", "xunlei": "迅雷云盘", "139": "和彩云", "lanzou": "蓝奏云", "wenshushu": "文叔叔", "cowtransfer": "奶牛快传",
    "ctfile": "城通网盘", "chaoxing": "超星云盘", "360": "360云盘", "jianguoyun": "坚果云", "google_drive": "Google Drive",
    "onedrive": "OneDrive", "dropbox": "Dropbox", "baidu_enterprise": "百度企业网盘", "baidu_old": "旧式百度网盘地址",
}  # fmt: skip
"""Where else a link may lead, in the words of letters."""


def link_code(s: Submission) -> Iterable[Finding]:
    """`link.code_missing`: a share link without its extraction code, unless the check found that it opens without."""
    for link, item in share_links(s):
        if link.doubtful:
            continue  # the code may well stand in the picture, unread
        if link.code is None and link.state in (LinkState.UNCHECKED, LinkState.CODE_MISSING):
            text = f"{s.campaign.share_name}链接{link.url}未附提取码。烦请补充该链接的提取码（四位）。"
            yield finding("link.code_missing", text, item=item, attachment=_at(s, link))


def link_state(s: Submission) -> Iterable[Finding]:
    """What the share service proved; `link.unchecked` when it could not be asked after all retries, or when address or code
    were read from a picture and do not open: a misread letter is no fault of the unit."""
    for link, item in share_links(s):
        if link.doubtful:
            if link.state is not LinkState.OK and s.links_checked and not s.links_pending:
                said = f"{s.campaign.share_name}链接{link.url}（提取码{link.code or '未见'}）"
                text = f"{said}可能有误（由图片识别，或地址不完整），未能打开，请人工核对。"
                yield finding("link.unchecked", text, item=item, attachment=_at(s, link), evidence=link.found_in)
            continue
        if link.state in PROVEN:
            code, text = PROVEN[link.state]
            text = f"{s.campaign.share_name}链接{link.url}{text.format(code=link.code or '')}"
            yield finding(code, text, item=item, attachment=_at(s, link))
        elif link.state is LinkState.UNCHECKED and link.code and s.links_checked and not s.links_pending:
            text = f"{s.campaign.share_name}链接{link.url}多次尝试仍无法核验，请人工打开确认。"
            yield finding("link.unchecked", text, item=item, attachment=_at(s, link))


def link_contents(s: Submission) -> Iterable[Finding]:
    """`link.no_video`: shares of a course that open and hold no video although one is wanted, or nothing at all. For a
    person, with the list: a name does not always say what a file is."""
    for index, item, rule in courses(s):
        shares = [link for link in item.links if link.provider == s.campaign.share_provider]
        reports = [s.reports[link.url] for link in shares if link.state is LinkState.OK and link.url in s.reports]
        if not shares or len(reports) < len(shares) or item.videos:
            continue
        listed = "；".join(report.contents() for report in reports)
        if all(report.empty for report in reports):
            text = f"{called(s, item)}所附{s.campaign.share_name}链接可以打开，但其中没有文件（{listed}），请人工查看。"
            yield finding("link.no_video", text, item=index, attachment=_at(s, shares[0]), evidence=listed)
            continue
        wanted = consent_of(item, rule) is not False and rule.ticked(item.fields) & set(rule.video_types)
        elsewhere = any(link not in shares and not link.is_homepage for link in item.links)
        if wanted and not elsewhere and all(report.has_video is False for report in reports):
            text = f"{called(s, item)}为视频资源，所附{s.campaign.share_name}链接中未见视频文件（{listed}），请人工查看。"
            yield finding("link.no_video", text, item=index, attachment=_at(s, shares[0]), evidence=listed)


def link_elsewhere(s: Submission) -> Iterable[Finding]:
    """`link.other_place`: a video that is shared lies in another place than the notice asks for. A friendly word only."""
    for index, item, rule in courses(s):
        if consent_of(item, rule) is not True or not rule.ticked(item.fields) & set(rule.video_types) or item.videos:
            continue
        if any(link.provider == s.campaign.share_provider for link in item.links):
            continue
        other = next((link for link in item.links if not link.is_homepage and link.provider != "mail_large_file"), None)
        if other is None:
            continue
        place = PLACES.get(other.provider, "其他网盘")
        text = (
            f"{called(s, item)}的视频目前存放在{place}。通知要求同意共享的视频通过{s.campaign.share_name}报送，"
            f"方便时请另行上传一份至{s.campaign.share_name}（分享期限设为永久有效），并将链接与提取码发送至本邮箱。"
        )
        yield finding("link.other_place", text, item=index, attachment=_at(s, other), evidence=other.url)


def _at(s: Submission, link: Link) -> int | None:
    names = [part.name for part in s.facts.parts]
    return names.index(link.found_in) if link.found_in in names else None
