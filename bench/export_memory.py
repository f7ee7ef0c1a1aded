"""Peak memory of each export at 1,000 and at 10,000 items: the 汇总表 (the first, and one compared with it), the experts'
folder (the first, and one brought up to date), the same as a zip, the mails' records. Each in a process of its own, which
imports and does nothing else. Goal: 10,000 items take less than 1.1 times what 1,000 take.

Usage: .venv/bin/python -m bench.export_memory [--items 1000,10000] [--database sqlite,postgresql]
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, select, update

from baosong.config import load_campaign, load_register
from bench.ledger_rows import fill
from bench.pages import opened
from core.codec import encode
from core.records import FileRef
from staff.folder_export import write_folder
from staff.folder_export_plan import Wanted
from staff.folder_export_zip import zip_blocks
from staff.xlsx_export import Export, write_workbook
from storage import models as m
from storage.blobs import FileBlobStore
from storage.database import Database, open_database
from storage.exports import export_records

CAMPAIGN = "zhihui-zhulao"
GOAL = 1.1
NOW = datetime(2021, 12, 1, tzinfo=UTC)
EXPORTS = ("xlsx", "xlsx again", "folder", "folder again", "zip", "jsonl")


def export(database: Database, folder: Path, kind: str) -> None:
    """Do one export of everything."""
    campaign, blobs = load_campaign(CAMPAIGN), FileBlobStore(folder / "blobs")
    register = load_register(campaign)
    wanted = Wanted(database, campaign, register)
    if kind.startswith("xlsx"):
        write_workbook(Export(database, campaign, register, None, "bench", NOW), folder / "out.xlsx")
    elif kind.startswith("folder"):
        write_folder(wanted, blobs, folder / "out", NOW)
    elif kind == "zip":
        for _ in zip_blocks(wanted, blobs, NOW, "材料"):
            pass
    else:
        with (folder / "out.jsonl").open("w", encoding="utf-8") as file:
            for record in export_records(database):
                file.write(json.dumps(record, ensure_ascii=False) + "\n")


def prepare(database: Database, folder: Path, items: int) -> None:
    """So many items, each with a Word form and a scan whose bytes are there."""
    fill(database, items * 3 // 2)
    blobs = FileBlobStore(folder / "blobs")
    i, a = m.Item, m.Attachment
    with database.write() as connection:
        for number, title in connection.execute(select(i.id, i.title).order_by(i.id)).all():
            refs = []
            for position, name in enumerate((f"{title}.docx", f"{title}盖章.pdf")):
                blob = blobs.put([f"{number} {name}".encode() * 20])
                refs.append(FileRef(number, (name,), blob.sha256, name))
                values = {"name": name, "path": [name], "size": blob.size, "sha256": blob.sha256}
                if position == 0:
                    connection.execute(update(a).where(a.message_id == number).values(**values))
                else:
                    more = {"message_id": number, "position": 1, "media_type": "application/pdf", "role": "scan"}
                    connection.execute(insert(a).values(**values, **more))
            connection.execute(update(i).where(i.id == number).values(word=encode(refs[0]), scans=[encode(refs[1])]))


def peak() -> int:
    """The most that this process has held so far, in bytes. (`ru_maxrss` would tell of the process that started this one.)"""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024


def measured(url: str, folder: Path, kind: str) -> tuple[float, float]:
    """Megabytes and processor seconds of one export in a process of its own."""
    command = [sys.executable, "-m", "bench.export_memory", "--child", url, str(folder), kind]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.returncode:
        raise SystemExit(said.stderr)
    size, seconds = said.stdout.split()
    return int(size) / 1e6, float(seconds)


def run(kind: str, sizes: list[int], only: str) -> float:
    """A line for each export; the worst ratio between the largest and the smallest ledger."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in EXPORTS if only in name}
    for size in sizes:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            folder.chmod(0o755)
            with opened(kind, folder) as database:
                prepare(database, folder, size)
                url = database.url
                for name in found:
                    if not name.endswith("again"):
                        shutil.rmtree(folder / "out", ignore_errors=True)
                    found[name].append(measured(url, folder, name))
    worst = 0.0
    for name, figures in found.items():
        ratio = figures[-1][0] / figures[0][0]
        worst = max(worst, ratio)
        said = "  ".join(f"{size:9,} items: {peak_mb:6.1f} MB {seconds:6.1f} CPU-s" for size, (peak_mb, seconds) in zip(sizes, figures, strict=True))
        print(f"  {name:13}{said}   ratio {ratio:.3f}{'  over goal' if ratio > GOAL else ''}", flush=True)
    return worst


def child(url: str, folder: str, kind: str) -> None:
    """One export; what it took."""
    database = open_database(url)
    export(database, Path(folder), kind)
    print(peak(), time.process_time())


def main() -> None:
    """Entry point."""
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", default="1000,10000")
    parser.add_argument("--database", default="sqlite,postgresql")
    parser.add_argument("--only", default="", help="exports whose name has this")
    options = parser.parse_args()
    for kind in options.database.split(","):
        print(f"\n{kind}")
        worst = run(kind, list(map(int, options.items.split(","))), options.only)
        print(f"  worst ratio {worst:.3f} (goal {GOAL})")


if __name__ == "__main__":
    main()
