"""The demonstration's stand-in of the share service: its shares are what they say, and it blames nobody else's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from baosong.demo_share import DemoShareService, demo_shares
from core.facts import Link, LinkState
from core.link_report import LinkReport
from core.settings import LinkSettings
from intake.link_check import LinkChecker


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with DemoShareService() as service:
        yield service.url


def ask(url: str, share: str, code: str | None) -> LinkReport:
    checker = LinkChecker(LinkSettings(base_url=url, per_minute=10_000, timeout=5), sleep=lambda _: None)
    return checker.check(Link("baidu", f"https://pan.baidu.com/s/{share}", code))


@pytest.mark.parametrize("share", demo_shares(), ids=lambda share: share.shows)
def test_every_share_is_what_it_shows(url: str, share: object) -> None:
    report = ask(url, share.id, share.code)  # type: ignore[attr-defined]
    gone, days = share.state != "alive", share.days  # type: ignore[attr-defined]
    assert len(share.id) == 23  # type: ignore[attr-defined]
    assert report.state is (LinkState.DEAD if gone else LinkState.NOT_PERMANENT if days else LinkState.OK), report
    if not gone:
        assert [file.name for file in report.files] == [file["name"] for file in share.files]  # type: ignore[attr-defined]
        assert report.has_video is ("没有视频" not in share.shows)  # type: ignore[attr-defined]
        assert ask(url, share.id, "zzzz").state is LinkState.CODE_WRONG  # type: ignore[attr-defined]
        assert ask(url, share.id, None).state is LinkState.CODE_MISSING  # type: ignore[attr-defined]


@pytest.mark.parametrize("code", ["ab12", None])
def test_a_visitors_own_link_is_not_blamed(url: str, code: str | None) -> None:
    report = ask(url, "1QvwfHXf0r-hfBEDkFR3tbp", code)
    assert (report.outcome, report.retry_at) == ("unknown", None)
