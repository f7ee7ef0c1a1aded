"""Forms in running text and in words with places: what a PDF's text layer or an OCR gives, without any cells."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baosong.config import load_campaign
from parsers.form_text import read_form_text
from parsers.form_words import read_form_words
from parsers.ruled import Box, Word, build_lines, build_table
from tests.support.form_builder import CASE, COURSE, HEADINGS, OPINIONS, ROWS, SAMPLES, TRAINING

CAMPAIGN = load_campaign("zhihui-zhulao")
EXPECTED = {"course_type": "video", "consent": True}


def values_of(category: str) -> dict[str, object]:
    return {key: EXPECTED.get(key, value) for key, value in SAMPLES[category].items()}


def cell_by_cell(category: str, *, gap: str = " ") -> str:
    """As pypdfium2 reads a table that Word printed: cells of a row in one line, narrow labels broken."""
    lines = [HEADINGS[category]]
    for row in ROWS[category]:
        cells = []
        for key, label in row:
            value = SAMPLES[category][key]
            if row[0][0] in ("content", "effect"):
                lines += [label[:2], label[2:], *value.split("\n")]
                break
            cells += [label, value]
        else:
            lines += gap.join(cells).split("\n")
    for label, text in OPINIONS:
        lines += [label[:4], label[4:], *text.split("\n")]
    return "\r\n".join(lines)


@pytest.mark.parametrize("gap", [" ", "\t", "  "])
@pytest.mark.parametrize("category", sorted(SAMPLES))
def test_text_layer(category: str, gap: str) -> None:
    (form,) = read_form_text(cell_by_cell(category, gap=gap), CAMPAIGN)
    assert form.category == category
    assert {key: form.fields[key] for key in SAMPLES[category]} == values_of(category)


def test_every_cell_on_its_own_line() -> None:
    text = "\n".join([HEADINGS["training"], *(part for row in ROWS["training"] for key, label in row for part in (label, TRAINING[key]))])
    (form,) = read_form_text(text, CAMPAIGN)
    assert {key: form.fields[key] for key in TRAINING} == TRAINING


def test_ocr_without_blanks_between_label_and_value() -> None:
    text = (
        "“智慧助老”专题典型案例申报表\n案例名称银龄e学堂\n申报单位历下区社区教育学院\n负责人张建国 联系电话0531-88886666\n"
        "联系人李小梅 联系电话13805310001\n案例内容\n一、基本情况\n老人三千。\n申报单位意见\n（盖章）"
    )
    (form,) = read_form_text(text, CAMPAIGN)
    assert form.title == "银龄e学堂"
    assert form.fields["leader_phone"] == "0531-88886666"
    assert form.fields["contact_phone"] == "13805310001"


def test_empty_cells_in_text() -> None:
    text = f"{HEADINGS['case']}\n案例名称\n申报单位\n负责人  联系电话\n联系人  联系电话\n案例内容\n主要围绕以下三方面内容：\n一、基本情况：（500 字以内）。"
    (form,) = read_form_text(text, CAMPAIGN)
    assert form.blank
    assert form.fields == {spec.key: "" for spec in CAMPAIGN.category("case").form.fields}


@pytest.mark.parametrize("text", ["", "关于报送的通知", "联系人：李小梅 联系电话：13805310001", "案例名称很重要，申报单位要盖章。", "一" * 5000])
def test_other_text_is_no_form(text: str) -> None:
    assert read_form_text(text, CAMPAIGN) == ()


def test_several_forms_in_one_text() -> None:
    forms = read_form_text(cell_by_cell("case") + "\n" + cell_by_cell("training") + "\n" + cell_by_cell("course"), CAMPAIGN)
    assert [(form.category, form.title) for form in forms] == [(key, SAMPLES[key]["title"]) for key in ("case", "training", "course")]


class Page:
    """Lays a form out on a page as boxes of lines, the way an OCR reports a scan; places shake a little."""

    def __init__(self, seed: int, *, letters: float = 20, columns: tuple[float, ...] = (100, 260, 560, 720, 1140)) -> None:
        self.words: list[Word] = []
        self._random = random.Random(seed)
        self._size = letters
        self._columns = columns

    def put(self, text: str, left: float, top: float) -> None:
        shake = self._random.uniform(-0.12, 0.12) * self._size
        wide = sum(self._size if ord(char) > 255 else self._size / 2 for char in text)
        self.words.append(Word(text, Box(left + shake, top + shake, left + wide + shake, top + self._size + shake)))

    def cell(self, text: str, left: float, right: float, top: float, bottom: float, *, centred: bool) -> None:
        room = max(int((right - left) / self._size) - 1, 1)
        lines = [line[at : at + room] for line in text.split("\n") if line for at in range(0, len(line), room)]
        pitch = self._size * 1.4
        y = (top + bottom - pitch * len(lines)) / 2 + pitch * 0.15 if centred else top + pitch * 0.3
        for line in lines:
            wide = sum(self._size if ord(char) > 255 else self._size / 2 for char in line)
            self.put(line, (left + right - wide) / 2 if centred and len(line) <= 8 else left + self._size * 0.5, y)
            y += pitch

    def form(self, category: str, values: dict[str, str]) -> list[Word]:
        self.put(HEADINGS[category], 300, 40)
        y = 100.0
        for row in [*ROWS[category], *[[(label, label)] for label, _ in OPINIONS]]:
            edges = [self._columns[0], self._columns[1], self._columns[4]] if len(row) == 1 else list(self._columns)
            texts = [(label, values.get(key, dict(OPINIONS).get(key, ""))) for key, label in row]
            height = 50.0
            for number, (label, value) in enumerate(texts):
                for text, side in ((label, 0), (value, 1)):
                    room = max(int((edges[2 * number + side + 1] - edges[2 * number + side]) / self._size) - 1, 1)
                    count = sum(-(-len(line) // room) for line in text.split("\n") if line)
                    height = max(height, count * self._size * 1.4 + self._size)
            for number, (label, value) in enumerate(texts):
                at = 2 * number
                self.cell(label, edges[at], edges[at + 1], y, y + height, centred=True)
                self.cell(value, edges[at + 1], edges[at + 2], y, y + height, centred=len(value) < 80)
            y += height
        return self.words


LONG = "让社区里的每一位老年人都能跨越数字鸿沟共享智慧生活——历下区银龄课堂的探索与实践"


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("category", sorted(SAMPLES))
def test_boxes_of_an_ocr(category: str, seed: int) -> None:
    values = {**SAMPLES[category], "title": LONG}
    (form,) = read_form_words([Page(seed).form(category, values)], CAMPAIGN)
    assert (form.category, form.title) == (category, LONG)
    for key, value in {**values_of(category), "title": LONG}.items():
        if key not in ("content", "effect"):
            assert form.fields[key] == value, key
    for key in ("content", "effect"):
        if key in values:
            assert "".join(str(form.fields[key]).split()) == "".join(values[key].split())


@pytest.mark.parametrize("columns", [(60, 130, 600, 690, 1140), (100, 330, 520, 760, 1140)])
def test_narrow_and_wide_label_columns(columns: tuple[float, ...]) -> None:
    (form,) = read_form_words([Page(1, columns=columns).form("training", TRAINING)], CAMPAIGN)
    assert {key: form.fields[key] for key in TRAINING} == TRAINING


def test_a_form_over_two_pages() -> None:
    words = Page(3).form("case", {**CASE, "content": CASE["content"] + "\n" + "老人都说好。\n" * 30})
    cut = sorted(word.box.top for word in words)[len(words) // 2] - 1
    first = [word for word in words if word.box.top <= cut]
    second = [Word(word.text, Box(word.box.left, word.box.top - cut + 90, word.box.right, word.box.bottom - cut + 90)) for word in words if word.box.top > cut]
    (form,) = read_form_words([first, second], CAMPAIGN)
    assert form.fields["contact_phone"] == CASE["contact_phone"]
    assert str(form.fields["content"]).count("老人都说好。") == 30


def test_a_scan_of_something_else_is_no_form() -> None:
    page = Page(0)
    for number in range(40):
        page.put("关于组织开展智慧助老活动的通知正文", 120, 60 + number * 30)
    assert read_form_words([page.words], CAMPAIGN) == ()
    assert read_form_words([], CAMPAIGN) == ()
    assert read_form_words([[]], CAMPAIGN) == ()


def test_cells_of_a_ruled_table() -> None:
    cells = [Box(0, 0, 50, 20), Box(50, 0, 200, 20), Box(0, 20, 50, 60), Box(50.5, 20, 120, 60), Box(120, 20, 200, 60)]
    table = build_table(cells, [Word("甲", Box(5, 5, 15, 15)), Word("乙", Box(60, 30, 70, 40)), Word("外", Box(300, 300, 310, 310))])
    assert [(cell.row, cell.column, cell.rows, cell.columns, cell.text) for cell in table.cells] == [
        (0, 0, 1, 1, "甲"), (0, 1, 1, 2, ""), (1, 0, 1, 1, ""), (1, 1, 1, 1, "乙"), (1, 2, 1, 1, ""),
    ]  # fmt: skip


def test_lines_by_place() -> None:
    words = [Word("右", Box(100, 1, 110, 11)), Word("左", Box(0, 0, 10, 10)), Word("下", Box(0, 20, 10, 30)), Word("旁", Box(11, 21, 21, 31))]
    assert build_lines(words) == "左\t右\n下旁"


boxes = st.builds(
    lambda text, x, y, w, h: Word(text, Box(x, y, x + w, y + h)),
    st.sampled_from(["案例名称", "申报单位", "负责人", "联系电话", "联系人", "案", "例", "内容", "13900000000", "（盖章）", "年月日", "字" * 30, ""]),
    st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), st.floats(0, 500), st.floats(0, 60),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.lists(boxes, max_size=60), max_size=3))
def test_any_boxes_never_raise(pages: list[list[Word]]) -> None:
    read_form_words(pages, CAMPAIGN)


@settings(deadline=None)
@given(st.text(max_size=500))
def test_any_text_never_raises(text: str) -> None:
    read_form_text(text, CAMPAIGN)
    read_form_text(f"{HEADINGS['course']}\n课程名称：{text}\n负责人：\n联系人：{text}", CAMPAIGN)


@pytest.mark.parametrize("text", ["联系人：" * 50_000, "案例名称 " * 60_000, "（" * 200_000, "一、" * 100_000, "联 " * 100_000, "案例\n内容\n" * 30_000, " \t" * 200_000])
def test_hostile_text_takes_little_time(text: str) -> None:
    start = time.process_time()
    read_form_text(text, CAMPAIGN)
    assert time.process_time() - start < 5


def test_course_words_of_the_samples_differ() -> None:
    assert COURSE["title"] != CASE["title"]
