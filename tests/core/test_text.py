"""Folding: what people write in many ways compares equal, and nothing raises."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import compact, count_characters, normalise, same_text, similar


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("济南市教育局＋智慧助老", "济南市教育局+智慧助老"),
        ("ＡＢｃ１２３（）：；，！？", "ABc123():;,!?"),
        ("“智慧”助老", '"智慧"助老'),
        ("「智慧助老」", '"智慧助老"'),
        ("济南—青岛–烟台－潍坊−威海", "济南-青岛-烟台-潍坊-威海"),
        ("济南\u3000市\u00a0教\u2003育\t局", "济南 市 教 育 局"),
        ("济\u200b南\ufeff市\u202e教\u2060育\u00ad局", "济南市教育局"),
        ("一\r\n二\r三\u2028四", "一\n二\n三\n四"),
        ("\u2f2d\u4e1c\u5927\u5b66", "山东大学"),  # ⼭: a radical, as PDF viewers copy it
        ("①②㈠", "12(一)"),
        ("a\x00b\x07c", "abc"),
        ("\ud83d x", "\ufffd x"),
        ("《》【】、。", "《》【】、。"),
    ],
)
def test_one_spelling(written: str, folded: str) -> None:
    assert normalise(written) == folded


def test_case_and_traditional_forms_on_request() -> None:
    assert normalise("Word版", casefold=True) == "word版"
    assert normalise("濟南") == "濟南"
    traditional = (
        "濟南 青島 煙台 濰坊 臨沂 聊城 濱州 菏澤 棗莊 東營 濟寧 泰安 威海 德州 淄博 日照 大學 學院 教育局 職業 技術 師範 "
        "醫 農 業 國 開 廣 電 視 嶗山 嶧城 嵐山 墾利 鄒城 鉅野 鄆城 壽光 榮成 萊蕪"
    )
    simplified = (
        "济南 青岛 烟台 潍坊 临沂 聊城 滨州 菏泽 枣庄 东营 济宁 泰安 威海 德州 淄博 日照 大学 学院 教育局 职业 技术 师范 "
        "医 农 业 国 开 广 电 视 崂山 峄城 岚山 垦利 邹城 巨野 郓城 寿光 荣成 莱芜"
    )
    assert normalise(traditional, simplify=True) == simplified
    assert compact("濟南市教育局＋「智慧助老」") == "济南市教育局智慧助老"


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("智慧 助老", 4), ("智慧\n\t助老。", 5), ("abc 12", 5), ("\u200b\ufeff智\u00ad", 1), ("　　首行缩进", 4), ("……", 2)],
)
def test_characters_a_reader_counts(text: str, count: int) -> None:
    assert count_characters(text) == count


def test_likeness() -> None:
    assert similar("《智慧助老》 案例", "智慧助老案例") == 1.0
    assert similar("", "") == 0.0
    assert similar("济南市历下区老年大学", "济南市历下区老年大学 ") == 1.0
    assert similar("让老年人畅享智慧生活", "让老年人乐享智慧生活") > 0.85
    assert similar("让老年人畅享智慧生活", "手机摄影入门") < 0.3
    assert similar("长" * 400 + "甲", "长" * 400 + "乙") > 0.95
    assert similar("甲乙" * 300, "丙丁" * 300) == 0.0


def test_sameness() -> None:
    assert same_text("山东大学（威海）", "山东大学(威海)")
    assert same_text("Word 版", "WORD版")
    assert not same_text("", "")
    assert not same_text("——", "……")
    assert not same_text("济南市教育局", "济宁市教育局")


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert len(normalise(text, simplify=True)) == len(once)
    once.encode()  # no lone surrogates are left


@given(st.text(), st.text())
def test_likeness_is_a_fraction_and_symmetric(a: str, b: str) -> None:
    assert 0.0 <= similar(a, b) <= 1.0
    assert similar(a, b) == similar(b, a)
    assert same_text(a, b) <= (similar(a, b) == 1.0)


@given(st.text(alphabet=st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF) | st.characters(), max_size=50))
def test_broken_headers_do_not_raise(text: str) -> None:
    normalise(text, casefold=True, simplify=True)
    compact(text)
    count_characters(text)


def test_a_long_run_of_combining_marks_takes_no_time() -> None:
    started = time.perf_counter()
    normalise("a" + "\u0316\u0301" * 300_000)
    similar("甲乙" * 300_000, "乙丙" * 300_000)
    assert time.perf_counter() - started < 5
