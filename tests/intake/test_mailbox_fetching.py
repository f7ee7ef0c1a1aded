"""Fetching against a server made of a dict: whatever it announces and however it cuts, the bytes are the mail's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ports import Blob
from intake.fetching import (
    Fetched,
    Fetcher,
    TooLarge,
    Unfetchable,
    Vanished,
    arrival,
    find_message_id,
    find_received_date,
)
from intake.mailbox_errors import CommandRefused, Disconnected

CHINA = timezone(timedelta(hours=8))
NOW = datetime(2022, 1, 1, tzinfo=CHINA)


class Store:
    """Keeps bytes by their place in the list; a failing stream leaves nothing."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    def put(self, chunks: Any) -> Blob:
        data = b"".join(chunks)
        self.kept.append(data)
        return Blob(str(len(self.kept) - 1), len(data))

    def path(self, sha256: str) -> Any:
        raise KeyError(sha256)

    def of(self, outcome: Any) -> bytes:
        return self.kept[int(outcome.blob.sha256)]


class Server:
    """Mails by UID. `hint` what RFC822.SIZE says of a size, `cap` the longest piece, `partial` how BODY[]<o.n> is
    answered, `bad` UIDs whose content is refused, `cut` UIDs over which the connection breaks."""

    def __init__(self, mails: dict[int, bytes], **habits: Any) -> None:
        self.mails = mails
        self.hint = habits.get("hint", lambda size: size)
        self.cap = habits.get("cap", 10**9)
        self.partial = habits.get("partial", "yes")
        self.bad: set[int] = habits.get("bad", set())
        self.cut: set[int] = habits.get("cut", set())
        self.asked: list[tuple[tuple[int, ...], tuple[str, ...]]] = []

    def fetch(self, uids: Sequence[int], items: Sequence[str]) -> dict[int, dict[bytes, Any]]:
        assert uids
        assert all(item in {"RFC822.SIZE", "INTERNALDATE", "FLAGS"} or item.startswith("BODY.PEEK[") for item in items)
        self.asked.append((tuple(uids), tuple(items)))
        content = any(item.startswith("BODY") for item in items)
        if content and self.bad & set(uids):
            raise CommandRefused("no", "internal error")
        if content and self.cut & set(uids):
            raise Disconnected("cut")
        return {uid: self._answer(self.mails[uid], items) for uid in uids if uid in self.mails}

    def _answer(self, raw: bytes, items: Sequence[str]) -> dict[bytes, Any]:
        answer: dict[bytes, Any] = {b"SEQ": 1}
        for item in items:
            if item == "RFC822.SIZE":
                answer[b"RFC822.SIZE"] = self.hint(len(raw))
            elif item == "INTERNALDATE":
                answer[b"INTERNALDATE"] = datetime(2021, 11, 8, 10, tzinfo=CHINA)
            elif item == "FLAGS":
                answer[b"FLAGS"] = (b"\\Seen",)
            else:
                key, value = self._body(raw, item)
                answer[key] = value or None if self.partial == "nil" else value
        return answer

    def _body(self, raw: bytes, item: str) -> tuple[bytes, bytes]:
        part = re.fullmatch(r"BODY\.PEEK\[(HEADER)?\](?:<(\d+)\.(\d+)>)?", item)
        assert part
        if part[1]:
            raw = raw.split(b"\r\n\r\n")[0] + b"\r\n\r\n"
        name = b"BODY[HEADER]" if part[1] else b"BODY[]"
        if part[2] is None or self.partial == "ignored":
            return name, raw
        if self.partial == "refused" or (self.partial == "refused beyond the end" and int(part[2]) >= len(raw)):
            raise CommandRefused("no", "BAD")
        start, length = int(part[2]), min(int(part[3]), self.cap)
        origin = b"<%d.%d>" % (start, length) if self.partial == "odd key" else b"<%d>" % start
        if self.partial == "whole under origin" and not start:
            length = len(raw)
        return name + origin, raw[start : start + length]


def fetcher(server: Server, losses: dict[int, int] | None = None, **bounds: int) -> Fetcher:
    limits = {"chunk_over": 100, "chunk": 30, "limit": 10**9} | bounds
    return Fetcher(server, clock=lambda: NOW, losses={} if losses is None else losses, **limits)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=400), max_size=8), st.integers(1, 200), st.integers(1, 64), st.integers(1, 80),
       st.sampled_from([lambda n: n, lambda n: 0, lambda n: n // 2, lambda n: n * 3, lambda n: n + 1, lambda n: max(n - 1, 0), lambda n: None]),
       st.sampled_from(["yes", "nil", "ignored", "refused", "odd key", "whole under origin",
                        "refused beyond the end"]))
def test_every_mail_is_itself_whatever_the_server_announces(raws, chunk_over, chunk, cap, hint, partial):
    if partial == "refused beyond the end":
        cap = chunk  # together with capped pieces nobody could tell an end from a refusal
        if any(hint(len(raw)) is not None and hint(len(raw)) > len(raw) for raw in raws):
            hint = int  # nor where it announces more than there is and the last piece is a full one: the true size
    server = Server(dict(enumerate(raws, 1)), hint=hint, cap=cap, partial=partial)
    store = Store()
    got = list(fetcher(server, chunk_over=chunk_over, chunk=chunk).fetch_many(server.mails, store))
    assert [each.uid for each in got] == list(server.mails)
    assert all(isinstance(each, Fetched) for each in got)
    assert [store.of(each) for each in got] == raws
    assert [each.size for each in got] == [len(raw) for raw in raws]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=12), st.sets(st.integers(1, 12)), st.sets(st.integers(1, 12)))
def test_bad_and_vanished_mails_cost_themselves_only(sizes, bad, gone):
    mails = {uid: b"%d:" % uid + b"x" * size for uid, size in enumerate(sizes, 1)}
    asked = list(mails)
    server = Server({uid: raw for uid, raw in mails.items() if uid not in gone}, bad=bad)
    store = Store()
    got = {each.uid: each for each in fetcher(server).fetch_many(asked, store)}
    assert list(got) == asked
    for uid, outcome in got.items():
        if uid in gone:
            assert outcome == Vanished(uid)
        elif uid in bad:
            assert isinstance(outcome, Unfetchable)
        else:
            assert store.of(outcome) == mails[uid]


def test_a_mail_too_large_is_known_by_its_header():
    raw = b"Message-ID: <big@x>\r\nSubject: x\r\n\r\n" + b"y" * 5000
    for hint in (lambda n: n, lambda n: 10, lambda n: 0):
        store = Store()
        server = Server({1: raw, 2: b"small"}, hint=hint)
        large, small = fetcher(server, limit=1000).fetch_many([1, 2], store)
        assert isinstance(large, TooLarge)
        assert large.size > 1000
        assert store.of(large) == raw[: raw.index(b"y")]
        assert large.message_id == "<big@x>"
        assert store.of(small) == b"small"


def test_a_mail_that_breaks_the_connection_is_asked_for_last_and_reported_in_the_end():
    server = Server({uid: b"mail %d" % uid for uid in range(1, 6)}, cut={2})
    losses: dict[int, int] = {}
    ledger: set[int] = set()
    reports = []
    for _ in range(8):
        store = Store()
        try:
            for each in fetcher(server, losses).fetch_many([uid for uid in range(1, 6) if uid not in ledger], store):
                if isinstance(each, Fetched):
                    ledger.add(each.uid)
                else:
                    reports.append(each)
        except Disconnected:
            continue
    assert ledger == {1, 3, 4, 5}
    assert {each.uid for each in reports} == {2}
    server.cut.clear()
    assert isinstance(next(fetcher(server, {2: 1}).fetch_many([2], Store())), Fetched)


def test_what_the_blob_store_raises_is_not_taken_for_the_networks_fault():
    class Full(Store):
        def put(self, chunks: Any) -> Blob:
            next(iter(chunks))
            raise OSError(28, "No space left on device")

    for size in (10, 500):
        losses: dict[int, int] = {}
        with pytest.raises(OSError, match="No space"):
            list(fetcher(Server({1: b"x" * size}), losses).fetch_many([1], Full()))
        assert losses == {}


def test_few_commands_for_many_mails_and_none_for_none():
    server = Server(dict.fromkeys(range(1, 1101), b"x" * 10))
    assert len(list(fetcher(server, chunk_over=10_000).fetch_many(server.mails, Store()))) == 1100
    assert max(len(uids) for uids, _ in server.asked) <= 500
    assert len(server.asked) == 3 + 20 + 20 + 4
    quiet = Server({})
    assert list(fetcher(quiet).fetch_many([], Store())) == []
    assert quiet.asked == []


@pytest.mark.parametrize(("start", "found"), [
    (b"Message-ID: <a@b>\r\n\r\n", "<a@b>"),
    (b"Subject: x\r\nmessage-id:\r\n <a@b>\r\n\r\n", "<a@b>"),
    (b"MESSAGE-ID : < a@b >  trailing\n\n", "<a@b>"),
    (b"Message-Id: bare@id more\r\n\r\n", "bare@id"),
    (b"Message-ID:\r\n\r\n", None),
    (b"Message-ID: <>\r\n\r\n", None),
    (b"Subject: Message-ID: <no@x>\r\n\r\nMessage-ID: <body@x>\r\n", None),
    (b"X-Message-ID: <no@x>\r\n\r\n", None),
    (b"Message-ID: <\xd6\xd0@x>\r\n\r\n", "<\\xd6\\xd0@x>"),
    (b"", None),
    (b"no colon anywhere", None),
])
def test_message_id(start, found):
    """mailanalyzer #81: an empty Message-ID matches nothing."""
    assert find_message_id(start) == found


def test_when_the_server_tells_no_arrival_its_received_line_does():
    head = (b"Received: from a by mx.163.com; Mon, 8 Nov 2021 10:12:33 +0800 (CST)\r\nReceived: from b by a;\r\n"
            b" Mon, 8 Nov 2021 09:00:00 +0800\r\nDate: Fri, 1 Jan 1999 00:00:00 +0000\r\n\r\n")
    assert find_received_date(head) == datetime(2021, 11, 8, 10, 12, 33, tzinfo=CHINA)
    assert find_received_date(b"Received: from a by b; Mon, 8 Nov 2021 10:12:33 -0000\r\n\r\n") == datetime(
        2021, 11, 8, 10, 12, 33, tzinfo=CHINA)
    for nothing in (b"", b"Received: nonsense\r\n\r\n", b"Received: x; 99 Foo 20211\r\n\r\n", b"\r\n\r\nReceived: x; Mon, 8 Nov 2021 10:12:33 +0800"):
        assert find_received_date(nothing) is None

    class Dateless(Server):
        def _answer(self, raw: bytes, items: Sequence[str]) -> dict[bytes, Any]:
            return super()._answer(raw, items) | {b"INTERNALDATE": None}

    first, second = fetcher(Dateless({1: head, 2: b"x"})).fetch_many([1, 2], Store())
    assert first.internaldate == datetime(2021, 11, 8, 10, 12, 33, tzinfo=CHINA)
    assert second.internaldate == NOW


def test_arrival_is_always_aware_and_sane():
    assert arrival(datetime(2021, 11, 8)) == datetime(2021, 11, 8, tzinfo=CHINA)
    assert arrival(datetime(2021, 11, 8, tzinfo=UTC)) == datetime(2021, 11, 8, tzinfo=UTC)
    assert arrival(datetime(1970, 1, 1, tzinfo=UTC)) is None
    assert arrival(None) is None
    assert arrival("x") is None


@given(st.binary(max_size=300))
def test_headers_of_any_bytes(data):
    for start in (data, b"Received: " + data, b"Message-ID: " + data):
        found = find_message_id(start)
        assert found is None or (found and found.isascii())
        date = find_received_date(start)
        assert date is None or date.tzinfo is not None
