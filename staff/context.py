"""What a staff command is given: the open ledger, the campaign, and how to print. Built by the composition root."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, cast

import click

from core.campaign import Campaign
from core.register import Register
from core.settings import Settings
from storage.blobs import FileBlobStore
from storage.database import Database
from storage.desk import Act


class StaffContext(Protocol):
    """The object behind `click.Context.obj` as staff commands see it."""

    as_json: bool

    @property
    def database(self) -> Database:
        """The ledger, opened when first asked for and brought to this version."""
        ...

    @property
    def campaign(self) -> Campaign: ...

    @property
    def register(self) -> Register: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def templates(self) -> Path | None:
        """Folder of the office's own wording; it need not be there."""
        ...

    @property
    def blank_forms(self) -> Mapping[str, bytes]:
        """Category key -> bytes of its empty form."""
        ...

    @property
    def blobs(self) -> FileBlobStore:
        """The bytes of mails and files."""
        ...


def staff(ctx: click.Context) -> StaffContext:
    """The context of this command."""
    return cast("StaffContext", ctx.obj)


def now() -> datetime:
    """The present moment, aware."""
    return datetime.now(UTC)


def act(why: str = "") -> Act:
    """Who is at the terminal, for the audit trail."""
    who = os.environ.get("BAOSONG_USER") or getpass.getuser()
    return Act(who, now(), why)


@dataclass(frozen=True)
class JsonOption:
    """Adds `--json` to a command as well as to the group; either will do."""

    def __call__(self, command: Callable[..., None]) -> Callable[..., None]:
        return click.option(
            "--json", "json_here", is_flag=True, expose_value=False, callback=_set_json, help="以JSON输出"
        )(command)


def _set_json(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value:
        staff(ctx).as_json = True


json_option = JsonOption()
