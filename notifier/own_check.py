"""Checks the office's own sentences and templates, given as texts: what of them may be used, and what is wrong with the rest.

Templates are tried here and now; `notifier.trial` does it in a process with bounds.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.campaign import Campaign
from notifier.template_check import ORDER, Fault, check_template
from notifier.templating import BUILT_IN, TEMPLATE_NAMES, OwnWords
from notifier.wording import sentence_problem, unknown_key

WORDING_FILE = "wording.toml"


@dataclass(frozen=True, slots=True)
class Checked:
    """What of the folder may be used, and what is wrong with the rest. `unfinished`: the machine did not get through the trial,
    which says nothing of the templates: it is worth trying again."""

    own: OwnWords = BUILT_IN
    faults: tuple[Fault, ...] = ()
    unfinished: bool = False


def check_sources(sources: Mapping[str, str], campaign: Campaign, begin: Callable[[str], object] = lambda _: None) -> Checked:
    """Check these files, name -> text, as they would lie in the folder. `begin` is told each template before it is tried."""
    told: list[Fault] = []
    wording = _check_wording(sources.get(WORDING_FILE, ""), campaign, told)
    templates: dict[str, str] = {}
    for name in sorted((name for name in sources if name != WORDING_FILE), key=lambda name: (ORDER.get(name, len(ORDER)), name)):
        if name not in TEMPLATE_NAMES:
            told.append(Fault(name, None, f"名称不在可替换之列，可用的有：{'、'.join(TEMPLATE_NAMES)}。"))
            continue
        begin(name)
        found = check_template(name, OwnWords(tuple({**templates, name: sources[name]}.items()), wording), campaign)
        if found:
            told += found
        else:
            templates[name] = sources[name]
    return Checked(OwnWords(tuple(templates.items()), wording), tuple(dict.fromkeys(told)))


def _check_wording(text: str, campaign: Campaign, faults: list[Fault]) -> tuple[tuple[str, str], ...]:
    """The sentences that may be used; what is wrong with the others goes to `faults`."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        faults.append(Fault(WORDING_FILE, line, "写法有误：每行应为 名称 = \"文字\"，引号须为英文半角并成对。"))
        return ()
    good = []
    for key, value in found.items():
        problem = unknown_key(key) or sentence_problem(key, value, campaign.wording)
        if problem:
            faults.append(Fault(WORDING_FILE, line_of(text, key), problem))
        else:
            good.append((key, str(value)))
    return tuple(good)


def line_of(text: str, key: str) -> int | None:
    """The line on which a sentence stands."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]", line.lstrip("[ ")):
            return number
    return None
