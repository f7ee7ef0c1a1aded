"""Rules about share links. Only proof by the share service makes an error; see providers' table of verdicts."""

from __future__ import annotations

from collections.abc import Iterable

from core.facts import Link, LinkState
from core.findings import Finding, finding
from core.rules.common import share_links
from core.submission import Submission

PROVEN = {
    LinkState.CODE_WRONG: ("link.code_wrong", "提取码“{code}”不正确，无法打开。烦请核对后重新发送链接与提取码。"),
    LinkState.DEAD: ("link.dead", "已失效（分享已取消或文件已删除）。烦请重新分享，并发送新的链接与提取码。"),
    LinkState.EXPIRED: ("link.expired", "已过期。烦请重新分享，将期限设为永久有效，并发送新的链接与提取码。"),
    LinkState.NOT_PERMANENT: (
        "link.not_permanent", "设有有效期。通知要求永久有效，烦请重新分享为永久有效，并发送新的链接与提取码。"
    ),
}


def link_code(s: Submission) -> Iterable[Finding]:
    """`link.code_missing`: a share link without its extraction code, unless the check found that it opens without."""
    for link, item in share_links(s):
        if link.code is None and link.state in (LinkState.UNCHECKED, LinkState.CODE_MISSING):
            text = f"{s.campaign.share_name}链接{link.url}未附提取码。烦请补充该链接的提取码（四位）。"
            yield finding("link.code_missing", text, item=item, attachment=_at(s, link))


def link_state(s: Submission) -> Iterable[Finding]:
    """What the share service proved; `link.unchecked` when it could not be asked after all retries."""
    for link, item in share_links(s):
        if link.state in PROVEN:
            code, text = PROVEN[link.state]
            text = f"{s.campaign.share_name}链接{link.url}{text.format(code=link.code or '')}"
            yield finding(code, text, item=item, attachment=_at(s, link))
        elif link.state is LinkState.UNCHECKED and link.code and s.links_checked and not s.links_pending:
            text = f"{s.campaign.share_name}链接{link.url}多次尝试仍无法核验，请人工打开确认。"
            yield finding("link.unchecked", text, item=item, attachment=_at(s, link))


def _at(s: Submission, link: Link) -> int | None:
    names = [part.name for part in s.facts.parts]
    return names.index(link.found_in) if link.found_in in names else None
