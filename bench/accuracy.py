"""How well scans are read: seals by kind on both generator sets, text, key fields, ticks and matches. `scripts/accuracy`
runs it and writes docs/accuracy.md; `--each N` pages of every kind, `--seed N` for other pages of the same kinds, `--processes N`
to make the sets side by side.

Set 1 is what the seal search was tuned on. Sets 2 and 3 come from other code; what failed on them was mended by its class, so judge by
a seed that was not used before.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import cv2
import numpy as np

from baosong.config import load_campaign
from core.campaign import Campaign
from core.compare import compare
from core.facts import FormFacts
from core.submission import Item
from parsers.ocr_form import read_page_forms
from parsers.ocr_page import read_page
from parsers.seal import find_seals
from tests.support import scan_builder as builder
from tests.support.scan_cases import cases
from tests.support.scan_cases_three import pages as pages_three
from tests.support.scan_cases_two import pages

ROOT = Path(__file__).parents[1]
DEGRADED = ("clean", "scan", "phone", "fax")
ALLOWED = {"standard", "electronic"}
"""Kinds of which every page must be found, not merely be doubtful."""


@dataclass
class Tally:
    """Verdicts by kind of page."""

    truth: dict[str, bool] = field(default_factory=dict)
    verdicts: dict[str, Counter[str]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def add(self, kind: str, image: np.ndarray, *, truth: bool) -> None:
        begin = time.process_time()
        verdict = find_seals(image).verdict
        self.seconds.append(time.process_time() - begin)
        self.truth[kind] = truth
        self.verdicts.setdefault(kind, Counter())[verdict] += 1

    def total(self, verdict: str, *, truth: bool) -> int:
        return sum(counts[verdict] for kind, counts in self.verdicts.items() if self.truth[kind] is truth)

    def pages(self, *, truth: bool) -> int:
        return sum(sum(counts.values()) for kind, counts in self.verdicts.items() if self.truth[kind] is truth)


SETS = {"one": cases, "two": pages, "three": pages_three}


def measure_seals(which: str, seed: int, each: int) -> Tally:
    """Look at every page of one generator set."""
    tally = Tally()
    for page in SETS[which](seed, each):
        tally.add(page.kind, page.image, truth=page.truth)
    return tally


@dataclass
class Reading:
    """What was read of the forms of one degradation."""

    forms: int = 0
    characters: int = 0
    wrong: float = 0.0
    fields: int = 0
    right: int = 0
    ticks: int = 0
    ticks_right: int = 0
    recognised: int = 0


def degrade(page: np.ndarray, how: str, rng: np.random.Generator) -> np.ndarray:
    """The page as it reaches the mailbox."""
    if how == "clean":
        return page
    if how == "scan":
        return builder.scan(page, rng, quality=75)
    if how == "phone":
        return builder.photo(page, rng)
    grey = cv2.cvtColor(builder.scan(page, rng, scale=0.6, noise=6), cv2.COLOR_RGB2GRAY)
    hard = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1]
    return cv2.cvtColor(hard, cv2.COLOR_GRAY2RGB)


def measure_text(
    campaign: Campaign, seed: int, each: int
) -> tuple[dict[str, Reading], list[tuple[builder.Filled, FormFacts]]]:
    """Forms of all three categories, sealed, in every degradation: error rate of the lines read, fields, ticks."""
    result = {how: Reading() for how in DEGRADED}
    pairs: list[tuple[builder.Filled, FormFacts]] = []
    for how in DEGRADED:
        for k in range(each):
            for category in ("case", "training", "course"):
                rng = np.random.default_rng([seed, k, len(how), len(category)])
                filled = builder.fill_form(rng, category)
                drawn, boxes = builder.draw_form(filled.heading, filled.rows, rng)
                page = np.array(drawn)
                style = builder.random_style(rng, str(filled.fields["applicant_unit"]))
                builder.press(
                    page, builder.ink.draw_seal(style, builder.DPI), builder.seal_place(boxes, rng), style.ink
                )
                read = read_page(degrade(page, how, rng))
                forms = read_page_forms([read], campaign)
                _score(result[how], filled, [word.text for word in read.words], forms)
                if forms:
                    pairs.append((filled, forms[0]))
    return result, pairs


def _score(reading: Reading, filled: builder.Filled, lines: list[str], forms: tuple[FormFacts, ...]) -> None:
    reading.forms += 1
    truth = "".join("".join(row) for row in filled.rows) + filled.heading
    truth = "".join(char for char in truth if char.isalnum())
    for line in lines:
        text = "".join(char for char in line if char.isalnum())
        if len(text) < 2:
            continue
        reading.characters += len(text)
        reading.wrong += len(text) - _agreeing(text, truth)
    found = forms[0].fields if forms else {}
    reading.recognised += bool(forms and forms[0].category == filled.category)
    for key, value in filled.fields.items():
        if key in ("consent", "course_type"):
            reading.ticks += 1
            reading.ticks_right += found.get(key) == value
        else:
            reading.fields += 1
            reading.right += found.get(key) == value


def _agreeing(text: str, truth: str) -> int:
    """Characters of `text` that stand in the best fitting place of `truth`, in order."""
    if text in truth:
        return len(text)
    matcher = SequenceMatcher(None, truth, text, autojunk=False)
    best = matcher.find_longest_match()
    begin = max(0, best.a - best.b - 2)
    window = truth[begin : begin + len(text) + 4]
    return sum(block.size for block in SequenceMatcher(None, window, text, autojunk=False).get_matching_blocks())


def measure_matches(pairs: list[tuple[builder.Filled, FormFacts]], campaign: Campaign) -> Counter[str]:
    """Each scan against its own Word form, and against a near-duplicate: same unit, same people, another title."""
    counts: Counter[str] = Counter()
    for filled, form in pairs:
        fields = dict(filled.fields)
        own = FormFacts(filled.category, str(fields["title"]), str(fields["applicant_unit"]), fields, {})
        other_title = "关于举办" + str(fields["title"])[2:] + "暨成果展示"
        near = FormFacts(filled.category, other_title, own.applicant_unit, {**fields, "title": other_title}, {})
        for name, word in (("own", own), ("near", near)):
            item = Item(filled.category, word.title, word.applicant_unit, form=word)
            counts[f"{name}: {compare(item, (form,), campaign)[0]}"] += 1
    return counts


def seal_table(tally: Tally) -> list[str]:
    """One row a kind, sealed kinds first."""
    lines = ["| kind | pages | present | uncertain | absent |", "|---|---|---|---|---|"]
    for truth in (True, False):
        for kind, counts in tally.verdicts.items():
            if tally.truth[kind] is truth:
                mark = "" if truth else "no seal: "
                row = [counts[v] for v in ("present", "uncertain", "absent")]
                lines.append(f"| {mark}{kind.replace('_', ' ')} | {sum(row)} | {row[0]} | {row[1]} | {row[2]} |")
    sealed, bare = tally.pages(truth=True), tally.pages(truth=False)
    lines += [
        "",
        (
            f"Sealed pages: {tally.total('present', truth=True)} of {sealed} found, {tally.total('absent', truth=True)} called absent. "
            f"Pages without: {tally.total('present', truth=False)} of {bare} falsely present, "
            f"{tally.total('absent', truth=False)} certain, the rest left to a person. "
            f"CPU seconds a page: median {np.median(tally.seconds):.3f}, mean {np.mean(tally.seconds):.3f}."
        ),
    ]
    return lines


def text_table(result: dict[str, Reading]) -> list[str]:
    lines = [
        "| pages | forms | form recognised | wrong characters, % | key fields right | ticks right |",
        "|---|---|---|---|---|---|",
    ]
    for how, r in result.items():
        rate = 100 * r.wrong / max(r.characters, 1)
        lines.append(
            f"| {how} | {r.forms} | {r.recognised} | {rate:.2f} | {r.right}/{r.fields} | {r.ticks_right}/{r.ticks} |"
        )
    return lines


def main() -> None:
    """Measure and write docs/accuracy.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=4, help="pages of every kind of seal page")
    parser.add_argument("--forms", type=int, default=2, help="forms of each category and degradation")
    parser.add_argument("--seed", type=int, default=2021)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "accuracy.md")
    given = parser.parse_args()
    campaign = load_campaign("zhihui-zhulao")
    begin = time.monotonic()
    with ProcessPoolExecutor(given.processes, multiprocessing.get_context("spawn")) as pool:
        sets = [pool.submit(measure_seals, which, given.seed, given.each) for which in ("three", "two", "one")]
        read = pool.submit(measure_text, campaign, given.seed, given.forms)
        three, two, one = (made.result() for made in sets)
        result, pairs = read.result()
    matches = measure_matches(pairs, campaign)
    lines = [
        "# Accuracy of scans",
        "",
        f"Written by `scripts/accuracy --each {given.each} --forms {given.forms} --seed {given.seed}`; do not edit.",
        (
            "All pages are made by the generators in tests/support. `present`: a unit's seal for certain; `absent`: certainly "
            "none, the only verdict that asks a submitter for a seal; `uncertain`: a person looks."
        ),
        "",
        "## Seals, generator set 2 (other code: scanners, phones, copies)",
        "",
        *seal_table(two),
        "",
        "## Seals, generator set 3 (other code again: lamps, screens, chats; signs, coins, badges, stains)",
        "",
        *seal_table(three),
        "",
        "## Seals, generator set 1 (tuned on)",
        "",
        *seal_table(one),
        "",
        "## Text, key fields, ticks",
        "",
        (
            "Sealed forms of all three categories. Wrong characters: of the lines that were read (long passages are read only at "
            "their beginning)."
        ),
        "",
        *text_table(result),
        "",
        "## Scan against Word",
        "",
        "Every form read above against its own Word form, and against a near-duplicate (same unit, people and phones, another title).",
        "",
        "| pair and answer | count |",
        "|---|---|",
        *[f"| {name} | {count} |" for name, count in sorted(matches.items())],
        "",
    ]
    given.out.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))
    print(f"{time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
