"""Alembic's entry: runs the wanted revisions on the connection that `storage.migrate` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from storage.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot alter a column: Alembic copies the table instead
    transactional_ddl=True,
)
context.run_migrations()
