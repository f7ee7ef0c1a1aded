"""Scan against Word form: titles as an engine reads them, fields told to staff, ticks of the paper."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.compare import compare, settle_scans
from core.facts import FormFacts
from core.likeness import relate, same_phone
from core.submission import FileRef, Item, ScanRead
from tests.support.facts import campaign, form

SAME = [
    ("银龄智能手机课堂（一）", "银龄智能手机课堂(一)"),
    ("“耄耋e学”——农村留守老人智能技术普及", "“耄董e学”—农村留守老人智能技术普及"),
    ("耆乐无忧出行实践案例", "者乐无忧出行实践案例"),
    ("跨越数字鸿沟，共享智慧生活", "跨越数字鸿沟\n共享智慧生活"),
    ("跨越数字鸿沟，共享智慧生活", "跨越数字鸿沟共享智慧生活申报单位济南市"),
    ("智慧助老行动", "智慧助老行动."),
]
OTHER = [
    ("银龄智能手机课堂（一）", "银龄智能手机课堂（二）"),
    ("教老年人玩转微信（上）", "教老年人玩转微信（下）"),
    ("2020年老年人智能技术培训", "2021年老年人智能技术培训"),
    ("老年人智能手机初级班", "老年人智能手机高级班"),
    ("银龄手机课堂", "银龄电脑课堂"),
    ("银龄手机课堂", "银龄手机课堂进阶班"),
    ("智慧助老实践案例", "孝德云课堂"),
    ("长者网约车系列课程", "关于举办网约车系列课程暨成果展示"),
    ("城区老年人手机培训", "乡区老年人手机培训"),
]
UNSURE = [
    ("银龄智能手机课堂（二）", "银龄智能手机课堂（三）"),  # a stroke of ink between them
    ("银龄智能手机课堂（一）", "银龄智能手机课堂"),  # the bracket may have been lost
    ("跨越数字鸿沟，共享智慧生活", "跨越数字鸿沟"),  # the second line may have been
    ("夕阳红数字乐园", ""),
    ("夕阳红数字乐园", "乐园"),
    ("夕阳红数字乐园", "夕阳红数字乐园2021年11月"),
]


@pytest.mark.parametrize(("mine", "read"), SAME)
def test_a_misread_title_is_the_same(mine: str, read: str) -> None:
    assert relate(mine, read) == "same"


@pytest.mark.parametrize(("mine", "read"), OTHER)
def test_a_title_counted_or_worded_otherwise_is_another(mine: str, read: str) -> None:
    assert relate(mine, read) == "other"
    assert relate(read, mine) != "same"


@pytest.mark.parametrize(("mine", "read"), UNSURE)
def test_what_may_have_been_cut_off_is_left_open(mine: str, read: str) -> None:
    assert relate(mine, read) == "unsure"


@given(st.text(alphabet="智慧助老银龄课堂手机培训社区行动微信入门", min_size=6, max_size=20), st.data())
def test_one_misread_character_never_makes_another_title(title: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(title) - 1))
    assert relate(title, title[:place] + "囧" + title[place + 1 :]) != "other"


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_two_texts_have_a_relation(one: str, two: str) -> None:
    assert relate(one, two) in ("same", "other", "unsure")
    assert relate(one, one) in ("same", "unsure")


@pytest.mark.parametrize(
    ("mine", "read", "same"),
    [
        ("0531-88886666", "0531 88886666", True),
        ("13805310001", "+86 13805310001", True),
        ("0531-88886666/13805310001", "13805310001", True),
        ("13805310001", "13805310002", False),
        ("13805310001", "1380531", None),
        ("13805310001", "", None),
    ],
)
def test_phones_are_compared_by_their_digits(mine: str, read: str, same: bool | None) -> None:
    assert same_phone(mine, read) is same


def item(facts: FormFacts, **more: object) -> Item:
    made = Item(
        facts.category or "case", facts.title, facts.applicant_unit, form=facts, fields=dict(facts.fields), word=FileRef(1, 0, "a.docx", "a"),
        scans=(FileRef(1, 1, "a.pdf", "b"),),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def test_the_own_scan_is_yes_and_a_near_duplicate_is_no() -> None:
    first, second = form(title="银龄智能手机课堂（一）"), form(title="银龄智能手机课堂（二）")
    assert compare(item(first), (first,), campaign()) == ("yes", ())
    matches, differences = compare(item(first), (second,), campaign())
    assert matches == "no"
    assert differences == ("名称：Word版为“银龄智能手机课堂（一）”，扫描件为“银龄智能手机课堂（二）”",)


def test_of_several_forms_in_a_file_the_own_one_counts() -> None:
    first, second = form(title="银龄智能手机课堂（一）"), form(title="银龄智能手机课堂（二）")
    assert compare(item(second), (first, second), campaign())[0] == "yes"


def test_another_category_is_no_and_names_it() -> None:
    matches, differences = compare(item(form()), (form("training"),), campaign())
    assert matches == "no"
    assert "典型培训项目" in differences[0]


def test_without_a_title_only_all_other_fields_together_speak() -> None:
    mine = form()
    misread = replace(mine, title=None, fields={**mine.fields, "leader": "王健国"})
    assert compare(item(mine), (misread,), campaign())[0] == "unknown"
    foreign = replace(
        form(unit="烟台开放大学", leader="孙丽", leader_phone="0535-6666777", contact="周波", contact_phone="13900001111"), title=None
    )
    assert compare(item(mine), (foreign,), campaign())[0] == "no"
    half = replace(foreign, fields={**foreign.fields, "leader": mine.fields["leader"]})
    assert compare(item(mine), (half,), campaign())[0] == "unknown"


def test_differences_name_both_values_of_every_field() -> None:
    mine = form()
    other = replace(form(leader_phone="0531-82345679", contact="李梅"), title=mine.title)
    _, differences = compare(item(mine), (other,), campaign())
    told = "；".join(differences)
    assert "0531-82345678" in told
    assert "0531-82345679" in told
    assert "李敏" in told
    assert "李梅" in told


def open_course(**more: object) -> Item:
    return item(form("course", consent=None), **more)


def read(*forms: FormFacts) -> tuple[ScanRead, ...]:
    return (ScanRead("b", "present", forms),)


@pytest.mark.parametrize("ticked", [True, False])
def test_a_tick_on_the_paper_answers_for_an_open_cell(ticked: bool) -> None:
    settled = settle_scans(open_course(scan_reads=read(form("course", consent=ticked))), campaign())
    assert settled.fields["consent"] is ticked


def test_no_tick_is_no_answer_and_the_words_own_answer_stands() -> None:
    assert settle_scans(open_course(scan_reads=read(form("course", consent=None))), campaign()).fields["consent"] is None
    own = item(form("course", consent=True), scan_reads=read(form("course", consent=False)))
    assert settle_scans(own, campaign()).fields["consent"] is True


def test_a_tick_of_another_course_is_no_answer() -> None:
    other = form("course", title="孝德云课堂", consent=False)
    assert settle_scans(open_course(scan_reads=read(other)), campaign()).fields["consent"] is None
    both = settle_scans(open_course(scan_reads=read(other, form("course", consent=True))), campaign())
    assert both.fields["consent"] is True
    assert both.scan_matches_word == "yes"
