"""Addresses that pages give one another: the names of the query parameters, in one place."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote_plus


def items_query(
    *, unit: str | None = None, category: str = "", batch: int | str | None = None, state: str = "", search: str = ""
) -> str:
    """The 报送件 list: `unit` reporting unit, `category`, `batch` (number, or "all"), `state`, `q` search words."""
    return _address("/items", unit=unit, category=category, batch=batch, state=state, q=search)


def messages_query(
    *, unit: str | None = None, verdict: str = "", kind: str = "", batch: int | str | None = None, search: str = ""
) -> str:
    """The 来信 list: `unit`, `verdict`, `kind`, `batch`, `q`."""
    return _address("/messages", unit=unit, verdict=verdict, kind=kind, batch=batch, q=search)


def ledger_query(*, batch: int | str | None = None, kind: str = "", state: str = "", category: str = "") -> str:
    """The 台账: `batch` (number, or "all"), `kind` of unit, `state`, `category`."""
    return _address("/ledger", batch=batch, kind=kind, state=state, category=category)


def _address(path: str, **values: object) -> str:
    kept = {key: value for key, value in values.items() if value is not None and value not in ("", "all")}
    if path == "/ledger" and values.get("batch") == "all":
        kept["batch"] = "all"
    return path + ("?" + "&".join([f"{key}={_quoted(str(value))}" for key, value in kept.items()]) if kept else "")


@lru_cache(maxsize=4096)
def _quoted(value: str) -> str:
    """A page of the ledger has a thousand addresses with the same few hundred values."""
    return quote_plus(value)
