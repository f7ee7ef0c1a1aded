"""New text and history: wordings beyond those that tests/support/mail_quotes.py builds, and what must not be cut."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.quoting import Context, split_body

ME, OFFICE, SCHOOL = "zhangsan@example.cn", "sdsqedu@163.com", "wangwu@school.cn"
ANSWER = Context("Re: x", True, ME, frozenset([OFFICE]))
FORWARD = Context("转发：x", False, ME, frozenset([OFFICE]))
PLAIN = Context("济南市教育局+智慧助老", False, ME, frozenset([OFFICE]))

CASES = Path(__file__).parents[1] / "data" / "quoted-history.txt"


def cases(kind: str) -> dict[str, str]:
    """The wordings of one kind, by name."""
    found = re.findall(rf"^=== {kind}: (.+)\n((?:(?!===).*\n)*)", CASES.read_text("utf-8"), re.MULTILINE)
    return {name: text.removesuffix("\n") for name, text in found}


REPLIES, FORWARDS = cases("reply"), cases("forward")


@pytest.mark.parametrize("context", [ANSWER, PLAIN], ids=["Re:", "own subject"])
@pytest.mark.parametrize("name", sorted(REPLIES))
def test_answers(name: str, context: Context) -> None:
    mark = "> " if re.search("> ?旧", REPLIES[name]) else ""
    split = split_body(
        f"新\n\n{REPLIES[name]}的一行\n{mark}旧的另一行", "", Context(context.subject, True, ME, frozenset([OFFICE]))
    )
    assert split.text.removesuffix("发送自 Windows 10 版邮件应用").strip() == "新"
    assert "旧的一行" in split.quoted
    assert not split.forwarded


@pytest.mark.parametrize("context", [FORWARD, PLAIN], ids=["转发：", "own subject"])
@pytest.mark.parametrize("name", sorted(FORWARDS))
def test_forwards(name: str, context: Context) -> None:
    for new in ("", "请查收\n\n"):
        split = split_body(f"{new}{FORWARDS[name]}的一行", "", context)
        assert split.text == new.strip()
        assert "旧的一行" in split.quoted
        assert split.forwarded


@pytest.mark.parametrize("name", ["qq", "outlook", "foxmail", "coremail", "alimail", "139", "sina"])
def test_marks_that_serve_both_by_who_wrote(name: str) -> None:
    """QQ and Outlook put the same block over an answer and a forward."""
    text = REPLIES[name].replace("sdsqedu@163.com", SCHOOL).replace("社区", "王五") + "的一行"
    assert split_body(text, "", FORWARD).forwarded
    assert not split_body(text, "", Context("回复：转发：x", True, ME, frozenset([OFFICE]))).forwarded
    if SCHOOL in text:
        assert split_body(text, "", PLAIN).forwarded
        # To the writer of the quoted mail: an answer, whatever stands in the subject.
        assert not split_body(text, "", Context("转发：x", False, ME, frozenset([SCHOOL]))).forwarded


def test_a_prefix_alone_is_no_forward() -> None:
    split = split_body("请查收附件", "", FORWARD)
    assert (split.text, split.quoted, split.forwarded) == ("请查收附件", "", False)


@pytest.mark.parametrize(
    "text",
    [
        "各位老师：\n材料见附件。\n联系人：张三\n联系电话：13800000000\n主题：智慧助老\n时间：2021年",
        "收件人：社区教育中心\n地址：济南市舜耕路10号\n时间：11月10日前",
        "原始邮件\n我们的材料在附件里",
        "他在2021年写道\n以上。",
        "他在文章里写道：\n智慧助老是好事。",
        "一、基本情况\n-----------------\n二、主要做法",
        "> 项目一\n> 项目二",
        ">>> 请点击 https://pan.baidu.com/s/1abc <<<",
        "from: our school\nto you",
        "On time we wrote:",
        "主题：x\n日期：y\n收件人：z",
        "________________________________\n张三\n济南市教育局",
    ],
)
def test_what_is_no_history(text: str) -> None:
    assert split_body(text, "", PLAIN).text == text


def test_answers_below_and_between() -> None:
    text = (
        "在 2021/11/8 10:00, 社区 写道:\n> 缺盖章扫描件\n> 请补\n已补，见附件。\n\n"
        "> 链接失效\n\n新链接：https://pan.baidu.com/s/1new\n"
    )
    split = split_body(text, "", ANSWER)
    assert "已补，见附件。" in split.text
    assert "1new" in split.text
    assert "缺盖章" not in split.text
    assert "链接失效" in split.quoted


def test_a_wrapped_quoted_line_is_not_new() -> None:
    long = "> " + "很长的一行" * 20
    split = split_body(f"新\n\n在 2021/11/8 10:00, x 写道:\n{long}\n被折断的尾巴\n> 下一行", "", ANSWER)
    assert split.text == "新"


# ---- HTML -------------------------------------------------------------------------------------------------------


def test_a_writers_indent_is_no_quote() -> None:
    page = '<blockquote style="margin: 0 0 0 40px; border: none; padding: 0px;"><div>链接在此</div></blockquote>'
    assert split_body("", page, ANSWER).text == "链接在此"


@pytest.mark.parametrize(
    "opening",
    [
        '<blockquote type="cite">',
        '<blockquote id="isReplyContent" style="PADDING-LEFT: 1ex">',
        '<blockquote class="gmail_quote" style="margin:0">',
        '<BLOCKQUOTE style="BORDER-LEFT: #ccc 1px solid">',
        "<blockquote name=replyContent class=ReferenceQuote>",
        '<div class="gmail_quote">',
        '<div class="yahoo_quoted" id="1">',
    ],
)
def test_elements_that_quote(opening: str) -> None:
    name = "div" if "div" in opening else "blockquote"
    page = f"<div>新</div>{opening}<div>旧<{name}>更旧</{name}></div>旧尾</{name}><div>新尾 <a href='https://x.cn/n'>n</a></div>"
    split = split_body("", page, ANSWER)
    assert split.text == "新\n新尾 n"
    assert "旧尾" in split.quoted
    assert "https://x.cn/n" in split.html
    assert "更旧" in split.quoted_html


def test_a_quote_without_any_sign_of_an_answer_is_text() -> None:
    page = '<blockquote style="border-left: 2px solid #ccc">报送材料见附件</blockquote>'
    assert split_body("", page, PLAIN).text == "报送材料见附件"


def test_links_in_the_html_of_the_history_stay_there() -> None:
    page = (
        '<p>新 <a href="https://new.cn/a">此</a></p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>发件人:</b> '
        "社区 &lt;sdsqedu@163.com&gt;<br><b>发送时间:</b> 2021年11月8日 10:00<br><b>收件人:</b> 张三<br><b>主题:</b> x</p></div>"
        '<p><a href="https://old.cn/b">旧</a></p>'
    )
    split = split_body("", page, ANSWER)
    assert "new.cn" in split.html
    assert "old.cn" not in split.html
    assert "old.cn" in split.quoted_html


def test_plain_text_that_lost_the_marks_follows_the_html() -> None:
    page = '<div>新的话</div><blockquote type="cite"><div>旧的话</div></blockquote>'
    split = split_body("新的话\n\n旧的话\n", page, ANSWER)
    assert (split.text, split.quoted) == ("新的话", "旧的话")


def test_html_that_lost_the_marks_follows_the_plain_text() -> None:
    plain = "新的话\n\n在 2021/11/8 10:00, 社区 写道:\n> 旧的话 https://old.cn/b\n> ab12\n"
    page = '<div>新的话</div><div>在 2021/11/8</div><div>社区</div><div>旧的话 <a href="https://old.cn/b">https://old.cn/b</a></div><p>ab12</p>'
    split = split_body(plain, page, ANSWER)
    assert split.text == "新的话"
    assert "old.cn" not in split.html
    assert "old.cn" in split.quoted_html


def test_what_only_the_html_says_is_kept() -> None:
    page = "<div>请看下表</div><table><tr><td>提取码</td><td>ab12</td></tr></table>"
    assert split_body("请看下表", page, PLAIN).text == "请看下表\n提取码 ab12"
    assert split_body("您的邮件客户端不支持HTML", page, PLAIN).text.endswith("提取码 ab12")
    assert split_body("请看下表\n提取码\nab12", page, PLAIN).text == "请看下表\n提取码\nab12"


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet="新旧 \n>:：-_<>|*@.发件人主题写道在2021年/", max_size=200),
    st.text(alphabet="<>/div blockquote\"='p新\n&;", max_size=200),
)
def test_never_raises_and_loses_nothing(plain: str, html: str) -> None:
    split = split_body(plain, html, ANSWER)
    kept = split.text + split.quoted
    assert all(char in kept for char in plain if char in "新旧")
    assert len(split.html) + len(split.quoted_html) == len(html) or not html.strip()


@pytest.mark.parametrize(
    "text",
    [
        "发件人：" * 100_000,
        "发件人：x\n" * 60_000,
        ">" * 400_000,
        "> \n" * 150_000,
        "写道：\n" * 100_000,
        "a@b写道：2021\n" * 50_000,
        "-" * 400_000,
        ("-" * 80 + "原始\n") * 4000,
        "在 " * 200_000 + "写道：",
    ],
)
def test_time_in_proportion(text: str) -> None:
    begin = time.process_time()
    split_body(text, "", ANSWER)
    assert time.process_time() - begin < 4


@pytest.mark.parametrize(
    "page",
    ["<" * 400_000, "<a " * 150_000, "<!--" * 100_000, "<script>" * 60_000, '<a href="' * 50_000, "<div>" * 100_000,
     '<blockquote type="cite">' * 20_000, "&amp" * 100_000, "<p>" + "x" * 400_000, "<td>" * 100_000, "<pre>\n" * 60_000,
     "cid:" * 100_000, "src='data:image/png;base64," * 20_000],
)  # fmt: skip
def test_hostile_pages_take_time_in_proportion(page: str) -> None:
    begin = time.process_time()
    split_body("", page, ANSWER)
    assert time.process_time() - begin < 4
