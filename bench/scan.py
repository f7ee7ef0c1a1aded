"""Cost of a scanned page by stage, against the OCR engine reading the whole page in the same run: `python bench/scan.py`.

Prints seconds and CPU-seconds a page (mean over the pages made, after one page to warm up), the process's memory, and
how it grew over the run. `--pages N`: pages (1000 for the question of growth); `--threads N`: of the engine.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from PIL import Image

from baosong.config import load_campaign
from parsers import ocr
from parsers.ocr_form import read_page_forms
from parsers.ocr_page import read_page, red_as_grey
from parsers.pdf import render_page
from parsers.seal import find_seals
from parsers.upright import find_rotation
from tests.support import scan_builder as builder

T = TypeVar("T")
GOAL_STAGE, GOAL_SEALS, GOAL_MEMORY = 1.0, 0.1, 1.2


class Clock:
    """Seconds and CPU-seconds by stage."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = defaultdict(float)
        self.cpu: dict[str, float] = defaultdict(float)

    def time(self, stage: str, work: Callable[[], T]) -> T:
        """Run and count."""
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        self.wall[stage] += time.perf_counter() - wall
        self.cpu[stage] += time.process_time() - cpu
        return result


def make_page(seed: int, folder: Path) -> Path:
    """A filled-in form of 200 dpi as a PDF; two pages of three are sealed, every other one is on yellowish paper: a page
    without any colour is in doubt at once, and looking for a seal on it costs less."""
    rng = np.random.default_rng(seed)
    filled = builder.fill_form(rng, ("case", "training", "course")[seed % 3])
    drawn, boxes = builder.draw_form(filled.heading, filled.rows, rng)
    page = np.array(drawn)
    if seed % 3:
        style = builder.random_style(rng, str(filled.fields["applicant_unit"]))
        builder.press(page, builder.ink.draw_seal(style, builder.DPI), builder.seal_place(boxes, rng), style.ink)
    path = folder / f"{seed}.pdf"
    paper = (1.0, 1.0, 1.0) if seed % 2 else (1.0, 0.985, 0.94)
    Image.fromarray(builder.scan(page, rng, paper=paper)).save(path, resolution=200)
    return path


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=6)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--engine", type=int, default=3, help="pages that the bare engine reads whole")
    given = parser.parse_args()
    ocr.set_threads(given.threads)
    campaign = load_campaign("zhihui-zhulao")
    clock = Clock()
    memory: list[int] = []
    looked: Counter[str] = Counter()
    verdicts: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory(prefix="baosong-bench-") as folder:
        for number in range(given.pages + 1):
            path = make_page(number % 30, Path(folder))
            if number == 1:
                clock = Clock()  # the first page loads the engine
                looked.clear()
                verdicts.clear()
            image = clock.time("render", lambda path=path: np.asarray(render_page(path, 0), np.uint8))
            rotation = clock.time("rotation", lambda image=image: find_rotation(image))
            kind = "seals" if number % 30 % 3 else "no seal"
            found = clock.time(kind, lambda image=image: find_seals(image))
            looked[kind] += 1
            verdicts[kind, found.verdict] += 1
            read = clock.time("text", lambda image=image, rotation=rotation: read_page(image, rotation=rotation))
            clock.time("form", lambda read=read: read_page_forms([read], campaign))
            memory.append(ocr.process_memory())
            if 1 <= number <= given.engine:
                whole = Clock()
                whole.time("engine", lambda image=image: ocr.read_lines(image, ocr.find_lines(red_as_grey(image))))
                clock.wall["engine"] += whole.wall["engine"] * given.pages / given.engine
                clock.cpu["engine"] += whole.cpu["engine"] * given.pages / given.engine
    _report(clock, given.pages, memory, given.threads)
    _report_seals(clock, looked, verdicts)


def _report(clock: Clock, pages: int, memory: list[int], threads: int) -> None:
    stages = ("render", "rotation", "seals", "no seal", "text", "form")
    print(f"{pages} pages of A4 at 200 dpi, engine with {threads} thread(s); seconds and CPU-seconds a page")
    for stage in (*stages, "engine"):
        print(f"{stage:>10}: {clock.wall[stage] / pages:7.3f} s {clock.cpu[stage] / pages:7.3f} CPU-s")
    total = sum(clock.cpu[stage] for stage in stages)
    share = total / max(clock.cpu["engine"], 1e-9)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    third = max(1, len(memory) // 3)
    growth = np.median(memory[-third:]) - np.median(memory[:third])
    print(f"whole stage / engine on the whole page: {share:.2f} (goal below {GOAL_STAGE})")
    print(
        f"peak memory: {peak / 2**30:.2f} GiB (goal below {GOAL_MEMORY}); growth, last third over first: {growth / 2**20:.0f} MiB"
    )


def _report_seals(clock: Clock, looked: Counter[str], verdicts: Counter[tuple[str, str]]) -> None:
    for kind, count in looked.items():
        words = "with a seal" if kind == "seals" else "without one"
        said = ", ".join(f"{number} {verdict}" for (of, verdict), number in sorted(verdicts.items()) if of == kind)
        print(f"seal search, pages {words}: {clock.cpu[kind] / count:.3f} CPU-s a page of {count} ({said})")
    mean = sum(clock.cpu[kind] for kind in looked) / max(1, sum(looked.values()))
    print(f"seal search, all pages: {mean:.3f} CPU-s a page (goal below {GOAL_SEALS})")


if __name__ == "__main__":
    main()
