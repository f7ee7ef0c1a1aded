"""Lays a `LetterView` out as text and HTML with Jinja2, the only module that knows Jinja2.

Built-in templates lie in `notifier/templates`. Texts of the same names that the office wrote itself take their place
(`notifier.own_words` reads and checks them); they run in Jinja's sandbox.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from types import TracebackType

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FunctionLoader,
    PackageLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    UndefinedError,
)
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from core.campaign import Campaign
from notifier.view import LetterView

TEMPLATE_NAMES = tuple(
    f"{name}.{kind}.j2"
    for name in ("base", "macros", "receipt", "correction", "reminder", "link_dead", "free", "staff")
    for kind in ("txt", "html")
)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The office's own layout and sentences: (template name, source) and (key of `notifier.wording.PHRASES`, sentence)."""

    templates: tuple[tuple[str, str], ...] = ()
    wording: tuple[tuple[str, str], ...] = ()

    def applied_to(self, campaign: Campaign) -> Campaign:
        """The campaign with these sentences in place of its own."""
        return replace(campaign, wording={**campaign.wording, **dict(self.wording)}) if self.wording else campaign


BUILT_IN = OwnWords()


class BadTemplate(ValueError):
    """A template could not be used. `file`, `line`: where; `what`: Chinese, for staff. The message says it all."""

    def __init__(self, file: str, line: int | None, what: str) -> None:
        super().__init__(f"信函模板{file}{f'第{line}行' if line else ''}有误：{what}")
        self.file, self.line, self.what = file, line, what


def render(view: LetterView, own: OwnWords = BUILT_IN) -> tuple[str, str]:
    """The letter as (text, HTML). Raises BadTemplate for a faulty template of the office's own."""
    environment = _environment(own.templates)
    texts = []
    for kind in ("txt", "html"):
        name = f"{view.kind}.{kind}.j2"
        try:
            texts.append(environment.get_template(name).render(letter=view))
        except (TemplateError, ArithmeticError, TypeError, ValueError, LookupError, AttributeError, RecursionError, OSError) as error:
            raise _bad(error, name, frozenset(known for known, _ in own.templates)) from error
    return _tidy(texts[0]), texts[1].strip() + "\n"


def _bad(error: Exception, name: str, own: frozenset[str]) -> BadTemplate:
    """The place in the office's own file, and what is wrong there."""
    file, line = getattr(error, "name", None), getattr(error, "lineno", None)
    step = error.__traceback__
    while step is not None and line is None:
        if step.tb_frame.f_code.co_filename in own:
            file, found = step.tb_frame.f_code.co_filename, step.tb_lineno
            if step.tb_next is None or not _inside(step.tb_next, own):
                line = found
        step = step.tb_next
    if isinstance(error, RecursionError):
        return BadTemplate(file or name, line, "模板互相引用，无法排版")
    if isinstance(error, TemplateNotFound):
        return BadTemplate(_first(own, name), line, f"引用了不存在的模板{error.name}")
    if isinstance(error, SecurityError):
        return BadTemplate(file or name, line, f"用了不允许的写法（{error}）")
    if isinstance(error, UndefinedError):
        return BadTemplate(file or name, line, f"用了不存在的名称（{error}）")
    return BadTemplate(file or name, line, str(error).strip() or type(error).__name__)


def _inside(step: TracebackType, own: frozenset[str]) -> bool:
    """Whether a later step of the traceback is in one of these templates."""
    following: TracebackType | None = step
    while following is not None:
        if following.tb_frame.f_code.co_filename in own:
            return True
        following = following.tb_next
    return False


def _first(own: frozenset[str], name: str) -> str:
    return name if name in own else next(iter(sorted(own)), name)


@lru_cache(maxsize=32)
def _environment(templates: tuple[tuple[str, str], ...]) -> ImmutableSandboxedEnvironment:
    loaders: list[BaseLoader] = [PackageLoader("notifier", "templates")]
    if templates:
        known = dict(templates)
        # Its own name as the file's name, so that a traceback tells which template it was.
        loaders.insert(0, FunctionLoader(lambda name: (known[name], name, lambda: True) if name in known else None))
    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader(loaders),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name) and str(name).endswith(".html.j2"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.globals.clear()
    return environment


def built_in(name: str) -> str:
    """The source of a built-in template. Raises KeyError for a name that is none."""
    if name not in TEMPLATE_NAMES:
        raise KeyError(name)
    return resources.files("notifier").joinpath("templates", name).read_text("utf-8")


def _tidy(text: str) -> str:
    """At most one empty line between paragraphs, none at the ends, no blanks at line ends."""
    lines: list[str] = []
    for line in text.split("\n"):
        line = line.rstrip(" ")
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip("\n") + "\n"
