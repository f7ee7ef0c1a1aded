"""Answers of the share service -> verdicts: providers.md D5, D8 and D9 row by row, and that nothing else proves a fault."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.facts import LinkState
from intake.safe_http import Raw
from intake.share_answers import (
    Answer,
    CodeRight,
    Content,
    NeedsCode,
    Open,
    Proof,
    Unclear,
    judge_list,
    judge_page,
    judge_short,
    judge_verify,
    judge_wxlist,
)

W, D, E = LinkState.CODE_WRONG, LinkState.DEAD, LinkState.EXPIRED
BASE = "https://pan.baidu.com"
ENDPOINTS = ("verify", "page", "shorturlinfo", "list", "wxlist")


def raw(value: object, status: int = 200, path: str = "/x") -> Raw:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Raw(status, BASE + path, body)


def page(title: str, body: str = "", path: str = "/s/1abcdef") -> Answer:
    return judge_page(raw(f"<html><head><title>{title}</title></head><body>{body}</body></html>".encode(), path=path))


def data_page(data: dict[str, Any], title: str = "课程_免费高速下载|百度网盘-分享无限制") -> Answer:
    return page(title, f'<script id="locals-data" type="application/json">{json.dumps(data)}</script>')


def ask(endpoint: str, number: int, **more: object) -> Answer:
    """The answer with this errno at an endpoint."""
    data = {"errno": number, **more}
    if endpoint == "verify":
        return judge_verify(raw(data), "ab12")
    if endpoint == "page":
        return data_page({"file_list": [], **data})
    if endpoint == "shorturlinfo":
        return judge_short(raw(data))
    return judge_list(raw(data), 100) if endpoint == "list" else judge_wxlist(raw(data))


# -- D9: number -> verdict per endpoint; None: proves nothing

D9: list[tuple[int, dict[str, LinkState | None]]] = [
    (-9, {"verify": W, "page": None, "shorturlinfo": None, "list": None, "wxlist": None}),
    (-12, {"verify": W, "page": None, "shorturlinfo": None, "list": None, "wxlist": None}),
    (105, {"verify": D, "page": D, "shorturlinfo": D, "list": D, "wxlist": None}),
    (-7, {"verify": None, "page": D, "shorturlinfo": D, "list": None, "wxlist": None}),
    (-21, {"verify": D, "page": D, "shorturlinfo": D, "list": None, "wxlist": None}),
    (115, {"verify": None, "page": D, "shorturlinfo": D, "list": None, "wxlist": None}),
    (117, {"verify": None, "page": E, "shorturlinfo": E, "list": None, "wxlist": None}),
    (145, {"verify": None, "page": D, "shorturlinfo": D, "list": None, "wxlist": None}),
    (-130, {"verify": None, "page": None, "shorturlinfo": None, "list": None, "wxlist": W}),
    *(
        (number, dict.fromkeys(ENDPOINTS))
        for number in (-62, -63, -19, -20, -8, 110, 116, 2, 140, 112, 118, -6, -4, -11, 3, -65, 8001, 9013, 9019, 132,
                       -1, -3, -10, -14, -15, -16, -17, -70, 108, 31034, 31023)
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "endpoint", "state"), [(number, where, state) for number, row in D9 for where, state in row.items()]
)
def test_d9(number: int, endpoint: str, state: LinkState | None) -> None:
    answer = ask(endpoint, number)
    if state is None:
        assert not isinstance(answer, Proof)
    else:
        assert isinstance(answer, Proof)
        assert answer.state is state
        assert answer.reason


@pytest.mark.parametrize("number", [-62, -63, -19, -20, 8001, 9013, 9019])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_captcha_stops_the_asking(number: int, endpoint: str) -> None:
    answer = ask(endpoint, number)
    assert isinstance(answer, Unclear)
    assert answer.kind == "captcha"


def test_again_and_busy() -> None:
    assert [ask("list", number).kind for number in (-9, 112, 118, -65, 132)] == [  # type: ignore[union-attr]
        "again", "again", "again", "busy", "busy",
    ]  # fmt: skip


@pytest.mark.parametrize("code", ["abc", "abcde", "", "提取码a", "ab 1"])
def test_code_of_another_shape_is_not_proved_wrong_by_its_length(code: str) -> None:
    assert not isinstance(judge_verify(raw({"errno": -12}), code), Proof)


def test_code_wrong_is_not_proved_beside_a_captcha() -> None:
    assert not isinstance(judge_verify(raw({"errno": -12, "vcode_str": "x1", "vcode_img": "u"}), "ab12"), Proof)
    assert isinstance(judge_verify(raw({"errno": -12, "vcode_str": "", "vcode_img": None}), "ab12"), Proof)


@pytest.mark.parametrize("kind", ["mispwd-9", "mispw_9"])
def test_wxlist_wrong_code(kind: str) -> None:
    assert judge_wxlist(raw({"errno": -130, "errtype": kind})) == Proof(W, "提取码错误")


@pytest.mark.parametrize("kind", ["mis_105", "mis_2", "mis_4"])
def test_wxlist_other_kinds_prove_nothing(kind: str) -> None:
    assert isinstance(judge_wxlist(raw({"errno": -130, "errtype": kind})), Unclear)


# -- errortype of the page

ERROR_TYPES: dict[int, LinkState | None] = {
    0: D, 1: D, 2: None, 3: D, 5: D, 10: E, 11: D, 12: None, 15: None, 17: None, 123: None, 124: None, 99: None,
}  # fmt: skip


@pytest.mark.parametrize("kind", ERROR_TYPES)
@pytest.mark.parametrize("as_text", [True, False])
def test_error_types(kind: int, as_text: bool) -> None:
    answer = data_page({"errortype": str(kind) if as_text else kind, "errno": 0, "file_list": []}, "百度网盘")
    if ERROR_TYPES[kind] is None:
        assert isinstance(answer, Unclear)
    else:
        assert isinstance(answer, Proof)
        assert answer.state is ERROR_TYPES[kind]


# -- D5: hints of pages


@pytest.mark.parametrize(
    ("title", "body", "state"),
    [
        ("百度网盘-链接不存在", "", D),
        ("百度网盘 - 链接不存在", "<p>啊哦</p>", D),
        ("百度网盘-分享已取消", "", D),
        ("百度网盘-文件已被删除", "", D),
        ("百度网盘-该分享因违规被禁止", "", D),
        ("百度网盘-分享已过期", "", E),
        ("百度网盘", "<p>啊哦，你来晚了，分享的文件已经被删除了，下次要早点哟。</p>", D),
        ("百度网盘", "<p>啊哦，你来晚了，分享的文件已经被取消了，下次要早点哟。</p>", D),
        ("百度网盘", "<p>此链接分享内容可能因为涉及侵权、色情、反动、低俗等信息，无法访问！</p>", D),
        ("百度网盘", "<p>啊哦，来晚了，该分享文件已过期</p>", E),
        ("百度网盘", "<p>分享的文件已过期</p>", E),
        ("百度网盘", "<p>啊哦！链接错误没找到文件，请打开正确的分享链接!</p>", D),
    ],
)
def test_pages_that_say_the_share_is_gone(title: str, body: str, state: LinkState) -> None:
    for path in ("/s/1abcdef", "/share/init?surl=abcdef"):
        answer = page(title, body, path)
        assert isinstance(answer, Proof)
        assert answer.state is state


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("链接不存在.mp4_免费高速下载|百度网盘-分享无限制", ""),
        ("已过期的课程（取消）_免费高速下载|百度网盘-分享无限制", "<p>分享的文件已过期</p>"),
        ("百度网盘-链接不存在 请输入提取码", "<form class=verify-form>"),
        ("百度网盘", "<script>var t={0:'分享的文件已经被删除了，下次要早点哟'}</script>"),
        ("百度网盘", "<!-- 啊哦，来晚了，该分享文件已过期 -->"),
        ("百度网盘", "<template>该分享文件已过期</template>"),
        ("百度网盘", "<img alt='该分享文件已过期'>"),
        ("百度网盘", "如果链接不存在，请检查地址"),
        ("百度网盘", "帮助：为什么提示该分享文件已过期？" + "说明文字。" * 900),
        ("济南大学文件中心", "该分享文件已过期"),
        ("404 页面不存在", "<div class=error-404>"),
        ("百度安全验证", "链接不存在"),
        ("", ""),
    ],
)
def test_pages_that_prove_nothing(title: str, body: str) -> None:
    for path in ("/s/1abcdef", "/share/init?surl=abcdef", "/error/404.html"):
        assert not isinstance(page(title, body, path), Proof)


@pytest.mark.parametrize("status", [301, 302, 400, 401, 403, 404, 410, 418, 429, 500, 502, 503, 504])
def test_only_200_proves(status: int) -> None:
    dead = "<title>百度网盘-链接不存在</title>".encode()
    assert isinstance(judge_page(Raw(status, BASE + "/s/1a", dead)), Unclear)
    for number in (-9, -21, 105, -130):
        body = {"errno": number}
        for answer in (
            judge_verify(raw(body, status), "ab12"),
            judge_short(raw(body, status)),
            judge_list(raw(body, status), 9),
        ):
            assert isinstance(answer, Unclear)


def test_asks_for_the_code() -> None:
    assert page("百度网盘 请输入提取码", "", "/share/init?surl=a") == NeedsCode(sure=True)
    assert page("百度网盘", '<form class="verify-form">', "/share/init?surl=a") == NeedsCode(sure=True)
    assert page("百度网盘", "<div id=app></div>", "/share/init?surl=a") == NeedsCode(sure=False)
    assert judge_short(raw({"errno": -9})) == NeedsCode(sure=False)


def test_redirected_away_is_a_wish_for_a_human() -> None:
    answer = judge_page(Raw(302, BASE + "/s/1a", elsewhere="https://passport.baidu.com:443"))
    assert isinstance(answer, Unclear)
    assert answer.kind == "captcha"


# -- D8: how long


@pytest.mark.parametrize(
    ("data", "permanent", "left"),
    [
        ({"expiredType": 0, "errno": 0, "errortype": -1}, True, None),
        ({"expiredType": "0", "errno": "0", "errortype": "-1"}, True, None),
        ({"expiredType": 544389, "errno": 0, "errortype": -1}, False, 544389),
        ({"expiredType": -1, "errno": 0, "errortype": -1}, None, None),
        ({"expiredType": None, "errno": 0, "errortype": -1}, None, None),
        ({"errno": 0, "errortype": -1}, None, None),
        ({"expiredType": 0, "errortype": -1}, None, None),
        ({"expiredType": 544389, "errno": 0}, None, None),
        ({"expiredType": True, "errno": 0, "errortype": -1}, None, None),
    ],
)
def test_term_of_a_page(data: dict[str, Any], permanent: bool | None, left: int | None) -> None:
    answer = data_page({"file_list": [{"server_filename": "a.mp4", "isdir": 0}], **data})
    assert isinstance(answer, Content)
    assert (answer.permanent, answer.seconds_left) == (permanent, left)


def test_term_in_words() -> None:
    shown = '<div class="share-valid-check">失效时间：永久有效</div>'
    answer = page("课程_免费高速下载|百度网盘-分享无限制", shown)
    assert isinstance(answer, Open)
    assert answer.known.permanent is True


@pytest.mark.parametrize(
    ("flag", "permanent"), [(0, True), ("0", True), (1, False), ("1", False), (7, None), (None, None)]
)
def test_term_of_a_list(flag: object, permanent: bool | None) -> None:
    answer = judge_list(raw({"errno": 0, "list": [], "expired_type": flag}), 100)
    assert isinstance(answer, Content)
    assert answer.permanent is permanent
    assert not isinstance(judge_list(raw({"errno": -9, "expired_type": flag}), 100), Content)


def test_code_right_keeps_the_key_as_it_is() -> None:
    body = b'\n\n{"errno":0,"err_msg":"","request_id":1,"randsk":"yGY%2Beg%3D"}'
    assert judge_verify(raw(body), "ab12") == CodeRight("yGY%2Beg%3D")
    assert isinstance(judge_verify(raw({"errno": 0}), "ab12"), Unclear)


def test_entries_of_any_type() -> None:
    rows = [{"server_filename": "a&amp;b.MP4", "isdir": "0", "size": "12", "category": "1", "path": "/x"},
            {"server_filename": "课程", "isdir": 1, "size": 0, "category": 6, "path": "/y"}, "x", {"isdir": 1}, None]  # fmt: skip
    for answer in (judge_list(raw({"errno": 0, "list": rows}), 100), data_page({"errno": 0, "errortype": -1, "file_list": rows}),
                   data_page({"errno": 0, "errortype": -1, "file_list": {"list": rows, "total": 2}}),
                   judge_wxlist(raw({"errno": 0, "errtype": 0, "data": {"list": rows}}))):  # fmt: skip
        assert isinstance(answer, Content)
        assert [(e.name, e.size, e.is_dir, e.is_video) for e in answer.entries] == [
            ("a&b.MP4", 12, False, True), ("课程", 0, True, False),
        ]  # fmt: skip


# -- nothing outside the table of proofs proves a fault

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(
    ["errno", "err_msg", "errtype", "randsk", "list", "data", "show_msg", "expired_type", "errortype", "file_list"]
)
TABLE = {(where, number): state for number, row in D9 for where, state in row.items() if state}


@given(st.integers(-200, 200) | st.integers(), st.dictionaries(keys.filter(lambda k: k != "errno"), json_values, max_size=5),
       st.sampled_from(ENDPOINTS))  # fmt: skip
@settings(max_examples=400, deadline=None)
def test_no_number_outside_the_table(number: int, more: dict[str, Any], endpoint: str) -> None:
    answer = ask(endpoint, number, **more)
    if isinstance(answer, Proof) and TABLE.get((endpoint, number)) is not answer.state:
        assert endpoint == "page"
        kind = more.get("errortype")
        assert isinstance(kind, int | float | str), "what is no number proves nothing"
        assert ERROR_TYPES.get(int(kind or 0)) is answer.state


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode) | json_values.map(lambda v: json.dumps(v).encode()),
       st.integers(100, 599) | st.just(200))  # fmt: skip
@settings(max_examples=400, deadline=None)
def test_no_body_outside_the_table(body: bytes, status: int) -> None:
    answers = (
        judge_page(Raw(status, BASE + "/s/1a", body)),
        judge_verify(Raw(status, BASE + "/v", body), "ab12"),
        judge_short(Raw(status, BASE + "/x", body)),
        judge_list(Raw(status, BASE + "/l", body), 100),
        judge_wxlist(Raw(status, BASE + "/w", body)),
    )
    assert not any(isinstance(answer, Proof) for answer in answers)


WORDS = ("链接不存在", "已过期", "取消", "删除", "违规", "提取码", "错误", "share", "errno", "105", "-21", "locals", "{", "}", "<p>", "</p>",
         "<script>", "</script>", "百度", "网盘", "安全", "404", "文件", "已经被", "分享的")  # fmt: skip


@given(
    st.lists(st.sampled_from(WORDS), max_size=12).map("".join),
    st.sampled_from(["", "百度", "下载", "课程_免费高速下载|百度网盘-分享无限制"]),
)
@settings(max_examples=300, deadline=None)
def test_loose_words_prove_nothing_under_a_foreign_title(body: str, title: str) -> None:
    answer = page(title, f"<script>{body.replace('</script>', '')}</script>")
    assert not isinstance(answer, Proof)
