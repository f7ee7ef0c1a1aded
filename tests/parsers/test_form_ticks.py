"""Boxes, ticks and words of consent, as typed, drawn, inserted as symbols or struck out by real people."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baosong.config import load_campaign
from core.facts import FormFacts
from core.ports import ReadLimits
from parsers.blocks import Paragraph, Run, plain_lines
from parsers.ticks import read_choice, read_yes_no
from parsers.word import read_word
from tests.support import docx_pieces as x
from tests.support.form_builder import COURSE, HEADINGS, ROWS

CAMPAIGN = load_campaign("zhihui-zhulao")
TYPE = CAMPAIGN.category("course").form.field("course_type")
CONSENT = CAMPAIGN.category("course").form.field("consent")
LIMITS = ReadLimits()


def choice(text: str):
    found = read_choice(plain_lines(text), TYPE.options, TYPE.number_of)
    return found.chosen, found.unclear, found.numbers.get("video")


def consent(text: str) -> tuple[bool | None, bool]:
    return read_yes_no(plain_lines(text), CONSENT.yes, CONSENT.no)


@pytest.mark.parametrize(
    ("text", "chosen", "minutes"),
    [
        ("□教材（读本） ☑视频资源，视频时长__45__分钟 □其他", "video", "45"),
        ("□ 教材（读本）\n√ 视频资源，视频时长_45_分钟\n□ 其他", "video", "45"),
        ("□教材（读本）\n☒视频资源，视频时长 ４５ 分钟\n□其他", "video", "45"),
        ("☑️教材（读本） □视频资源，视频时长____分钟 □其他", "textbook", None),
        ("■教材（读本）□视频资源，视频时长   分钟□其他", "textbook", None),
        ("○教材（读本） ●视频资源，视频时长约45分钟 ○其他", "video", "45"),
        ("○教材（读本） ◉视频资源，视频时长:45分钟 ○其他", "video", "45"),
        ("✓视频资源，视频时长45分钟", "video", "45"),
        ("✔ 视频资源，视频时长45分钟 □教材 □其他", "video", "45"),
        ("(√)教材（读本） ( )视频资源，视频时长__分钟 ( )其他", "textbook", None),
        ("（ ）教材（读本） （√）视频资源，视频时长45分钟 （ ）其他", "video", "45"),
        ("[ ]教材 [x]视频资源，视频时长45分钟 [ ]其他", "video", "45"),
        ("[X] 教材", "textbook", None),
        ("教材（读本）□ 视频资源，视频时长45分钟√ 其他□", "video", "45"),
        ("教材（读本）（ ）；视频资源（√），视频时长45分钟；其他（ ）", "video", "45"),
        ("教材□  视频☑  其他□", "video", None),
        ("□√教材（读本） □视频资源", "textbook", None),
        ("□教材（读本） □V视频资源，视频时长45分钟 □其他", "video", "45"),
        ("V教材（读本）", "textbook", None),
        ("口教材（读本） √视频资源，视频时长45分钟 口其他", "video", "45"),
        ("□ 教材（读本）\n□ 视频资源，视频时长 45 分钟\n□ 其他", "video", "45"),  # the number is the answer
        ("□教材（读本） □视频资源，视频时长_____分钟 □其他：有声书", "other", None),
        ("视频资源，视频时长45分钟", "video", "45"),  # the other options were deleted
        ("□视频资源，视频时长45分钟", "video", "45"),
        ("教材（读本）", "textbook", None),
        ("视频", "video", None),
        ("√视频资源，视频时长1小时20分钟", "video", "80"),
        ("√视频资源，视频时长一个半小时", "video", None),
        ("√视频资源，视频时长四十五分钟", "video", "45"),
        ("√视频资源，10集，视频时长共120分钟", "video", "120"),
        ("☑视频资源，视频时长12.5分钟", "video", "12.5"),
        ("其他：广播节目", "other", None),
        ("☑教材（读本） ☑视频资源，视频时长30分钟 □其他", "textbook,video", "30"),
        ("教材、视频", "textbook,video", None),
        ("×教材（读本） √视频资源，视频时长45分钟 ×其他", "video", "45"),
        ("☒教材（读本） ☑视频资源，视频时长45分钟 ☒其他", "video", "45"),
        ("□教材（读本）　　☑视频资源，视频时长45分钟　　□其他（含视频课件）", "video", "45"),
    ],
)
def test_choice(text: str, chosen: str, minutes: str | None) -> None:
    keys, unclear, number = choice(text)
    assert (",".join(keys), unclear, number) == (chosen, False, minutes)


@pytest.mark.parametrize("text", ["", "□ 教材（读本）\n□ 视频资源，视频时长_____分钟\n□ 其他", "（ ）教材（ ）视频资源（ ）其他", "____", "教材（读本） 视频资源，视频时长    分钟 其他"])
def test_nothing_chosen_is_nothing_and_no_doubt(text: str) -> None:
    assert choice(text)[:2] == ((), False)


@pytest.mark.parametrize("text", ["PPT课件", "详见附件", "教材 √ 视频"])
def test_doubt_about_a_choice_is_said(text: str) -> None:
    assert choice(text)[:2] == ((), True)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("同意", True), ("同意共享", True), ("同意纳入共享", True), ("我单位同意纳入全国老年教育课程资源库共享。", True), ("是", True),
        ("是。", True), ("愿意", True), ("☑同意 □不同意", True), ("□同意 ☑不同意", False), ("不同意", False), ("否", False),
        ("不同意共享", False), ("不愿意", False), ("暂不同意", False), ("未同意", False), ("√同意", True), ("√同意  不同意", True),
        ("同意√ 不同意", True), ("同意 √不同意", False), ("同意  不同意√", False), ("√", True), ("☑", True), ("√是  否", True),
        ("□是 ☑否", False), ("是√ 否□", True), ("是（√） 否（ ）", True), ("（ ）同意（√）不同意", False), ("同意（√）不同意（ ）", True),
        ("[x]同意 [ ]不同意", True), ("[ ] 同意\n[x] 不同意", False), ("■同意□不同意", True), ("●同意 ○不同意", True), ("✔同意", True),
        ("V同意", True), ("ｖ同意 □不同意", True), ("☒同意 ☐不同意", True), ("□同意", True), ("是否同意共享：是", True),
        ("是否同意：不同意", False), ("√ 同意\n□ 不同意", True), ("口同意 √不同意", False), ("×同意 √不同意", False), ("☑️同意", True),
        ("同  意", True), ("不 同 意", False), ("同意。", True), ("□√同意 □不同意", True), ("同意□√ 不同意□", True),
    ],
)  # fmt: skip
def test_consent(text: str, answer: bool) -> None:
    assert consent(text) == (answer, False)


@pytest.mark.parametrize("text", ["", "□同意 □不同意", "□是 □否", "（ ）同意 （ ）不同意", "___", "同意 不同意", "同意/不同意", "是/否", "同意（ ）\n不同意（ ）"])
def test_no_answer_is_none_without_doubt(text: str) -> None:
    assert consent(text) == (None, False)


@pytest.mark.parametrize("text", ["同意 √ 不同意", "×", "待定", "√同意 √不同意", "不共享", "同意×", "详见说明", "同意或不同意由上级定"])
def test_doubt_about_consent_is_none_and_said(text: str) -> None:
    assert consent(text) == (None, True)


@pytest.mark.parametrize("look", ["underline", "bold"])
def test_marked_by_look(look: str) -> None:
    marked = Run("同意", **{look: True})
    assert read_yes_no([Paragraph((marked, Run("    不同意")))], CONSENT.yes, CONSENT.no) == (True, False)
    assert read_yes_no([Paragraph((Run("同意    "), Run("不同意", **{look: True})))], CONSENT.yes, CONSENT.no) == (False, False)
    both = [Paragraph((Run("同意  不同意", **{look: True}),))]
    assert read_yes_no(both, CONSENT.yes, CONSENT.no) == (None, False)


def test_marked_by_striking_out() -> None:
    line = Paragraph((Run("同意"), Run(" "), Run("不同意", strike=True)))
    assert read_yes_no([line], CONSENT.yes, CONSENT.no) == (True, False)
    boxes = Paragraph((Run("□教材（读本）", strike=True), Run("□视频资源，视频时长"), Run("   ", underline=True), Run("分钟"), Run("□其他", strike=True)))
    assert read_choice([boxes], TYPE.options, TYPE.number_of).chosen == ("video",)


def test_a_ring_drawn_around_an_answer_is_doubt() -> None:
    assert read_yes_no([Paragraph((Run("同意  \ufffc不同意"),))], CONSENT.yes, CONSENT.no) == (None, True)


@pytest.fixture
def read(tmp_path: Path):
    def run(course_type: str, consent_cell: str = "") -> FormFacts:
        cells = {**{key: x.lines(value) if value else x.p() for key, value in COURSE.items()}, "course_type": course_type}
        cells["consent"] = consent_cell or x.p("同意")
        rows = [x.tr(*(c for key, label in row for c in (x.tc(label), x.tc(cells[key])))) for row in ROWS["course"]]
        path = tmp_path / "f.docx"
        path.write_bytes(x.package(x.p(HEADINGS["course"]) + x.tbl(*rows)))
        form = read_word(path, CAMPAIGN, LIMITS).form
        assert form is not None
        return form

    return run


WING2, EMPTY_BOX = '<w:rFonts w:ascii="Wingdings 2" w:hAnsi="Wingdings 2"/>', x.sym("Wingdings", "F06F")


@pytest.mark.parametrize(
    "tick",
    [
        x.sym("Wingdings", "F0FE"), x.sym("Wingdings", "F0FD"), x.sym("Wingdings 2", "F052"), x.sym("Wingdings 2", "0052"),
        x.sym("Wingdings", "F0FC"), x.sym("Wingdings 2", "F050"), x.sym("Wingdings", "F06E"), x.sym("Symbol", "F0D6"),
        x.r("R", WING2), x.r("P", WING2), x.r("þ", '<w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/>'), x.r("\uf0fe"), x.r("\uf052"),
        x.check_box(checked=True), x.old_check_box(checked=True), x.r("☑"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("box", [EMPTY_BOX, x.sym("Wingdings", "F0A8"), x.sym("Wingdings 2", "F0A3"), x.check_box(checked=False), x.old_check_box(checked=False)])
def test_symbols_and_controls(read, tick: str, box: str) -> None:
    form = read(
        x.p(box, x.r("教材（读本）")) + x.p(tick, x.r("视频资源，视频时长"), x.r(" 45 ", '<w:u w:val="single"/>'), x.r("分钟")) + x.p(box, x.r("其他")),
        x.p(tick, x.r("同意  "), box, x.r("不同意")),
    )
    assert (form.fields["course_type"], form.fields["video_minutes"], form.fields["consent"]) == ("video", "45", True)
    assert "course_types" not in form.fields


def test_several_kinds_are_all_kept(read) -> None:
    form = read(x.p("☑教材（读本） ☑视频资源，视频时长30分钟 □其他"))
    assert (form.fields["course_type"], form.fields["course_types"]) == ("textbook", "textbook,video")


def test_doubt_keeps_the_words_beside_the_none(read) -> None:
    form = read(x.p("详见附件"), x.p("待局务会研究"))
    assert form.fields["course_type"] is None
    assert form.fields["course_type_text"] == "详见附件"
    assert form.fields["consent"] is None
    assert form.fields["consent_text"] == "待局务会研究"
    plain = read(x.p("□教材（读本） □视频资源，视频时长____分钟 □其他"), x.p())
    assert plain.fields["consent"] is None
    assert "consent_text" not in plain.fields
    assert "course_type_text" not in plain.fields


@given(st.text(alphabet="同意不是否愿√☑□☒×()（）[]Vx ／/，。\n共享分钟45视频教材其他", max_size=60))
def test_any_mixture_gives_an_answer(text: str) -> None:
    answer, unclear = consent(text)
    assert not (unclear and answer is not None)
    chosen, doubtful, _ = choice(text)
    assert not (doubtful and chosen)


@given(st.text(max_size=200))
def test_any_text_gives_an_answer(text: str) -> None:
    consent(text)
    choice(text)
