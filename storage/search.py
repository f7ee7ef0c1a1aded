"""Full-text search: which text of a message and of an item is looked through, and the condition for a search.

SQLite looks in FTS5 tables with the trigram tokenizer, PostgreSQL in a pg_trgm index; both find any piece of text inside
words, as Chinese needs. A term of one or two characters (济南) is shorter than a trigram: it is sought by a scan.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, column, select, table, true

from core.records import DecisionRecord, ItemContent
from storage.models import Item, MessageContent
from storage.types import storable

BODY_CHARS = 4000
TOTAL_CHARS = 20_000
_MAX_TERMS = 8
_TRIGRAM = 3
_COMMON = 2000

_TABLES = {Item: ("item_search", Item.id), MessageContent: ("message_search", MessageContent.message_id)}


def message_text(record: DecisionRecord) -> str:
    """What a search for a message looks through."""
    facts = record.facts
    parts = [record.subject, record.sender, record.reporting_unit, record.receipt_number]
    if facts is not None:
        parts += [facts.envelope.sender_name, facts.envelope.message_id]
    parts += [attachment.name for attachment in record.attachments]
    for item in record.items:
        parts += [item.content.title, item.content.applicant_unit]
    parts += [link.link.url for link in record.links]
    if facts is not None:
        parts.append(facts.text[:BODY_CHARS])
    return _joined(parts)


def item_text(content: ItemContent) -> str:
    """What a search for an item looks through: its names and people, not its long texts."""
    parts = [content.title, content.applicant_unit, content.reporting_unit, content.receipt_number, content.sender]
    parts += [value for value in content.fields.values() if isinstance(value, str) and len(value) <= 200]
    return _joined(parts)


def _joined(parts: list[str | None]) -> str:
    return storable("\n".join(part for part in parts if part)[:TOTAL_CHARS]).casefold()


def matches(connection: Connection, model: type[Item] | type[MessageContent], search: str) -> ColumnElement[bool]:
    """The condition that a row's text holds every term of `search` (separated by blanks, letter case ignored)."""
    terms = storable(search).casefold().split()[:_MAX_TERMS]
    if not terms:
        return true()
    likes = [model.search_text.contains(term, autoescape=True) for term in terms]
    long_terms = [term for term in terms if len(term) >= _TRIGRAM]
    if connection.dialect.name != "sqlite" or not long_terms:
        return and_(*likes)
    name, key = _TABLES[model]
    index = table(name, column("rowid"), column(name))
    wanted = " AND ".join(f'"{term.replace(chr(34), chr(34) * 2)}"' for term in long_terms)
    found = select(index.c.rowid).where(index.c[name].op("MATCH")(wanted))
    # What most rows hold (智慧助老) is found sooner by walking the rows than by listing all of them from the index.
    if len(connection.execute(found.limit(_COMMON)).all()) == _COMMON:
        return and_(*likes)
    # The index narrows down, the LIKEs decide: both databases then find exactly the same rows.
    return and_(key.in_(found), *likes)
