"""Lays a `LetterView` out as text and HTML with Jinja2, the only module that knows Jinja2.

Built-in templates lie in `notifier/templates`. Files of the same names in a folder of the office's own take their
place; they run in Jinja's sandbox, and `check_templates` tries them on sample letters before they are used.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifier.view import LetterView

TEMPLATE_NAMES = tuple(
    f"{name}.{kind}.j2"
    for name in ("base", "macros", "receipt", "correction", "reminder", "link_dead", "free", "staff")
    for kind in ("txt", "html")
)


class BadTemplate(ValueError):
    """A template could not be used; the message is a Chinese sentence for staff that names the file and line."""


def render(view: LetterView, templates: Path | None = None) -> tuple[str, str]:
    """The letter as (text, HTML). Raises BadTemplate for a faulty template of the office's own."""
    environment = _environment(str(templates) if templates else None)
    texts = []
    for kind in ("txt", "html"):
        name = f"{view.kind}.{kind}.j2"
        try:
            texts.append(environment.get_template(name).render(letter=view))
        except (TemplateError, ArithmeticError, TypeError, ValueError, LookupError, AttributeError, OSError) as error:
            line = getattr(error, "lineno", None)
            place = f"{getattr(error, 'name', None) or name}" + (f"第{line}行" if line else "")
            raise BadTemplate(f"信函模板{place}有误：{error}") from error
    return _tidy(texts[0]), texts[1].strip() + "\n"


@lru_cache(maxsize=8)
def _environment(folder: str | None) -> ImmutableSandboxedEnvironment:
    loaders: list[BaseLoader] = [PackageLoader("notifier", "templates")]
    if folder:
        loaders.insert(0, FileSystemLoader(folder, encoding="utf-8-sig"))
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


def _tidy(text: str) -> str:
    """At most one empty line between paragraphs, none at the ends, no blanks at line ends."""
    lines: list[str] = []
    for line in text.split("\n"):
        line = line.rstrip(" ")
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip("\n") + "\n"
