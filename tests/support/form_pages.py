"""Forms of one or two pages as scanners and telephones take them in: each page a picture, the seal where the unit sets it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from tests.support import form_builder
from tests.support import scan_ink as ink
from tests.support.corpus_papers import Paper, jpeg
from tests.support.corpus_pdf import picture_pdf
from tests.support.scan_builder import Rows, draw_form, press

DPI = 150


def form_pages(paper: Paper, *, seal: bool, count: int = 2, faint: float = 1.0) -> list[np.ndarray]:
    """The pages of a filled form. Two: fields and content, then the opinions. `faint`: strength of the seal's ink."""
    values = paper.values()
    rows: Rows = [
        tuple(piece for key, label in row for piece in (label, values.get(key, "")[:260])) for row in form_builder.ROWS[paper.category]
    ]
    opinions: Rows = [
        ("申报单位意见", "情况属实，同意申报。\n\n\n　　　　　　　　　　（盖章）\n　　　　　　　　　2021年11月5日"),
        ("省级教育行政部门意见", "\n　　　　　　　　　　（盖章）\n　　　　　　　　　年　月　日"),
    ]
    heading = form_builder.HEADINGS[paper.category]
    if count == 1:
        return [_page(heading, [*rows, *opinions], paper, seal=seal, faint=faint)]
    rest: Rows = [("工作成效", values["content"][-120:]), *opinions]
    return [_page(heading, rows, paper, seal=False, faint=faint), _page("", rest, paper, seal=seal, faint=faint)]


def _page(heading: str, rows: Rows, paper: Paper, *, seal: bool, faint: float) -> np.ndarray:
    rng = np.random.default_rng(paper.number)
    sheet, boxes = draw_form(heading, rows, size=28)
    array = np.array(sheet)
    if seal:
        style = ink.SealStyle(name=paper.unit[:18], tilt=float(rng.uniform(-15, 15)))
        x, y, wide, high = boxes["申报单位意见"]
        press(array, ink.print_texture(ink.draw_seal(style, 200), rng, wear=0.2), (x + 0.6 * wide, y + 0.55 * high), style.ink, faint)
    size = round(array.shape[1] * DPI / 200), round(array.shape[0] * DPI / 200)
    noise = rng.normal(0, 1.5, (size[1], size[0], 3)) - (2, 4, 9)  # paper is a little yellow, scanners see colour
    small = np.asarray(Image.fromarray(array).resize(size, Image.Resampling.LANCZOS), np.float32)
    return np.clip(small * 0.985 + noise, 0, 255).astype(np.uint8)


def pdf_of(pages: Sequence[np.ndarray]) -> bytes:
    """One PDF, a picture on each page."""
    return picture_pdf([jpeg(page, 80) for page in pages], "Canon iR-ADV C3530")
