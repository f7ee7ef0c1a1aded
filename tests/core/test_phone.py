"""Telephone cells as clerks fill them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.phone import is_phone

RIGHT = """13800138000|138 0013 8000|138-0013-8000|138.0013.8000|１３８００１３８０００|+86 138 0013 8000|+8613800138000|8613800138000
0086-13800138000|013800138000|0531-82626712|（0531）82626712|(0531) 8262 6712|053182626712|0531 82626712|0531－82626712
0531—82626712|0531--82626712|010-66490580|02123456789|82626712|8262-6712|6712345|0536-8091234|0635-8239123
400-810-1234|4008101234|800-810-1234|0531-82626712转8001|0531-82626712-8001|0531-82626712 分机 12|0531-82626712（8001）
13800138000、0531-82626712|13800138000/13900139000|0531-82626712/13|0531-82626712,82626713|82626712 13800138000
办公：0531-82626712 手机：13800138000|宁雪文 0531-82626712|13800138000（微信同号）|Tel:0531-82626712|+86-531-82626712
+86 (0)531 82626712|0632-3314567；13969412345|+852 2345 6789|１３８　００１３　８０００|13800138000.|138\u200b00138000""".replace("\n", "|")

WRONG = """|无|同上|/|——|12345|111|1380013800|138001380001|12345678901|23800138000|0531-8262671|0532-1234567|0536-80912
05318262671234|13800138000 1234|138********|1380013800O|abc|张三|2021年11月8日|000000000000|37010219900101123X""".replace("\n", "|")


@pytest.mark.parametrize("text", RIGHT.split("|"))
def test_numbers_somebody_could_call(text: str) -> None:
    assert is_phone(text)


def test_several_lines_in_one_cell() -> None:
    assert is_phone("13800138000\n0531-82626712\r\n")
    assert is_phone("手机\n13800138000")


@pytest.mark.parametrize("text", WRONG.split("|"))
def test_numbers_nobody_could_call(text: str) -> None:
    assert not is_phone(text)


@given(st.text(max_size=60) | st.text(alphabet="0123456789-+() 转/、１２", max_size=60))
def test_any_text_gets_an_answer(text: str) -> None:
    assert is_phone(text) in (True, False)


@given(st.sampled_from("3456789"), st.text("0123456789", min_size=9, max_size=9), st.lists(st.integers(1, 10), max_size=3))
def test_a_mobile_stays_right_however_it_is_spaced(second: str, rest: str, cuts: list[int]) -> None:
    digits = f"1{second}{rest}"
    for cut in sorted(set(cuts), reverse=True):
        digits = f"{digits[:cut]} {digits[cut:]}"
    assert is_phone(digits)


def test_a_cell_full_of_digits_takes_no_time() -> None:
    assert not is_phone("1" * 1_000_000)
    assert is_phone("0531 - " * 100_000) in (True, False)
