"""Codes that stand in another part of the mail than their link."""

from __future__ import annotations

import pytest

from core.facts import Link
from parsers.link_loose import with_loose_codes

A = Link("baidu", "https://pan.baidu.com/s/1QvwfHXf0r-hfBEDkFR3tbp")
B = Link("baidu", "https://pan.baidu.com/s/1WDyeKyQE2VfpFcvg0t_dXN", "cd34")
WEB = Link("web", "https://kc.sdou.cn/1")


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (["济南市教育局+智慧助老 提取码：ab12", "正文"], "ab12"),
        (["", "提取码 ａｂ１２"], "ab12"),
        (["网盘提取码为ab12", "提取码：ab12"], "ab12"),
        (["提取码：ab12", "提取码：cd34"], "ab12"),  # the other one is B's
        (["提取码：ab12", "提取码：ef56"], None),
        (["密码：ab12"], None),
        (["解压密码：ab12"], None),
        (["夸克提取码：ab12"], None),
        (["提取码：见附件"], None),
        ([], None),
    ],
)
def test_the_only_link_takes_the_only_code(texts: list[str], code: str | None) -> None:
    assert [link.code for link in with_loose_codes((WEB, A, B), texts)] == [None, code, "cd34"]


def test_two_links_without_code_take_none() -> None:
    links = (A, Link("baidu", "https://pan.baidu.com/s/1dGKK4vc"))
    assert with_loose_codes(links, ["提取码：ab12"]) == links
    assert with_loose_codes((B,), ["提取码：ab12"]) == (B,)
