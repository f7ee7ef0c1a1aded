"""Brings the tables of a database to this version (Alembic), or says whether they are."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, func, select

from storage.database import Database
from storage.errors import SchemaOutdated

_MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADING = 0x62616F736F6E68  # the advisory lock of upgrades on PostgreSQL


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@cache
def newest_revision() -> str:
    """The revision of this version's tables."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "the package came without its migrations"
    return head


def current_revision(database: Database) -> str | None:
    """The revision of the database's tables, None for an empty database."""
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_current(database: Database) -> bool:
    """Whether the tables are those of this version."""
    return current_revision(database) == newest_revision()


def upgrade(database: Database) -> bool:
    """Make or alter the tables, all in one transaction; whether there was anything to do. Several processes may call it
    at once. Raises SchemaOutdated for a database of a newer version than this program."""
    if is_current(database):
        return False
    with database.write() as connection:
        if database.kind == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_UPGRADING)))
        try:
            command.upgrade(_config(connection), "head")
        except CommandError as error:
            raise SchemaOutdated(f"the database is of a newer version than this program ({error})") from None
    return True
