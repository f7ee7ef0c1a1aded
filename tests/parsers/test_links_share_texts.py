"""Share texts of many kinds, written before the code was looked at (tests/data/share-texts.jsonl), and the real ones of
tests/data/links-sample.jsonl. A code that is not found is a fault that staff see; a wrong one is blamed on the unit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from parsers.links import find_links

DATA = Path(__file__).parents[1] / "data"
Read = tuple[str, str | None]


def texts(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def read(text: str) -> list[Read]:
    return [(link.url, link.code) for link in find_links(text) if link.provider == "baidu"]


def wanted(entry: dict[str, Any]) -> list[Read]:
    return [(share["url"], share["code"]) for share in entry["expected"]]


def test_nearly_all_are_read_exactly() -> None:
    entries = texts("share-texts.jsonl")
    missed = [entry["style"] for entry in entries if read(entry["text"]) != wanted(entry)]
    assert len(entries) > 300
    assert len(missed) <= 0.02 * len(entries), missed


@pytest.mark.parametrize("entry", texts("share-texts.jsonl"), ids=lambda entry: entry["style"])
def test_no_link_is_lost_and_no_code_is_made_up(entry: dict[str, Any]) -> None:
    found, right = read(entry["text"]), dict(wanted(entry))
    assert [url for url, _ in found] == list(right)
    assert all(code in (None, right[url]) for url, code in found)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<table><tr><td><p>链接</p></td><td><p>提取码</p></td></tr><tr><td><p>{a}</p></td><td><p>ab12</p></td></tr></table>", "ab12"),
        ("<table><tr>\n<td>网盘</td>\n<td><p class=x>{a}</p>\n</td>\n</tr><tr><td>提取码</td><td><div>ab12</div></td></tr></table>", "ab12"),
        ("<div>链接：<a href='{a}'>课程视频</a></div><div><br></div><div>提取码：</div><div>ab12</div>", "ab12"),
        ("<td>{a}</td><td>2021</td>", None),
    ],
)  # fmt: skip
def test_html_of_office_mails(html: str, expected: str | None) -> None:
    share = "https://pan.baidu.com/s/1QvwfHXf0r-hfBEDkFR3tbp"
    links = find_links("", html.replace("{a}", share))
    assert [(link.url, link.code) for link in links] == [(share, expected)]


@pytest.mark.parametrize(("share", "doubtful"), [
    ("1QvwfHXf0r-hfBEDkFR3tbp", False), ("1dGKK4vc", False), ("1binFlk", False), ("1QvwfHXf0r-hfBE", True), ("1QvwfHXf0r-hfBEDkFR3t", True),
])  # fmt: skip
def test_an_address_cut_off_proves_nothing(share: str, doubtful: bool) -> None:
    (link,) = find_links(f"链接：https://pan.baidu.com/s/{share} 提取码：ab12")
    assert (link.url.endswith(f"/{share}"), link.doubtful) == (True, doubtful)
