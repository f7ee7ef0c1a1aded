"""Objects inserted into documents, and old workbooks, byte by byte: what Office writes when somebody picks 插入对象."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence

from tests.support.outlook_builder import ole_file

LINK_MONIKER = bytes.fromhex("E0C9EA79F9BACE118C8200AA004BA90B")


def native(name: str, data: bytes) -> bytes:
    """The stream \\x01Ole10Native of Explorer's packager."""
    label = name.encode("gbk") + b"\0"
    temporary = b"C:\\Temp\\" + label
    body = struct.pack("<H", 2) + label + b"D:\\" + label + struct.pack("<HHI", 0, 3, len(temporary)) + temporary
    body += struct.pack("<I", len(data)) + data
    return struct.pack("<I", len(body)) + body


def packaged(name: str, data: bytes) -> bytes:
    """oleObject1.bin as Word keeps a file inserted as a package."""
    return ole_file({("\x01Ole10Native",): native(name, data), ("\x01CompObj",): bytes(80)})


def acrobat(data: bytes) -> bytes:
    """oleObject1.bin as Acrobat keeps a PDF."""
    return ole_file({("CONTENTS",): data, ("\x01Ole",): bytes(20)})


def with_members(package: bytes, members: Mapping[str, bytes]) -> bytes:
    """The zip package with more files in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            new.writestr(entry, old.read(entry))
        for name, data in members.items():
            new.writestr(name, data)
    return buffer.getvalue()


def pdf_with_files(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A PDF of one typed page with files attached, as a portfolio has them."""
    names = " ".join(f"(f{number}) {5 + 2 * number} 0 R" for number in range(len(files)))
    content = b"BT /F1 12 Tf 72 700 Td (For the best experience, open this portfolio in Acrobat) Tj ET"
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R /Collection << /View /D >> /Names << /EmbeddedFiles << /Names [{names}] >> >> >>".encode(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 "
        b"/BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    for number, (name, data) in enumerate(files):
        text = ("\ufeff" + name).encode("utf-16-be").hex()
        objects.append(f"<< /Type /Filespec /F (file) /UF <{text}> /EF << /F {6 + 2 * number} 0 R >> >>".encode())
        objects.append(b"<< /Type /EmbeddedFile /Length %d >>\nstream\n" % len(data) + data + b"\nendstream")
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.7\n")
    for number, item in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n" % number + item + b"\nendobj\n")
    begin = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, begin))
    return out.getvalue()


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def workbook(cells: Sequence[str], addresses: Sequence[str] = (), *, cut: int | None = None, locked: bool = False) -> bytes:
    """A BIFF8 workbook: its cells in the table of strings. `cut`: the table is cut into CONTINUE records after so many bytes
    of characters, in the middle of a string."""
    table = struct.pack("<II", len(cells), len(cells))
    pieces: list[bytes] = []
    for cell in cells:
        raw = cell.encode("utf-16-le")
        table += struct.pack("<HB", len(cell), 1)
        if cut is not None and len(raw) > cut:
            pieces.append(table + raw[: cut // 2 * 2])
            table = b"\x01" + raw[cut // 2 * 2 :]
        else:
            table += raw
    pieces.append(table)
    stream = _record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0)) + (_record(0x2F, bytes(6)) if locked else b"")
    stream += _record(0x0085, struct.pack("<IHBB", 0, 0, 2, 1) + "名单".encode("utf-16-le"))
    stream += b"".join(_record(0x3C if number else 0xFC, piece) for number, piece in enumerate(pieces)) + _record(0x0A, b"")
    for address in addresses:
        raw = (address + "\0").encode("utf-16-le")
        stream += _record(0x01B8, bytes(8) + bytes(16) + struct.pack("<II", 2, 3) + LINK_MONIKER + struct.pack("<I", len(raw)) + raw)
    return ole_file({("Workbook",): stream + bytes(max(0, 4096 - len(stream)))})


def old_workbook(cells: Sequence[str]) -> bytes:
    """A workbook of Excel 95 (BIFF5) in GBK."""
    stream = _record(0x0809, struct.pack("<HHHH", 0x0500, 5, 0, 0)) + _record(0x42, struct.pack("<H", 936))
    for row, cell in enumerate(cells):
        raw = cell.encode("gbk")
        stream += _record(0x0204, struct.pack("<HHHH", row, 0, 0, len(raw)) + raw)
    return ole_file({("Book",): stream + bytes(max(0, 4096 - len(stream)))})
