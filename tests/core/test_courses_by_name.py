"""Two courses in one thread: what a reply says of one by its name is that one's."""

from __future__ import annotations

import pytest

from core.facts import Link
from tests.support.facts import codes, form, scan, word
from tests.support.inbox import Inbox

ONE, TWO = "https://pan.baidu.com/s/1QvwfHXf0r-hfBEDkFR3tbp", "https://pan.baidu.com/s/1WDyeKyQE2VfpFcvg0t_dXN"
X, Y = "秧歌手机课", "茂腔手机课"


def asked(**fields: object) -> Inbox:
    box = Inbox()
    links = (Link("baidu", ONE, "ab12"),) if fields else ()
    parts = [word(f"{t}.docx", form("course", t, **fields)) for t in (X, Y)]
    first = box.mail(*parts, *(scan(f"{t}.pdf") for t in (X, Y)), links=links)
    assert set(codes(first, "error")) == {"course.consent_missing" if fields else "course.video_missing"}
    return box


@pytest.mark.parametrize(("text", "consents"), [
    (f"{X}同意共享，{Y}不同意共享", (True, False)),
    (f"《{X}》：同意纳入资源库共享；\n《{Y}》，不同意。该课程不同意共享。", (True, False)),
    ("两门课程均同意共享", (True, True)),
    (f"{X}同意共享", (True, None)),
])  # fmt: skip
def test_consent(text: str, consents: tuple[bool | None, ...]) -> None:
    box = asked(consent=None)
    box.mail(text=text, answers=1)
    assert tuple(item.fields["consent"] for item in box.items.values()) == consents


@pytest.mark.parametrize("text", [
    f"现报送课程《{X}》《{Y}》两门，均同意共享。",
    f"课程一：{X}\n课程二：{Y}\n同意纳入共享。",
    f"《{X}》讲义见附件；\n《{Y}》讲义见附件，以上课程均同意共享。",
    f"{X}时长10分钟，{Y}时长12分钟，同意共享",
    "现报送课程两门及案例《海岛银发讲堂》一份，同意将课程纳入共享。",
    f"现报送《{X}》课程。同意共享。另有课程《{Y}》一并报送。",
])  # fmt: skip
def test_what_is_said_of_all_is_said_of_each(text: str) -> None:
    parts = [word(f"{t}.docx", form("course", t, consent=None)) for t in (X, Y)]
    case = word("c.docx", form("case", "海岛银发讲堂"))
    scans = [scan(f"{t}.pdf") for t in (X, Y, "海岛银发讲堂")]
    first = Inbox().mail(*parts, case, *scans, text=text, links=(Link("baidu", ONE, "ab12"), Link("baidu", TWO, "cd34")))
    assert "course.consent_missing" not in codes(first)


def test_consent_said_both_ways_is_for_a_person() -> None:
    box = asked(consent=None)
    reply = box.mail(text="秧歌课我们同意共享，茂腔课不同意共享", answers=1, subject="Re: 补正通知：济南市教育局+智慧助老")
    assert (reply.verdict, codes(reply, "error")) == ("review", [])
    whole = Inbox().mail(word("a.docx", form("course", X, consent=None)), scan("a.pdf"), text="秧歌课同意共享，另一课不同意共享",
                         links=(Link("baidu", ONE, "ab12"),))
    assert (whole.verdict, codes(whole, "error")) == ("review", [])


@pytest.mark.parametrize(("text", "urls"), [
    (f"{Y}视频：{TWO} 提取码 cd34", ((), (TWO,))),
    (f"{X}：\n{ONE} 提取码 ab12\n{Y}：\n{TWO} 提取码 cd34", ((ONE,), (TWO,))),
    (f"《{X}》等两门课程的视频：{ONE} 提取码 ab12", ((ONE,), (ONE,))),
    (f"{X}和{Y}：{ONE} 提取码 ab12", ((ONE,), (ONE,))),
    (f"视频：{ONE} 提取码 ab12", ((ONE,), (ONE,))),
    (f"课程《{X}》\n课程《{Y}》\n视频链接：{ONE} 提取码 ab12", ((ONE,), (ONE,))),
    (f"现报送课程《{X}》。\n课程《{Y}》。 {ONE} 提取码 ab12", ((ONE,), (ONE,))),
    (f"{ONE} 提取码 ab12（{X}）\n{TWO} 提取码 cd34（{Y}）", ((ONE, TWO), (ONE, TWO))),
    (f"现报送《{X}》\n《{Y}》\n{X}：{ONE} 提取码 ab12\n{Y}：{TWO} 提取码 cd34", ((ONE,), (TWO,))),
])  # fmt: skip
def test_links(text: str, urls: tuple[tuple[str, ...], ...]) -> None:
    box = asked()
    links = tuple(Link("baidu", url, code) for url, code in ((ONE, "ab12"), (TWO, "cd34")) if url in text)
    box.mail(text=text, answers=1, links=links)
    assert tuple(tuple(link.url for link in item.links) for item in box.items.values()) == urls
