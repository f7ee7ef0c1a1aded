"""A small stand-in for the share service on loopback, so that the demonstration checks links without leaving this machine.

It answers the few requests an anonymous visitor makes: a share's page, its code, its list. It knows the shares of
demo_mails/shares.toml; about any other it says nothing certain, so that no visitor's own link is called faulty.
"""

from __future__ import annotations

import json
import threading
import tomllib
from dataclasses import dataclass
from datetime import datetime
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, quote, urlsplit

HOST = "127.0.0.1"


@dataclass(frozen=True)
class DemoShare:
    """One share. `state`: alive or gone; `days`: how long it is shared, 0 for ever; `shows`: what it is there to show."""

    id: str
    code: str
    shows: str
    state: str = "alive"
    days: int = 0
    owner: str = "演示用户"
    shared: datetime | None = None
    files: tuple[dict[str, Any], ...] = ()

    @property
    def key(self) -> str:
        """What a right code is answered with, to be sent back as a cookie."""
        return quote(f"demo+{self.id}=", safe="")


def demo_shares() -> tuple[DemoShare, ...]:
    """The shares that ship with the program."""
    text = (resources.files("baosong") / "demo_mails" / "shares.toml").read_text(encoding="utf-8")
    return tuple(DemoShare(**{**entry, "files": tuple(entry.get("files", ()))}) for entry in tomllib.loads(text)["shares"])


class DemoShareService:
    """The service, in a thread of its own. Use as a context manager; `url` is its address."""

    def __init__(self) -> None:
        shares = {share.id: share for share in demo_shares()}

        class Handler(_Handler):
            known = shares

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.2,), name="demo-share", daemon=True)
        self.url = f"http://{HOST}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    known: dict[str, DemoShare]
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Nothing: the terminal is the demonstration's."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path.startswith("/s/"):
            self._page(self.known.get(parts.path[3:]))
        elif parts.path == "/share/init":
            self._ask_for_code(self.known.get("1" + query.get("surl", "")))
        elif parts.path == "/share/list":
            self._list(self.known.get("1" + query.get("shorturl", "")))
        else:
            self._nothing()

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace"))
        share = self.known.get("1" + parse_qs(parts.query).get("surl", [""])[0])
        if parts.path != "/share/verify" or share is None:
            self._nothing()
        elif form.get("pwd", [""])[0] != share.code:
            self._json({"errno": -9, "err_msg": ""})
        else:
            self._json({"errno": 0, "err_msg": "", "randsk": share.key}, {"Set-Cookie": f"BDCLND={share.key}; path=/"})

    def _unlocked(self, share: DemoShare) -> bool:
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get("BDCLND")
        return cookie is not None and cookie.value == share.key

    def _page(self, share: DemoShare | None) -> None:
        if share is None:
            self._nothing()
        elif share.state != "alive":
            self._html("百度网盘-链接不存在", "啊哦，你来晚了，分享的文件已经被取消了，下次要早点哟。")
        elif not self._unlocked(share):
            self._send(302, b"", "text/html", {"Location": f"/share/init?surl={share.id[1:]}"})
        else:
            data = {
                "errno": 0, "errortype": -1, "shareid": 1, "share_uk": "1", "linkusername": share.owner, "public": 0,
                "expiredType": share.days * 86400, "ctime": int(share.shared.timestamp()) if share.shared else None,
                "file_list": self._entries(share),
            }  # fmt: skip
            carried = f'<script id="locals-data" type="application/json">{json.dumps(data)}</script>'
            self._html("课程_免费高速下载|百度网盘-分享无限制", carried)

    def _ask_for_code(self, share: DemoShare | None) -> None:
        if share is None:
            self._nothing()
        else:
            self._html("百度网盘 请输入提取码", '<form class="verify-form">请输入提取码：<input></form>')

    def _list(self, share: DemoShare | None) -> None:
        if share is None or not self._unlocked(share):
            self._json({"errno": -9})
        else:
            entries = self._entries(share)
            self._json({"errno": 0, "list": entries, "expired_type": 1 if share.days else 0, "share_id": 1, "uk": 1})

    @staticmethod
    def _entries(share: DemoShare) -> list[dict[str, Any]]:
        return [
            {"server_filename": file["name"], "size": file.get("size", 0), "isdir": 0, "category": file.get("category", 4),
             "path": f"/sharelink1-1/{file['name']}"}
            for file in share.files
        ]  # fmt: skip

    def _nothing(self) -> None:
        """Nothing certain: the program then leaves the link to a person."""
        if not self.path.startswith("/s/"):
            self._json({"errno": 2, "show_msg": "演示用的网盘替身"})
            return
        self._html("演示网盘", "这是演示用的网盘替身，只认识示例中的分享链接。")

    def _html(self, title: str, body: str) -> None:
        text = f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{body}</body></html>"
        self._send(200, text.encode(), "text/html; charset=UTF-8")

    def _json(self, value: object, headers: dict[str, str] | None = None) -> None:
        self._send(200, json.dumps(value).encode(), "application/json; charset=UTF-8", headers)

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
