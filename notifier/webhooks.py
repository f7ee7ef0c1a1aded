"""Tells a group robot of DingTalk, WeCom or Feishu about something, over HTTPS with a few retries.

The address of a robot is a secret by itself (it carries the token), so neither it nor any library message that may
quote it goes into an outcome or a log. The kind of robot is told by the path of its address. DingTalk and Feishu may
demand a signature: its secret is written behind the address, `https://...?access_token=...#SEC...`, and never sent.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests

from core.ports import Refused, SendOutcome, Sent, TryLater
from notifier.plain import one_line

Robot = Literal["dingtalk", "wecom", "feishu"]
ROBOT_NAMES: Mapping[Robot, str] = {"dingtalk": "钉钉机器人", "wecom": "企业微信机器人", "feishu": "飞书机器人"}
_PATHS: Mapping[str, Robot] = {
    "/robot/send": "dingtalk",
    "/cgi-bin/webhook/send": "wecom",
    "/open-apis/bot/": "feishu",
}
_BYTES: Mapping[Robot, int] = {"dingtalk": 15_000, "wecom": 2000, "feishu": 15_000}
_TOO_OFTEN = frozenset({130101, 130102, 410100, 45009, 45033, 9499, 11232, 99991400})
_BUSY = frozenset({-1, 1, 11233})
_ATTEMPTS = 3
_TIMEOUT = (5, 15)
_ANSWER_BYTES = 65_536
TOO_OFTEN = timedelta(minutes=10)
# At level DEBUG the library writes the path it posts to, which holds the robot's token.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class Request:
    """What is posted: address and JSON body."""

    robot: Robot
    url: str
    body: Mapping[str, object]


def send_webhook(
    url: str,
    title: str,
    text: str,
    *,
    pause: Callable[[float], None] = time.sleep,
    timeout: tuple[float, float] = _TIMEOUT,
) -> SendOutcome:
    """Post `title` and `text` to the robot at `url`. Never raises; nothing secret in the outcome.

    `Refused`: a wrong address, token, signature or key word, which only a person can mend. `TryLater`: the robot's
    own limit (about 20 messages a minute), or the network after three tries.
    """
    request = robot_request(url, title, text, int(time.time()))
    if isinstance(request, Refused):
        return request
    outcome: SendOutcome = TryLater("")
    for attempt in range(_ATTEMPTS):
        if attempt:
            pause(2.0**attempt)
        outcome, again = _post(request, timeout)
        if not again:
            break
    return outcome


def robot_request(url: str, title: str, text: str, moment: int) -> Request | Refused:
    """The request for this robot, or why there can be none. Pure. `moment`: seconds since 1970, for the signature."""
    try:
        parts = urlsplit(url.strip())
        host, port_ok = parts.hostname or "", parts.port is None or parts.port > 0
    except ValueError:
        return Refused("机器人地址无法识别，请检查配置")
    robot = next((kind for path, kind in _PATHS.items() if parts.path.startswith(path)), None)
    if robot is None or not host or not port_ok:
        return Refused("机器人地址无法识别，应为钉钉、企业微信或飞书群机器人的Webhook地址")
    name = ROBOT_NAMES[robot]
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        return Refused(f"{name}的地址必须以https开头")
    query = parse_qsl(parts.query, keep_blank_values=True)
    secret = parts.fragment.removeprefix("secret=")
    content = _cut(f"{one_line(title, 200)}\n{text.strip()}", _BYTES[robot])
    body: dict[str, object]
    if robot == "feishu":
        body = {"msg_type": "text", "content": {"text": content}}
        if secret:
            body |= {"timestamp": str(moment), "sign": _signature(f"{moment}\n{secret}", "")}
    else:
        body = {"msgtype": "text", "text": {"content": content}}
        if secret and robot == "dingtalk":
            query += [("timestamp", f"{moment}000"), ("sign", _signature(secret, f"{moment}000\n{secret}"))]
    return Request(robot, urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), "")), body)


def robot_outcome(robot: Robot, status: int, answer: object) -> SendOutcome:
    """What the robot's answer means. Pure. `answer`: its JSON, or anything else if it was none."""
    name = ROBOT_NAMES[robot]
    if status == 429:
        return TryLater(f"{name}：消息过于频繁", TOO_OFTEN)
    if status >= 500:
        return TryLater(f"{name}暂时不可用（HTTP {status}）")
    data = answer if isinstance(answer, dict) else {}
    code = next((data[key] for key in ("errcode", "code", "StatusCode") if isinstance(data.get(key), int)), None)
    if status == 200 and code == 0:
        return Sent(f"{name}已接收")
    if code in _TOO_OFTEN:
        return TryLater(f"{name}：消息过于频繁", TOO_OFTEN)
    if code in _BUSY:
        return TryLater(f"{name}暂时繁忙")
    said = next((data[key] for key in ("errmsg", "msg", "StatusMessage") if isinstance(data.get(key), str)), "")
    shown = f"{code} {one_line(said, 120)}".strip() if code is not None else f"HTTP {status}"
    return Refused(f"{name}拒绝了消息，请检查地址、签名密钥与关键词设置（{shown}）")


def _post(request: Request, timeout: tuple[float, float]) -> tuple[SendOutcome, bool]:
    """One try: outcome, and whether another at once makes sense."""
    name = ROBOT_NAMES[request.robot]
    try:
        with requests.Session() as session:
            session.trust_env = not _is_loopback(urlsplit(request.url).hostname or "")
            with session.post(
                request.url, json=request.body, timeout=timeout, allow_redirects=False, stream=True
            ) as response:
                outcome = robot_outcome(request.robot, response.status_code, _json(response))
    except requests.exceptions.SSLError:
        return TryLater(f"{name}的证书未通过校验"), False
    except (requests.RequestException, OSError) as error:
        return TryLater(f"无法连接{name}（{type(error).__name__}）"), True
    outcome = _without_secrets(outcome, request.url)
    return outcome, isinstance(outcome, TryLater) and outcome.after is None


def _json(response: requests.Response) -> object:
    content = b""
    for chunk in response.iter_content(8192):
        content += chunk
        if len(content) > _ANSWER_BYTES:
            return None
    try:
        return json.loads(content)
    except ValueError:
        return None


def _without_secrets(outcome: SendOutcome, url: str) -> SendOutcome:
    """A robot may quote the token it refuses."""
    if not isinstance(outcome, Refused):
        return outcome
    reason = outcome.reason
    parts = urlsplit(url)
    for secret in (*(value for _, value in parse_qsl(parts.query)), *parts.path.split("/")):
        if len(secret) >= 16:
            reason = reason.replace(secret, "***")
    return Refused(reason, outcome.stop)


def _signature(key: str, message: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()


def _cut(text: str, limit: int) -> str:
    encoded = text.encode("utf-8", "replace")
    return text if len(encoded) <= limit else encoded[: limit - 3].decode("utf-8", "ignore") + "…"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
