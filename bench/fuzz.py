"""Changed files through the reading processes: `python bench/fuzz.py --kinds docx,pdf --mutants 500`.

Mails of ten such files each (truncated, flipped, spliced; always the same ones) are read as the daemon reads them. Prints for
each kind what became of the files, the longest mail, and the most memory that a reading process held; every mail must come back.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import Future
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from baosong.config import load_campaign
from core.facts import MessageFacts, Part, Unreadable
from core.ports import ReadLimits
from intake.reading import IsolatedReader, ReadSetup
from storage.blobs import FileBlobStore
from tests.support.mail_builder import File, compose
from tests.support.mutants import SOURCES, mutant
from tests.support.processes import Watcher

A_MAIL = 10
LIMITS = ReadLimits(seconds=30, mail_seconds=900)


def told(part: Part) -> str:
    """What became of a file, in a word."""
    if part.problem is None:
        return "archive" if part.container else "form" if part.form else "pages" if part.scan else "read"
    return f"{'unreadable' if isinstance(part.problem, Unreadable) else 'blocked'}:{part.problem.reason}"


def raw_mail(kind: str, numbers: range) -> bytes:
    """A mail with these files; for `eml` it is itself the changed file when it holds one only."""
    if kind == "eml" and len(numbers) == 1:
        return mutant(kind, numbers[0])
    files = [File(f"{number}.{kind}", mutant(kind, number)) for number in numbers]
    return compose("foxmail", subject="济南市教育局+智慧助老", text="附件", files=files)


def run(kind: str, count: int, reader: IsolatedReader, blobs: FileBlobStore) -> bool:
    """Reads `count` changed files of a kind and prints. Whether all mails came back."""
    size = 1 if kind == "eml" else A_MAIL
    outcomes: Counter[str] = Counter()
    slowest, lost, begin = 0.0, 0, time.monotonic()
    for start in range(0, count, size):
        numbers = range(start, min(start + size, count))
        moment = time.monotonic()
        future: Future[MessageFacts] = reader.submit(blobs.put([raw_mail(kind, numbers)]).sha256)
        try:
            facts = future.result(timeout=LIMITS.mail_seconds + 300)
        except Exception as error:  # what the daemon would call a failed attempt
            lost += 1
            print(f"  {kind} {numbers}: {type(error).__name__}: {error}", flush=True)
            continue
        slowest = max(slowest, time.monotonic() - moment)
        for part in facts.parts:
            outcomes[told(part)] += 1
            if told(part) in ("unreadable:memory", "unreadable:timeout"):
                print(f"  {kind} {numbers} {part.path}: {part.problem}", flush=True)
    shown = ", ".join(f"{name} {number}" for name, number in outcomes.most_common())
    print(f"{kind}: {count} files, {lost} mails lost, slowest mail {slowest:.1f} s, {time.monotonic() - begin:.0f} s in all; {shown}", flush=True)
    return lost == 0


def main() -> None:
    """Read and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", default=",".join(SOURCES))
    parser.add_argument("--mutants", type=int, default=500)
    parser.add_argument("--seals", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="baosong-bench-") as folder, Watcher(os.getpid()) as watcher:
        blobs = FileBlobStore(Path(folder))
        reader = IsolatedReader(ReadSetup(load_campaign("zhihui-zhulao"), LIMITS, blobs.root, seals=given.seals), 1)
        fine = [run(kind, given.mutants, reader, blobs) for kind in given.kinds.split(",")]
        reader.close()
    print(f"largest reading process {watcher.peak / 2**20:.0f} MiB of the {LIMITS.memory / 2**20:.0f} allowed")
    sys.exit(0 if all(fine) else 1)


if __name__ == "__main__":
    main()
