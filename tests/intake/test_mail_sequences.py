"""Mails as offices send them one after another: second cases in the thread of the first, mended forms, two colleagues, scans
that bear no title, empty forms sent back. Each sequence ran wrong before: an item was lost, or a unit was asked for what lay
there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.desk import Act, Desk
from tests.intake.mail_world import SCHOOL, File, MailWorld, blank, both, paper, scan, word

CASE, OTHER = paper(), paper("海岛银发手机讲堂")
CITY, COUNTRY = paper("里院银龄数字课堂（城市篇）"), paper("里院银龄数字课堂（乡村篇）")
TRAINING = paper("里院手机班", "training")


@pytest.fixture
def made(tmp_path: Path) -> Iterator[MailWorld]:
    made = MailWorld(tmp_path)
    yield made
    made.close()


def titles(made: MailWorld) -> dict[str | None, str]:
    return {title: state for title, state, _, _ in made.seen()}


# A second item in the thread of the first -------------------------------------------------------------------------


@pytest.mark.parametrize(("one", "two"), [(CITY, COUNTRY), (CASE, paper("里院银龄智慧课堂")), (CASE, paper("里院银龄数字课堂进阶班")), (CASE, OTHER)])
@pytest.mark.parametrize("thread", [True, False])
def test_a_second_case_is_no_new_version(made: MailWorld, one: object, two: object, thread: bool) -> None:
    made.mail(*both(one))  # type: ignore[arg-type]
    made.turn(hours=1)
    made.mail(*both(two), answers=1 if thread else None)  # type: ignore[arg-type]
    made.turn(hours=1)
    assert [state for _, state, _, _ in made.seen()] == ["complete", "complete"]
    assert made.told() == [(1, "receipt"), (2, "receipt")]
    assert made.codes(2, "note") == []


def test_a_second_case_with_the_same_people_and_text_is_no_new_version(made: MailWorld) -> None:
    """A school's two cases differ in their titles only, as far as a program can see."""
    made.mail(*both(CASE))
    made.turn(hours=1)
    second = CASE.having(title="里院老年智能手机夜校")
    made.mail(word(second), scan(second, edition=1), answers=1)
    made.turn(hours=1)
    assert [state for _, state, _, _ in made.seen()] == ["complete", "complete"]


def test_the_second_cases_form_alone_lacks_its_own_scan(made: MailWorld) -> None:
    made.mail(*both(CITY))
    made.turn(hours=1)
    made.mail(word(COUNTRY), answers=1)
    made.turn(hours=1)
    assert made.codes(2) == ["scan.missing"]
    made.mail(scan(COUNTRY), answers=2)
    made.turn(hours=1)
    assert set(titles(made).values()) == {"complete"}
    assert [scans for _, _, _, scans in made.seen()] == [1, 1]


# A mended form ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("title", ["里院银龄数字课堂（修订）", "里院银龄数字课堂修改稿", "里院银龄数学课堂", "市北区里院银龄数字课堂"])
@pytest.mark.parametrize("thread", [True, False])
def test_a_mended_form_with_a_slightly_changed_title_replaces(made: MailWorld, title: str, thread: bool) -> None:
    made.mail(word(CASE.having(leader="")), scan(CASE))
    made.turn(hours=1)
    assert made.codes(1) == ["form.field_missing"]
    made.mail(word(CASE.having(title=title)), answers=1 if thread else None)
    made.turn(hours=1)
    assert made.seen() == [(title, "complete", True, 1)]
    assert made.told() == [(1, "correction"), (2, "receipt")]


def test_the_mended_name_of_the_unit_makes_no_second_item(made: MailWorld) -> None:
    made.mail(word(CASE.having(applicant_unit="市北社区学院")), scan(CASE))
    made.turn(hours=1)
    made.mail(word(CASE))
    made.turn(hours=1)
    assert made.seen() == [("里院银龄数字课堂", "complete", True, 1)]
    assert made.verdict(2) == "accepted"


def test_another_case_does_not_take_the_place_of_one_without_a_title(made: MailWorld) -> None:
    made.mail(word(CASE.having(title="")), scan(CASE))
    made.turn(hours=1)
    made.mail(*both(OTHER))
    made.turn(hours=1)
    assert [(title, scans) for title, _, _, scans in made.seen()] == [(None, 1), ("海岛银发手机讲堂", 1)]


def test_what_may_be_a_mended_form_is_not_asked_for_a_scan(made: MailWorld) -> None:
    """Same text, same people, but counted otherwise: a slip in the number, or the next one."""
    first = paper("里院银龄数字课堂第一期")
    made.mail(*both(first))
    made.turn(hours=1)
    made.mail(word(first.having(title="里院银龄数字课堂第二期")), answers=1)
    made.turn(hours=1)
    assert (made.verdict(2), made.codes(2)) == ("review", ["submission.unclear"])
    assert len(made.seen()) == 2


# Two colleagues ---------------------------------------------------------------------------------------------------


def test_a_colleagues_scan_of_another_item_is_for_a_person(made: MailWorld) -> None:
    """The names tell the unit only: whose scan it is, nobody can say until the other form comes, and then staff are asked."""
    made.mail(word(CASE), who="a")
    made.turn(minutes=5)
    made.mail(scan(OTHER), who="b")
    made.turn(hours=1)
    assert (made.verdict(1), made.verdict(2)) == ("review", "review")
    made.mail(word(OTHER), who="b")
    made.turn(hours=1)
    assert (made.verdict(3), made.codes(3)) == ("review", ["submission.unclear"])
    made.mail(scan(CASE, edition=1), who="a")
    made.turn(hours=1)
    assert made.seen() == [("里院银龄数字课堂", "complete", True, 1), ("海岛银发手机讲堂", "review", True, 0)]
    assert [kind for _, kind in made.told()] == ["receipt"] * 3


@pytest.mark.parametrize("first", ["word", "scan"])
def test_a_colleagues_half_named_by_the_title_is_the_items_own(made: MailWorld, first: str) -> None:
    halves = {"word": word(CASE), "scan": scan(CASE, f"{SCHOOL}+典型案例（里院银龄数字课堂）.pdf")}
    made.mail(halves[first], who="a")
    made.turn(minutes=5)
    made.mail(halves["scan" if first == "word" else "word"], who="b")
    made.turn(hours=1)
    assert made.seen() == [("里院银龄数字课堂", "complete", True, 1)]
    assert made.told() == [(2, "receipt")]


def test_a_colleagues_mended_form_is_not_asked_for_the_scan_that_lies_there(made: MailWorld) -> None:
    made.mail(*both(CASE), who="county")
    made.turn(hours=1)
    made.mail(word(CASE.having(leader="李四")), who="city")
    made.turn(hours=1)
    assert made.codes(2) == ["submission.sender_changed"]
    assert made.told() == [(1, "receipt"), (2, "receipt")]


def test_a_colleague_sends_it_all_anew_within_the_grace_period(made: MailWorld) -> None:
    """Both versions are kept for staff; the first sender is not asked for the scan that the second one's mail has."""
    made.mail(word(CASE), who="a")
    made.turn(minutes=5)
    made.mail(word(CASE.having(leader="李四")), scan(CASE), who="b")
    made.turn(hours=1)
    assert (made.codes(1), made.codes(2)) == (["submission.unclear"], ["submission.sender_changed"])
    assert {kind for _, kind in made.told()} == {"receipt"}


# Scans that bear no title -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["wang", "b"])
def test_two_scans_for_two_forms_sent_before(made: MailWorld, who: str) -> None:
    made.mail(word(CASE, f"{SCHOOL}+典型案例1.docx"), word(OTHER, f"{SCHOOL}+典型案例2.docx"))
    made.turn(minutes=5)
    made.mail(scan(CASE, f"{SCHOOL}典型案例扫描件（一）.pdf"), scan(OTHER, f"{SCHOOL}典型案例扫描件（二）.pdf"), who=who)
    made.turn(hours=1)
    assert {kind for _, kind in made.told()} == {"receipt"}
    assert all(scans for _, _, _, scans in made.seen())
    assert len(made.seen()) == 2


def test_one_scan_for_two_forms_is_for_a_person_until_the_other_comes(made: MailWorld) -> None:
    made.mail(word(CASE, f"{SCHOOL}+典型案例1.docx"), word(OTHER, f"{SCHOOL}+典型案例2.docx"))
    made.turn(minutes=5)
    made.mail(scan(CASE))
    made.turn(hours=1)
    assert made.verdict(2) == "review"
    made.mail(scan(OTHER, "典型案例.pdf"))
    made.turn(hours=1)
    assert set(titles(made).values()) == {"complete"}
    assert {kind for _, kind in made.told()} == {"receipt"}


def test_scans_named_by_the_titles_find_their_forms(made: MailWorld) -> None:
    made.mail(word(CASE))
    made.turn(minutes=3)
    made.mail(word(OTHER))
    made.turn(minutes=3)
    made.mail(scan(CASE, "里院银龄数字课堂.pdf"), scan(OTHER, "海岛银发手机讲堂.pdf"), text="典型案例扫描件")
    made.turn(hours=1)
    assert made.seen() == [("里院银龄数字课堂", "complete", True, 1), ("海岛银发手机讲堂", "complete", True, 1)]
    assert made.told() == [(3, "receipt")]


@pytest.mark.parametrize(("thread", "verdict"), [(True, "accepted"), (False, "review")])
def test_a_better_scan_of_one_of_two_complete_items_is_not_asked_for_its_form(made: MailWorld, thread: bool, verdict: str) -> None:
    made.mail(*both(CASE))
    made.turn(hours=1)
    made.mail(*both(OTHER))
    made.turn(hours=1)
    made.mail(scan(CASE, edition=3), text="扫描件更清晰版", answers=1 if thread else None)
    made.turn(hours=1)
    assert (made.verdict(3), made.told()[-1]) == (verdict, (3, "receipt"))


def test_plain_scans_one_after_another(made: MailWorld) -> None:
    made.mail(word(CASE))
    made.turn(minutes=2)
    made.mail(word(TRAINING))
    made.turn(hours=1)
    made.mail(scan(CASE, "扫描件.pdf"), text="扫描件")
    made.turn(hours=1)
    made.mail(scan(TRAINING, "扫描件2.pdf"), text="另一件的扫描件")
    made.turn(hours=1)
    assert made.told()[-2:] == [(3, "receipt"), (4, "receipt")]


def test_a_scan_named_for_another_known_item_goes_to_it(made: MailWorld) -> None:
    made.mail(*both(CASE), *both(TRAINING))
    made.turn(hours=1)
    made.mail(word(CASE.having(leader="李四")), scan(TRAINING, edition=2), answers=1)
    made.turn(hours=1)
    assert made.verdict(2) == "accepted"
    assert {title: scans for title, _, _, scans in made.seen()} == {"里院银龄数字课堂": 1, "里院手机班": 2}


# Several schools of one city -------------------------------------------------------------------------------------

LICANG = paper("李沧智慧家园", unit="青岛市李沧区社区学院")


def test_one_title_of_two_schools_is_two_items(made: MailWorld) -> None:
    twin = paper(unit=LICANG.unit)
    made.mail(*both(CASE))
    made.turn(hours=1)
    made.mail(*both(twin))
    made.turn(hours=1)
    made.mail(word(twin.having(leader="张三")), answers=2)
    made.turn(hours=1)
    assert [(row.content.applicant_unit, row.content.version) for row in made.items()] == [(SCHOOL, 1), (LICANG.unit, 2)]


def test_a_scan_of_one_school_is_no_other_ones(made: MailWorld) -> None:
    made.mail(scan(LICANG))
    made.turn(minutes=20)
    made.mail(word(CASE))
    made.turn(hours=1)
    assert [(made.codes(1), made.codes(2))] == [(["form.missing"], ["scan.missing"])]


def test_the_city_sends_a_better_scan_of_what_the_county_sent(made: MailWorld) -> None:
    made.mail(*both(LICANG), who="licang")
    made.turn(hours=2)
    made.mail(scan(LICANG, edition=4), who="city")
    made.turn(hours=1)
    assert (made.verdict(2), made.told()) == ("review", [(1, "receipt"), (2, "receipt")])


def test_a_scan_from_a_colleagues_telephone(made: MailWorld) -> None:
    """Neither name nor sender tells whose it is: nobody is asked for the scan that may be this one."""
    made.mail(word(CASE))
    made.turn(minutes=1)
    made.mail(word(LICANG), who="licang")
    made.turn(minutes=4)
    made.mail(scan(CASE, "IMG_20211108.pdf"), who="phone", text="补发扫描件")
    made.turn(hours=1)
    assert [made.verdict(number) for number in (1, 2, 3)] == ["review"] * 3
    assert made.told() == [(3, "receipt")]


def test_a_piece_of_the_title_in_the_scans_name_tells(made: MailWorld) -> None:
    made.mail(word(CITY))
    made.turn(minutes=2)
    made.mail(word(COUNTRY))
    made.turn(minutes=2)
    made.mail(scan(COUNTRY, "乡村篇盖章.pdf"), text="典型案例扫描件")
    made.turn(hours=1)
    assert [(title, scans) for title, _, _, scans in made.seen()] == [(CITY.title, 0), (COUNTRY.title, 1)]


# Empty forms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("empty", [["training"], ["case"], ["case", "training", "course"]])
@pytest.mark.parametrize("thread", [True, False])
@pytest.mark.parametrize("name", [None, "扫描件.pdf"])
def test_empty_forms_beside_the_scan_that_was_asked_for(made: MailWorld, empty: list[str], thread: bool, name: str | None) -> None:
    made.mail(word(CASE))
    made.turn(hours=1)
    made.mail(scan(CASE, name), *map(blank, empty), answers=1 if thread else None)
    made.turn(hours=1)
    assert made.seen() == [("里院银龄数字课堂", "complete", True, 1)]
    assert made.codes(2, "error") == []
    assert made.told() == [(1, "correction"), (2, "receipt")]


def test_an_empty_form_takes_no_filled_ones_place(made: MailWorld) -> None:
    made.mail(*both(CASE))
    made.turn(hours=1)
    made.mail(blank("case"), answers=1)
    made.turn(hours=1)
    assert made.seen() == [("里院银龄数字课堂", "complete", True, 1)]
    assert made.verdict(2) == "review"


def test_an_empty_form_alone_is_still_a_fault(made: MailWorld) -> None:
    made.mail(blank("case"))
    made.turn(hours=1)
    assert "form.blank" in made.codes(1)


# Decided again ----------------------------------------------------------------------------------------------------


def test_all_of_it_decided_again_stays_as_it_is(made: MailWorld) -> None:
    made.mail(word(CASE, f"{SCHOOL}+典型案例1.docx"), word(OTHER, f"{SCHOOL}+典型案例2.docx"))
    made.turn(minutes=5)
    made.mail(scan(CASE))
    made.turn(hours=1)
    made.mail(scan(OTHER, "典型案例.pdf"), blank("training"))
    made.turn(hours=1)
    made.mail(*both(CITY), answers=1)
    made.turn(hours=1)
    before = made.seen(), made.told(), [made.codes(n, "error") for n in range(1, 5)]
    for numbers in ([1], [2], [3], [4], [1, 2, 3, 4]):
        Desk(made.engine.database).reprocess(numbers, Act("李", made.clock.now, "x"))
        made.turn(minutes=1)
        assert (made.seen(), made.told(), [made.codes(n, "error") for n in range(1, 5)]) == before, numbers


# Staff's acts in between -------------------------------------------------------------------------------------------


def act(made: MailWorld) -> Act:
    return Act("李科长", made.clock.now, "电话核实")


@pytest.mark.parametrize("thread", [True, False])
def test_the_mended_form_of_an_item_that_staff_moved_is_its_new_version(made: MailWorld, thread: bool) -> None:
    made.mail(*both(CASE))
    made.turn(hours=1)
    desk = Desk(made.engine.database)
    desk.reassign_item(1, {"category": "training", "title": "银龄课堂培训班", "batch": 2}, act(made))
    made.turn(hours=1)
    made.mail(word(CASE.having(leader="李四")), answers=1 if thread else None)
    made.turn(hours=1)
    assert made.codes(2) == []
    for number in (1, 2, 2):
        (row,) = made.items()
        assert (row.content.category, row.content.title, row.content.batch, row.content.version) == ("training", "银龄课堂培训班", 2, 2)
        assert row.content.fields["leader"] == "李四"
        assert len(row.content.scans) == 1
        desk.reprocess([number], act(made))
        made.turn(minutes=1)


def test_the_book_that_came_by_post_stays_there_for_the_mended_form(made: MailWorld) -> None:
    book = paper("剪纸", "course", course_type="☑教材（读本） □视频资源 □其他")
    made.mail(word(book.having(leader="")), scan(book))
    made.turn(hours=1)
    Desk(made.engine.database).receive_paper(1, act(made))
    made.turn(minutes=1)
    made.mail(word(book), answers=1)
    made.turn(hours=1)
    assert [row.paper_arrived_at is not None for row in made.items()] == [True]


# Sent ahead of the form --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "told"), [(5, [(2, "receipt")]), (300, [(1, "correction"), (2, "receipt")])])
def test_photographs_before_their_form(made: MailWorld, minutes: int, told: list[tuple[int, str]]) -> None:
    """No item could be made of the first mail: its scan is there all the same."""
    made.mail(scan(CASE, "IMG_0001.pdf"))
    made.turn(minutes=minutes)
    made.mail(word(CASE))
    made.turn(hours=1)
    assert made.seen() == [("里院银龄数字课堂", "complete", True, 1)]
    assert made.told() == told
    for numbers in ([1], [2], [1, 2]):
        Desk(made.engine.database).reprocess(numbers, act(made))
        made.turn(minutes=1)
        assert (made.seen(), made.told()) == ([("里院银龄数字课堂", "complete", True, 1)], told), numbers


def test_a_video_before_its_course(made: MailWorld) -> None:
    course = paper("秧歌手机课", "course")
    made.mail(File("课程.mp4", b"\0\0\0\x18ftypmp42" + bytes(5000)))
    made.turn(minutes=5)
    made.mail(*both(course))
    made.turn(hours=1)
    assert (made.verdict(2), made.codes(2)) == ("accepted", [])


def test_scans_without_titles_before_their_forms(made: MailWorld) -> None:
    made.mail(scan(CASE, "扫描典型案例1.pdf"), scan(OTHER, "b典型案例扫描.pdf"))
    made.turn(minutes=5)
    made.mail(word(CASE), word(OTHER, f"{SCHOOL}+典型案例2.docx"))
    made.turn(hours=1)
    assert made.told() == [(2, "receipt")]
    assert [scans for _, _, _, scans in made.seen()] == [1, 1]
