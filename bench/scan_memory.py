"""Memory of a process that reads scanned pages one after another: `python bench/scan_memory.py --pages 1000 --ocr-every 5`.

Every page is a PDF of its own (30 different forms, some photographed, in turn), read whole as the daemon does it, under a
worker's limit on memory: drawn, turned, searched for seals, its text and form read (`--ocr-every`: of each so manieth page
only; the engine lives on between). Prints the process's memory as it goes, its peak, how much the last
third of the pages holds more than the first, and how often the engine was let go because the process had grown.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from PIL import Image

from baosong.config import load_campaign
from core.ports import ReadLimits
from parsers import ocr, scan
from tests.support import scan_builder as builder

GOAL_PEAK, GOAL_GROWTH = 1.2 * 2**30, 60 * 2**20
DIFFERENT = 30


def make_page(seed: int, folder: Path) -> Path:
    """A filled-in, sealed form as a PDF; every third is a phone's photo."""
    rng = np.random.default_rng(seed)
    filled = builder.fill_form(rng, ("case", "training", "course")[seed % 3])
    drawn, boxes = builder.draw_form(filled.heading, filled.rows, rng)
    page = np.array(drawn)
    style = builder.random_style(rng, str(filled.fields["applicant_unit"]))
    builder.press(page, builder.ink.draw_seal(style, builder.DPI), builder.seal_place(boxes, rng), style.ink)
    seen = builder.photo(page, rng) if seed % 3 == 1 else builder.scan(page, rng)
    path = folder / f"{seed}.pdf"
    Image.fromarray(seen).save(path, resolution=200)
    return path


def main() -> None:
    """Read and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--ocr-every", type=int, default=1)
    given = parser.parse_args()
    ocr.set_threads(given.threads)
    campaign, limits = load_campaign("zhihui-zhulao"), ReadLimits()
    resource.setrlimit(resource.RLIMIT_DATA, (limits.memory, limits.memory))
    held: list[int] = []
    released, unread, sealed, texts = 0, 0, 0, 0
    release = scan.release_if_large

    def counted(limit: int = ocr.MEMORY) -> bool:
        nonlocal released
        dropped = release(limit)
        released += dropped
        return dropped

    scan.release_if_large = counted
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="baosong-bench-") as folder:
        files = [make_page(seed, Path(folder)) for seed in range(min(DIFFERENT, given.pages))]
        for number in range(given.pages):
            text = number % given.ocr_every == 0
            found = scan.read_scan(files[number % len(files)], "application/pdf", campaign, limits, ocr=text)
            texts += text
            unread += text and getattr(found, "form", None) is None
            sealed += getattr(found, "seal", None) == "present"
            held.append(ocr.process_memory())
            if number % 50 == 0 or number == given.pages - 1:
                print(f"{number + 1:5} pages  {held[-1] / 2**20:6.0f} MiB  {time.monotonic() - begin:6.0f} s", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    third = max(1, len(held) // 3)
    growth = float(np.median(held[-third:]) - np.median(held[third // 2 : third]))
    print(f"{given.pages} pages, a seal on {sealed}; the text of {texts} read, {unread} of them without a form; engine let go {released} times")
    print(f"peak {peak / 2**30:.2f} GiB (goal below {GOAL_PEAK / 2**30:.1f}): {'met' if peak < GOAL_PEAK else 'MISSED'}")
    print(f"growth {growth / 2**20:.0f} MiB (goal below {GOAL_GROWTH / 2**20:.0f}): {'met' if growth < GOAL_GROWTH else 'MISSED'}")


if __name__ == "__main__":
    main()
