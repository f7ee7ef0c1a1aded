"""Step 3, look: ask the share service about the links of a mail. Bounded; what can't be known now is asked again later.

Runs outside any transaction, since it is the only step on the way that waits for the network.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.codec import encode
from core.decide import LinkView
from core.facts import Link, LinkState, MessageFacts
from core.link_report import LinkReport
from core.link_watch import entry, next_try
from core.materials import material_links
from core.settings import LinkSettings
from intake.recording import Looked

MOST_LINKS = 20
"""Links of one mail that are asked about on the way; the rest is asked by the link job."""


class Checker(Protocol):
    """Something that can ask the share service."""

    def ready(self) -> bool:
        """Whether a link could be asked about at once."""
        ...

    def check(self, link: Link) -> LinkReport:
        """What the service says of one link. Never raises."""
        ...


@dataclass(frozen=True)
class Looker:
    """Asks about links of the campaign's share provider. `checker` None: the check is switched off."""

    checker: Checker | None
    settings: LinkSettings
    provider: str
    chance: Callable[[], random.Random] = random.Random

    def look(self, facts: MessageFacts, asked: Collection[str], now: datetime) -> Mapping[str, Looked]:
        """URL -> what was seen, for the mail's share links. `asked`: those that have their answer, or their next try in
        the link job's calendar: asking here again would begin that calendar anew for ever. What would have to wait for the
        pace is left to the link job as well: mails without links are not kept waiting by those with."""
        if self.checker is None:
            return {}
        links = [link for link in material_links(facts) if link.provider == self.provider and link.url not in asked]
        seen: dict[str, Looked] = {}
        for number, link in enumerate(links):
            if number < MOST_LINKS and self.checker.ready():
                seen[link.url] = self.ask(link, 1, now)
            else:
                seen[link.url] = Looked(LinkView(LinkState.UNCHECKED, link.code, pending=True), {}, now, 0)
        return seen

    def ask(self, link: Link, tries: int, now: datetime) -> Looked:
        """Ask once (the `tries`-th time): when the service can't tell, `next_check_at` says when to ask again."""
        assert self.checker is not None
        report = self.checker.check(link)
        again = next_try(tries, now, self.settings, self.chance()) if report.outcome == "unknown" else None
        code = report.code or link.code
        if again is not None and report.retry_at is not None:
            again = max(again, report.retry_at)
        pending = report.outcome == "unknown" and again is not None
        view = LinkView(report.state, code, pending=pending, report=report)
        return Looked(view, encode(report), again, tries, (entry(report, now),))
