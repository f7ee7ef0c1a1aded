"""The server's UID list against the ledger, and the news of an IDLE."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.imap_idle import after_news
from intake.mailbox import _ranges
from intake.uid_lists import (
    FirstVisit,
    FolderState,
    LedgerState,
    Same,
    ValidityChanged,
    compare,
    new_uids,
    seems_cut_off,
)

UIDS = st.sets(st.integers(1, 2**32 - 1))


@given(UIDS, UIDS)
def test_what_the_ledger_lacks_ascending_and_once(server, known):
    """Chatwoot #6574: not "the last ten", not "the last day"."""
    fresh = new_uids([*server, *server], known)
    assert list(fresh) == sorted(server - known)


def test_the_list_is_frozen_and_takes_mails_older_than_the_newest_known():
    """FreeScout #4624. A mail dragged back into the folder, or missed in an outage, has a UID below the newest."""
    known = {1390000100}
    assert new_uids((1390000050, 1390000100, 1390000200), known) == (1390000050, 1390000200)
    assert new_uids((0, -1, 5), set()) == (5,)


@pytest.mark.parametrize(("ledger", "now", "verdict"), [
    (None, 7, FirstVisit()),
    (7, 7, Same()),
    (7, 8, ValidityChanged(7, 8)),
    (7, 0, ValidityChanged(7, 0)),
    (0, 0, Same()),
])
def test_uidvalidity(ledger, now, verdict):
    """paperless-ngx #8939: UIDs of a rebuilt mailbox are other mails' UIDs."""
    assert compare(FolderState("INBOX", now, 3), LedgerState(ledger)) == verdict


@pytest.mark.parametrize(("count", "told", "after"), [
    (5, [], (5, False)),
    (5, [(6, b"EXISTS")], (6, True)),
    (5, [(5, b"EXISTS")], (5, False)),
    (5, [(1, b"EXPUNGE"), (1, b"EXPUNGE"), (4, b"EXISTS")], (4, True)),  # two gone, one new
    (5, [(6, b"EXISTS"), (1, b"EXPUNGE")], (5, True)),
    (5, [(1, b"EXPUNGE"), (4, b"EXISTS")], (4, False)),
    (5, [(2, b"FETCH", (b"FLAGS", (b"\\Seen",))), (0, b"RECENT"), (b"OK", b"Still here")], (5, False)),
    (0, [(1, b"EXPUNGE"), None, (), (b"BYE",), (3, b"EXISTS", b"x")], (3, True)),
])
def test_news_of_idle(count, told, after):
    assert after_news(count, told) == after


@given(st.integers(0, 5000), st.integers(1, 700))
def test_ranges_cover_every_place_once_from_the_end(count, step):
    places = [place for first, last in _ranges(count, step) for place in range(last, first - 1, -1)]
    assert places == list(range(count, 0, -1))


@pytest.mark.parametrize(("days", "count", "cut_off"), [(29.5, 400, True), (30.2, 30, True), (29.5, 5, False), (12, 400, False), (200, 400, False)])
def test_the_last_thirty_days_only(days, count, cut_off):
    now = datetime(2021, 12, 10, tzinfo=UTC)
    assert seems_cut_off(now - timedelta(days=days), count, now) is cut_off
    assert not seems_cut_off(None, count, now)
