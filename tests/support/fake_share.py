"""A faithful stand-in for the share service on loopback, after providers.md D11: what the real one answers to an anonymous
visitor, with both conventions where sources disagree, and switches for what goes wrong.

Written against the description of the service, not against the checker.
"""

from __future__ import annotations

import html
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.shares import CTIME, ERROR_TYPES, SCRIPT, SENTENCES, Share


class FakeShareService:
    """The service: its shares, its faults, and a record of what was asked."""

    def __init__(self) -> None:
        self.shares: dict[str, Share] = {}
        self.faults: dict[str, str] = {}
        self.strict = True
        self.wrong_before_captcha = 5
        self.asked: list[tuple[str, str, dict[str, str], dict[str, str]]] = []
        self.times: list[float] = []  # of each request in `asked`
        self.wrong = 0
        self.slow = 3.0
        self.url = ""

    def add(self, share: Share) -> Share:
        self.shares[share.id] = share
        return share

    def paths(self) -> list[str]:
        """`METHOD /path` of every request so far."""
        return [f"{method} {path}" for method, path, _, _ in self.asked]

    def share_of(self, path: str, fields: dict[str, str]) -> Share | None:
        """The share that a request is about."""
        short = fields.get("surl") or fields.get("shorturl") or ""
        return next((self.shares[key] for key in (path.removeprefix("/s/"), short, "1" + short) if key in self.shares), None)

    def codes_tried(self, share: str) -> list[str]:
        """The codes that were sent for this share, in order."""
        return [fields["pwd"] for _, path, fields, _ in self.asked if path == "/share/verify" and "1" + fields.get("surl", "") == share]

    @contextmanager
    def running(self) -> Iterator[FakeShareService]:
        service = self

        class Handler(_Handler):
            fake = service

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    fake: FakeShareService
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.serve({})

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        form = parse_qs(self.rfile.read(size).decode(), keep_blank_values=True)
        self.serve({key: values[0] for key, values in form.items()})

    # -- what every request passes

    def serve(self, form: dict[str, str]) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        jar = SimpleCookie(self.headers.get("Cookie", ""))
        self.jar = {name: morsel.value for name, morsel in jar.items()}
        self.fake.asked.append((self.command, parts.path, {**query, **form}, self.jar))
        self.fake.times.append(time.monotonic())
        kind = self.kind(parts.path)
        share = self.fake.share_of(parts.path, {**query, **form})
        self.faults = {**self.fake.faults, **(share.faults if share else {})}
        fault = self.faults.get(kind) or self.faults.get("*")
        if fault and self.fail(fault, kind):
            return
        if kind not in ("home", "page", "init") and self.fake.strict and "BAIDUID" not in self.jar:
            self.redirect("/anti/verify.html")
            return
        getattr(self, "on_" + kind)(parts.path, query, form)

    @staticmethod
    def kind(path: str) -> str:
        if path == "/":
            return "home"
        if path.startswith("/s/"):
            return "page"
        known = {
            "/share/init": "init", "/share/verify": "verify", "/api/shorturlinfo": "shorturlinfo", "/share/list": "list",
            "/share/wxlist": "wxlist",
        }  # fmt: skip
        return known.get(path, "other")

    def fail(self, fault: str, kind: str) -> bool:
        """Do what goes wrong; False if the request is to be answered all the same."""
        if fault == "html":
            self.page("百度安全验证", "<div>请完成下方验证</div>")
        elif fault == "changed":
            self.page("百度网盘", "<div id=app></div><script src=/x.js></script>")
        elif fault == "passport":
            self.redirect("https://passport.baidu.com/v2/?login")
        elif fault == "inner":
            self.redirect("http://169.254.169.254/latest/meta-data/")
        elif fault == "loop":
            self.redirect(self.path)
        elif fault == "empty":
            self.send(200, b"", "text/html")
        elif fault == "garbage":
            self.send(200, b"\x1f\x8b\x00\xff\xfe garbage", "application/json")
        elif fault == "no_errno":
            self.json({"request_id": 1})
        elif fault == "array":
            self.json([1, 2])
        elif fault == "deep":
            self.send(200, b'{"errno":' + b"[" * 100_000, "application/json")
        elif fault == "slow":
            time.sleep(self.fake.slow)
            return False
        elif fault == "drip":
            self.drip()
        elif fault == "big":
            self.send(200, b" " * 6_000_000 + b"{}", "application/json")
        elif fault == "reset":
            self.connection.close()
            self.close_connection = True
        elif fault.lstrip("-").isdigit() and not fault.startswith("http"):
            self.json({"errno": int(fault), "request_id": 1})
        elif fault.startswith("http"):
            self.send(int(fault[4:]), b"<html><title>error</title></html>", "text/html")
        else:
            return False  # a fault of the answer's shape: the endpoint looks at it itself
        return True

    def drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.close_connection = True
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                self.wfile.write(b"<")
                self.wfile.flush()
            except OSError:
                return
            time.sleep(0.1)

    # -- the endpoints

    def on_home(self, path: str, query: dict[str, str], form: dict[str, str]) -> None:
        self.page("百度网盘", "")

    def on_other(self, path: str, query: dict[str, str], form: dict[str, str]) -> None:
        self.page("百度安全验证", "<div>请完成下方验证</div>")

    def on_page(self, path: str, query: dict[str, str], form: dict[str, str]) -> None:
        share = self.fake.shares.get(path[3:])
        if share is None or share.state == "never":
            self.page(
                "百度网盘-链接不存在", "<div class=error-404>啊哦！链接错误没找到文件，请打开正确的分享链接!</div>"
            )
        elif share.pwd is not None and not self.unlocked(share):
            self.redirect(f"/share/init?surl={share.id[1:]}")
        elif not share.alive:
            self.dead(share)
        else:
            self.live(share)

    def on_init(self, path: str, query: dict[str, str], form: dict[str, str]) -> None:
        share = self.fake.shares.get("1" + query.get("surl", ""))
        if share is None or not (share.alive or share.faults.get("init") == "alive"):
            self.page("百度网盘-链接不存在", "<p>" + SENTENCES.get(share.state if share else "", "链接不存在") + "</p>")
            return
        self.page(
            "百度网盘 请输入提取码",
            f'<form class="verify-form">请输入提取码：<input></form><script>var c={{"shareid":{share.shareid},'
            f'share_uk:"{share.uk}"}}</script>',
        )

    def on_verify(self, path: str, query: dict[str, str], form: dict[str, str]) -> None:
        share = self.fake.shares.get("1" + query.get("surl", ""))
        code = form.get("pwd", "")
        if len(code) != 4:
            self.json({"errno": -12, "err_msg": "", "request_id": 2})
        elif share is None or share.state == "never":
            self.json({"errno": 105, "err_msg": "", "request_id": 2})
        elif code != share.pwd:
            self.fake.wrong += 1
            captcha = self.fake.wrong >= self.fake.wrong_before_captcha
            self.json({"errno": -62, "request_id": 2} if captcha else {"errno": -9, "err_msg": "", "request_id": 2})
        elif not share.alive and share.dead_verify != "A":
            self.json({"errno": 105 if share.dead_verify == "B" else -21, "err_msg": "", "request_id": 2})
        else:
            body = json.dumps({"errno": 0, "err_msg": "", "request_id": 2, "randsk": share.key}).encode()
            self.send(200, b"\n\n" + body, "application/json", {"Set-Cookie": f"BDCLND={share.key}; path=/"})

    def on_shorturlinfo(self, path: str, query: dict[str, str], form: dict[str, str]) -> None:
        share = self.fake.shares.get(query.get("shorturl", ""))
        if share is None:
            self.json({"errno": 140, "shareid": 0, "show_msg": "啊哦，链接出错了"})
        elif share.pwd is not None and not self.unlocked(share):
            self.json({"errno": -9, "show_msg": "提取码验证失败"})
        elif not share.alive:
            gone = share.state in SENTENCES or share.state == "never"
            self.json({"errno": -21 if gone else 140, "show_msg": "链接不存在"})
        else:
            self.json({"errno": 0, "shareid": share.shareid, "uk": share.uk})

    def on_list(self, path: str, query: dict[str, str], form: dict[str, str]) -> None:
        share = self.fake.shares.get("1" + query.get("shorturl", ""))
        if share is None or not share.alive:
            self.json({"errno": 105 if share is None else 2, "show_msg": "啊哦，链接出错了"})
            return
        if share.pwd is not None and not self.unlocked(share):
            self.json({"errno": -9, "expired_type": 0, "newno": "100000010001", "show_msg": "提取码验证失败,请重试"})
            return
        nodes = share.tree if query.get("root") == "1" else share.find(query.get("dir", ""))
        if nodes is None:
            self.json({"errno": 2, "show_msg": "啊哦，链接出错了"})
            return
        page, size = int(query.get("page", "1")), min(int(query.get("num", "100")), 100)
        some = nodes[(page - 1) * size : page * size]
        parent = f"/sharelink{share.uk}-1" if query.get("root") == "1" else query.get("dir", "")
        answer = {
            "errno": 0, "request_id": 3, "server_time": CTIME, "title": "/share", "cur_total": len(some),
            "list": share.items(some, parent, strings="ints" not in self.faults.get("list", "")),
            "share_id": share.shareid, "uk": share.uk, "show_msg": "success",
        }  # fmt: skip
        if share.seconds is not None:
            answer["expired_type"] = 1 if share.seconds > 0 else 0
        self.json(answer)

    def on_wxlist(self, path: str, query: dict[str, str], form: dict[str, str]) -> None:
        share = self.fake.shares.get(form.get("shorturl", ""))
        if share is None or not share.alive:
            self.json({"errno": 2, "errtype": 0})
        elif share.pwd is not None and form.get("pwd") != share.pwd:
            self.json({"errno": -130, "errtype": "mispwd-9"})
        else:
            self.json(
                {"errno": 0, "errtype": 0, "data": {
                    "title": "share", "expiredType": share.seconds, "link_ctime": CTIME, "fileNums": len(share.tree), "has_more": 0,
                    "list": share.items(share.tree, f"/sharelink{share.uk}-1", strings=True), "seckey": "x-y_z~",
                    "shareid": share.shareid, "uk": share.uk, "uname": share.owner}}
            )  # fmt: skip

    # -- pages

    def unlocked(self, share: Share) -> bool:
        """The key must come back exactly as given: a decoded one is refused."""
        key = self.jar.get("BDCLND")
        return key == share.key and unquote(share.key) != share.key

    def live(self, share: Share) -> None:
        first = share.tree[0].name if share.tree else "空"
        title = f"{first}_免费高速下载|百度网盘-分享无限制"
        data: dict[str, Any] = {
            "csrf": "", "uk": "", "loginstate": 0, "share_uk": str(share.uk), "shareid": share.shareid, "linkusername": share.owner,
            "public": 0 if share.pwd else 1, "ctime": CTIME, "errortype": -1, "errno": 0, "view_limit": 0,
            "file_list": share.items(share.tree, f"/sharelink{share.uk}-1", strings=False), **share.extra,
        }  # fmt: skip
        if share.seconds is not None:
            data.setdefault("expiredType", share.seconds)
        if self.faults.get("page") == "file_list_object":
            data["file_list"] = {"list": data["file_list"], "total": len(share.tree)}
        if self.faults.get("page") == "strings":
            data = {key: str(value) if isinstance(value, int) else value for key, value in data.items()}
        text = json.dumps(data, ensure_ascii=False)
        carried = {
            "locals-data": f'<script id="locals-data" type="application/json">{text}</script>',
            "window.locals": f"<script>window.locals = {{}};try{{ window.locals = {text}; }}catch(ex){{}}</script>",
            "mset": f"<script>locals.mset({text});</script>",
            "setData": f"<script>yunData.setData({text});</script>",
            "shell": '<div id="app"></div><script>var f=["shareid","share_uk"];load()</script>',
        }[share.form]
        words = share.extra.get("_words", "")
        headers = {"Set-Cookie": f"BDCLND={share.key}; path=/"} if share.pwd is None else {}
        self.page(title, f"{carried}{SCRIPT}{words}", headers)

    def dead(self, share: Share) -> None:
        data = {
            "errortype": ERROR_TYPES[share.state],
            "errno": 0,
            "file_list": [],
            "shareid": share.shareid,
            "share_uk": "1",
        }
        if share.dead_data or share.state not in SENTENCES:
            body = f'<script id="locals-data" type="application/json">{json.dumps(data)}</script>'
            self.page("百度网盘-链接不存在" if share.state in SENTENCES else "百度网盘", body)
        else:
            self.page("百度网盘-链接不存在", f"<p>{SENTENCES[share.state]}</p>")

    def page(self, title: str, body: str, headers: dict[str, str] | None = None) -> None:
        text = f"<!DOCTYPE html><html><head><title>{html.escape(title)}</title></head><body>{body}</body></html>"
        self.send(200, text.encode(), "text/html; charset=UTF-8", headers)

    def redirect(self, to: str) -> None:
        self.send(302, b"", "text/html", {"Location": to})

    def json(self, value: object) -> None:
        self.send(200, json.dumps(value).encode(), "application/json; charset=UTF-8")

    def send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if "BAIDUID" not in self.jar and self.kind(urlsplit(self.path).path) in ("home", "page", "init"):
            self.send_header("Set-Cookie", "BAIDUID=ABCDEF0123:FG=1; path=/")
            self.send_header("Set-Cookie", "csrfToken=t0k3n; path=/")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True
