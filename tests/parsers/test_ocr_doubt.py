"""What may never come out of a scan: a form that is none, a tick that is none, a fault of the sender's for one of ours."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from baosong.config import load_campaign
from core.campaign import Campaign
from core.facts import PageFacts, Part, ScanFacts
from core.ports import ReadLimits
from parsers import ocr, part, scan
from parsers.blocks import plain_lines
from parsers.ocr_cells import align
from parsers.ocr_form import may_begin_form, read_page_forms
from parsers.ocr_page import ReadPage
from parsers.ocr_ticks import mark_options
from parsers.ruled import Box, Word
from parsers.ticks import read_yes_no

LIMITS = ReadLimits()


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    return load_campaign("zhihui-zhulao")


def page_of(rows: list[list[str]], widths: list[int], *, high: int = 80) -> ReadPage:
    """A ruled table and its words as a perfect engine would read them."""
    picture = np.full((200 + high * len(rows), 200 + sum(widths), 3), 255, np.uint8)
    words = []
    for r, row in enumerate(rows):
        x = 100
        for text, wide in zip(row, widths, strict=True):
            top = 100 + r * high
            cv2.rectangle(picture, (x, top), (x + wide, top + high), (20, 20, 20), 2)
            if text:
                words.append(Word(text, Box(x + 12, top + 24, x + 12 + 30 * len(text), top + 56)))
            x += wide
    return ReadPage(tuple(words), picture, 0, len(words), whole=True)


def test_a_stamped_list_of_submissions_is_no_form(campaign: Campaign) -> None:
    heads = ["序号", "案例名称", "申报单位", "负责人", "联系电话"]
    widths = [120, 320, 320, 200, 400]
    for count in (1, 3):
        rows = [[str(n), f"银龄课堂{n}", "历下区学院", "张建国", "13805310001"] for n in range(1, count + 1)]
        assert read_page_forms([page_of([heads, *rows], widths)], campaign) == ()


def test_labels_without_values_are_no_form_and_never_a_blank_one(campaign: Campaign) -> None:
    rows = [["案例名称", ""], ["申报单位", ""], ["负责人", ""], ["联系人", ""], ["案例内容", ""]]
    assert read_page_forms([page_of(rows, [300, 900])], campaign) == ()
    rows[0][1], rows[1][1] = "银龄课堂", "历下区社区教育学院"
    (form,) = read_page_forms([page_of(rows, [300, 900])], campaign)
    assert (form.title, form.blank) == ("银龄课堂", False)


def test_a_number_broken_by_a_narrow_cell_is_whole_again(campaign: Campaign) -> None:
    page = page_of([["案例名称", "银龄课堂"], ["申报单位", "历下区社区教育学院"], ["负责人", "张建国"], ["联系电话", ""]], [300, 400], high=110)
    y = 100 + 3 * 110
    words = (*page.words, Word("138053100", Box(412, y + 10, 680, y + 42)), Word("01", Box(412, y + 56, 470, y + 88)))
    (form,) = read_page_forms([ReadPage(words, page.picture, 0, len(words), whole=True)], campaign)
    assert form.fields["leader_phone"] == "13805310001"


def test_rows_that_sink_across_the_page_stay_rows() -> None:
    cells = [
        Box(100 + 300 * column, 100 + 60 * row + 12 * column, 395 + 300 * column, 155 + 60 * row + 12 * column)
        for row in range(6)
        for column in range(4)
    ]
    straight = align(cells)
    for row in range(6):
        tops = {round(cell.top) for cell in straight[4 * row : 4 * row + 4]}
        assert len(tops) == 1
    assert len({round(cell.top) for cell in straight}) == 6


def test_a_cell_over_two_rows_keeps_both() -> None:
    tall, upper, lower = Box(100, 100, 300, 220), Box(303, 104, 600, 160), Box(303, 163, 600, 224)
    one, two, three = align([tall, upper, lower])
    assert (one.top, one.bottom) == (two.top, three.bottom)
    assert two.bottom == three.top


def boxed(texts: list[tuple[str, str]], *, broken: bool = False) -> tuple[np.ndarray, list[Word]]:
    """Options with printed boxes on one line: (state of the box, words). `broken`: the last word's last character stands
    on the next line."""
    picture = np.full((260, 900, 3), 255, np.uint8)
    words, x = [], 60
    for number, (state, text) in enumerate(texts):
        if state:
            cv2.rectangle(picture, (x, 60), (x + 24, 84), (20, 20, 20), 2)
            if state == "tick":
                cv2.polylines(picture, [np.array([[x + 4, 72], [x + 11, 80], [x + 28, 54]])], False, (30, 40, 160), 3, cv2.LINE_AA)
            elif state == "dot":
                cv2.circle(picture, (x + 12, 72), 2, (60, 60, 60), -1)
        x += 32
        last = broken and number == len(texts) - 1
        shown = text[:-1] if last else text
        words.append(Word(shown, Box(x, 54, x + 32 * len(shown), 90), tuple(x + 16 + 32 * n for n in range(len(shown)))))
        x += 32 * len(shown) + 40
    if broken:
        words.append(Word(texts[-1][1][-1], Box(60, 110, 92, 146), (76,)))
    return picture, words


def read_back(words: list[Word]) -> str:
    lines: dict[int, list[Word]] = {}
    for word in words:
        lines.setdefault(int(word.box.top) // 50, []).append(word)
    return "\n".join("".join(w.text for w in sorted(line, key=lambda w: w.box.left)) for _, line in sorted(lines.items()))


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(("first", "second", "answer"), [("tick", "empty", True), ("empty", "tick", False), ("empty", "empty", None), ("tick", "tick", None)])
def test_an_answer_is_read_from_its_boxes(campaign: Campaign, first: str, second: str, answer: bool | None, broken: bool) -> None:
    picture, words = boxed([(first, "同意"), (second, "不同意")], broken=broken)
    text = read_back(mark_options(words, picture, campaign))
    assert read_yes_no(plain_lines(text), ["同意"], ["不同意"])[0] is answer


def test_boxes_behind_their_words_are_not_taken_for_the_next_ones(campaign: Campaign) -> None:
    words = [Word("同意", Box(20, 54, 84, 90), (36, 68))]
    picture = np.full((200, 700, 3), 255, np.uint8)
    cv2.rectangle(picture, (88, 60), (112, 84), (20, 20, 20), 2)
    cv2.polylines(picture, [np.array([[92, 72], [99, 80], [116, 54]])], False, (20, 20, 20), 3, cv2.LINE_AA)
    words.append(Word("不同意", Box(200, 54, 296, 90), (216, 248, 280)))
    cv2.rectangle(picture, (300, 60), (324, 84), (20, 20, 20), 2)
    text = read_back(mark_options(words, picture, campaign))
    assert text == "同意☑不同意□"


BROKEN = ("是否同意纳入全", "国老年教育课程", "资源库共享")


def unruled(answer: list[tuple[str, int]], *, label: tuple[str, ...] = BROKEN, slope: float = 0.0) -> ReadPage:
    """A form whose rules the scanner lost, its long label in a narrow column: (words, line) of the answer beside it."""
    rows: list[tuple[int, float, str]] = [(100, 0, "“智慧助老”专题典型课程资源申报表"), (100, 2, "课程名称"), (350, 2, "银龄课堂")]
    rows += [(100, 5, "申报单位"), (350, 5, "历下区社区学院"), (100, 8, "负责人"), (350, 8, "张建国"), (900, 8, "联系电话"), (1150, 8, "13805310001")]
    rows += [(900, 4 + n, text) for n, text in enumerate(label)]
    rows += [(1150, 4 + line, text) for text, line in answer]
    words = [
        Word(text, Box(x, 100 + 40 * y + slope * x, x + 28 * len(text), 130 + 40 * y + slope * x)) for x, y, text in rows
    ]
    return ReadPage(tuple(words), np.full((700, 1700, 3), 255, np.uint8), 0, len(words), whole=True)


@pytest.mark.parametrize(
    ("answer", "consent"),
    [
        ([("☑同意□不同意", 1)], True), ([("□同意☑不同意", 1)], False), ([("□同意", 0), ("☑不同意", 1)], False),
        ([("□同意　☑不同", 0), ("意", 1)], False), ([("不同意", 1)], False), ([("□同意□不同意", 1)], None),
    ],
)  # fmt: skip
def test_a_label_broken_over_lines_stays_out_of_its_neighbours(campaign: Campaign, answer: list[tuple[str, int]], consent: bool | None) -> None:
    for slope in (-0.012, 0.0, 0.012):
        (form,) = read_page_forms([unruled(answer, slope=slope)], campaign)
        assert (form.title, form.applicant_unit, form.fields["leader"]) == ("银龄课堂", "历下区社区学院", "张建国")
        assert (form.fields.get("consent"), form.fields.get("consent_text")) == (consent, None)
        assert form.fields["leader_phone"] == "13805310001"


def test_a_label_whose_end_was_not_read_guesses_nothing(campaign: Campaign) -> None:
    (form,) = read_page_forms([unruled([("□同意　☑不同", 0), ("意", 2)], label=BROKEN[:2])], campaign)
    assert form.fields.get("consent") is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [("全□同意 ☑不同\n国老年教育课程\n资源库共享 意", None), ("☑不", None), ("□同意 ☑不同\n意", False), ("□同意☑不 同意", False), ("□同意\n☑不\n同意", False)],
)
def test_half_an_option_ticks_no_other(text: str, answer: bool | None) -> None:
    assert read_yes_no(plain_lines(text), ["同意"], ["不同意"])[0] is answer


def test_words_that_only_contain_an_option_have_no_box(campaign: Campaign) -> None:
    picture, words = boxed([("tick", "手机摄影与短视频制作")])
    assert mark_options(words, picture, campaign) == words


def test_one_doubtful_box_leaves_the_field_open(campaign: Campaign) -> None:
    picture, words = boxed([("empty", "同意"), ("tick", "不同意")])
    # The second box is grey all over: a smudge, a copy's shadow, a pale marker.
    noisy = picture.copy()
    spot = noisy[62:83, 60 + 32 + 64 + 40 + 2 : 60 + 32 + 64 + 40 + 23]
    spot[:] = 255
    spot[8:12, 4:16] = 90
    text = read_back(mark_options(words, noisy, campaign))
    assert "☑同意" not in text.replace("不同意", "")


def test_pages_that_begin_no_form_are_known_by_their_first_lines(campaign: Campaign) -> None:
    def lines(*texts: str) -> list[Word]:
        return [Word(text, Box(0, 40 * n, 20 * len(text), 40 * n + 30)) for n, text in enumerate(texts)]

    assert may_begin_form(lines("“智慧助老”专题典型案例申报表"), campaign)
    assert may_begin_form(lines("案例名称 银龄课堂"), campaign)
    assert may_begin_form(lines("申报单位 历下区", "负责人 张三"), campaign)
    assert not may_begin_form(lines("第三章 微信的使用", "打开手机，找到绿色图标"), campaign)


@pytest.mark.parametrize("broken", ["engine", "detector"])
def test_an_engine_that_fails_leaves_the_text_unread_and_the_file_sound(
    tmp_path: Path, campaign: Campaign, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    class Failing:
        def __call__(self, *args: object, **kwargs: object) -> object:
            raise RuntimeError("bad allocation")

    def load() -> object:
        if broken == "engine":
            raise FileNotFoundError("no model")
        return Failing()

    holder = ocr._Engine()
    monkeypatch.setattr(holder, "_load", load)
    monkeypatch.setattr(ocr, "_HOLDER", holder)
    path = tmp_path / "a.png"
    Image.fromarray(np.full((1400, 1000, 3), 255, np.uint8)).save(path)
    found = part.read_part(path, Part("a.png", ("a.png",), 1, "0" * 64, "image/png"), campaign, LIMITS, ocr=True)
    assert found.problem is None
    assert found.scan is not None
    assert found.scan.text_sought
    assert found.scan.form is None
    assert (ocr.check_ocr() is None) == (broken == "detector")


def test_a_seal_search_that_fails_is_a_doubt(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(image: np.ndarray) -> object:
        raise cv2.error("insufficient memory")

    monkeypatch.setattr(scan, "find_seals", fail)
    facts = ScanFacts(pages=(PageFacts(image=True),), page_count=1)
    page = np.full((700, 500, 3), 255, np.uint8)
    assert scan.look_at_pages(facts, lambda index, dpi: page, campaign, LIMITS, ocr=False, seals=True).seal == "uncertain"


def test_without_the_libraries_every_scan_is_a_doubt_and_no_file_is_damaged(
    tmp_path: Path, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("parsers.scan", "cv2"):
        monkeypatch.setitem(sys.modules, name, None)
    picture, document = tmp_path / "a.png", tmp_path / "a.pdf"
    sheet = Image.fromarray(np.full((1400, 1000, 3), 255, np.uint8))
    sheet.save(picture)
    sheet.save(document, resolution=120)
    for path, kind in ((picture, "image/png"), (document, "application/pdf")):
        read = part.read_part(path, Part(path.name, (path.name,), 1, "0" * 64, kind), campaign, LIMITS, ocr=True, seals=True)
        assert read.problem is None
        assert read.scan is not None
        assert (read.scan.seal, read.scan.text_sought) == ("uncertain", True)
