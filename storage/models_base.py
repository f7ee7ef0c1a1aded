"""What all tables share: naming convention, column types by annotation, ids, closed vocabularies."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, get_args

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase, mapped_column

from storage.types import JsonText, Key, SafeText, UtcDateTime

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite gives ids of itself only to INTEGER columns; its INTEGER has 64 bits anyway.
BIG = BigInteger().with_variant(Integer, "sqlite")

Id = Annotated[int, mapped_column(BIG, primary_key=True)]
Big = Annotated[int, mapped_column(BigInteger)]
Word = Annotated[str, mapped_column(Key(40))]
"""A word of a closed or short vocabulary: state, kind, code."""
Name = Annotated[str, mapped_column(Key(300))]
"""A name that is looked up: unit, address, folder, campaign."""
Sha256 = Annotated[str, mapped_column(Key(64))]
Header = Annotated[str, mapped_column(Key(500))]
"""A Message-ID."""
MessageId = Annotated[int, mapped_column(BIG, ForeignKey("message.id", ondelete="CASCADE"))]
ItemId = Annotated[int, mapped_column(BIG, ForeignKey("item.id", ondelete="CASCADE"))]


class Base(DeclarativeBase):
    """Base of all tables. A plain `str` is text of any length; a `datetime` is aware UTC."""

    metadata = MetaData(naming_convention=CONVENTION)
    type_annotation_map = {  # noqa: RUF012 - the shape SQLAlchemy asks for
        str: SafeText(),
        datetime: UtcDateTime(),
        dict[str, Any]: JsonText(),
        list[Any]: JsonText(),
    }


def one_of(column: str, vocabulary: Any) -> CheckConstraint:
    """A CHECK that the column holds a word of `vocabulary` (Literal or StrEnum) or NULL: a misspelt state would be a mail
    that no loop ever picks up again."""
    known = get_args(vocabulary) or [member.value for member in vocabulary]
    words = ", ".join(f"'{word}'" for word in known)
    return CheckConstraint(f"{column} IN ({words})", name=column)
