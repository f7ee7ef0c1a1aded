"""Small PDFs written by hand: Chinese text without embedding a font, pictures, invisible text, stamps, passwords.

    pdf = Pdf()
    pdf.page([text(72, 700, "负责人：张三"), image(0, 0, 595, 842)], pictures=[jpeg])
    pdf.bytes()
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence

from PIL import Image

_PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def text(x: float, y: float, words: str, *, size: float = 12, mode: int = 0) -> bytes:
    """Words at a place (points from the bottom left); `mode` 3 is invisible."""
    shown = words.encode("utf-16-be").hex()
    return f"BT /F1 {size} Tf {mode} Tr 1 0 0 1 {x} {y} Tm <{shown}> Tj ET\n".encode()


def image(x: float, y: float, wide: float, high: float, number: int = 0) -> bytes:
    return f"q {wide} 0 0 {high} {x} {y} cm /I{number} Do Q\n".encode()


def lines(*rules: tuple[float, float, float, float]) -> bytes:
    return b"".join(f"{a} {b} m {c} {d} l S\n".encode() for a, b, c, d in rules)


def picture(wide: int, high: int, colour: tuple[int, int, int] = (250, 250, 250), kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (wide, high), colour).save(buffer, kind)
    return buffer.getvalue()


class Pdf:
    """Collects pages; `bytes` writes the file, behind passwords if wanted."""

    def __init__(self, *, catalog: str = "") -> None:
        self._pages: list[tuple[bytes, list[bytes], str, tuple[float, float]]] = []
        self._catalog = catalog

    def page(
        self, content: Sequence[bytes], pictures: Sequence[bytes] = (), *, extra: str = "", size: tuple[float, float] = (595, 842)
    ) -> Pdf:
        """Adds a page. `pictures`: JPEG files. `extra`: more of the page's dictionary (/Rotate, /Annots)."""
        self._pages.append((b"".join(content), list(pictures), extra, size))
        return self

    def bytes(self, *, user: str | None = None, owner: str | None = None) -> bytes:
        objects: list[tuple[bytes, bytes | None]] = []  # dictionary, stream

        def add(dictionary: str, stream: bytes | None = None) -> int:
            objects.append((dictionary.encode("utf-8"), stream))
            return len(objects)

        add(f"<< /Type /Catalog /Pages 2 0 R {self._catalog} >>")
        add("")
        font = len(objects) + 1
        add(
            "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts ["
            "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) "
            "/Supplement 4 >> /DW 1000 /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /FontBBox "
            "[-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >> >>] >>"
        )
        kids = []
        for content, pictures, extra, (wide, high) in self._pages:
            names = ""
            for number, data in enumerate(pictures):
                with Image.open(io.BytesIO(data)) as held:
                    w, h = held.size
                key = add(
                    f"<< /Type /XObject /Subtype /Image /Width {w} /Height {h} /ColorSpace /DeviceRGB /BitsPerComponent 8 "
                    f"/Filter /DCTDecode /Length {len(data)} >>",
                    data,
                )
                names += f"/I{number} {key} 0 R "
            stream = add(f"<< /Length {len(content)} >>", content)
            kids.append(
                add(
                    f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {wide} {high}] /Contents {stream} 0 R "
                    f"/Resources << /Font << /F1 {font} 0 R >> /XObject << {names}>> >> {extra} >>"
                )
            )
        objects[1] = (f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>".encode(), None)
        return _write(objects, user, owner)


def _write(objects: list[tuple[bytes, bytes | None]], user: str | None, owner: str | None) -> bytes:
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    key, lock, identity = b"", b"", b"0123456789abcdef"
    if user is not None or owner is not None:
        key, lock = _encryption(user or "", owner or user or "", identity)
    places = []
    for number, (dictionary, stream) in enumerate(objects, 1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n".encode() + dictionary)
        if stream is not None:
            if key:
                stream = _rc4(hashlib.md5(key + number.to_bytes(3, "little") + b"\0\0").digest()[:10], stream)
            out.write(b"\nstream\n" + stream + b"\nendstream")
        out.write(b"\nendobj\n")
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    out.writelines(f"{place:010d} 00000 n \n".encode() for place in places)
    out.write(f"trailer << /Size {len(objects) + 1} /Root 1 0 R ".encode() + lock + b">>\n")
    out.write(f"startxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def _encryption(user: str, owner: str, identity: bytes) -> tuple[bytes, bytes]:
    """Standard security handler, revision 2 (40-bit RC4)."""
    padded = (user.encode() + _PAD)[:32]
    owner_key = hashlib.md5((owner.encode() + _PAD)[:32]).digest()[:5]
    owner_entry = _rc4(owner_key, padded)
    permissions = (-44).to_bytes(4, "little", signed=True)
    key = hashlib.md5(padded + owner_entry + permissions + identity).digest()[:5]
    user_entry = _rc4(key, _PAD)
    lock = (
        b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O <" + owner_entry.hex().encode() + b"> /U <" + user_entry.hex().encode()
        + b"> >> /ID [<" + identity.hex().encode() + b"> <" + identity.hex().encode() + b">] "
    )  # fmt: skip
    return key, lock


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
