"""How well the words on seals' rings are read, how often they settle a doubtful page, and whether they ever would on a bare one.

    python bench/seal_words.py [--each N] [--seed N]

Pages are generator set 2's, each with a known unit. `own`, `like`: the words name the unit (core.seal_names); `settled`: the
page is doubtful by its picture and has a seal by its words. The red things of sets 1 to 3 that are no seal follow: rings on them that
could settle a page if the unit's name were read there, and what was read. CPU seconds a ring, engine loaded.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from baosong.config import load_campaign, load_register
from core.facts import SealFacts
from core.materials import may_be_proof
from core.register import Register
from core.seal_names import Naming, name_of_seal
from parsers.seal import find_seals
from parsers.seal_text import read_seal_text
from tests.support import scan_builder_two as draw
from tests.support import scan_cases, scan_cases_three, scan_cases_two

Rng = np.random.Generator
Look = Callable[[Rng, str], np.ndarray]


def _page(rng: Rng, name: str, *, place: tuple[float, float] = (1050.0, 1820.0), low: float = 0.6, high: float = 1.1,
          holes: float = 0.05, squash: float = 1.0, star: bool = True, bottom: str = "") -> np.ndarray:  # fmt: skip
    page = draw.sheet(rng)
    ink = draw.seal_field(rng, name, 165, code=bool(rng.random() < 0.5), turn=float(rng.normal(0, 0.25)), squash=squash, star=star, bottom=bottom)
    draw.apply(page, ink * draw.pressure(ink.shape, rng, low, high, holes), place, "red")
    return page


def _edge(rng: Rng) -> tuple[float, float]:
    return float(rng.uniform(-0.15, 0.6)) * 165, 1400.0


LOOKS: dict[str, Look] = {
    "standard": lambda rng, name: draw.scanner(_page(rng, name), rng),
    "faint": lambda rng, name: draw.scanner(_page(rng, name, low=0.12, high=0.45, holes=0.25), rng),
    "very faint": lambda rng, name: draw.scanner(_page(rng, name, low=0.03, high=0.14, holes=0.3), rng),
    "oval": lambda rng, name: draw.scanner(_page(rng, name, squash=0.7, star=False, bottom="财务专用章"), rng),
    "cut": lambda rng, name: draw.scanner(_page(rng, name, place=_edge(rng)), rng, angle=0.0),
    "photo": lambda rng, name: draw.phone(_page(rng, name), rng),
    "faint photo": lambda rng, name: draw.phone(_page(rng, name, low=0.2, high=0.5, holes=0.2), rng),
}


def main() -> None:
    """Print both tables."""
    options = argparse.ArgumentParser()
    options.add_argument("--each", type=int, default=7)
    options.add_argument("--bare", type=int, default=1, help="pages of every kind without a seal")
    options.add_argument("--seed", type=int, default=20261124)
    args = options.parse_args()
    register = load_register(load_campaign("zhihui-zhulao"))
    print("| seals | pages | present | doubtful | settled | own | like | nothing told | CPU s a ring |\n|---|---|---|---|---|---|---|---|---|")
    for kind, look in LOOKS.items():
        counts, spent = _measure(look, args.each, args.seed, register)
        told = args.each - counts["own"] - counts["like"]
        print(f"| {kind} | {args.each} | {counts['present']} | {counts['uncertain']} | {counts['settled']} | {counts['own']} | {counts['like']} | "
              f"{told} | {np.median(spent or [0]):.2f} |", flush=True)  # fmt: skip
    bare = possible = 0
    for kind, image in _bare(args.seed, args.bare):
        found = find_seals(image)
        rings = [seal for seal in found.seals if may_be_proof(seal)] if found.verdict == "uncertain" else []
        bare, possible = bare + 1, possible + bool(rings)
        for seal in rings:
            print(f"  {kind}: {seal.shape} {seal.score}, read {read_seal_text(image, seal)!r}", flush=True)
    print(f"bare pages: {bare}; with a ring that a name could settle: {possible}")


def _measure(look: Look, each: int, seed: int, register: Register) -> tuple[Counter[str], list[float]]:
    counts: Counter[str] = Counter()
    spent: list[float] = []
    for number in range(each):
        name = draw.NAMES[number % len(draw.NAMES)]
        image = look(np.random.default_rng([seed, number]), name)
        found = find_seals(image)
        counts[found.verdict] += 1
        ring = next((seal for seal in found.seals if seal.shape in ("round", "oval")), None)
        if ring is None:
            continue
        begin = time.process_time()
        naming = _naming(image, ring, name, register)
        spent.append(time.process_time() - begin)
        counts[naming] += 1
        counts["settled"] += found.verdict == "uncertain" and may_be_proof(ring) and naming in ("own", "like")
    return counts, spent


def _naming(image: np.ndarray, ring: SealFacts, name: str, register: Register) -> Naming:
    return name_of_seal(read_seal_text(image, ring) or "", (name,), None, register)


def _bare(seed: int, each: int) -> Iterator[tuple[str, np.ndarray]]:
    for made in (scan_cases.cases, scan_cases_two.pages, scan_cases_three.pages):
        yield from ((page.kind, page.image) for page in made(seed, each, sealed=False))


if __name__ == "__main__":
    main()
