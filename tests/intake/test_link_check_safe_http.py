"""Nothing but the share service is ever opened: server-side request forgery in all its forms."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.facts import Link
from core.settings import LinkSettings
from intake.link_check import LinkChecker
from intake.safe_http import NotAllowed, Origin, SafeSession, Unreachable, check_url, is_public, origin_of

SERVICE = frozenset((origin_of("https://pan.baidu.com"),))
SHARE = Link("baidu", "https://pan.baidu.com/s/1QvwfHXf0r-hfBEDkFR3tbp", "ab12")


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "172.16.3.4", "192.168.1.1", "127.0.0.1", "127.8.8.8", "0.0.0.0", "169.254.169.254", "100.64.0.1", "192.0.2.1",
     "198.18.0.1", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
     "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:a00:1", "64:ff9b::a00:1",
     "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::1", "2001:db8::1", "2001:0:4136:e378:8000:63bf:f5ff:fffe", "", "localhost", "x"],
)  # fmt: skip
def test_addresses_of_inner_networks(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["110.242.68.66", "1.1.1.1", "240e:ff:e020:9ae:0:ff:b014:8e8b", "2606:4700::1111", "::ffff:1.1.1.1"]
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    ["http://pan.baidu.com/s/1a", "https://pan.baidu.com:8443/s/1a", "https://pan.baidu.com:80/", "https://user@pan.baidu.com/s/1a",
     "https://user:secret@pan.baidu.com/s/1a", "https://pan.baidu.com@evil.cn/", "https://evil.cn/?pan.baidu.com", "https://evilpan.baidu.com/",
     "https://pan.baidu.com.evil.cn/", "https://passport.baidu.com/", "https://127.0.0.1/", "https://[::1]/", "https://2130706433/",
     "https://0x7f.1/", "file:///etc/passwd", "ftp://pan.baidu.com/", "gopher://pan.baidu.com/", "//pan.baidu.com/", "pan.baidu.com", "",
     "https://pan.baidu.com\\@evil.cn/", "https://pan.baidu.com\r\nHost: evil.cn/", "https://pan.baidu.com:99999/", "https://pan.baidu.com:x/",
     "https://[pan.baidu.com/", "https://pan.baidu.com%2f@evil.cn/", "https://pаn.baidu.com/"],
)  # fmt: skip
def test_addresses_that_are_not_opened(url: str) -> None:
    with pytest.raises(NotAllowed):
        check_url(url, SERVICE)


@pytest.mark.parametrize("url", ["https://pan.baidu.com/s/1a", "https://PAN.baidu.com:443/s/1a?x=1#y"])
def test_addresses_that_are(url: str) -> None:
    assert check_url(url, SERVICE).host == "pan.baidu.com"


@given(st.text(max_size=60))
def test_any_text_is_refused_or_the_service(text: str) -> None:
    for url in (text, "https://" + text, "https://pan.baidu.com" + text):
        with suppress(NotAllowed):
            assert check_url(url, SERVICE) == Origin("https", "pan.baidu.com", 443)


@pytest.mark.parametrize("base", ["http://pan.baidu.com", "https://evil.cn", "http://10.0.0.1:8000", "ftp://127.0.0.1", "https://a:b@pan.baidu.com",
                                  "", "https://pan.baidu.com:8443", "http://0.0.0.0:80"])  # fmt: skip
def test_other_bases_are_refused(base: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        LinkChecker(LinkSettings(base_url=base))


@pytest.mark.parametrize(
    "answer",
    [
        ["10.0.0.5"],
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["110.242.68.66", "10.0.0.5"],
        ["fe80::1"],
        [],
    ],
)
def test_name_that_resolves_to_an_inner_address(answer: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: opened.append(address))
    checker = LinkChecker(LinkSettings(), sleep=lambda _: None, resolve=lambda host, port: answer)
    report = checker.check(SHARE)
    assert (report.outcome, opened) == ("unknown", [])


def test_the_checked_address_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers differently the second time is never asked a second time."""
    answers = iter([["110.242.68.66"], ["127.0.0.1"], ["127.0.0.1"]])
    opened: list[object] = []

    def connect(self: socket.socket, address: object) -> None:
        opened.append(address)
        raise OSError("no network in tests")

    def trap(*_: object, **__: object) -> list[object]:
        raise AssertionError("the system's resolver was asked for a name behind the check")

    real = socket.getaddrinfo
    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *a, **k: real(host, *a, **k) if host[0].isdigit() else trap()
    )
    with (
        SafeSession(SERVICE, "test", 1, resolve=lambda host, port: next(answers)) as session,
        pytest.raises(Unreachable),
    ):
        session.get("https://pan.baidu.com/s/1a")
    assert opened == [("110.242.68.66", 443)]


# -- on loopback


@contextmanager
def _answering(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does with every connection what it is told; its base address."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(client,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.close()


def _say(text: bytes) -> Callable[[socket.socket], None]:
    def answer(client: socket.socket) -> None:
        with client:
            client.recv(65536)
            client.sendall(text)

    return answer


@pytest.mark.live
@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:22/", "https://127.0.0.1/", "http://[::1]:80/", "file:///etc/passwd",
     "//evil.cn/", "http://localhost/", "https://pan.baidu.com/s/1a", "http://user@127.0.0.1/", "http://10.0.0.1/", "\\\\evil.cn\\x", "gopher://x"],
)  # fmt: skip
def test_redirects_away_are_told_and_not_followed(target: str) -> None:
    with _answering(_say(f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode())) as base:
        origin = origin_of(base)
        with SafeSession(frozenset((origin,)), "test", 2) as session:
            answer = session.get(base + "/s/1a")
    assert answer.elsewhere is not None
    assert answer.body == b""


@pytest.mark.live
def test_redirects_without_end() -> None:
    say = _say(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    with _answering(say) as base, SafeSession(frozenset((origin_of(base),)), "test", 2) as session, pytest.raises(Unreachable, match="too often"):
        session.get(base + "/s/1a")


def _drip(start: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    def answer(client: socket.socket) -> None:
        with client:
            client.recv(65536)
            client.sendall(start)
            end = time.monotonic() + 20
            while time.monotonic() < end:
                try:
                    client.sendall(piece)
                except OSError:
                    return
                time.sleep(0.05)

    return answer


@pytest.mark.live
@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"X-More: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"y"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://evil.cn/\r\nContent-Length: 1000000\r\n\r\n", b"x"),
        (b"", b""),
    ],
)
def test_answers_that_never_end_are_cut(start: bytes, piece: bytes) -> None:
    with _answering(_drip(start, piece)) as base, SafeSession(frozenset((origin_of(base),)), "test", 1) as session:
        begun = time.monotonic()
        with suppress(Unreachable):
            assert session.get(base + "/s/1a").elsewhere
        assert time.monotonic() - begun < 5


@pytest.mark.live
@pytest.mark.parametrize(
    "answer",
    [b"", b"garbage\r\n\r\n", b"HTTP/1.1 999 x\r\nContent-Length: nan\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
     b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", b"HTTP/1.1 302 F\r\nLocation: http://[::\r\n\r\n",
     b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
)  # fmt: skip
def test_broken_answers(answer: bytes) -> None:
    with _answering(_say(answer)) as base:
        settings = LinkSettings(base_url=base, timeout=1)
        report = LinkChecker(settings, sleep=lambda _: None, chance=random.Random(1)).check(SHARE)
    assert report.outcome == "unknown"


@pytest.mark.live
def test_an_answer_too_big_is_not_read_to_its_end() -> None:
    body = b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n" + b"x" * 5_000_000
    with (
        _answering(_say(body)) as base,
        SafeSession(frozenset((origin_of(base),)), "test", 2) as session,
        pytest.raises(Unreachable, match="too big"),
    ):
        session.get(base + "/s/1a")
