"""PDF written by hand: pages of pictures as scanners make them, pages of text as word processors export them."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence

from PIL import Image


def pdf(objects: Sequence[bytes], producer: str) -> bytes:
    """A PDF from numbered objects (1 is the catalogue)."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    info = f"<< /Producer ({producer}) /CreationDate (D:20211105093000+08'00') >>".encode("ascii")
    for number, body in enumerate((*objects, info), 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(offsets)
    return bytes(out + b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count + 1, count, start))


def stream(head: bytes, data: bytes) -> bytes:
    return b"<< " + head + b" /Length %d >>\nstream\n" % len(data) + data + b"\nendstream"


def picture_pdf(pictures: Sequence[bytes], producer: str = "CamScanner") -> bytes:
    """A PDF with one JPEG on each page, as scanners and phone apps write it."""
    count = len(pictures)
    kids = " ".join(f"{3 + 3 * n} 0 R" for n in range(count))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Count {count} /Kids [{kids}] >>".encode()]
    for n, data in enumerate(pictures):
        wide, high = Image.open(io.BytesIO(data)).size
        box = (595, 842) if wide <= high else (842, 595)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {box[0]} {box[1]}] /Resources << /XObject << /Im0 {5 + 3 * n} 0 R >> >> "
            f"/Contents {4 + 3 * n} 0 R >>".encode()
        )
        objects.append(stream(b"", f"q {box[0]} 0 0 {box[1]} 0 0 cm /Im0 Do Q".encode()))
        head = f"/Type /XObject /Subtype /Image /Width {wide} /Height {high} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode"
        objects.append(stream(head.encode(), data))
    return pdf(objects, producer)


def text_pdf(text: str) -> bytes:
    """A page of plain lines saved as PDF."""
    lines = text.split("\n")
    return typed_pdf([place_text(line, 70, 760 - 22 * n, 12) for n, line in enumerate(lines)], "Microsoft Word")


def typed_pdf(commands: list[str], producer: str, picture: bytes | None = None, *, full: bool = False) -> bytes:
    """One page of text with an optional picture: a seal at the foot, or (`full`) the whole page behind the text."""
    box = "595 0 0 842 0 0" if full else "120 0 0 120 330 90"
    drawn = [f"q {box} cm /Im0 Do Q", *commands] if picture else commands
    data = zlib.compress("\n".join(drawn).encode("ascii"), 9)
    font = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) "
        b"/Supplement 4 >> /DW 1000 /FontDescriptor 7 0 R >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 "
        b"/Descent -120 /CapHeight 880 /StemV 93 >>",
    )
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >>"
        + (b" /XObject << /Im0 8 0 R >>" if picture else b"") + b" >> /Contents 4 0 R >>"
    )
    extra = [picture_object(picture)] if picture else []
    pages = b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"
    return pdf([b"<< /Type /Catalog /Pages 2 0 R >>", pages, page, stream(b"/Filter /FlateDecode", data), *font, *extra], producer)


def picture_object(data: bytes) -> bytes:
    wide, high = Image.open(io.BytesIO(data)).size
    head = f"/Type /XObject /Subtype /Image /Width {wide} /Height {high} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode"
    return stream(head.encode(), data)


def cut(text: str, width: int) -> list[str]:
    return [text[at : at + width] for at in range(0, len(text), max(width, 1))] if text else []


def place_text(text: str, left: float, base: float, size: float) -> str:
    return f"BT /F1 {size} Tf {left} {base} Td <{text.encode('utf-16-be').hex()}> Tj ET"
