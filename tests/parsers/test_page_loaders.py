"""`inspect --picture`: the page with the seal of any file that has pages, also inside archives and mails."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from baosong.config import load_campaign, load_register
from core.decide import Rules
from core.ports import ReadLimits
from intake.inspecting import Inspection, inspect_file
from parsers.page_loaders import loader_of
from parsers.scan_picture import draw
from tests.support import docx_pieces as x
from tests.support import fixed_builder as fixed
from tests.support import scan_cases as one
from tests.support.archive_builder import zip_bytes
from tests.support.mail_builder import File, compose

LIMITS = ReadLimits()


@pytest.fixture(scope="module")
def pages() -> list[Image.Image]:
    """A bare page, then one with a seal."""
    return [Image.fromarray(make(np.random.default_rng(3))[0]) for make in (one.plain, one.standard)]


def saved(page: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    buffer = io.BytesIO()
    page.copy().save(buffer, kind, **options)
    return buffer.getvalue()


def file_of(kind: str, pages: list[Image.Image]) -> tuple[str, bytes]:
    pages = [page.copy() for page in pages]  # Pillow keeps the settings of an encoder at a picture that was saved
    bare, sealed = (saved(page, quality=85) for page in pages)
    if kind == "pdf":
        return "扫描件.pdf", saved(pages[0], "PDF", save_all=True, append_images=pages[1:], resolution=200)
    if kind == "tiff":
        return "扫描件.tif", saved(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    if kind == "ofd":
        return "扫描件.ofd", fixed.scanned_ofd([bare, sealed])
    if kind == "xps":
        return "扫描件.xps", fixed.scanned_xps([bare, sealed])
    if kind == "docx":
        files = {"rId1": ("media/a.jpeg", bare), "rId2": ("media/b.jpeg", sealed)}
        return "申报表.docx", x.package("".join(x.p(x.picture(key, 14.6, 20.6)) for key in files), files=files)
    if kind == "zip":
        return "材料.zip", zip_bytes([("说明.txt", b"text"), ("第一层/扫描件.pdf", file_of("pdf", pages)[1])])
    if kind == "eml":
        return "a.eml", compose("foxmail", subject="济南市教育局+智慧助老", text="附件", files=[File(*file_of("pdf", pages))])
    return "扫描件.jpg", sealed


@pytest.mark.parametrize("kind", ["pdf", "tiff", "ofd", "xps", "docx", "jpeg", "zip", "eml"])
def test_the_page_with_the_seal_is_drawn(tmp_path: Path, pages: list[Image.Image], kind: str) -> None:
    name, data = file_of(kind, pages)
    path, out = tmp_path / name, tmp_path / "out.png"
    path.write_bytes(data)
    campaign = load_campaign("zhihui-zhulao")
    drawn: list[int | None] = []
    how = Inspection(Rules(campaign, load_register(campaign)), LIMITS, seals=True, draw=lambda file, scan: drawn.append(draw(file, scan, out)))
    entry = inspect_file(path, how)
    assert not entry.get("error")
    assert drawn == [1 if kind == "jpeg" else 2]
    with Image.open(out) as picture:
        colours = np.asarray(picture.convert("RGB"), np.int16)
    assert (np.abs(colours - (0, 150, 60)).sum(axis=2) < 30).sum() > 300, "the green box around the seal"


def test_what_has_no_pages_raises(tmp_path: Path) -> None:
    for name, data in (("a.txt", b"text"), ("a.docx", x.package(x.p("text"))), ("a.pdf", b"%PDF-1.4 rubbish")):
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(ValueError):
            loader_of(path, LIMITS)(0, 100)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_scan_pasted_into_an_old_document(tmp_path: Path, pages: list[Image.Image]) -> None:
    page = saved(pages[1], quality=60)
    size = len(page.hex())
    path = tmp_path / "a.doc"
    path.write_bytes(rb"{\rtf1\ansi\paperw11906\paperh16838 {\pict\jpegblip\picwgoal8300\pichgoal11700 " + page.hex().encode() + b"}\\par}")
    assert size > 1000
    assert loader_of(path, LIMITS)(0, 100).shape[2] == 3
