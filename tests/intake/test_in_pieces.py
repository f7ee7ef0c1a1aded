"""Material in pieces, from one clerk or two: nobody is asked for what has come, and one letter answers all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.desk import Act, Desk
from tests.intake.mail_world import File, MailWorld, both, paper

COURSE = paper("秧歌手机课", "course")
LINK = "视频链接：https://pan.baidu.com/s/1QvwfHXf0r-hfBEDkFR3tbp 提取码：ab12"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[MailWorld]:
    made = MailWorld(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("first", ["link", "form"])
def test_a_link_before_or_just_after_the_form(made: MailWorld, first: str) -> None:
    for what in ("link", "form") if first == "link" else ("form", "link"):
        if what == "link":
            made.mail(who="b", text=LINK)
        else:
            made.mail(*both(COURSE), who="a")
        made.turn(minutes=5)
    made.turn(hours=1)
    form = 2 if first == "link" else 1
    assert (made.verdict(form), made.codes(form)) == ("review", ["submission.unclear"])
    assert sorted(made.told()) == [(1, "receipt"), (2, "receipt")]


def test_a_video_itself(made: MailWorld) -> None:
    made.mail(File("课程.mp4", b"\0\0\0\x18ftypmp42" + bytes(5000)), who="b")
    made.turn(minutes=5)
    made.mail(*both(COURSE), who="a")
    made.turn(hours=1)
    assert made.codes(2) == ["submission.unclear"]


def test_another_units_link_or_one_that_a_course_has_is_none_of_it(made: MailWorld) -> None:
    made.mail(who="jinan", text=LINK, subject="济南市教育局+智慧助老")
    made.mail(*both(paper("茂腔手机课", "course")), who="c", text=LINK)
    made.mail(*both(COURSE), who="a")
    made.turn(hours=1)
    assert made.codes(3) == ["course.video_missing"]


def test_one_letter_for_all_that_came_in_pieces(made: MailWorld) -> None:
    """Seen: the first two mails kept the complaint that the last one had cured, and no letter stood beside them."""
    course = COURSE.having(consent="")
    for files, text in ((both(course)[:1], "申报表"), (both(course)[1:], "扫描件"), ([], LINK), ([], "补充说明：同意共享")):
        made.mail(*files, text=text)
        made.turn(minutes=3)
    made.turn(hours=1)
    assert made.told() == [(4, "receipt")]
    assert [made.verdict(number) for number in (1, 2, 3, 4)] == ["accepted"] * 4
    assert {answer["state"] for number in (1, 2, 3) for answer in made.record(number)["answers"]} >= {"sent"}


def test_a_letter_that_waits_gives_way_when_another_of_its_items_is_completed(made: MailWorld) -> None:
    """Seen: the scans came one by one; the letter beside the first asked for the second, which was there."""
    one, two = paper("智慧助老课堂"), paper("智慧助老课堂", unit="青岛市李沧区社区学院")
    for files in ([both(one)[0], both(two)[0]], [both(two)[1]], [both(one)[1]]):
        made.mail(*files)
        made.turn(minutes=4)
    made.turn(hours=1)
    assert made.told() == [(3, "receipt")]
    assert [made.verdict(number) for number in (1, 2, 3)] == ["accepted"] * 3


def test_so_does_the_answer_to_a_forgotten_attachment(made: MailWorld) -> None:
    made.mail(text="材料见附件")
    made.turn(minutes=2)
    made.mail(both(COURSE.having(consent="不同意"))[0], text="刚才忘了附件")
    made.turn(minutes=2)
    made.mail(both(COURSE.having(consent="不同意"))[1], text="课程网址：https://study.qd.gov.cn/course/123")
    made.turn(hours=1)
    assert made.told() == [(3, "receipt")]


A, B = paper(), paper("海岛银发手机讲堂")
TWO = [COURSE.having(consent=""), paper("茂腔手机课", "course").having(consent="")]


@pytest.mark.parametrize(("first", "reply", "text", "states"), [
    ([both(A)[0]], [both(B)[0], File("扫描件.pdf", both(A)[1].data)], "补件。", ["review", "review"]),
    ([both(A)[0]], [*both(B), File("里院银龄数字课堂.pdf", both(A)[1].data)], "补件。", ["complete", "complete"]),
    ([*both(TWO[0]), *both(TWO[1])], [], "秧歌手机课同意共享，茂腔手机课不同意共享", ["complete", "complete"]),
])  # fmt: skip
def test_decided_again_it_stays_as_it_is(made: MailWorld, first: list[File], reply: list[File], text: str, states: list[str]) -> None:
    """Seen: the form beside the scan took the place of the item that the scan had gone to."""
    made.mail(*first, text=LINK)
    made.turn(hours=1)
    made.mail(*reply, text=text, answers=1)
    made.turn(hours=1)
    verdict, told = made.verdict(2), made.told()
    assert [state for _, state, _, _ in made.seen()] == states
    Desk(made.engine.database).reprocess([1, 2], Act("staff", made.clock.now, "again"))
    made.turn(minutes=20)
    assert [state for _, state, _, _ in made.seen()] == states
    assert (made.verdict(2), made.told(), len({title for title, *_ in made.seen()})) == (verdict, told, 2)
