"""Lays a `LetterView` out as text and HTML with Jinja2, the only module that knows Jinja2.

Built-in templates lie in `notifier/templates`. Texts of the same names that the office wrote itself take their place
(`notifier.own_words` reads and checks them). They run in Jinja's sandbox, and what they may use up is counted: Jinja alone
lets `{{ "x" * 10**10 }}` or four loops in one another stop the whole program.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from types import TracebackType
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FunctionLoader,
    PackageLoader,
    StrictUndefined,
    TemplateAssertionError,
    TemplateError,
    TemplateNotFound,
    UndefinedError,
    nodes,
    pass_context,
)
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS, do_join
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

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
        left = _LEFT.set([_ENOUGH])
        try:
            texts.append(environment.get_template(name).render(letter=view))
        except _FAILURES as error:
            raise _bad(error, name, frozenset(known for known, _ in own.templates)) from error
        finally:
            _LEFT.reset(left)
    return _tidy(texts[0]), texts[1].strip() + "\n"


_FAILURES = (
    TemplateError, ArithmeticError, TypeError, ValueError, LookupError, AttributeError, RecursionError, OSError, MemoryError,
    SyntaxError,  # Python's own compiler: too many blocks in one another
)


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
    if isinstance(error, SyntaxError):
        return BadTemplate(_first(own, name), None, "层层嵌套过多，无法排版")
    if isinstance(error, _TooMuch | MemoryError):
        return BadTemplate(file or name, line, "排出的内容过多或循环过多，已停止排版")
    if isinstance(error, TemplateAssertionError) and "filter" in str(error):
        return BadTemplate(file or name, line, f"用了不能用的过滤器（{error}），可用的有：{'、'.join(sorted(_FILTERS))}")
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
    environment = (_CountedEnvironment if templates else ImmutableSandboxedEnvironment)(
        loader=ChoiceLoader(loaders),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name) and str(name).endswith(".html.j2"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.globals.clear()
    if templates:
        environment.filters = {name: FILTERS[name] for name in _FILTERS} | {"join": _join, "charge": _charge, "sized": _sized, "weighed": _weighed}
        environment.finalize = _shown
    return environment


# What a template of the office's own may use up ---------------------------------------------------------------------

_ENOUGH = 6_000_000
"""Characters and steps that one letter may cost; the longest built-in sample costs about a hundredth."""
_STEP = 100
"""What one turn of a loop or one call of a macro costs beside its text."""
_LONG = 50_000
"""Characters, or entries, that one value may have."""
_NUMBER = 10**9
_FILTERS = (
    "count", "d", "default", "e", "escape", "first", "join", "last", "length", "list", "lower", "map", "reject", "rejectattr", "safe",
    "select", "selectattr", "string", "trim", "upper",
)
_METHODS: dict[type, frozenset[str]] = {
    str: frozenset({"strip", "lstrip", "rstrip", "startswith", "endswith", "upper", "lower", "isdigit"}),
    dict: frozenset({"get", "items", "keys", "values"}), list: frozenset({"index", "count"}), tuple: frozenset({"index", "count"}),
    int: frozenset(), float: frozenset(),
}
"""Methods of a value that make nothing longer."""
_LEFT: ContextVar[list[int]] = ContextVar("left")


class _TooMuch(SecurityError):
    """The template wants more than a letter can need."""


class _CountedEnvironment(ImmutableSandboxedEnvironment):
    """The sandbox, with every turn of a loop, every call and every piece of text counted against `_ENOUGH`, and nothing at
    hand that makes a long text out of a short one."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        _Counting().visit(template)
        return template.set_environment(self)  # type: ignore[return-value]

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        numbers = all(isinstance(value, int | float) for value in (left, right))
        if operator == "**" or (operator != "+" and not numbers) or (numbers and max(abs(left), abs(right)) > _NUMBER):
            raise SecurityError(f"{operator}")
        if operator == "+" and not numbers and _weight(left) + _weight(right) > _LONG:
            raise _TooMuch
        return super().call_binop(context, operator, left, right)

    def wrap_str_format(self, value: Any) -> None:
        """`"…".format` makes texts of any length: it is not at hand."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        known = next((names for kind, names in _METHODS.items() if isinstance(obj, kind)), None)
        if known is not None and callable(value) and attr not in known:
            return False
        return super().is_safe_attribute(obj, attr, value)


class _Counting(NodeTransformer):
    """Puts a charge at the head of everything that can run many times, and a measure around what joins texts or holds values."""

    def visit_Template(self, node: nodes.Template) -> nodes.Node:  # noqa: N802 - Jinja's names
        return self._charged(node)

    visit_For = visit_Macro = visit_CallBlock = visit_Block = visit_AssignBlock = visit_Template  # noqa: N815 - Jinja's names

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - Jinja's names
        self.generic_visit(node)
        return nodes.Filter(node, "sized", [], [], None, None, lineno=node.lineno)

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802 - Jinja's names
        return self._measured(node)

    visit_Dict = visit_List  # noqa: N815 - Jinja's names

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802 - Jinja's names
        return self._measured(node) if node.ctx == "load" else node

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802 - Jinja's names
        return self._measured(node) if node.name in ("varargs", "kwargs") and node.ctx == "load" else node

    def _measured(self, node: nodes.Expr) -> nodes.Node:
        self.generic_visit(node)
        return nodes.Filter(node, "weighed", [], [], None, None, lineno=node.lineno)

    def _charged(self, node: Any) -> nodes.Node:
        cost = _STEP + sum(len(text.data) for text in node.find_all(nodes.TemplateData))
        self.generic_visit(node)
        charge = nodes.Filter(nodes.Const(""), "charge", [nodes.Const(cost)], [], None, None)
        node.body.insert(0, nodes.Output([charge]).set_lineno(node.lineno or 1, override=True))
        return node  # type: ignore[no-any-return]


def _spend(amount: int) -> None:
    left = _LEFT.get()
    left[0] -= amount
    if left[0] < 0:
        raise _TooMuch


@pass_context
def _charge(_: Context, value: str, cost: int) -> str:
    _spend(cost)
    return value


@pass_context
def _sized(_: Context, value: str) -> str:
    if len(value) > _LONG:
        raise _TooMuch
    return value


@pass_context
def _weighed(_: Context, value: Any) -> Any:
    """A list or the like that the template made: a few that hold one another are a text of any length."""
    _spend(_weight(value))
    return value


def _weight(value: Any) -> int:
    """How much there is in a value, counted through all that it holds."""
    weight, left = 0, [value]
    while left:
        one = left.pop()
        weight += len(one) + 1 if isinstance(one, str | list | tuple | dict) else 1
        if weight > _LONG:
            raise _TooMuch
        if isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list | tuple):
            left += one
    return weight


@pass_context
def _shown(_: Context, value: Any) -> Any:
    """Everything between double braces."""
    _spend(len(value) if isinstance(value, str) else _STEP)
    return value


@pass_context
def _join(context: Context, value: Iterable[Any], d: str = "", attribute: str | int | None = None) -> Any:
    entries = list(value)
    if sum(len(str(entry)) for entry in entries) + len(d) * len(entries) > _LONG:
        raise _TooMuch
    return do_join(context.eval_ctx, entries, d, attribute)


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
