"""Rows and blobs: the only place that knows SQLAlchemy, SQL and the layout of the data folder.

Others import `storage.database` (open), `storage.migrate` (upgrade), `storage.ledger` and its siblings (what the
conductor does), `storage.desk` (what staff do), `storage.queries` and `storage.exports` (what is read), `storage.blobs`,
`storage.backup`. They get frozen values and `storage.errors`, never a library's object.
"""
