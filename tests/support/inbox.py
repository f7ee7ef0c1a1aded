"""Mails one after another through the pure decision: no bytes, no database, no letters going out. For rules that depend on what
earlier mails brought; whether letters are shared, held back or sent twice is asked of the engine (tests/intake/mail_world.py).

    box = Inbox()
    box.mail(word("a.docx", A), word("b.docx", B))
    reply = box.mail(scan("扫描件.pdf"), answers=1)
    assert codes(reply, "error") == []
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from core.decide import Decision
from core.facts import Link, Part
from core.submission import FileRef, Item
from tests.support.facts import FIRST_BATCH, judged, mail


class Inbox:
    """What the ledger would know. Mails are an hour apart and are numbered from 1."""

    def __init__(self) -> None:
        self.items: dict[int, Item] = {}
        self.brought: dict[int, frozenset[int]] = {}  # mail -> ids of its items
        self.now: datetime = FIRST_BATCH

    def mail(
        self, *parts: Part, answers: int | None = None, sender: str = "clerk@jinan.test", subject: str = "济南市教育局+智慧助老",
        text: str = "附件请查收。", links: tuple[Link, ...] = (), **case: object,
    ) -> Decision:
        """The decision about the next mail. `answers`: the mail to whose letter this is the reply."""
        number = len(self.brought) + 1
        linked = self.brought[answers] if answers is not None else frozenset()
        facts = mail(subject, *parts, text=text, sender=sender, message_id=f"<{number}@jinan.test>", links=links)
        open_items = tuple(item for item in self.items.values() if item.state != "superseded")
        case = {"known": open_items, "linked": linked, "in_our_thread": answers is not None, **case}
        decision = judged(facts, received=self.now, id=number, **case)
        self.brought[number] = frozenset(self._keep(item, number) for item in decision.items)
        self.now += timedelta(hours=1)
        return decision

    def _keep(self, item: Item, number: int) -> int:
        key = item.id if item.id is not None else len(self.items) + 1

        def ours(refs: tuple[FileRef, ...]) -> tuple[FileRef, ...]:
            return tuple(replace(ref, message=ref.message or number) for ref in refs)

        self.items[key] = replace(item, id=key, scans=ours(item.scans), videos=ours(item.videos), receipt_number=f"R{key}")
        if item.supersedes is not None:
            self.items[item.supersedes] = replace(self.items[item.supersedes], state="superseded")
        return key

    def states(self) -> dict[str | None, str]:
        """Title -> state of the items that stand."""
        return {item.title: item.state for item in self.items.values() if item.state != "superseded"}
