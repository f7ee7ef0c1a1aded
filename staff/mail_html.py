"""The body of a stored mail made safe to look at: `python -m staff.mail_html`, in a process of its own with bounds.

Only text, tables and pictures that came inside the mail are left: no script, no form, no style that reaches outside, no
address that is fetched. The only file that imports nh3. A JSON object on standard input: `path`, `memory`, `seconds`; on
standard output a JSON object: `html` (a whole page, "" when the mail has none), `text`, `remote` (how many pictures and the like were
left out because they lie elsewhere).
"""

from __future__ import annotations

import base64
import json
import re
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nh3

from parsers.body import read_body
from parsers.mime_decode import Decoding
from parsers.mime_walk import Leaf, walk
from parsers.raw_file import RawFile

TEXT = 400_000
"""Characters of HTML or text that are shown."""
PICTURES = 4 * 2**20
"""Bytes of pictures inside the mail that are shown in it, all together."""
_LEAVES = 600
_SHOWN = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
_TAGS = {
    "a", "abbr", "address", "b", "big", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd",
    "del", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "ol", "p",
    "pre", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "u", "ul",
}
_ATTRIBUTES = {
    "*": {"style", "align", "valign", "dir", "lang", "title"},
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color", "size", "face"},
    "table": {"border", "cellpadding", "cellspacing", "width", "bgcolor"},
    "td": {"colspan", "rowspan", "width", "height", "bgcolor", "nowrap"},
    "th": {"colspan", "rowspan", "width", "height", "bgcolor", "nowrap"},
    "tr": {"bgcolor"}, "col": {"span", "width"}, "ol": {"start", "type"}, "ul": {"type"},
}
_STYLES = {
    "color", "background-color", "font-size", "font-weight", "font-style", "font-family", "text-align", "text-decoration",
    "text-indent", "line-height", "margin", "margin-left", "margin-right", "margin-top", "margin-bottom", "padding",
    "padding-left", "padding-right", "padding-top", "padding-bottom", "border", "border-collapse", "border-spacing",
    "border-left", "border-right", "border-top", "border-bottom", "border-color", "border-style", "border-width",
    "vertical-align", "white-space", "width", "height", "max-width", "min-width", "word-break", "word-wrap", "list-style-type",
}
_DATA_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE)
_PAGE = (
    '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>来信正文</title>'
    '<meta name="viewport" content="width=device-width"><style>body{{font:16px/1.6 sans-serif;margin:12px;color:#1c2530;'
    "background:#fff;overflow-wrap:anywhere}}img{{max-width:100%;height:auto}}table{{max-width:100%;border-collapse:collapse}}"
    "</style></head><body>{}</body></html>"
)


class Cleaner:
    """Cleans one mail's HTML. `pictures`: Content-ID (lower case) -> bytes. `remote`: what was left out."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        self._pictures = pictures
        self._room = 2 * PICTURES  # characters of all pictures shown: one picture may be named a thousand times
        self.remote = 0

    def clean(self, html: str) -> str:
        """The HTML with nothing left in it that could run, fetch, or leave its frame."""
        return nh3.clean(
            html[:TEXT], tags=_TAGS, clean_content_tags={"script", "style", "title", "template", "noscript", "iframe", "object", "svg", "math"},
            attributes=_ATTRIBUTES, attribute_filter=self._attribute, strip_comments=True,
            url_schemes={"http", "https", "mailto", "data", "cid"}, filter_style_properties=_STYLES,
            link_rel="noopener noreferrer nofollow", set_tag_attribute_values={"a": {"target": "_blank"}},
        )

    def _attribute(self, tag: str, name: str, value: str) -> str | None:
        if name == "style":
            # url(), expression(), @import, escapes: nothing that reaches outside, in no spelling.
            return None if re.search(r"[\\@]|url|expression|image|/\*", value, re.IGNORECASE) else value
        if tag == "img" and name == "src":
            return self._source(value.strip())
        if tag == "a" and name == "href":
            return value if re.match(r"(?:https?:|mailto:)", value.strip(), re.IGNORECASE) else None
        return value

    def _source(self, value: str) -> str | None:
        if value.lower().startswith("cid:"):
            data = self._pictures.get(value[4:].strip().lower())
            kind = None if data is None else picture_kind(data)
            if data is None or kind is None or len(data) * 4 // 3 > self._room:
                return None
            return self._counted(f"data:{kind};base64,{base64.b64encode(data).decode()}")
        if _DATA_PICTURE.fullmatch(value):
            return self._counted(value)
        self.remote += 1
        return None

    def _counted(self, source: str) -> str | None:
        if len(source) > self._room:
            return None
        self._room -= len(source)
        return source


def picture_kind(data: bytes) -> str | None:
    """The media type of a picture that a browser may show, by its first bytes."""
    return next((kind for head, kind in _SHOWN.items() if data.startswith(head)), None)


def view(path: Path) -> dict[str, Any]:
    """What the page shows of the mail at `path`."""
    with RawFile(path) as source:
        structure = walk(source, _LEAVES)
        body = read_body(source, structure, TEXT)
        cleaner = Cleaner(_pictures(source, body.attached) if "cid:" in body.html.lower() else {})
        html = cleaner.clean(body.html) if body.html.strip() else ""
    return {"html": _PAGE.format(html) if html.strip() else "", "text": body.plain, "remote": cleaner.remote}


def _pictures(source: RawFile, leaves: list[Leaf]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    room = PICTURES
    for leaf in leaves:
        if not leaf.content_id or not leaf.media_type.startswith(("image/", "application/octet-stream")):
            continue
        if (leaf.end - leaf.start) * 3 // 4 > room:
            continue
        data = b"".join(Decoding(source.chunks(leaf.start, leaf.end), leaf.encoding))
        if picture_kind(data) is not None and len(data) <= room:
            room -= len(data)
            found[leaf.content_id.lower()] = data
    return found


def main() -> None:
    """One mail, then the process ends."""
    job = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_DATA, (int(job["memory"]), int(job["memory"])))
    resource.setrlimit(resource.RLIMIT_CPU, (int(job["seconds"]), int(job["seconds"]) + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    json.dump(view(Path(job["path"])), sys.stdout)


if __name__ == "__main__":
    main()
