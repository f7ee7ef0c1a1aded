"""Stands between a client and a real IMAP server and makes it behave like somebody else's: 163's missing abilities,
"Unsafe Login", servers that cap or ignore partial fetches, lie about sizes, hang up in the middle of a literal.

The quirks may be changed while connections are open. Counts what went through, so that a test can say "one LOGIN".
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import BinaryIO, Self

LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n$")
CAPABILITY = re.compile(rb"(\* CAPABILITY |\[CAPABILITY )([^\]\r\n]*)")
UNSAFE = "Unsafe Login. Please contact kefu@188.com for help"


@dataclass
class Quirks:
    """What the proxy does to the conversation. Nothing by default."""

    only: frozenset[str] | None = None  # no capabilities but these
    strip: frozenset[str] = frozenset()  # capabilities taken out wherever they are listed
    add: tuple[str, ...] = ()  # capabilities advertised falsely
    hide_before_login: bool = False  # only IMAP4rev1 until LOGIN went through
    no_uidnext: bool = False
    limited_flags: bool = False  # no \* in PERMANENTFLAGS
    needs_id: bool = False  # SELECT, EXAMINE and STATUS are "Unsafe Login" until ID was sent on this connection
    refuse: dict[str, str] = field(default_factory=dict)  # regex on the command without its tag -> "NO text", "BAD text"
    size_factor: float | None = None  # RFC822.SIZE is told wrong
    cap_partial: int | None = None  # BODY[]<o.n> gives at most so many bytes
    ignore_partial: bool = False  # BODY[]<o.n> gives everything
    early_exists: int | None = None  # "* n EXISTS" before "+ idling"
    delay: float = 0.0  # seconds before each line from the server
    mute: bool = False  # the server falls silent, the connection stays
    drop_after: int | None = None  # bytes from the server on one connection, then the connection is cut
    drop_in_literal: int | None = None  # cut after so many bytes of the first literal longer than that
    drops: int = 1  # how many connections are cut


# What imap.163.com lists, of what Dovecot has.
OF_163 = frozenset({"IMAP4REV1", "XLIST", "SPECIAL-USE", "ID", "LITERAL+", "STARTTLS", "UIDPLUS", "SASL-IR"})


def like_163() -> Quirks:
    """A fresh set of 163's quirks."""
    return Quirks(
        only=OF_163, no_uidnext=True, limited_flags=True, needs_id=True,
        refuse={
            r"SEARCH CHARSET": "BAD SEARCH charset not supported",
            r"BODYSTRUCTURE|ENVELOPE": "BAD command not supported",
            r"^(IDLE|UID MOVE|NAMESPACE|ENABLE)": "BAD Parse command error",
        })


class ImapProxy:
    """Listens on a loopback port, speaks to one plain IMAP server."""

    def __init__(self, upstream_port: int, quirks: Quirks | None = None) -> None:
        self.quirks = quirks or Quirks()
        self._upstream = upstream_port
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(20)
        self.port: int = self._listener.getsockname()[1]
        self.commands: list[tuple[int, str]] = []  # (number of the connection, command without its tag)
        self.connections = 0
        self._open: list[socket.socket] = []
        self._closing = False
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Close every socket."""
        self._closing = True
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Cut every connection now, without a word."""
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._open.clear()

    def sent(self, pattern: str) -> list[str]:
        """Commands that match, over all connections."""
        return [command for _, command in self.commands if re.search(pattern, command, re.IGNORECASE)]

    def on(self, connection: int) -> list[str]:
        """Commands of one connection (from 1), in order."""
        return [command for number, command in self.commands if number == connection]

    def _accept(self) -> None:
        while not self._closing:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._upstream), 10)
            except OSError:
                return
            server.settimeout(None)
            for each in (client, server):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open += [client, server]
            self.connections += 1
            _Session(self, client, server, self.connections).start()


class _Session:
    def __init__(self, proxy: ImapProxy, client: socket.socket, server: socket.socket, number: int) -> None:
        self.proxy, self.client, self.server, self.number = proxy, client, server, number
        self.identified = False
        self.logged_in = False
        self.login_tag = b""
        self.passed = 0
        self.writing = threading.Lock()

    def start(self) -> None:
        for work in (self._from_client, self._from_server):
            threading.Thread(target=self._run, args=(work,), daemon=True).start()

    def _run(self, work: object) -> None:
        try:
            work()  # type: ignore[operator]
        except (OSError, ValueError):
            pass
        finally:
            for each in (self.client, self.server):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()

    def _to_client(self, data: bytes) -> None:
        quirks = self.proxy.quirks
        if quirks.mute:
            return
        limit = quirks.drop_after
        if limit is not None and quirks.drops > 0 and self.passed + len(data) >= limit:
            data = data[: limit - self.passed]
            quirks.drops -= 1
            self._send(data)
            raise OSError("cut")
        self.passed += len(data)
        self._send(data)

    def _send(self, data: bytes) -> None:
        with self.writing:
            self.client.sendall(data)

    # -- client to server

    def _from_client(self) -> None:
        stream = self.client.makefile("rb")
        while line := stream.readline():
            tag, _, rest = line.rstrip(b"\r\n").partition(b" ")
            command = rest.decode("utf-8", "replace")
            if command or tag.upper() == b"DONE":
                self.proxy.commands.append((self.number, command or "DONE"))
            if self._refused(tag, command):
                continue
            if command.upper().startswith("ID "):
                self.identified = True
            if command.upper().startswith(("LOGIN ", "AUTHENTICATE ")):
                self.login_tag = tag
            if command.upper() == "IDLE" and self.proxy.quirks.early_exists is not None:
                self._to_client(b"* %d EXISTS\r\n" % self.proxy.quirks.early_exists)
            self.server.sendall(self._rewritten(line))
            self._literals(line, stream)

    def _literals(self, line: bytes, stream: BinaryIO) -> None:
        while match := LITERAL.search(line):
            left = int(match[1])
            while left:
                piece = stream.read(min(left, 65536))
                if not piece:
                    raise OSError("client gone")
                self.server.sendall(piece)
                left -= len(piece)
            line = stream.readline()
            self.server.sendall(line)

    def _refused(self, tag: bytes, command: str) -> bool:
        quirks = self.proxy.quirks
        word = command.split(" ")[0].upper()
        if quirks.needs_id and not self.identified and word in {"SELECT", "EXAMINE", "STATUS"}:
            self._to_client(tag + f" NO {word} {UNSAFE}\r\n".encode())
            return True
        for pattern, reply in quirks.refuse.items():
            if re.search(pattern, command, re.IGNORECASE):
                self._to_client(tag + b" " + reply.encode() + b"\r\n")
                return True
        return False

    def _rewritten(self, line: bytes) -> bytes:
        quirks = self.proxy.quirks
        if quirks.ignore_partial:
            line = re.sub(rb"(BODY\.PEEK\[\])<\d+\.\d+>", rb"\1", line)
        if quirks.cap_partial is not None:
            cap = quirks.cap_partial
            line = re.sub(rb"(BODY\.PEEK\[\]<\d+\.)(\d+)>", lambda m: b"%s%d>" % (m[1], min(int(m[2]), cap)), line)
        return line

    # -- server to client

    def _from_server(self) -> None:
        stream = self.server.makefile("rb")
        while line := stream.readline():
            if self.proxy.quirks.delay:
                time.sleep(self.proxy.quirks.delay)
            if self.login_tag and line.startswith(self.login_tag + b" OK"):
                self.logged_in = True
            if answer := self._answered(line):
                self._to_client(answer)
            while match := LITERAL.search(line):
                self._literal(int(match[1]), stream)
                line = stream.readline()
                self._to_client(self._answered(line))

    def _literal(self, size: int, stream: BinaryIO) -> None:
        quirks = self.proxy.quirks
        cut = quirks.drop_in_literal if quirks.drops > 0 else None
        if cut is not None and size > cut:
            quirks.drops -= 1
            self._send(stream.read(cut))
            raise OSError("cut in a literal")
        while size:
            piece = stream.read(min(size, 65536))
            if not piece:
                raise OSError("server gone")
            self._to_client(piece)
            size -= len(piece)

    def _answered(self, line: bytes) -> bytes:
        quirks = self.proxy.quirks
        if quirks.hide_before_login and self.login_tag and not self.logged_in and line.startswith(b"* CAPABILITY"):
            return b""
        line = CAPABILITY.sub(self._capabilities, line)
        if quirks.no_uidnext and line.startswith(b"* OK [UIDNEXT"):
            return b""
        if quirks.limited_flags and b"[PERMANENTFLAGS" in line:
            line = line.replace(b" \\*)", b")").replace(b"Flags permitted.", b"Limited")
        if quirks.size_factor is not None:
            factor = quirks.size_factor
            line = re.sub(rb"RFC822\.SIZE (\d+)", lambda m: b"RFC822.SIZE %d" % int(int(m[1]) * factor), line)
        return line

    def _capabilities(self, match: re.Match[bytes]) -> bytes:
        quirks = self.proxy.quirks
        if quirks.hide_before_login and match[1].startswith(b"["):
            return b"[X "
        if quirks.hide_before_login and not self.logged_in:
            return match[1] + b"IMAP4rev1"
        words = [word.decode() for word in match[2].split()]
        kept = [word.encode() for word in words
                if word.upper() not in quirks.strip and (quirks.only is None or word.upper() in quirks.only)]
        return match[1] + b" ".join([*kept, *(word.encode() for word in quirks.add)])
