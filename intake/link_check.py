"""Asks the share service about one link: alive, code right, permanent, what is in it.

The anonymous way of providers.md D1: the share's page, its code, the page again, its list of files. No login, no
download. Whatever is not proved is "can't tell". Manners: one link at a time, a pace per minute, at most two codes,
answers kept for a while, and when the service asks for a captcha nothing is asked for a growing pause.
"""

from __future__ import annotations

import logging
import random
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.facts import Link, LinkState
from core.link_report import LinkReport, SharedFile
from core.settings import LinkSettings
from intake.safe_http import NotAllowed, Origin, Resolve, SafeSession, Unreachable, look_up, origin_of
from intake.share_answers import Answer, Content, NeedsCode, Proof, Unclear
from intake.share_visit import Visit

log = logging.getLogger(__name__)

SERVICE = "https://pan.baidu.com"
_SHARE = re.compile(r"https://pan\.baidu\.com/s/(1[A-Za-z0-9_-]{4,60})")
_MOST_FILES = 60  # entries kept in a report
_KEEP = timedelta(minutes=10)  # how long an answer serves for the same link and codes
_MOST_KEPT = 500
_FIRST_REST = timedelta(minutes=10)  # without any question after the first captcha; doubles with each further one
_LONGEST_REST = timedelta(hours=6)
_SILENT, _SHORT_REST = 3, timedelta(minutes=2)  # questions running without an answer, and the rest after them
_NO_ANSWER = "no answer: "


def utc_now() -> datetime:
    """The clock of the running program."""
    return datetime.now(UTC)


@dataclass
class _Breaker:
    """After a captcha nobody asks until `closed_until`; each further one doubles the rest. When the service could not be
    reached several times running, the network is down: a short rest, so that nobody waits for it link by link."""

    closed_until: datetime | None = None
    strikes: int = 0
    silent: int = 0
    reason: str = ""

    def strike(self, now: datetime, chance: random.Random, *, captcha: bool) -> datetime:
        self.strikes += 1 if captcha else 0
        rest = min(_FIRST_REST * 2 ** max(self.strikes - 1, 0), _LONGEST_REST) * (0.9 + 0.2 * chance.random())
        self.closed_until, self.reason = now + rest, "the service wants to be left alone"
        return self.closed_until

    def heard(self, now: datetime, *, answered: bool) -> None:
        """Count questions without any answer."""
        self.silent = 0 if answered else self.silent + 1
        if self.silent >= _SILENT and not self.rests(now):
            self.closed_until, self.reason = now + _SHORT_REST, "no answer: the service could not be reached just now"

    def rests(self, now: datetime) -> bool:
        return self.closed_until is not None and now < self.closed_until

    def recovered(self) -> None:
        self.closed_until, self.strikes, self.silent = None, 0, 0


@dataclass
class _Pace:
    """At most `per_minute` links in any minute, and a short breath between two."""

    per_minute: int
    starts: deque[float] = field(default_factory=deque)

    def free(self) -> bool:
        """Whether the minute has room for one more. Changes nothing: another thread may be waiting for its turn."""
        now = time.monotonic()
        return sum(now - start < 60 for start in tuple(self.starts)) < max(self.per_minute, 1)

    def wait(self, sleep: Callable[[float], None], chance: random.Random) -> None:
        now = time.monotonic()
        while self.starts and now - self.starts[0] >= 60:
            self.starts.popleft()
        if len(self.starts) >= max(self.per_minute, 1):
            sleep(60 - (now - self.starts[0]) + chance.random())
        elif self.starts:
            sleep(min(60 / max(self.per_minute, 1), 2) * chance.uniform(0.3, 0.7))
        self.starts.append(time.monotonic())


class LinkChecker:
    """The one in the program that asks the share service. Safe to call from several threads: they take turns."""

    def __init__(
        self,
        settings: LinkSettings,
        *,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        chance: random.Random | None = None,
        resolve: Resolve = look_up,
    ) -> None:
        """Raises ValueError if `[links] base_url` is neither the service's nor a loopback address."""
        try:
            origin = origin_of(settings.base_url)
        except NotAllowed as error:
            raise ValueError(f"[links] base_url: {error}") from error
        if not origin.local and origin != origin_of(SERVICE):
            raise ValueError(f"[links] base_url must be {SERVICE} or an address of this machine")
        self._settings = settings
        self._allowed: frozenset[Origin] = frozenset((origin,))
        self._base = settings.base_url.rstrip("/") if origin.local else SERVICE
        self._clock, self._sleep, self._resolve = clock, sleep, resolve
        self._chance = chance or random.Random()  # noqa: S311 - spreads requests, protects nothing
        self._turn = threading.Lock()
        self._breaker, self._pace = _Breaker(), _Pace(settings.per_minute)
        self._kept: dict[tuple[str, str | None, str | None], tuple[datetime, LinkReport]] = {}

    def ready(self) -> bool:
        """Whether a link could be asked about now without waiting for a turn, the pace or the end of a rest."""
        return not self._turn.locked() and not self._breaker.rests(self._clock()) and self._pace.free()

    def check(self, link: Link) -> LinkReport:
        """What the service says of a link. Never raises; waits for its turn and the pace."""
        share = _SHARE.fullmatch(link.url)
        if link.provider != "baidu" or share is None:
            return _unknown("not a share of a service that can be asked")
        with self._turn:
            key = (link.url, link.code, link.other_code)
            kept = self._kept.get(key)
            if kept and timedelta() <= self._clock() - kept[0] < _KEEP:
                return kept[1]
            if self._breaker.rests(self._clock()):
                return _unknown(self._breaker.reason, self._breaker.closed_until)
            self._pace.wait(self._sleep, self._chance)
            report = self._ask(share.group(1), link)
            self._breaker.heard(self._clock(), answered=not report.reason.startswith(_NO_ANSWER))
            if report.outcome != "unknown":
                self._breaker.recovered()
                self._keep(key, report)
            return report

    def _keep(self, key: tuple[str, str | None, str | None], report: LinkReport) -> None:
        if len(self._kept) >= _MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept.pop(key, None)
        self._kept[key] = (self._clock(), report)

    def _ask(self, share: str, link: Link) -> LinkReport:
        codes = [code for code in dict.fromkeys((link.code, link.other_code)) if code][:2]
        try:
            with SafeSession(
                self._allowed, self._settings.user_agent, self._settings.timeout, resolve=self._resolve
            ) as session:
                visit = Visit(self._base, share, session, self._breathe, patience=self._settings.timeout * 6.0)
                answer, code = visit.open(codes)
                return self._report(answer, code, visit)
        except Unreachable as error:
            return _unknown(f"{_NO_ANSWER}{error}")
        except NotAllowed as error:
            return _unknown(f"refused to open: {error}")
        except Exception as error:  # a defect here must not become a verdict, nor stop the mail
            log.exception("link check failed")
            return _unknown(f"{type(error).__name__} while checking")

    def _breathe(self) -> None:
        """Between two requests of one visit."""
        self._sleep(min(6 / max(self._settings.per_minute, 1), 1) * self._chance.uniform(0.2, 0.6))

    def _report(self, answer: Answer, code: str | None, visit: Visit) -> LinkReport:
        now = self._clock()
        if isinstance(answer, Proof):
            return LinkReport("bad", answer.state, answer.reason)
        if isinstance(answer, NeedsCode):
            if answer.sure:
                return LinkReport("bad", LinkState.CODE_MISSING, "分享需要提取码")
            return _unknown("whether the share needs a code is not clear")
        if isinstance(answer, Unclear):
            if answer.kind in ("captcha", "busy"):
                return _unknown(
                    answer.reason, self._breaker.strike(now, self._chance, captcha=answer.kind == "captcha")
                )
            return _unknown(answer.reason)
        if not isinstance(answer, Content):
            return _unknown("the share is open, but its content was not told")
        return _good(answer, code, visit, now)


def _good(content: Content, code: str | None, visit: Visit, now: datetime) -> LinkReport:
    expires = None
    if content.seconds_left is not None:
        expires = now + timedelta(seconds=min(content.seconds_left, 100 * 365 * 86400))
    state, outcome = (LinkState.NOT_PERMANENT, "bad") if content.permanent is False else (LinkState.OK, "good")
    reasons = {True: "分享有效，永久", False: "分享不是永久有效", None: "分享有效，期限未知"}
    seen = visit.seen or list(content.entries)
    shown = seen if all(entry.is_dir for entry in content.entries) else content.entries
    return LinkReport(
        "bad" if outcome == "bad" else "good",
        state,
        reasons[content.permanent],
        code=code,
        permanent=content.permanent,
        expires_at=expires,
        files=tuple(SharedFile(entry.name, entry.size, entry.is_dir) for entry in shown[:_MOST_FILES]),
        file_count=sum(not entry.is_dir for entry in seen),
        complete=visit.whole,
        has_video=visit.has_video,
        owner=content.owner,
        shared_at=_moment(content.created),
    )


def _moment(stamp: int | None) -> datetime | None:
    if stamp is None or not 1_200_000_000 < stamp < 5_000_000_000:
        return None
    return datetime.fromtimestamp(stamp, UTC)


def _unknown(reason: str, retry_at: datetime | None = None) -> LinkReport:
    return LinkReport("unknown", LinkState.UNCHECKED, reason[:300], retry_at=retry_at)
