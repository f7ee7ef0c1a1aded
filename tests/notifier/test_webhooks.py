"""Group robots: the requests as DingTalk, WeCom and Feishu document them, the meaning of their answers, no secret told."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ports import Refused, Sent, TryLater
from notifier.webhooks import Request, robot_outcome, robot_request, send_webhook
from tests.support.webhook_server import WebhookServer

TOKEN = "0123456789abcdef0123456789abcdef"
DINGTALK = f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}"
WECOM = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={TOKEN}"
FEISHU = f"https://open.feishu.cn/open-apis/bot/v2/hook/{TOKEN}"
MOMENT = 1636351200


def request(url: str, title: str = "标题", text: str = "正文") -> Request:
    made = robot_request(url, title, text, MOMENT)
    assert isinstance(made, Request), made
    return made


def test_bodies() -> None:
    content = {"content": "标题\n正文"}
    assert request(DINGTALK).body == {"msgtype": "text", "text": content}
    assert request(WECOM).body == {"msgtype": "text", "text": content}
    assert request(FEISHU).body == {"msg_type": "text", "content": {"text": "标题\n正文"}}
    assert [request(url).url for url in (DINGTALK, WECOM, FEISHU)] == [DINGTALK, WECOM, FEISHU]


@pytest.mark.parametrize("written", ["#SECabc123", "#secret=SECabc123"])
def test_dingtalk_signature(written: str) -> None:
    """HMAC-SHA256 over "timestamp\\nsecret" with the secret as key; milliseconds; in the query."""
    made = request(DINGTALK + written)
    query = parse_qs(urlsplit(made.url).query)
    digest = hmac.new(b"SECabc123", f"{MOMENT}000\nSECabc123".encode(), hashlib.sha256).digest()
    assert query == {"access_token": [TOKEN], "timestamp": [f"{MOMENT}000"], "sign": [base64.b64encode(digest).decode()]}
    assert "SECabc123" not in made.url


def test_feishu_signature() -> None:
    """HMAC-SHA256 of nothing with "timestamp\\nsecret" as key; seconds; in the body."""
    made = request(FEISHU + "#feishu-secret")
    digest = hmac.new(f"{MOMENT}\nfeishu-secret".encode(), b"", hashlib.sha256).digest()
    assert made.body["timestamp"] == str(MOMENT)
    assert made.body["sign"] == base64.b64encode(digest).decode()
    assert made.url == FEISHU


def test_long_texts_are_cut_within_the_robots_bytes() -> None:
    for url, limit in ((WECOM, 2048), (DINGTALK, 20_000), (FEISHU, 20_000)):
        body: Any = request(url, "长" * 5000, "很长" * 50_000).body
        content = (body.get("text") or {}).get("content") or body["content"]["text"]
        assert len(content.encode()) <= limit
        assert content.endswith("…")


@pytest.mark.parametrize(
    "url",
    ["", "not a url", "https://example.cn/hook", "http://oapi.dingtalk.com/robot/send?access_token=x", "ftp://h/robot/send",
     "https:///robot/send", "https://h:99999/robot/send", "https://[::1/robot/send", "file:///robot/send"],
)  # fmt: skip
def test_wrong_addresses_are_refused(url: str) -> None:
    outcome = send_webhook(url + TOKEN if url.startswith("http:") else url, "a", "b")
    assert isinstance(outcome, Refused)
    assert TOKEN not in outcome.reason


@given(st.text(max_size=100), st.text(max_size=100), st.text(max_size=100), st.integers(100, 599), st.none() | st.dictionaries(
    st.sampled_from(["errcode", "code", "StatusCode", "errmsg", "msg"]), st.integers() | st.text() | st.none()))
def test_never_raises(url: str, title: str, text: str, status: int, answer: object) -> None:
    robot_request(url, title, text, MOMENT)
    robot_request("https://h/robot/send?" + url, title, text, MOMENT)
    robot_outcome("dingtalk", status, answer)


@pytest.mark.parametrize(
    ("robot", "status", "answer", "kind"),
    [
        ("dingtalk", 200, {"errcode": 0, "errmsg": "ok"}, Sent), ("wecom", 200, {"errcode": 0}, Sent),
        ("feishu", 200, {"code": 0, "msg": "success"}, Sent), ("feishu", 200, {"StatusCode": 0}, Sent),
        ("dingtalk", 200, {"errcode": 310000, "errmsg": "sign not match"}, Refused),
        ("dingtalk", 200, {"errcode": 130101, "errmsg": "send too fast"}, TryLater),
        ("wecom", 200, {"errcode": 45009, "errmsg": "api freq out of limit"}, TryLater),
        ("wecom", 200, {"errcode": 93000, "errmsg": "invalid webhook url"}, Refused),
        ("feishu", 200, {"code": 19021, "msg": "sign match fail"}, Refused), ("feishu", 400, {"code": 9499}, TryLater),
        ("feishu", 200, {"code": 19024, "msg": "Key Words Not Found"}, Refused),
        ("dingtalk", 200, None, Refused), ("dingtalk", 404, None, Refused), ("wecom", 429, None, TryLater),
        ("wecom", 502, "<html>", TryLater), ("dingtalk", 200, {"errcode": -1}, TryLater),
    ],
)  # fmt: skip
def test_answers(robot: Any, status: int, answer: object, kind: type) -> None:
    assert isinstance(robot_outcome(robot, status, answer), kind)


@pytest.mark.live
def test_posts_and_reads_the_answer() -> None:
    with WebhookServer() as server:
        outcome = send_webhook(f"{server.url}/robot/send?access_token={TOKEN}#SECx", "提醒", "第一行\n第二行")
    assert isinstance(outcome, Sent)
    ((path, body),) = server.posts
    assert path.startswith("/robot/send?access_token=")
    assert "SECx" not in path
    assert body["text"]["content"] == "提醒\n第一行\n第二行"


@pytest.mark.live
def test_tries_again_and_then_later() -> None:
    pauses: list[float] = []
    with WebhookServer([(502, b"x"), (200, None), (200, {"errcode": 0})]) as server:
        outcome = send_webhook(f"{server.url}/robot/send", "a", "b", pause=pauses.append)
        assert isinstance(outcome, Sent)
        assert len(server.posts) == 3
    assert pauses == [2.0, 4.0]
    with WebhookServer([(500, b"x")]) as server:
        assert isinstance(send_webhook(f"{server.url}/robot/send", "a", "b", pause=lambda _: None), TryLater)
        assert len(server.posts) == 3
    assert isinstance(send_webhook(f"{server.url}/robot/send", "a", "b", pause=lambda _: None), TryLater)


@pytest.mark.live
def test_own_limit_and_refusal_are_not_tried_again() -> None:
    for answer in ({"errcode": 130101}, {"errcode": 310000, "errmsg": f"bad token {TOKEN}"}):
        with WebhookServer([(200, answer)]) as server:
            outcome = send_webhook(f"{server.url}/robot/send?access_token={TOKEN}", "a", "b")
            assert len(server.posts) == 1
        assert not isinstance(outcome, Sent)
        assert TOKEN not in outcome.reason


@pytest.mark.live
def test_redirects_are_not_followed_and_floods_not_read() -> None:
    with WebhookServer([(302, b"")]) as server:
        assert isinstance(send_webhook(f"{server.url}/robot/send", "a", "b"), Refused)
        assert len(server.posts) == 1
    with WebhookServer([(200, b'{"errcode": 0, "x": "' + b"y" * 5_000_000 + b'"}')]) as server:
        assert isinstance(send_webhook(f"{server.url}/robot/send", "a", "b"), Refused)
