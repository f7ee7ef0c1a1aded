"""Mails by folder of the mailbox are counted as they come (the balance "mailbox N, ledger N" counted a million rows at every
look at 概览), and no index begins with the campaign any more.

Nearly all rows share their campaign. SQLite, which keeps no statistics here, took an equality on it for the rarest of conditions
and gathered and sorted all items of the campaign: for every decision (`open_items`), every item's page, every chunk of an export.
"""

from __future__ import annotations

from alembic import op

revision = "v0014"
down_revision = "v0013"
branch_labels = None
depends_on = None

# `batch`: where the account ends and the folder begins, so that no two pairs look alike.
_VALUES = "'folder', length({row}.account), {row}.account || {row}.folder, CAST({row}.uidvalidity AS TEXT)"
_INTO = "INSERT INTO tally (about, batch, unit, sort, number)"


def upgrade() -> None:
    _indexes()
    (_in_sqlite if op.get_bind().dialect.name == "sqlite" else _in_postgresql)()
    # After the triggers, as in v0012.
    values = _VALUES.format(row="message")
    op.execute(
        f"{_INTO} SELECT {values}, count(*) FROM message WHERE uidvalidity IS NOT NULL GROUP BY account, folder, uidvalidity"  # noqa: S608 - names above
    )


def _indexes() -> None:
    op.drop_index("ix_item_campaign_batch_reporting_unit_category_state", "item")
    op.drop_index("ix_message_campaign_batch_reporting_unit_id", "message")
    op.drop_index("ix_message_campaign_batch_verdict", "message")
    op.create_index("ix_item_reporting_unit_state_id", "item", ["reporting_unit", "state", "id"])
    op.create_index("ix_message_batch_reporting_unit_id", "message", ["batch", "reporting_unit", "id"])
    op.create_index("ix_message_batch_verdict_id", "message", ["batch", "verdict", "id"])
    op.create_index("ix_message_reporting_unit_verdict_id", "message", ["reporting_unit", "verdict", "id"])


def _in_sqlite() -> None:
    less, more = (
        f"{_INTO} SELECT {_VALUES.format(row=row)}, {number} WHERE {row}.uidvalidity IS NOT NULL;"
        for row, number in (("old", -1), ("new", 1))
    )
    op.execute(f"CREATE TRIGGER tally_folder_insert AFTER INSERT ON message BEGIN {more} END")
    op.execute(f"CREATE TRIGGER tally_folder_delete AFTER DELETE ON message BEGIN {less} END")
    op.execute(f"CREATE TRIGGER tally_folder_update AFTER UPDATE OF account, folder, uidvalidity ON message BEGIN {less} {more} END")


def _in_postgresql() -> None:
    old, new = (
        f"'folder', NULL, length({row}.account), {row}.account || {row}.folder, CAST({row}.uidvalidity AS text), NULL"
        for row in ("OLD", "NEW")
    )
    op.execute(
        "CREATE FUNCTION baosong_tally_folder() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
        f"IF TG_OP <> 'INSERT' THEN IF OLD.uidvalidity IS NOT NULL THEN PERFORM baosong_tally({old}, -1); END IF; END IF;\n"
        f"IF TG_OP <> 'DELETE' THEN IF NEW.uidvalidity IS NOT NULL THEN PERFORM baosong_tally({new}, 1); END IF; END IF;\n"
        "RETURN NULL; END $$"
    )
    run = "EXECUTE FUNCTION baosong_tally_folder()"
    op.execute(f"CREATE TRIGGER tally_folder_rows AFTER INSERT OR DELETE ON message FOR EACH ROW {run}")
    op.execute(f"CREATE TRIGGER tally_folder_update AFTER UPDATE OF account, folder, uidvalidity ON message FOR EACH ROW {run}")
