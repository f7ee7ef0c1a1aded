"""Pages of scans drawn aside: upright, seals framed, kept; whatever a file does to its drawer costs that picture only."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from core.facts import Blocked, PageFacts, Part, ScanFacts, SealFacts, Unreadable
from staff import aside, page_pictures
from staff.page_pictures import REASONS, PagePictures, page_count
from storage.blobs import FileBlobStore
from tests.support.pdf_builder import Pdf

SEAL = SealFacts(0.5, 0.6, 0.25, 0.2, "round", 0.95)


@pytest.fixture
def store(tmp_path: Path) -> FileBlobStore:
    return FileBlobStore(tmp_path / "blobs")


@pytest.fixture
def pictures(store: FileBlobStore) -> PagePictures:
    return PagePictures(store)


def part(store: FileBlobStore, data: bytes, kind: str = "application/pdf", pages: int = 1, **first: object) -> Part:
    blob = store.put([data])
    facts = (replace(PageFacts(image=True), **first), *(PageFacts(image=True) for _ in range(pages - 1)))  # type: ignore[arg-type]
    return Part("扫描件", ("扫描件",), blob.size, blob.sha256, kind, scan=ScanFacts(facts, "present", page_count=pages))


def jpeg(wide: int = 1000, high: int = 1400) -> bytes:
    out = io.BytesIO()
    picture = Image.new("RGB", (wide, high), "white")
    picture.paste((20, 20, 200), (0, 0, wide // 10, high // 10))  # blue in the corner that is the upper left one
    picture.save(out, "JPEG")
    return out.getvalue()


def near(image: Image.Image, x: float, y: float, colour: tuple[int, int, int]) -> bool:
    seen = image.getpixel((int(x * (image.width - 1)), int(y * (image.height - 1))))
    assert isinstance(seen, tuple)
    return all(abs(one - other) < 60 for one, other in zip(seen, colour, strict=True))


@pytest.mark.parametrize("score", [0.95, 0.2])
def test_a_picture_is_upright_and_its_seal_is_framed(store: FileBlobStore, pictures: PagePictures, score: float) -> None:
    lying = Image.open(io.BytesIO(jpeg())).transpose(Image.Transpose.ROTATE_90)  # 90 degrees counter-clockwise
    out = io.BytesIO()
    lying.save(out, "JPEG")
    drawn = pictures.page(part(store, out.getvalue(), "image/jpeg", rotation=90, seals=(replace(SEAL, score=score),)), 0, 900)
    assert drawn.file is not None, drawn.reason
    with Image.open(drawn.file) as image:
        assert (image.format, image.width, image.height) == ("JPEG", 900, 1260)
        assert near(image, 0.05, 0.05, (20, 20, 200)), "turned upright"
        frame = {(x, y) for x in range(400, 700) for y in (743, 744, 745, 746, 747, 748, 749, 750, 751, 752)
                 if near(image, x / 899, y / 1259, (0, 130, 60) if score > 0.5 else (214, 106, 0))}
        assert len(frame) > 200, "a line along the upper edge of the seal"


def test_a_page_of_a_pdf_is_drawn_once(store: FileBlobStore, pictures: PagePictures, monkeypatch: pytest.MonkeyPatch) -> None:
    document = Pdf()
    document.page([b"0.8 0.1 0.1 rg 100 100 200 200 re f"])
    started = []
    true = page_pictures.run_aside

    def counted(module: str, job: dict[str, object], seconds: int = 25) -> bytes:
        started.append(module)
        return true(module, job, seconds)

    monkeypatch.setattr(page_pictures, "run_aside", counted)
    made, found = part(store, document.bytes()), []
    threads = [threading.Thread(target=lambda: found.append(pictures.page(made, 0, 500).file)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert started == ["parsers.page_picture"], "four browsers ask, one process draws"
    assert len(set(found)) == 1
    assert found[0] is not None
    with Image.open(found[0]) as image:
        assert image.width == 900
    assert [file.name for file in pictures.folder.rglob("*") if file.name.startswith(".")] == [], "nothing half done stays"


HOSTILE = {
    "no pdf at all": (b"not a pdf", "application/pdf"),
    "cut off": (b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>", "application/pdf"),
    "a page that is its own parent": (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\ntrailer<</Root 1 0 R>>",
        "application/pdf",
    ),
    "a picture that says it is huge": (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x00\x00\x00\x01\x00\x00\x08\x02\x00\x00\x00\x00\x00\x00\x00", "image/png"
    ),
    "no picture": (b"\xff\xd8\xff\xe0 broken", "image/jpeg"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_its_picture_only(store: FileBlobStore, pictures: PagePictures, name: str) -> None:
    data, kind = HOSTILE[name]
    drawn = pictures.page(part(store, data, kind), 0, 900)
    assert drawn.file is None
    assert drawn.reason in REASONS.values()


def test_a_drawing_without_end_is_stopped(store: FileBlobStore, pictures: PagePictures, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a million filled circles, blended: minutes of work."""
    document = Pdf()
    document.page([b"0.5 g " + b"10 10 m 500 20 600 700 20 800 c 300 0 0 500 10 10 c f " * 400_000])
    true = aside.run_aside
    monkeypatch.setattr(page_pictures, "run_aside", lambda module, job: true(module, job, seconds=3))
    drawn = pictures.page(part(store, document.bytes()), 0, 1800)
    assert (drawn.file, drawn.reason) == (None, REASONS["timeout"])


def test_memory_is_bounded(store: FileBlobStore, pictures: PagePictures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "MEMORY", 96 * 2**20)
    drawn = pictures.page(part(store, jpeg(7000, 7000), "image/jpeg"), 0, 900)
    assert drawn.file is None
    assert drawn.reason in (REASONS["limit"], REASONS["damaged"])


def test_what_is_never_opened(store: FileBlobStore, pictures: PagePictures) -> None:
    good = part(store, jpeg(), "image/jpeg")
    for made, why in (
        (replace(good, problem=Blocked("macro")), "blocked"), (replace(good, problem=Unreadable("password")), "password"),
        (replace(good, media_type="application/ofd"), "kind"), (replace(good, sha256="0" * 64), "missing"), (replace(good, scan=None), "no_page"),
    ):
        assert pictures.page(made, 0, 900).reason == REASONS[why]
    for number in (-1, 1, 10_000):
        assert pictures.page(good, number, 900).reason == REASONS["no_page"]
    assert (page_count(good), page_count(replace(good, problem=Blocked("macro")))) == (1, 0)
    assert not pictures.folder.exists()
