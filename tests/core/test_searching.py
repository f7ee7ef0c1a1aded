"""Searchable text and its grams: whatever stands in a text is promised by its grams, and blanks, width, case do not matter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.searching import MAX_TERMS, grams, is_exact, needed_grams, search_terms, searchable

ALPHABET = "王芳济南市智慧助老abc12340 \n，。+-_（）Ａ１濟"


@pytest.mark.parametrize(("written", "search"), [
    ("山东省社区教育\n指导服务中心", "教育指导"), ("负 责 人　王 芳", "负责人王芳"), ("智慧助老，你我同行", "智慧助老你我"),
    ("0531-82626712", "053182626712"), ("0531-82626712", "0531-8262"), ("０５３１－８２６２６７１２", "0531-82626712"),
    ("138 0013 8000", "13800138000"), ("(0634)6222111", "0634-6222111"), ("13800138000", "138-0013-8000"), ("13800138000", "8000"),
    ("App 软件", "app软件"), ("社区教育指导服务中心+典型案例.docx", "中心+典型案例.DOCX"), ("HL21-0000013", "hl21-0000013"),
    ("濟南市敎育局", "济南市教育局"), ("zhang@jinan.test", "jinan.test"), ("3000字以内", "字"),
])
def test_found(written: str, search: str) -> None:
    text, terms = searchable(written), search_terms(search)
    assert terms is not None
    for term in terms:
        assert term in text
        assert set(needed_grams(term)) <= grams(text)


@pytest.mark.parametrize("search", ["", "  ", "%", "+ — ，", '"', "\0"])
def test_punctuation_alone_is_no_search(search: str) -> None:
    assert search_terms(search) is None


def test_bounds() -> None:
    assert len(search_terms(" ".join(f"词{n}" for n in range(1000))) or ()) == MAX_TERMS
    assert len(searchable("a" * 1_000_000)) <= 200
    assert all(len(term) <= 100 for term in search_terms("济" * 100_000) or ())


@given(st.text(ALPHABET, max_size=60), st.integers(0, 60), st.integers(1, 12))
def test_grams_promise_every_piece(written: str, start: int, length: int) -> None:
    text = searchable(written)
    piece = text[start : start + length].strip()
    if piece and "\n" not in piece:
        assert set(needed_grams(piece)) <= grams(text)


@given(st.text(ALPHABET, max_size=40), st.text(ALPHABET, min_size=1, max_size=4))
def test_exact_means_no_look_at_the_text(written: str, search: str) -> None:
    text = searchable(written)
    for term in search_terms(search) or ():
        if is_exact(term):
            assert (set(needed_grams(term)) <= grams(text)) == (term in text)


@given(st.text(max_size=80))
def test_searchable_is_stable(written: str) -> None:
    once = searchable(written).partition("\n")[0]
    assert searchable(once).partition("\n")[0] == once
