"""Which text of a message and of an item is searched: names, numbers, addresses, the mail's own words, and the full text
of forms and scans.

Works on facts as they are stored (JSON by `core.codec`), so that a decision and a migration say the same. The text is
kept in searchable form (`core.searching`) and once: what a scan repeats of its Word form is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from core.records import FileRef
from core.searching import searchable
from storage.models import MessageContent
from storage.types import storable

BODY_CHARS = 8000
FILE_CHARS = 40_000
ITEM_CHARS = 100_000
MESSAGE_CHARS = 200_000

Facts = Mapping[str, Any]
"""`core.facts.MessageFacts` as JSON."""


class FileTexts:
    """The searchable text of files, read from the facts of their messages when first asked for."""

    def __init__(self, connection: Connection, own: int | None = None, facts: Facts | None = None) -> None:
        """`own`, `facts`: the message that is being written just now."""
        self._connection = connection
        self._known: dict[int, dict[tuple[str, ...], str]] = {}
        if own is not None and facts is not None:
            self._known[own] = file_texts(facts)

    def of_message(self, message_id: int) -> dict[tuple[str, ...], str]:
        """All files of this message by path; empty if it was never read."""
        found = self._known.get(message_id)
        if found is None:
            query = select(MessageContent.facts).where(MessageContent.message_id == message_id)
            facts = self._connection.execute(query).scalar_one_or_none()
            found = self._known[message_id] = {} if facts is None else file_texts(facts)
        return found

    def of(self, ref: FileRef) -> str:
        """One file; "" if nothing is known of it."""
        return self.of_message(ref.message_id).get(tuple(ref.path), "")


def message_text(names: Iterable[str | None], facts: Facts | None, files: Mapping[tuple[str, ...], str]) -> str:
    """What a search for a message looks through. `names`: subject, addresses, numbers, units, titles, file names."""
    parts = list(names)
    if facts is not None:
        envelope = facts.get("envelope") or {}
        parts += [envelope.get("sender_name"), envelope.get("message_id"), str(facts.get("text") or "")[:BODY_CHARS]]
    return _joined([*map(_clean, parts), *files.values()], MESSAGE_CHARS)


def item_text(columns: Mapping[str, Any], refs: Sequence[FileRef], texts: FileTexts) -> str:
    """What a search for an item looks through. `columns`: those of table `item`; `refs`: its Word form and scans."""
    parts = [columns[name] for name in ("title", "applicant_unit", "reporting_unit", "receipt_number", "sender")]
    parts += [value for value in columns["fields"].values() if isinstance(value, str) and len(value) <= 200]
    parts += [name for ref in refs for name in ref.path]
    return _joined([*map(_clean, parts), *(texts.of(ref) for ref in refs)], ITEM_CHARS)


def file_texts(facts: Facts) -> dict[tuple[str, ...], str]:
    """The searchable text of each file that has any, by path."""
    found: dict[tuple[str, ...], str] = {}
    total = ""
    for part in facts.get("parts") or ():
        text = _file_text(part, total if len(total) < MESSAGE_CHARS else "")
        if text:
            found[tuple(part.get("path") or ())] = text
            if part.get("form") or part.get("forms"):
                total += "\n" + text
    return found


def _file_text(part: Mapping[str, Any], known: str) -> str:
    """A file's typed text, and what its pages say that neither it nor `known` (the forms before it) says."""
    forms = [part.get("form"), *(part.get("forms") or ())]
    kept: list[str] = []
    for text in (*(form.get("text") for form in forms if form), part.get("text")):
        if text and (clean := searchable(text[:FILE_CHARS])) not in "\n".join(kept):
            kept.append(clean)
    for scan in (part.get("scan"), part.get("embedded")):
        pages = (page.get("text") or "" for page in (scan or {}).get("pages") or ())
        kept += _new_lines("\n".join(pages)[:FILE_CHARS], "\n".join((known, *kept)))
    return storable("\n".join(kept))[:FILE_CHARS]


def _new_lines(text: str, known: str) -> list[str]:
    """Runs of lines of which each says something that `known` does not."""
    runs: list[list[str]] = [[]]
    for line in text.splitlines():
        if (clean := searchable(line)) and clean in known:
            runs.append([])
        else:
            runs[-1].append(line)
    return [clean for run in runs if run and (clean := searchable("\n".join(run)))]


def _clean(part: str | None) -> str:
    return searchable(part) if part else ""


def _joined(parts: Iterable[str], limit: int) -> str:
    return storable("\n".join(dict.fromkeys(part for part in parts if part))[:limit])
