"""Options whose values are known: a shell completes them, and a wrong one is refused with what would be right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

import click
from click.shell_completion import CompletionItem

from core.campaign import Campaign
from core.letter import LetterKind
from staff.context import staff
from staff.words import KINDS, STATES

ITEM_STATES = ("complete", "incomplete", "review", "pending", "superseded")
VERDICTS = ("accepted", "correction", "review", "ignored", "pending", "held")
MESSAGE_KINDS = ("submission", "unrelated", "auto_reply", "bounce", "duplicate")
ANSWER_STATES = ("draft", "waiting", "sending", "sent", "suppressed", "failed")
LETTER_KINDS = get_args(LetterKind)
LINK_STATES = ("ok", "code_missing", "code_wrong", "dead", "expired", "not_permanent", "unchecked")


class WordType(click.ParamType[str]):
    """One of the given keys, written as the key or as its Chinese word; the value is the key."""

    name = "word"

    def __init__(self, keys: tuple[str, ...], words: Mapping[str, str]) -> None:
        self._keys, self._words = keys, {key: words.get(key, key) for key in keys}

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "状态"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        found = next((key for key, word in self._words.items() if value in (key, word)), None)
        if found is None:
            known = "、".join(f"{key}（{word}）" for key, word in self._words.items())
            self.fail(f"没有“{value}”；可用：{known}", param, ctx)
        return found

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(key, help=word) for key, word in self._words.items() if key.startswith(incomplete)]


def _campaign(ctx: click.Context) -> Campaign | None:
    """The campaign in force; None when the configuration cannot be read (completion stays silent then)."""
    try:
        return staff(ctx).campaign
    except Exception:  # whatever is wrong, pressing Tab must print no traceback
        return None


class BatchType(click.ParamType[int]):
    """A batch of the campaign: its number, or its name."""

    name = "batch"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        assert ctx is not None
        batches = staff(ctx).campaign.batches
        for batch in batches:
            if str(value) in (str(batch.number), batch.name):
                return batch.number
        known = "、".join(f"{batch.number}（{batch.name}）" for batch in batches)
        raise click.BadParameter(f"没有批次“{value}”；可用：{known}", ctx, param)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        campaign = _campaign(ctx)
        batches = campaign.batches if campaign else ()
        return [CompletionItem(str(one.number), help=one.name) for one in batches if str(one.number).startswith(incomplete)]


class CategoryType(click.ParamType[str]):
    """A category of the campaign: key, name or another word for it; the value is the key."""

    name = "category"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "类别"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        assert ctx is not None
        categories = staff(ctx).campaign.categories
        for spec in categories:
            if value in (spec.key, spec.name, *spec.also):
                return spec.key
        known = "、".join(f"{spec.key}（{spec.name}）" for spec in categories)
        raise click.BadParameter(f"没有“{value}”这个类别；可用：{known}", ctx, param)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        campaign = _campaign(ctx)
        specs = campaign.categories if campaign else ()
        return [CompletionItem(one.key, help=one.name) for one in specs if one.key.startswith(incomplete)]


class UnitType(click.ParamType[str]):
    """A reporting unit; any name is taken, those of the register are offered."""

    name = "unit"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "单位"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        try:
            units = staff(ctx).register.reporting_units()
        except Exception:  # as above
            return []
        return [CompletionItem(unit) for unit in units if unit.startswith(incomplete)][:50]


batch_option = click.option("--batch", type=BatchType(), help="批次号")
unit_option = click.option("--unit", type=UnitType(), help="报送单位")
category_option = click.option("--category", type=CategoryType(), help="材料类别（case、training、course 或中文名）")
item_state_option = click.option("--state", type=WordType(ITEM_STATES, STATES), help="状态：" + " ".join(ITEM_STATES))
verdict_option = click.option("--verdict", type=WordType(VERDICTS, STATES), help="结论：" + " ".join(VERDICTS))
kind_option = click.option("--kind", type=WordType(MESSAGE_KINDS, KINDS), help="性质：" + " ".join(MESSAGE_KINDS))
answer_state_option = click.option("--state", type=WordType(ANSWER_STATES, STATES), help="状态：" + " ".join(ANSWER_STATES))
letter_kind_option = click.option("--kind", type=WordType(LETTER_KINDS, KINDS), help="种类：" + " ".join(LETTER_KINDS))
link_state_option = click.option("--state", type=WordType(LINK_STATES, STATES), help="状态：" + " ".join(LINK_STATES))


def limit_option(what: str) -> Callable[[Any], Any]:
    """`--limit`: at most so many rows are listed."""
    return click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help=f"最多显示多少{what}", metavar="N")
