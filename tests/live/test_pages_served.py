"""The pages as they are served: by `baosong web`, in `baosong demo`, beside a daemon; ports in use; the end on SIGTERM."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from baosong.config import load_configuration
from baosong.pages import PAGES_ALERT, PagesBeside, open_site
from staff.passwords import hash_password
from staff.web.server import CannotServe, PageServer
from staff.web.site import Site
from storage.accounts import Accounts
from storage.watch import Watch
from tests.support.page_world import NOW

pytestmark = pytest.mark.live
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def command(*arguments: str, cwd: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The program as a process of its own, and the lines it prints, as they come."""
    process = subprocess.Popen(
        [sys.executable, "-m", "baosong", *arguments], cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "HOME": str(cwd), "LANG": "C.UTF-8", "TMPDIR": str(cwd)},
    )
    lines: list[str] = []

    def read() -> None:
        assert process.stdout is not None
        lines.extend(process.stdout)  # line by line, as they come

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield process, lines
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        reader.join(5)


def wait_for(lines: list[str], pattern: str, process: subprocess.Popen[str], seconds: float = 120) -> re.Match[str]:
    """The first line that matches."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for line in list(lines):
            if found := re.search(pattern, line):
                return found
        if process.poll() is not None:
            time.sleep(0.2)
            if not any(re.search(pattern, line) for line in lines):
                break
        time.sleep(0.05)
    raise AssertionError(f"{pattern!r} was not printed:\n{''.join(lines)}")


def log_in(client: httpx.Client, name: str, password: str) -> httpx.Response:
    found = re.search(r'name="csrf" value="(\w+)"', client.get("/login").text)
    assert found is not None
    return client.post("/login", data={"csrf": found[1], "name": name, "password": password})


def test_web_serves_and_ends(tmp_path: Path) -> None:
    with command("web", "--port", "0", cwd=tmp_path) as (process, lines):
        assert wait_for(lines, "baosong user add", process)
        url = wait_for(lines, r"(http://127\.0\.0\.1:\d+)/", process)[1]
        with httpx.Client(base_url=url) as client:
            assert client.get("/health").json()["status"] == "ok"
            assert client.get("/").headers["location"] == "/login"
            assert client.get("/static/style.css").headers["content-type"].startswith("text/css")
            assert "server" not in client.get("/login").headers
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with command("web", "--port", str(port), cwd=tmp_path) as (process, lines):
            assert process.wait(60) == 1
            time.sleep(0.2)
            assert f"端口{port}已被占用" in "".join(lines)
            assert "Traceback" not in "".join(lines)


def test_the_demo_prints_what_opens_its_pages(tmp_path: Path) -> None:
    with command("demo", "--port", "0", cwd=tmp_path) as (process, lines):
        found = wait_for(lines, r"地址 (http://127\.0\.0\.1:\d+)/\s+用户名 (\S+)\s+密码 (\S+)", process, 240)
        with httpx.Client(base_url=found[1], timeout=30) as client:
            assert log_in(client, found[2], "x" + found[3]).status_code == 401
            assert log_in(client, found[2], found[3]).status_code == 303
            page = client.get("/")
            assert page.status_code == 200
            assert "概览" in page.text
            assert re.search(r'figure-value">\s*[1-9]\d*</span><span class="figure-word">报送件', page.text)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, "".join(lines)[-2000:]
        wait_for(lines, "演示已结束", process, 5)


# In this process ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An empty installation."""
    (tmp_path / "config.toml").write_text(f'[database]\nurl = "sqlite:///{tmp_path}/b.db"\n[blobs]\npath = "{tmp_path}/blobs"\n', "utf-8")
    made = open_site(load_configuration(tmp_path / "config.toml"), "0-test")
    yield made
    made.database.close()


def test_beside_a_daemon_a_failure_is_an_alert_and_mended_later(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        pages = PagesBeside(site, taken.getsockname()[1])
        problem = pages.begin()
        assert problem is not None
        assert "已被占用" in problem
        pages.keep()
        [alert] = Watch(site.database).open_alerts()
        assert alert.code == PAGES_ALERT
        assert alert.count == 2
    pages.keep()
    try:
        assert httpx.get(f"{pages.server.url}health").status_code == 200
        assert Watch(site.database).open_alerts() == ()
        assert pages.server._server is not None
        pages.server._server.should_exit = True  # it dies
        assert pages.server._thread is not None
        pages.server._thread.join(10)
        assert not pages.server.alive
        pages.keep()
        assert httpx.get(f"{pages.server.url}health").status_code == 200
    finally:
        pages.server.stop()
    assert not pages.server.alive


def test_many_at_once_are_all_answered(site: Site) -> None:
    Accounts(site.database).add_user("viewer", hash_password("correct horse 9"), "view", NOW, "test")
    with PageServer(site, port=0) as server, httpx.Client(base_url=server.url, timeout=60) as client:
        assert log_in(client, "viewer", "correct horse 9").status_code == 303
        cookies = dict(client.cookies)
        codes: list[int] = []

        def look() -> None:
            urls = [server.url.rstrip("/") + path for path in ("/", "/ledger", "/account")]
            codes.extend(httpx.get(url, cookies=cookies, timeout=60).status_code for url in urls)

        threads = [threading.Thread(target=look) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert codes == [200] * 60


@pytest.mark.parametrize(("bind", "port", "word"), [("203.0.113.7", 8025, "bind"), ("127.0.0.1", 70000, "端口70000")])
def test_addresses_that_cannot_be_listened_on(site: Site, bind: str, port: int, word: str) -> None:
    with pytest.raises(CannotServe, match=word):
        PageServer(site, bind, port).start()
