"""Draws one page of a scan for the staff pages: `python -m parsers.page_picture`, in a process of its own with bounds.

A JSON object on standard input: `path`, `kind` (media type), `page` (from 0), `width` (pixels), `rotation` (clockwise degrees
to upright), `seals` (SealFacts as objects, of the upright page), `out`, `memory`, `seconds`, `pixels`. Writes a JPEG to `out`, or nothing;
on standard output why not: damaged, password, no_page, limit, kind.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from core.facts import SealFacts
from core.ports import ReadLimits
from parsers.pasted import pasted_pages
from parsers.pdf import render_page
from parsers.pictures import load_page
from parsers.seal_frame import frame

QUALITY = 84
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def draw(job: dict[str, Any]) -> None:
    """Draw the page into `out`. Raises ValueError with the reason."""
    limits = ReadLimits(page_pixels=int(job["pixels"]))
    image = _upright(_load(job, limits), int(job["rotation"]))
    width = min(int(job["width"]), image.width) if job["kind"] != "application/pdf" else int(job["width"])
    height = max(1, round(image.height * width / max(image.width, 1)))
    if width * height > limits.page_pixels:
        raise ValueError("limit")
    image = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    for seal in job["seals"]:
        frame(image, SealFacts(**seal))
    image.save(job["out"], "JPEG", quality=QUALITY, optimize=True)


def _load(job: dict[str, Any], limits: ReadLimits) -> Image.Image:
    path, page, kind = Path(job["path"]), int(job["page"]), str(job["kind"])
    if kind == "application/pdf":
        try:
            # Twice the width asked for: a drawing made smaller has smoother lines and seals.
            return render_page(path, page, dpi=max(72, min(300, int(job["width"]) // 5)), max_pixels=limits.page_pixels)
        except ValueError as error:
            raise ValueError("password" if "password" in str(error).lower() else "damaged") from error
    if kind.startswith("image/"):
        return _picture(path, page, limits)
    if kind == _WORD:
        return _pasted(path, page, limits)
    raise ValueError("kind")


def _picture(source: Path | bytes, page: int, limits: ReadLimits) -> Image.Image:
    try:
        return load_page(source, page, limits)
    except ValueError as error:
        raise ValueError("limit" if "pixels" in str(error) else "damaged") from error


def _pasted(path: Path, page: int, limits: ReadLimits) -> Image.Image:
    from parsers.word import find_page_pictures  # noqa: PLC0415 - lxml and python-docx only where a Word file is drawn

    pages = pasted_pages(find_page_pictures(path, limits), limits)
    if page >= len(pages):
        raise ValueError("no_page")
    return _picture(pages[page].data, pages[page].number, limits)


def _upright(image: Image.Image, rotation: int) -> Image.Image:
    turns = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
    return image.transpose(turns[rotation]) if rotation in turns else image


def main() -> None:
    """One job, then the process ends."""
    job = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_DATA, (int(job["memory"]), int(job["memory"])))
    resource.setrlimit(resource.RLIMIT_CPU, (int(job["seconds"]), int(job["seconds"]) + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 2**20, 64 * 2**20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        draw(job)
    except MemoryError:
        sys.stdout.write("limit")
    except ValueError as error:
        sys.stdout.write(str(error))
    except Exception as error:  # whatever a stranger's file makes a library raise
        sys.stderr.write(f"{type(error).__name__}: {error}")
        sys.stdout.write("damaged")


if __name__ == "__main__":
    main()
