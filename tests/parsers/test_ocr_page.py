"""Pages read as pictures, without the engine: which lines are wanted, cells, ticks, forms by layout."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from baosong.config import load_campaign
from core.campaign import Campaign
from parsers.ocr_cells import find_cells
from parsers.ocr_form import has_form_words, read_page_forms
from parsers.ocr_page import ReadPage, _skew, _wanted, red_as_grey
from parsers.ocr_ticks import mark_options
from parsers.ruled import Box, Word
from parsers.upright import turn
from tests.support import scan_builder as builder


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    return load_campaign("zhihui-zhulao")


def quad(x: float, y: float, w: float, h: float) -> np.ndarray:
    return np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float32)


def test_long_passages_are_read_at_their_beginning_only() -> None:
    passage = [quad(100, 400 + 40 * k, 800, 30) for k in range(12)]
    short = [quad(100, 100 + 60 * k, 200, 30) for k in range(4)]
    wanted = _wanted([*passage, *short], 1000, 3000)
    assert len(wanted) == 4 + 2
    assert [q[0, 1] for q in wanted] == sorted(q[0, 1] for q in wanted)


def test_nothing_is_read_below_a_passage_low_on_the_page() -> None:
    passage = [quad(100, 600 + 40 * k, 800, 30) for k in range(8)]
    label, opinion = quad(20, 740, 70, 30), quad(100, 1100, 200, 30)
    wanted = _wanted([*passage, label, opinion], 1000, 1400)
    assert any(q is label for q in wanted)
    assert not any(q is opinion for q in wanted)
    assert any(q is opinion for q in _wanted([*passage, opinion], 1000, 3000))  # a long answer near the top


def test_long_lines_apart_are_all_read() -> None:
    assert len(_wanted([quad(100, 200 * k, 800, 30) for k in range(6)], 1000, 1400)) == 6


@pytest.mark.parametrize("degrees", [-6.0, 0.0, 3.0])
def test_skew_is_measured_on_long_lines(degrees: float) -> None:
    slope = np.tan(np.radians(degrees))
    lines = []
    for k in range(6):
        q = quad(100, 100 + 60 * k, 600, 30)
        q[:, 1] += (q[:, 0] - 100) * slope
        lines.append(q)
    assert _skew(lines) == pytest.approx(degrees, abs=0.2)


def test_red_ink_vanishes_and_black_stays() -> None:
    page = np.full((10, 10, 3), 250, np.uint8)
    page[2:4], page[6:8] = (230, 40, 50), (20, 20, 20)
    grey = red_as_grey(page)
    assert grey[3, 5, 0] > 200
    assert grey[7, 5, 0] < 40


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_turning_is_clockwise(rotation: int) -> None:
    page = np.zeros((20, 30, 3), np.uint8)
    page[0, 0] = 255
    turned = turn(page, rotation)  # type: ignore[arg-type]
    corner = {0: (0, 0), 90: (0, -1), 180: (-1, -1), 270: (-1, 0)}[rotation]
    assert turned[corner].max() == 255


@pytest.mark.parametrize("how", ["clean", "scan", "small"])
def test_every_cell_of_a_ruled_form_is_found(how: str) -> None:
    rng = np.random.default_rng(4)
    filled = builder.fill_form(rng, "case")
    drawn, boxes = builder.draw_form(filled.heading, filled.rows, rng)
    page = np.array(drawn)
    if how == "scan":
        page = builder.scan(page, rng, skew=0.2)
    elif how == "small":
        page = builder.scan(page, rng, scale=0.6, quality=40, skew=0.0)
    (cells,) = find_cells(page)
    factor = page.shape[1] / builder.PAGE[0]
    for label, (x, y, w, h) in boxes.items():
        centre = ((x + w / 2) * factor, (y + h / 2) * factor)
        holders = [c for c in cells if c.left < centre[0] < c.right and c.top < centre[1] < c.bottom]
        assert len(holders) == 1, label
        assert holders[0].right - holders[0].left == pytest.approx(w * factor, rel=0.06)


def test_text_alone_has_no_cells() -> None:
    page = np.full((1400, 1000, 3), 255, np.uint8)
    for k in range(20):
        cv2.putText(page, "lorem ipsum dolor sit", (80, 80 + 60 * k), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 3)
    assert find_cells(page) == []


def box_page(
    state: str, side: int, *, stroke: int = 2, colour: tuple[int, int, int] = (20, 20, 20)
) -> tuple[np.ndarray, Word]:
    """A box at x = 100 with the word 同意 read to its right."""
    page = np.full((140, 400, 3), 255, np.uint8)
    top = 70 - side // 2
    cv2.rectangle(page, (100, top), (100 + side, top + side), (20, 20, 20), stroke)
    if state == "tick":
        points = np.array([[100 + side // 5, 70], [100 + side // 2, top + side - 3], [100 + side + 6, top - 6]])
        cv2.polylines(page, [points], False, colour, 3, cv2.LINE_AA)
    elif state == "cross":
        cv2.line(page, (100, top), (100 + side, top + side), colour, 2)
        cv2.line(page, (100, top + side), (100 + side, top), colour, 2)
    elif state == "full":
        page[top : top + side, 100 : 100 + side] = colour
    return page, Word("同意", Box(100 + side + 8, 54, 100 + side + 72, 86))


def text_of(words: list[Word]) -> str:
    """As a cell's text would come out."""
    return "".join(word.text for word in sorted(words, key=lambda word: word.box.left))


@pytest.mark.parametrize("side", [17, 22, 28])
@pytest.mark.parametrize(("state", "mark"), [("empty", "□"), ("tick", "☑"), ("cross", "☑"), ("full", "☑")])
def test_a_printed_box_is_seen_and_read(campaign: Campaign, state: str, mark: str, side: int) -> None:
    page, word = box_page(state, side)
    assert text_of(mark_options([word], page, campaign)) == f"{mark}同意"


def test_a_tick_in_red_or_blue_ink_counts(campaign: Campaign) -> None:
    for colour in ((220, 30, 30), (30, 40, 200)):
        page, word = box_page("tick", 22, colour=colour)
        assert text_of(mark_options([word], page, campaign)) == "☑同意"


def test_words_without_a_box_stay_as_they_were(campaign: Campaign) -> None:
    page = np.full((140, 400, 3), 255, np.uint8)
    word = Word("同意", Box(130, 54, 194, 86))
    assert mark_options([word], page, campaign) == [word]
    other = Word("案例名称", Box(130, 54, 194, 86))
    assert mark_options([other], box_page("tick", 22)[0], campaign) == [other]


def test_what_ocr_made_of_a_box_is_replaced_by_what_is_seen(campaign: Campaign) -> None:
    page, word = box_page("empty", 22)
    read = Word("口同意", Box(98, word.box.top, word.box.right, word.box.bottom))
    assert text_of(mark_options([read], page, campaign)) == "□同意"


def words_of(filled: builder.Filled) -> tuple[np.ndarray, tuple[Word, ...]]:
    """A form's picture and its words as a perfect engine would read them."""
    drawn, boxes = builder.draw_form(filled.heading, filled.rows)
    words = [Word(filled.heading, Box(500, 150, 1150, 210))]
    for row in filled.rows:
        x, y, w, _h = boxes[row[0]]
        pairs = [(row[0], row[1], x)] if len(row) == 2 else [(row[0], row[1], x), (row[2], row[3], x + w + 250)]
        for label, value, left in pairs:
            words.append(Word(label, Box(left - 200, y + 20, left - 60, y + 50)))
            words += [
                Word(line, Box(left + 14, y + 16 + 45 * n, left + 14 + 30 * len(line), y + 46 + 45 * n))
                for n, line in enumerate(value.split("\n"))
                if line.strip()
            ]
    return np.array(drawn), tuple(words)


@pytest.mark.parametrize("category", ["case", "training", "course"])
def test_a_form_is_read_by_its_cells(campaign: Campaign, category: str) -> None:
    filled = builder.fill_form(np.random.default_rng(8), category)
    picture, words = words_of(filled)
    (form,) = read_page_forms([ReadPage(words, picture, 0, len(words), whole=True)], campaign)
    assert form.category == category
    assert {key: form.fields.get(key) for key in filled.fields} == filled.fields
    assert form.lengths == {}


def test_two_forms_on_two_pages_are_two(campaign: Campaign) -> None:
    pages = []
    for seed, category in ((1, "case"), (2, "course")):
        picture, words = words_of(builder.fill_form(np.random.default_rng(seed), category))
        pages.append(ReadPage(words, picture, 0, len(words), whole=True))
    assert [form.category for form in read_page_forms(pages, campaign)] == ["case", "course"]


def test_a_passage_never_runs_into_a_phone_or_a_name(campaign: Campaign) -> None:
    filled = builder.fill_form(np.random.default_rng(3), "case")
    picture, words = words_of(filled)
    blank = np.full_like(picture, 255)  # no rule is seen at all
    forms = read_page_forms([ReadPage(words, blank, 0, len(words), whole=True)], campaign)
    for form in forms:
        for key in ("leader_phone", "contact_phone"):
            assert len(str(form.fields.get(key, ""))) < 30


def test_form_words_are_told_from_others(campaign: Campaign) -> None:
    assert has_form_words("“智慧助老”专题典型案例申报表", campaign)
    assert has_form_words("案例名称\n申报单位\n负责人\n联系电话", campaign)
    assert not has_form_words("关于召开会议的通知，请各单位准时参加", campaign)


def test_no_words_are_no_form(campaign: Campaign) -> None:
    assert read_page_forms([ReadPage((), np.full((300, 200, 3), 255, np.uint8), 0, 0, whole=True)], campaign) == ()
