"""The command line for staff: what has come in, who is missing, one item whole, exports, decisions, letters, links."""

from __future__ import annotations

import click

from staff.decision_commands import DECISION_COMMANDS
from staff.export_commands import EXPORT_COMMANDS
from staff.letter_commands import LETTER_COMMANDS
from staff.look_commands import LOOK_COMMANDS

STAFF_COMMANDS: tuple[click.Command, ...] = (
    *LOOK_COMMANDS, *DECISION_COMMANDS, *LETTER_COMMANDS, *EXPORT_COMMANDS,
)
