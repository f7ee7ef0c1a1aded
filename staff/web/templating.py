"""The templates of the pages: Jinja2 with autoescape always on, the filters and the words every page uses. One of the
two files that know Jinja2 (the other lays out letters)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from core.campaign import SHANGHAI
from staff import words
from staff.audit_words import spoken
from staff.web.site import Site
from staff.wording_labels import label_of
from storage.desk import said_mark
from storage.models_staff import StaffRole
from storage.rows import UserRow

NAVIGATION: tuple[tuple[str, str], ...] = (
    ("概览", "/"), ("台账", "/ledger"), ("报送件", "/items"), ("待办", "/review"), ("来信", "/messages"),
    ("信件", "/letters"), ("导出", "/exports"), ("系统", "/system"),
)
"""The pages in the head of every page, in order; one whose route does not exist is left out."""


class Reader(Protocol):
    """What a template sees of a visit, under the name `visit`."""

    site: Site
    user: UserRow | None

    @property
    def csrf(self) -> str: ...

    def may(self, role: StaffRole) -> bool: ...

    def here(self, **changes: Any) -> str: ...


def render(template: str, visit: Reader | None, values: Mapping[str, Any]) -> str:
    """The template as text. In it: `visit` (None on error pages outside of a visit), `site`, and `values`."""
    site = visit.site if visit is not None else None
    return environment().get_template(template).render(visit=visit, site=site, **values)


@cache
def environment() -> Environment:
    """Built once; templates are compiled once."""
    made = Environment(
        loader=PackageLoader("staff.web", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )
    made.filters |= {
        "moment": moment, "day": day, "size": size, "state": state, "kind": kind, "tone": tone, "role": role_name,
        "severity": severity, "percent": percent,
        "pretty_json": lambda value: json.dumps(value, ensure_ascii=False, indent=2), "pair_state": lambda key: (key, state(key)),
        "said": said_mark, "sentence_label": label_of, "spoken": spoken,
    }
    made.globals |= {"static": static, "words": words, "navigation": NAVIGATION}
    return made


def moment(value: datetime | None, empty: str = "") -> Markup:
    """A `<time>` in Asia/Shanghai to the minute."""
    if value is None:
        return escape(empty)
    local = value.astimezone(SHANGHAI)
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="seconds"), f"{local:%Y-%m-%d %H:%M}")


def day(value: date | datetime | None) -> str:
    """2021年11月10日; a moment's day in Asia/Shanghai."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(SHANGHAI)
    return f"{value.year}年{value.month}月{value.day}日"


def size(count: int) -> str:
    """Bytes for people: 812 B, 34 KB, 1.2 MB."""
    if count < 1024:
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{count / 1024:.0f} KB"
    return f"{count / 1024 / 1024:.1f} MB"


def percent(part: int, whole: int) -> int:
    """Rounded down, so that 100 % is only said of everything."""
    return part * 100 // whole if whole else 0


def state(key: str | None) -> str:
    """The word for a state or a verdict."""
    return words.say(words.STATES, key)


def kind(key: str | None) -> str:
    """The word for the kind of a message or a letter."""
    return words.say(words.KINDS, key)


def severity(key: str | None) -> str:
    """The word for a finding's severity."""
    return words.say(words.SEVERITIES, key)


def role_name(key: str | None) -> str:
    """The word for a role."""
    return words.say(words.ROLE_NAMES, key)


def tone(key: str | None) -> str:
    """The class of the colour that goes with a state: good, bad, warn, info or idle."""
    return words.TONES.get(key or "", "idle")


@cache
def static(name: str) -> str:
    """The address of a file in `static/`, with its hash: a browser may keep it for ever."""
    data = (resources.files("staff.web") / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(data).hexdigest()[:12]}"
