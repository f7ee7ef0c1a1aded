"""Good files of every kind with their bytes changed, always in the same way: what a bad line, a bad disk or a bad mind makes of
them. `mutant(kind, number)` gives the same bytes for ever.
"""

from __future__ import annotations

import functools
import io
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pillow_heif
from PIL import Image

from tests.live.daemon_mails import pair
from tests.support import corpus_papers as papers
from tests.support import fixed_builder as fixed
from tests.support.archive_builder import rar4_bytes, rar5_bytes, seven_zip_bytes, tar_bytes, zip_bytes
from tests.support.mail_builder import File, compose
from tests.support.office_objects import packaged, pdf_with_files, with_members, workbook
from tests.support.outlook_builder import msg_file, winmail_dat

pillow_heif.register_heif_opener()

FORMS = Path(__file__).resolve().parents[1] / "data" / "forms"
CASE = papers.Paper("case", "济南市历下区社区教育学院", "银龄数字课堂")


def _files() -> list[tuple[str, bytes]]:
    word, scan = pair("济南市教育局")
    return [("典型案例.docx", word.data), ("扫描件.pdf", scan.data)]


def _picture(kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.open(io.BytesIO(papers.photo(CASE))).convert("RGB").save(buffer, kind, **options)
    return buffer.getvalue()


SOURCES: dict[str, tuple[Callable[[], bytes], ...]] = {
    "docx": (lambda: _files()[0][1], lambda: papers.pasted([papers.photo(CASE)]), lambda: with_members(_files()[0][1], {"word/embeddings/oleObject1.bin": packaged("扫描件.pdf", _files()[1][1])})),
    "pdf": (lambda: _files()[1][1], lambda: papers.exported(CASE), lambda: papers.searchable(CASE), lambda: pdf_with_files(_files())),
    "jpg": (lambda: papers.photo(CASE),),
    "zip": (lambda: zip_bytes(_files(), "gbk"), lambda: zip_bytes([("里.zip", zip_bytes(_files()))])),
    "rar": (lambda: rar5_bytes(_files()), lambda: rar4_bytes(_files(), unicode_names=True)),
    "doc": (lambda: (FORMS / "case-word97.doc").read_bytes(), lambda: (FORMS / "training-word97.doc").read_bytes()),
    "eml": (lambda: compose("foxmail", subject="济南市教育局+智慧助老", text="附件", files=[File(name, data) for name, data in _files()]),),
    "msg": (lambda: msg_file("济南市教育局+智慧助老", "附件", _files()),),
    "7z": (lambda: seven_zip_bytes(_files()), lambda: tar_bytes(_files(), packed=True)),
    "tiff": (lambda: papers.tiff(CASE),),
    "png": (lambda: papers.png(CASE), lambda: _picture("WEBP", quality=50), lambda: _picture("GIF")),
    "heic": (lambda: _picture("HEIF", quality=50), lambda: _picture("AVIF", quality=50), lambda: _picture("JPEG2000")),
    "ofd": (lambda: fixed.scanned_ofd([papers.photo(CASE)]), lambda: fixed.scanned_xps([papers.photo(CASE)])),
    "xls": (lambda: workbook(["报送单位", "济南市教育局"] * 40, ["https://pan.baidu.com/s/1AbCdEfGhIjKlMnOpQrStUv"], cut=2),),
    "dat": (lambda: winmail_dat(_files(), "附件"),),
}  # fmt: skip
_EXTREME = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


@functools.cache
def _source(kind: str, number: int) -> bytes:
    return SOURCES[kind][number]()


def mutant(kind: str, number: int) -> bytes:
    """The `number`th changed file of this kind."""
    chance = random.Random(f"{kind}-{number}")
    data = _source(kind, number % len(SOURCES[kind]))
    if data[:4] == b"PK\x03\x04" and chance.random() < 0.6:
        return _inside(data, chance)
    for _ in range(chance.choice((1, 1, 2, 4))):
        data = _changed(data, chance)
    return data


def _changed(data: bytes, chance: random.Random) -> bytes:
    size = max(len(data), 1)
    # The beginning and the end of a file hold most of what decides how it is read.
    at = chance.choice((chance.randrange(size), chance.randrange(min(size, 600)), size - 1 - chance.randrange(min(size, 600))))
    length = chance.choice((1, 2, 4, 16, 200, 4000))
    other = chance.randrange(size)
    match chance.randrange(8):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + chance.randbytes(min(length, 200)) + data[at + min(length, 200) :]
        case 2:
            return data[:at] + data[at + length :]
        case 3:
            return data[:at] + data[other : other + length] + data[at:]
        case 4:
            return data[:at] + bytes(length) + data[at + length :]
        case 5:
            return data[:at] + struct.pack(chance.choice("<>") + "I", chance.choice(_EXTREME)) + data[at + 4 :]
        case 6:
            return data[:at] + bytes((data[at] ^ (1 << chance.randrange(8)),)) + data[at + 1 :]
        case _:
            return data[:at] + data[other : other + length] + data[at + length :]


def _inside(data: bytes, chance: random.Random) -> bytes:
    """A zip whose checksums are right and one of whose members is changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        names = [name for name in old.namelist() if not name.endswith("/")]
        chosen = chance.choice(names)
        for name in names:
            new.writestr(name, _changed(old.read(name), chance) if name == chosen else old.read(name))
    return buffer.getvalue()
