"""Reading forms and PDFs, each against a peer library in the same run: our reader does more (labels, ticks, sections,
links), so the ratio says what that costs; old documents through a
warm LibreOffice against one started anew. Usage: .venv/bin/python -m bench.documents
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import docx
import pdfplumber

from baosong.config import load_campaign
from core.ports import ReadLimits
from parsers.converters import convert_to_docx, find_office, start_once
from parsers.pdf import read_pdf_pages
from parsers.word import read_word
from tests.support.form_builder import TRAINING, build

PDF = Path(__file__).parent.parent / "tests" / "data" / "forms" / "case-long-libreoffice.pdf"
ROUNDS = 20


def milliseconds(work: Callable[[], object]) -> float:
    """Processor time of one call, the best of several."""
    work()
    spent = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent) * 1000


def all_cells(path: Path) -> int:
    return sum(len(cell.text) for table in docx.Document(str(path)).tables for row in table.rows for cell in row.cells)


def all_text(path: Path) -> int:
    with pdfplumber.open(path) as pdf:
        return sum(len(page.extract_text()) for page in pdf.pages)


def seconds(work: Callable[[], object]) -> float:
    """Seconds on the clock of one call, the best of several: the work is done by another process."""
    spent = []
    for _ in range(5):
        start = time.monotonic()
        work()
        spent.append(time.monotonic() - start)
    return min(spent)


def old_documents(folder: Path) -> None:
    """One old file through LibreOffice kept warm, against a LibreOffice started for it in the same run."""
    office = find_office()
    if office is None:
        print("LibreOffice is not installed")
        return
    for name in ("training-word97.doc", "training.odt", "training.rtf"):
        source = PDF.parent / name

        def warm(source: Path = source) -> None:
            assert isinstance(convert_to_docx(source, folder, time.monotonic() + 60), Path)

        def cold(source: Path = source) -> None:
            with tempfile.TemporaryDirectory(dir=folder) as work:
                assert isinstance(start_once(office, source, Path(work), time.monotonic() + 60), Path)

        warm()
        ours, theirs = seconds(warm) * 1000, seconds(cold) * 1000
        print(f"{source.suffix:14} {ours:6.1f} ms   {'LibreOffice started anew':24} {theirs:6.1f} ms   ratio {ours / theirs:.2f}")


def main() -> None:
    campaign, limits = load_campaign("zhihui-zhulao"), ReadLimits()
    with tempfile.TemporaryDirectory() as folder:
        form = Path(folder) / "form.docx"
        form.write_bytes(build("training", "template", TRAINING))
        rows = [
            (
                "form (.docx)", milliseconds(lambda: read_word(form, campaign, limits)),
                "python-docx, all cells", milliseconds(lambda: all_cells(form)),
            ),
            (
                "text (.pdf)", milliseconds(lambda: read_pdf_pages(PDF, limits)),
                "pdfplumber, all text", milliseconds(lambda: all_text(PDF)),
            ),
        ]
        old_documents(Path(folder))
    for name, ours, peer, theirs in rows:
        print(f"{name:14} {ours:6.1f} ms   {peer:24} {theirs:6.1f} ms   ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
