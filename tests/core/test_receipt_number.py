"""Receipt numbers: round trip, and every single mistake is refused."""

from __future__ import annotations

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.receipt_number import ALPHABET, find_receipt_numbers, is_receipt_number, make_receipt_number
from core.text import normalise

numbers = st.builds(
    make_receipt_number,
    st.sampled_from(["zhihui-zhulao", "ZHZ", "HL", "AAA", "BIS", "second-campaign", "征集", ""]),
    st.integers(2000, 2099),
    st.integers(1, 999_999),
)


def test_it_is_short_and_speakable() -> None:
    number = make_receipt_number("ZHZ", 2021, 37)
    assert number.startswith("ZHZ21-000037")
    assert len(number) == 13
    checks = {make_receipt_number("ZHZ", 2021, sequence)[-1] for sequence in range(1, 500)}
    assert checks == set(ALPHABET)
    assert not checks & set("BIOSZ")


@given(numbers)
def test_it_is_found_again(number: str) -> None:
    assert is_receipt_number(number)
    assert find_receipt_numbers(f"回复：济南市教育局+智慧助老（回执编号：{number}）") == (number,)
    assert find_receipt_numbers(f"编号{number.lower()}，已补正") == (number,)


@given(numbers)
def test_it_is_found_as_clerks_write_it(number: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    assert find_receipt_numbers(wide) == (number,)
    assert find_receipt_numbers(number.replace("-", "")) == (number,)
    assert find_receipt_numbers(number.replace("-", " — ")) == (number,)
    assert find_receipt_numbers(" ".join(number)) == (number,)


@given(numbers, st.data())
def test_any_single_wrong_character_is_refused(number: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from(string.digits + string.ascii_uppercase + "-+ /零年") | st.characters())
    if normalise(wrong).upper() == number[at] or (number[at] == "-" and normalise(wrong).strip() in ("", "-")):
        return  # the same number, only written otherwise
    mistyped = number[:at] + wrong + number[at + 1 :]
    assert not is_receipt_number(mistyped)
    assert number not in find_receipt_numbers(mistyped)
    assert find_receipt_numbers(mistyped) == ()


@given(numbers, st.data())
def test_any_swap_of_neighbours_is_refused(number: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(number) - 2))
    if number[at] == number[at + 1]:
        return
    swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    assert find_receipt_numbers(swapped) == ()


def test_all_single_mistakes_and_all_swaps_of_one_number() -> None:
    number = make_receipt_number("ZHZ", 2022, 120_345)
    places = [at for at in range(len(number)) if number[at] != "-"]
    symbols = string.digits + string.ascii_uppercase
    wrong = [number[:at] + c + number[at + 1 :] for at in places for c in symbols if c != number[at]]
    assert len(wrong) == 12 * 35
    assert [n for n in wrong if is_receipt_number(n)] == []
    for one in places:
        for two in places:
            letters = list(number)
            letters[one], letters[two] = letters[two], letters[one]
            if letters != list(number):
                assert not is_receipt_number("".join(letters))


def test_numbers_of_one_campaign_and_year_differ() -> None:
    made = {make_receipt_number("zhihui-zhulao", year, n) for year in (2021, 2022) for n in range(1, 2000)}
    assert len(made) == 2 * 1999


def test_two_campaigns_have_their_own_letters() -> None:
    one, two = (make_receipt_number(key, 2021, 1) for key in ("zhihui-zhulao", "dushu-huodong"))
    assert one != two
    assert (one[:2] + two[:2]).isalpha()


def test_several_in_one_text_once_each_in_order() -> None:
    a, b = make_receipt_number("HL", 2021, 2), make_receipt_number("HL", 2021, 1)
    assert find_receipt_numbers(f"{a}、{b}，{a}\n{b.lower()}") == (a, b)


@pytest.mark.parametrize("text", ["", "HL21", "鲁教民处函〔2021〕4号", "0531-82626712", "IMG_20211108_101233", "HL21-000037", "X" * 50])
def test_other_codes_are_none(text: str) -> None:
    assert not is_receipt_number(text)
    assert find_receipt_numbers(text) == ()


@pytest.mark.parametrize("sequence", [0, -1, 1_000_000])
def test_out_of_range_is_refused(sequence: int) -> None:
    with pytest.raises(ValueError, match="sequence"):
        make_receipt_number("HL", 2021, sequence)


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    assert all(is_receipt_number(number) for number in find_receipt_numbers(text))


def test_a_long_text_takes_no_time() -> None:
    started = time.perf_counter()
    find_receipt_numbers("HL21 - " * 100_000 + "A " * 100_000)
    assert time.perf_counter() - started < 3
