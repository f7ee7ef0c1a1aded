"""One visit to one share of the service: its page, its code, its files.

The anonymous way of providers.md D1. Asks nothing twice without need and stops at the first sign that asking on would
make things worse. What the answers mean is `share_answers`'s.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from core.facts import LinkState
from intake.safe_http import Raw, SafeSession, Unreachable
from intake.share_answers import (
    Answer,
    CodeRight,
    Content,
    Entry,
    NeedsCode,
    Open,
    Proof,
    Unclear,
    judge_list,
    judge_page,
    judge_short,
    judge_verify,
    judge_wxlist,
)

_PAGE_SIZE = 100
_MOST_LISTS = 8  # requests for entries of one share
_MOST_DEPTH = 4
_COMMON = {"web": "1", "channel": "chunlei", "app_id": "250528", "clienttype": "0"}


@dataclass
class Visit:
    """One visit to one share: its page, its code, its files; one cookie jar from beginning to end."""

    base: str
    share: str
    session: SafeSession
    pause: Callable[[], None]
    patience: float = 120.0  # seconds for the whole visit
    seen: list[Entry] = field(default_factory=list)
    has_video: bool | None = None
    whole: bool = False  # every entry was seen
    _listed: bool = False
    _asked: int = 0
    _begun: float = field(default_factory=time.monotonic)

    @property
    def surl(self) -> str:
        return self.share[1:]

    def _breathe(self) -> None:
        """Between two requests. Raises Unreachable when the visit takes too long."""
        if time.monotonic() - self._begun > self.patience:
            raise Unreachable("the visit takes too long")
        self.pause()

    def open(self, codes: list[str]) -> tuple[Answer, str | None]:
        """The final answer, and the code that opened the share (None if it is public)."""
        answer = self._first_look()
        used: str | None = None
        if isinstance(answer, NeedsCode):
            if not codes:
                return answer, None
            answer, used = self._try_codes(codes)
            if not isinstance(answer, CodeRight):
                return answer, None
            self._hold_key(answer.key)
            self._breathe()
            answer = self._page()
            if isinstance(answer, NeedsCode) or (isinstance(answer, Unclear) and answer.kind == "other"):
                answer = Open()  # the page asks in spite of the key, or is not understood: the list will tell
        if isinstance(answer, Open) or (isinstance(answer, Content) and not answer.entries):
            answer = self._with_list(answer, used)
        if isinstance(answer, Content):
            self._look_into(answer)
        return answer, used

    def _first_look(self) -> Answer:
        """The share's page without a key; when it is not understood the short information may still tell."""
        answer = self._page()
        if isinstance(answer, Unclear) and answer.kind == "other":
            self._breathe()
            query = urlencode({**_COMMON, "shorturl": self.share, "root": "1"})
            short = judge_short(self._get(f"/api/shorturlinfo?{query}"))
            return answer if isinstance(short, Unclear) and short.kind == "other" else short
        return answer

    def _try_codes(self, codes: list[str]) -> tuple[Answer, str | None]:
        wrong: Answer = Unclear("no code was tried")
        for code in codes:
            for _ in range(2):
                self._breathe()
                answer = self._verify(code)
                if not (isinstance(answer, Unclear) and answer.kind == "again"):
                    break
                self._breathe()
                self._page()  # start over once
            if not (isinstance(answer, Proof) and answer.state is LinkState.CODE_WRONG):
                return answer, code
            wrong = answer
        return wrong, None

    def _verify(self, code: str) -> Answer:
        query = urlencode({"surl": self.surl, "t": str(int(time.time() * 1000)), **_COMMON, "bdstoken": ""})
        raw = self.session.post(
            f"{self.base}/share/verify?{query}",
            {"pwd": code, "vcode": "", "vcode_str": ""},
            {**self._referer("init"), "X-Requested-With": "XMLHttpRequest"},
        )
        return judge_verify(raw, code)

    def _hold_key(self, key: str) -> None:
        """The key goes into the jar exactly as told: decoded it would be refused."""
        if self.session.cookies.get("BDCLND") != key:
            self.session.cookies.set("BDCLND", key, path="/")

    def _page(self) -> Answer:
        return judge_page(self.session.get(f"{self.base}/s/{self.share}", {"Accept": "text/html,*/*"}))

    def _with_list(self, known: Open | Content, code: str | None) -> Answer:
        """The root's entries, and what the page already told about the share."""
        page = known if isinstance(known, Content) else known.known
        self._breathe()
        answer = self._list({"root": "1", "page": "1"})
        if isinstance(answer, Unclear) and answer.kind == "again" and code is not None:
            self._breathe()
            verified = self._verify(code)
            if isinstance(verified, CodeRight):
                self._hold_key(verified.key)
                answer = self._list({"root": "1", "page": "1"})
            self._breathe()
            page_again = self._page()  # a share that died meanwhile says so in its page's words
            if isinstance(page_again, Proof) and page_again.state is not LinkState.CODE_WRONG:
                return page_again
        if isinstance(answer, Unclear) and answer.kind in ("other", "again"):
            self._breathe()
            answer = self._wxlist(code)
        if isinstance(answer, Proof) and answer.state is LinkState.CODE_WRONG:
            return Unclear("the service takes the code back")  # it was accepted a moment ago
        if isinstance(answer, Content):
            self._listed = True
            return _joined(page, answer)
        if isinstance(answer, Unclear) and isinstance(known, Content) and answer.kind in ("other", "again"):
            return known  # the page had told enough: alive, and an empty folder or entries that were not told
        return answer

    def _list(self, what: dict[str, str]) -> Answer:
        self._asked += 1
        query = {"shorturl": self.surl, **what, "num": str(_PAGE_SIZE), "order": "time", "desc": "1", "showempty": "0"}
        return judge_list(self._get(f"/share/list?{urlencode({**query, **_COMMON})}"), _PAGE_SIZE)

    def _wxlist(self, code: str | None) -> Answer:
        self._asked += 1
        raw = self.session.post(
            f"{self.base}/share/wxlist?channel=weixin&version=2.2.2&clienttype=25&web=1",
            {
                "shorturl": self.share,
                "pwd": code or "",
                "dir": "",
                "root": "1",
                "page": "1",
                "num": "1000",
                "order": "time",
            },
        )
        return judge_wxlist(raw)

    def _look_into(self, content: Content) -> None:
        """Count the entries and look for a video, further pages and folders included, within bounds."""
        self.seen = list(content.entries)
        waiting: deque[tuple[str, int, int]] = deque()  # path ("" is the root), page, depth
        if content.more:
            waiting.append(("", 2, 0))
        whole = self._note_folders(content.entries, waiting, 1)
        while waiting and not any(entry.is_video for entry in self.seen) and self._asked < _MOST_LISTS:
            path, page, depth = waiting.popleft()
            where = {"root": "0", "dir": path} if path else {"root": "1"}
            try:
                self._breathe()
                answer = self._list({**where, "page": str(page)})
            except Unreachable:
                whole = False
                break
            if not isinstance(answer, Content):
                whole = False
                if isinstance(answer, Unclear) and answer.kind in ("captcha", "busy"):
                    break
                continue
            self.seen.extend(answer.entries)
            if answer.more:
                waiting.append((path, page + 1, depth))
            whole = self._note_folders(answer.entries, waiting, depth + 1) and whole
        self.whole = whole and not waiting and (self._listed or bool(content.entries))
        if any(entry.is_video for entry in self.seen):
            self.has_video = True
        elif self.whole and not any(entry.may_hold_video for entry in self.seen):
            self.has_video = False

    def _note_folders(self, entries: tuple[Entry, ...], waiting: deque[tuple[str, int, int]], depth: int) -> bool:
        """Put the folders on the list; False if one of them can't be looked into."""
        whole = True
        for entry in entries:
            if entry.is_dir:
                if entry.path and depth <= _MOST_DEPTH:
                    waiting.append((entry.path, 1, depth))
                else:
                    whole = False
        return whole

    def _get(self, path: str) -> Raw:
        return self.session.get(self.base + path, {**self._referer("s"), "X-Requested-With": "XMLHttpRequest"})

    def _referer(self, kind: str) -> dict[str, str]:
        page = f"/share/init?surl={self.surl}" if kind == "init" else f"/s/{self.share}"
        return {"Referer": self.base + page}


def _joined(page: Content, listed: Content) -> Content:
    """What the page and the list tell together; where they contradict each other about the term nobody knows it."""
    permanent = listed.permanent if page.permanent is None else page.permanent
    if page.permanent is not None and listed.permanent is not None and page.permanent != listed.permanent:
        permanent = None
    return replace(
        listed,
        permanent=permanent,
        seconds_left=(page.seconds_left or listed.seconds_left) if permanent is False else None,
        owner=page.owner or listed.owner,
        created=page.created or listed.created,
    )
