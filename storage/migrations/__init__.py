"""Alembic migrations, package data: run by `storage.migrate`, never by hand."""
