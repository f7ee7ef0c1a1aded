"""Serves the staff pages from a thread of their own. The only file that knows uvicorn.

The listening socket is opened before the thread starts, so that a port in use is told at once and to whoever asked. A
server that dies takes nothing with it: `keep` starts it again.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import logging
import socket
import threading
import time
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from staff.web.app import create_app
from staff.web.site import Site

log = logging.getLogger(__name__)

GRACE = 5
"""Seconds a request under way has to end when the server stops."""


YOUNG = 25_000
"""Objects made before Python looks for rings among them: a page makes up to so many and lets go of them by itself."""


def spare_pauses() -> None:
    """What is loaded by now stays: no later search for rings of garbage walks through it. (Walking through all modules took
    a tenth of a second every few pages.) For a program that serves pages until it ends; call it once they are served."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)


class CannotServe(Exception):
    """The address cannot be listened on; the text says in Chinese what to do."""


class PageServer:
    """One server for one site. `port` 0: a free one. Also a context manager."""

    def __init__(self, site: Site, bind: str | None = None, port: int | None = None) -> None:
        self._bind = site.settings.staff.bind if bind is None else bind
        self._port = site.settings.staff.port if port is None else port
        self._app: ASGIApp = create_app(site)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port listened on."""
        return self._port

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the pages."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self._bind, self._bind)  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{self._port}/"

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Listen, and return when requests are answered. Raises CannotServe."""
        listener = _listen(self._bind, self._port)
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app, log_config=None, access_log=False, server_header=False, proxy_headers=False, ws="none",
            http="h11", loop="asyncio", timeout_graceful_shutdown=GRACE, limit_concurrency=200, backlog=128,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, args=(self._server, listener), name="pages", daemon=True)
        self._thread.start()
        until = time.monotonic() + 30
        while not self._server.started and self._thread.is_alive() and time.monotonic() < until:
            time.sleep(0.01)
        if not self._server.started:
            self.stop()
            raise CannotServe("工作人员网页未能启动，原因见运行日志。")

    def stop(self) -> None:
        """End; requests under way have `GRACE` seconds. Safe to call again."""
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(GRACE + 5)
        self._server = self._thread = None

    def keep(self) -> None:
        """Start again if it has died. Raises CannotServe."""
        if not self.alive:
            self.start()
            log.warning("the staff pages were down and serve again at %s", self.url)

    def _run(self, server: uvicorn.Server, listener: socket.socket) -> None:
        try:
            with contextlib.closing(listener):
                server.run(sockets=[listener])
        except SystemExit:
            log.error("the server of the staff pages did not start")
        except Exception:  # the daemon goes on without pages; `keep` tries again
            log.exception("the server of the staff pages died")


def _listen(bind: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    try:
        return socket.create_server((bind, port), family=family, backlog=128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"端口{port}已被占用：可能已有一个 baosong 在运行。请停掉它，或在 [staff] port 中换一个端口"
        elif error.errno == errno.EACCES:
            reason = f"没有权限使用端口{port}（1024以下的端口需要管理员），请在 [staff] port 中换一个"
        else:
            reason = f"无法在 {bind}:{port} 上提供网页（{error.strerror or error}），请检查 [staff] bind"
        raise CannotServe(f"{reason}。") from error
    except OverflowError as error:
        raise CannotServe(f"端口{port}不存在，应为1到65535。") from error
