"""Properties of link search: it never raises, takes time in proportion, and reads back what was written."""

from __future__ import annotations

import string
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parsers import links
from parsers.links import find_links

ID_SIGNS = string.ascii_letters + string.digits + "-_"
SHREDS = (
    "https://", "pan.baidu.com", "/s/1", "?pwd=", "提取码", "：", "密码", "ab12", "<a href=\"", "<td>", "</td>", "&amp;", "%3A%2F%2F",
    "\n", " ", "|", "\\u", "\\/", "１", "ｐａｎ", "\u200b", "1QvwfHXf0r-hfBEDkFR3tbp", "code", "[", "](", ")", "、", "均为", "分别",
    "点", "。", "baidu", "surl=", "#", "&", "邮箱发来的超大附件", "2020年1月1日 到期", "\ud800", "\x00", "<!--", "<script>",
)  # fmt: skip
ids = st.text(ID_SIGNS, min_size=21, max_size=21).flatmap(
    lambda body: st.sampled_from(string.ascii_letters + string.digits).map(lambda last: "1" + body + last)
).filter(lambda share: len(set(share)) > 8)  # fmt: skip
codes = st.text(string.ascii_lowercase + string.digits, min_size=4, max_size=4).filter(
    lambda code: any(c.isdigit() for c in code) and any(c.isalpha() for c in code)
)
hosts = st.sampled_from(
    ["https://pan.baidu.com/s/{}", "http://pan.baidu.com/s/{}", "pan.baidu.com/s/{}", "https://yun.baidu.com/s/{}",
     "https://pan.baidu.com/share/init?surl={1}", "HTTPS://Pan.Baidu.com/s/{}", "<https://pan.baidu.com/s/{}>",
     "[课程视频](https://pan.baidu.com/s/{})", "https://pan.baidu.com/s/{}#list/path=%2F"]
)  # fmt: skip
labels = st.sampled_from(
    ["提取码：{}", "提取码: {}", "密码:{}", "（提取码：{}）", "提取码{}", "访问码 {}", "【提取码】{}", "提取码为“{}”", "(code: {})", "pwd: {}",
     "Extraction code: {}", "**提取码**：`{}`", "提 取 码：{}", "提取密码：{}--来自百度网盘超级会员v4的分享", "提取码：{}复制这段内容后打开"]
)  # fmt: skip
glue = st.sampled_from([" ", "  ", "\n", "，", " \n", "\r\n", "；", "　", "\n\n"])


def written(share: str, code: str, host: str, label: str, between: str) -> str:
    return host.format(share, share[1:]) + between + label.format(code)


@given(st.lists(st.sampled_from(SHREDS) | st.text(max_size=8), max_size=40).map("".join))
@settings(max_examples=300, deadline=None)
@example("<" * 50 + "https://pan.baidu.com/s/1" + "a" * 5000)
def test_never_raises_and_never_invents(text: str) -> None:
    for link in (*find_links(text), *find_links(text, text)):
        assert link.url.startswith(("http://", "https://", "ftp://"))
        if link.provider == "baidu":
            assert len(link.url) <= len("https://pan.baidu.com/s/") + 23
            assert link.code is None or (len(link.code) == 4 and link.code.isascii() and link.code.isalnum())


@given(ids, codes, hosts, labels, glue)
@settings(max_examples=200, deadline=None)
def test_one_link_reads_back(share: str, code: str, host: str, label: str, between: str) -> None:
    (link,) = find_links("您好：课程视频" + written(share, code, host, label, between) + "\n祝好")
    assert (link.provider, link.url, link.code) == ("baidu", f"https://pan.baidu.com/s/{share}", code)


@given(
    st.lists(st.tuples(ids, codes), min_size=2, max_size=6, unique_by=(lambda t: t[0], lambda t: t[1])),
    hosts, labels, glue, st.sampled_from(["after", "before", "lists"]),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_each_of_several_gets_its_own(
    pairs: list[tuple[str, str]], host: str, label: str, between: str, order: str
) -> None:
    urls = [host.format(share, share[1:]) for share, _ in pairs]
    words = [label.format(code) for _, code in pairs]
    if order == "after":
        text = "\n\n".join(
            f"第{n}讲 {link}{between}{word}" for n, (link, word) in enumerate(zip(urls, words, strict=True), 1)
        )
    elif order == "before":
        text = "\n\n".join(f"第{n}讲 {word}\n{link}" for n, (link, word) in enumerate(zip(urls, words, strict=True), 1))
    else:
        text = "\n".join(urls) + "\n" + "\n".join(words)
    found = [(link.url.rsplit("/", 1)[1], link.code) for link in find_links(text)]
    assert found == pairs


@given(
    st.lists(st.tuples(ids, codes, hosts | st.just("https://pan.baidu.com/s/{}"), labels | st.sampled_from(["", "提取码：{}"]), glue),
             min_size=1, max_size=5)
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_the_quick_way_says_what_the_thorough_one_says(rows: list[tuple[str, str, str, str, str]]) -> None:
    text = "\n".join(f"第{n}讲：{written(s, c, h, w, g)}" for n, (s, c, h, w, g) in enumerate(rows, 1))
    quick = find_links(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(links, "read_usual", lambda _: None)
        assert find_links(text) == quick


@given(ids, st.sampled_from(
    ["提取码：见附件", "密码为1234567", "电话 13800001234", "解压密码：8888", "提取码：无", "this file", "2021年", "see here", "（共12讲）",
     "会议号 123 456 789", "解压码: ab12", "邮编250001", "wifi密码:ab12", "password: same", "学号：2021", "密码：12345678"]
), glue)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_no_code_is_made_up(share: str, words: str, between: str) -> None:
    (link,) = find_links(f"课程：https://pan.baidu.com/s/{share}{between}{words}")
    assert (link.url, link.code) == (f"https://pan.baidu.com/s/{share}", None)


@pytest.mark.parametrize(
    "shred",
    ["<a href=\"", "<a b=\">\" ", "<a ", "<", "<!--", "<script>", "提取码：ab12、", "https%3A%2F%2F", "pan点baidu点com", "(", "[", "code ",
     "https://pan.baidu.com/s/1dGKK4vc\n", "pan.baidu.com/share/init?", "解压密码：", "|ab12", "&amp;", "\\u0041", "ｐ", "\u200b"],
)  # fmt: skip
def test_time_grows_with_the_text_only(shred: str) -> None:
    text = "https://pan.baidu.com/s/1QvwfHXf0r-hfBEDkFR3tbp " + shred * (150_000 // len(shred))
    start = time.perf_counter()
    find_links(text, text)
    assert time.perf_counter() - start < 10  # quadratic ways take minutes
