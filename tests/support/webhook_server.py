"""A group robot's HTTP end on loopback: records what is posted, answers what it is told."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass
class WebhookServer:
    """Context manager. `answers`: (status, body) one after the other, the last for ever. A body of None hangs up.
    `secret`: signatures are demanded and checked as DingTalk and Feishu document them; a wrong one is refused."""

    answers: list[tuple[int, Any]] = field(default_factory=lambda: [(200, {"errcode": 0, "code": 0})])
    posts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    url: str = ""
    secret: str = ""

    def __enter__(self) -> Self:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                owner.posts.append((self.path, json.loads(body)))
                status, answer = owner.refusal(*owner.posts[-1]) or (
                    owner.answers.pop(0) if len(owner.answers) > 1 else owner.answers[0]
                )
                if answer is None:
                    self.connection.close()
                    return
                content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", f"{owner.url}/elsewhere")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def refusal(self, path: str, body: dict[str, Any]) -> tuple[int, Any] | None:
        """What a robot with a secret says to a message without the right signature."""
        if not self.secret:
            return None
        if path.startswith("/open-apis/"):
            key = f"{body.get('timestamp')}\n{self.secret}".encode()
            wanted = base64.b64encode(hmac.new(key, b"", "sha256").digest()).decode()
            fresh = abs(time.time() - int(body.get("timestamp") or 0)) < 3600
            return None if fresh and body.get("sign") == wanted else (200, {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"})
        query = parse_qs(urlsplit(path).query)
        stamp = query.get("timestamp", ["0"])[0]
        wanted = base64.b64encode(hmac.new(self.secret.encode(), f"{stamp}\n{self.secret}".encode(), "sha256").digest()).decode()
        fresh = abs(time.time() * 1000 - int(stamp)) < 3_600_000
        return None if fresh and query.get("sign") == [wanted] else (200, {"errcode": 310000, "errmsg": "sign not match"})

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
