"""Files that are meant to break a reader, each with what may come of it. Generated: nothing hostile is kept in the repository.

`expected`: what the parts' problems may be ("blocked:bomb", "unreadable:damaged" ...), "fine" where the file may simply be
read; at least one part must show one of them, and no part anything else.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from tests.support import docx_pieces as x
from tests.support import fixed_builder as fixed
from tests.support.archive_builder import rar5_bytes, seven_zip_bytes, zip_bomb, zip_bytes

MB = 1 << 20


@dataclass(frozen=True)
class Hostile:
    """One file."""

    name: str
    make: Callable[[], bytes]
    expected: frozenset[str]


FILES: list[Hostile] = []


def hostile(name: str, *expected: str) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    def enter(make: Callable[[], bytes]) -> Callable[[], bytes]:
        FILES.append(Hostile(name, make, frozenset(expected)))
        return make

    return enter


PROGRAM = b"MZ\x90\x00" + b"\x00" * 56 + struct.pack("<I", 64) + b"PE\0\0" + bytes(300)
BOMB, DAMAGED, LIMIT, DOUBT, MEMORY, TIMEOUT = "blocked:bomb", "unreadable:damaged", "unreadable:limit", "unreadable:no_converter", "unreadable:memory", "unreadable:timeout"
RUNS, MACRO = "blocked:executable", "blocked:macro"


# Archives -------------------------------------------------------------------------------------------------------

hostile("平的炸弹.zip", BOMB)(lambda: zip_bomb(300 * MB))
hostile("炸弹.docx.gz", BOMB)(lambda: gzip.compress(bytes(200 * MB), 1))
hostile("炸弹.bz2", BOMB)(lambda: bz2.compress(bytes(100 * MB)))
hostile("炸弹.xz", BOMB)(lambda: lzma.compress(bytes(100 * MB), preset=0))
hostile("炸弹.7z", BOMB)(lambda: seven_zip_bytes([("a.bin", bytes(100 * MB))]))


@hostile("很多文件.zip", "blocked:count")
def _many() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        for number in range(70_000):
            out.writestr(f"{number}.txt", b"")
    return buffer.getvalue()


@hostile("套娃炸弹.zip", BOMB, "blocked:count", "blocked:depth")
def _nested() -> bytes:
    data = zip_bomb(30 * MB)
    for level in range(3):
        data = zip_bytes([(f"{level}-{n}.zip", data) for n in range(16)])
    return data


@hostile("太深.zip", "blocked:depth")
def _deep() -> bytes:
    data = zip_bytes([("材料.txt", b"x")])
    for level in range(30):
        data = zip_bytes([(f"{level}.zip", data)])
    return data


@hostile("重叠.zip", BOMB, DAMAGED)
def _overlapping() -> bytes:
    """Two hundred entries that all point to one and the same compressed file (D. Fifield's zip bomb in its simplest form)."""
    one = zip_bomb(10 * MB, "a.bin")
    end = one.rindex(b"PK\x05\x06")
    count, length, begin = struct.unpack_from("<HII", one, end + 10)
    entry = one[begin : begin + length]
    assert count == 1
    return one[:begin] + entry * 200 + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 200, 200, length * 200, begin, 0)


@hostile("谎报大小.tar", DAMAGED)
def _tar() -> bytes:
    info = tarfile.TarInfo("a.docx")
    info.size = 8 << 30
    return info.tobuf(format=tarfile.GNU_FORMAT) + b"short"


@hostile("元数据.tar", DAMAGED)
def _tar_header() -> bytes:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 4 << 30
    return info.tobuf(format=tarfile.GNU_FORMAT) + bytes(2000)


# From libarchive's own tests (BSD): its version of 2023 dies of it.
hostile("崩溃.cab", MEMORY, DAMAGED, DOUBT, "fine")(
    lambda: base64.b64decode(
        "TVNDRgAAAABBAACSkpKSkpIAAAAAAAAS5AABAAEAAMSw3gAAHwEAAAEAQxABATvS0gkJCQkJCQkJAAAAAAAAAAAAAACysrKysrKysrKysrKysrKysrIKMAAA"
        "AAAAAAAAAAAAAAAAsrKS4////7aysgAAAAAAAAAAsrKyCjAAAAAAAAAAAAAAAAAAALKykuP///+2srIAAAAAAAAAAACyH52JTAAAAAAAAAAAAAAQEBAQEBAQ"
        "EBAQEBkQEBAQEBAQEBAQEBAQEBAQEBD///8PEBAQAAAAAAAAAEAQEABAMDcwNzAyAAAAMDYSz34vLy8A/wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAD18koKNzAyAAAAMDYSz34vLy8A/wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    )
)
hostile("虚报.rar", DAMAGED, DOUBT)(lambda: rar5_bytes([("a.docx", b"x" * 100)])[:40] + random.Random(2).randbytes(500))
hostile("路径.zip", "fine", DAMAGED)(lambda: zip_bytes([("../../../../tmp/evil.docx", b"x"), ("/etc/cron.d/evil", b"x"), ("a\\..\\..\\b.txt", b"y"), ("CON", b"z")]))


@hostile("链接.zip", "fine")
def _symlink() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        info = zipfile.ZipInfo("passwd.txt")
        info.external_attr = 0o120777 << 16
        out.writestr(info, "/etc/passwd")
    return buffer.getvalue()


# Programs and macros --------------------------------------------------------------------------------------------

for _name in ("申报表.exe", "申报表.doc", "扫描件.pdf", "申报表.docx", "图片.jpg.scr"):
    hostile(_name, RUNS)(lambda: PROGRAM)
for _ending, _text in (("js", "WScript.Echo(1)"), ("vbs", 'MsgBox "x"'), ("hta", "<html><hta:application></html>"), ("bat", "@echo off"), ("ps1", "ls")):
    hostile(f"通知.{_ending}", RUNS)(lambda text=_text: text.encode())  # type: ignore[misc]
hostile("快捷方式.lnk", RUNS)(lambda: b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F" + bytes(60))
hostile("光盘.iso", RUNS)(lambda: bytes(32768) + b"\x01CD001\x01" + bytes(4000))
hostile("光盘.dat", RUNS)(lambda: b"\x01" * 32768 + b"\x01CD001\x01" + bytes(4000))
hostile("程序.zip", RUNS)(lambda: zip_bytes([("申报表.doc", PROGRAM), ("a.lnk", b"L\0\0\0\x01\x14\x02\0" + bytes(70)), ("b.vbs", b"x"), ("c.iso", b"x")]))
hostile("宏.docm", MACRO)(lambda: x.package(x.p("x")))
hostile("宏.docx", MACRO)(lambda: x.package(x.p("x"), extra=[("word/vbaProject.bin", b"\xd0\xcf\x11\xe0")]))
hostile("宏.xlsm", MACRO)(lambda: fixed.zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>", "xl/vbaProject.bin": b"x"}))
hostile("宏.zip", MACRO)(lambda: zip_bytes([("申报表.docm", x.package(x.p("x")))]))


# Word -----------------------------------------------------------------------------------------------------------


def docx_of(xml: bytes) -> bytes:
    return fixed.zipped({"[Content_Types].xml": x._TYPES % x.MAIN, "word/document.xml": xml})


def entities(levels: int = 9) -> str:
    return '<!DOCTYPE w [<!ENTITY a "' + "智" * 100 + '">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(levels)
    ) + "]>"


HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
hostile("巨大.docx", BOMB)(lambda: docx_of(b"<w:document>" + b"<w:p></w:p>" * (30 * MB) + b"</w:document>"))
hostile("十亿笑.docx", "fine", DAMAGED)(
    lambda: docx_of(f"{HEAD}{entities()}<w:document {x.NAMESPACES}><w:body><w:p><w:r><w:t>&j;</w:t></w:r></w:p></w:body></w:document>".encode())
)
hostile("二次膨胀.docx", "fine", DAMAGED)(
    lambda: docx_of(
        f'{HEAD}<!DOCTYPE w [<!ENTITY a "{"智" * 30_000}">]><w:document {x.NAMESPACES}><w:body><w:p><w:r><w:t>{"&a;" * 30_000}</w:t></w:r></w:p></w:body></w:document>'.encode()
    )
)
hostile("外部实体.docx", "fine", DAMAGED)(
    lambda: docx_of(
        f'{HEAD}<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b SYSTEM "http://127.0.0.1:9/x">]><w:document {x.NAMESPACES}><w:body><w:p><w:r><w:t>&a;&b;</w:t></w:r></w:p></w:body></w:document>'.encode()
    )
)


@hostile("深表格.docx", "fine", DAMAGED)
def _deep_tables() -> bytes:
    opened = "<w:tbl><w:tr><w:tc>" * 3000
    return docx_of(f"{HEAD}<w:document {x.NAMESPACES}><w:body>{opened}<w:p/>{'</w:tc></w:tr></w:tbl>' * 3000}</w:body></w:document>".encode())


def ole_loop(stream: str = "WordDocument") -> bytes:
    """A compound file whose sector chains and directory go round in circles."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 2, 1, 0xFFFFFFFE, 0) + struct.pack("<I", 0) + b"\xff" * 432
    fat = struct.pack("<IIII", 0xFFFFFFFD, 1, 2, 3) + b"\xff" * 496  # every chain leads to itself

    def entry(name: str, kind: int, left: int, right: int, child: int, start: int, size: int) -> bytes:
        raw = name.encode("utf-16-le")
        return raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw) + 2, kind, 1, left, right, child) + bytes(36) + struct.pack("<IQ", start, size)

    none = 0xFFFFFFFF
    directory = entry("Root Entry", 5, none, none, 1, 2, 4096) + entry(stream, 2, 1, 1, none, 3, 1 << 30) + entry("a", 1, 2, 1, 2, 3, 0) + bytes(128)
    return head[:512].ljust(512, b"\xff") + fat + directory + bytes(512) + bytes(512)


hostile("绕圈.doc", DAMAGED, DOUBT)(ole_loop)
hostile("绕圈.msg", "fine", DAMAGED, DOUBT)(lambda: ole_loop("__properties_version1.0"))
hostile("深组.rtf", "fine", DAMAGED, DOUBT, MEMORY, TIMEOUT)(lambda: rb"{\rtf1" + b"{" * 400_000 + b"x" + b"}" * 400_001)
hostile("二进制.rtf", "fine", DAMAGED, DOUBT, MEMORY, TIMEOUT)(lambda: rb"{\rtf1 {\pict\bin2147483647 " + b"x" * 1000 + b"}}")
hostile("十亿笑.odt", "fine", DAMAGED, DOUBT, MEMORY, TIMEOUT, LIMIT)(
    lambda: fixed.zipped({
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": f'{HEAD}{entities()}<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text><text:p>&j;</text:p></office:text></office:body></office:document-content>',
        "META-INF/manifest.xml": '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
    })
)
hostile("炸弹.xlsx", BOMB)(lambda: fixed.zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>", "xl/sharedStrings.xml": b"<sst><si><t>" + b" " * (300 * MB) + b"</t></si></sst>"}))
hostile("炸弹.ofd", BOMB)(lambda: fixed.zipped({"OFD.xml": "<OFD/>", "Doc_0/Document.xml": b" " * (300 * MB)}))


# PDF ------------------------------------------------------------------------------------------------------------


def pdf(*objects: bytes, root: int = 1, tail: bytes = b"") -> bytes:
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out) + b"trailer << /Size %d /Root %d 0 R %s>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, root, tail, start)


def stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n" % (len(data), extra) + data + b"\nendstream"


CATALOG, PAGES = b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
hostile("自噬.pdf", DAMAGED, "fine", DOUBT)(lambda: pdf(CATALOG, b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 99999999 >>"))
hostile("回环.pdf", DAMAGED, "fine", DOUBT)(lambda: b"%PDF-1.4\n" + CATALOG + b"\ntrailer << /Root 1 0 R /Prev 0 >>\nstartxref\n0\n%%EOF")
hostile("巨页.pdf", "fine", LIMIT)(lambda: pdf(CATALOG, PAGES, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99999999 99999999] /Contents 4 0 R >>", stream(b"0 0 m 9 9 l S")))
hostile("零页.pdf", "fine", LIMIT, DAMAGED)(lambda: pdf(CATALOG, PAGES, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 0 -7] >>"))
hostile("一万页.pdf", "fine")(
    lambda: pdf(CATALOG, b"<< /Type /Pages /Count 10000 /Kids [" + b" ".join(b"%d 0 R" % n for n in range(3, 10_003)) + b"] >>",
                *[b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"] * 10_000)
)  # fmt: skip
hostile("流炸弹.pdf", "fine", MEMORY, TIMEOUT, LIMIT)(
    lambda: pdf(CATALOG, PAGES, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
                stream(zlib.compress(zlib.compress(b"q Q " * (50 * MB), 1), 9), b"/Filter [/FlateDecode /FlateDecode]"))
)  # fmt: skip
hostile("图炸弹.pdf", "fine", MEMORY, LIMIT, TIMEOUT)(
    lambda: pdf(CATALOG, PAGES, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> >> >>",
                stream(b"595 0 0 842 0 0 cm /I Do"),
                stream(zlib.compress(bytes(20 * MB)), b"/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /BitsPerComponent 8 /ColorSpace /DeviceRGB /Filter /FlateDecode"))
)  # fmt: skip
hostile("套表单.pdf", "fine", MEMORY, TIMEOUT)(
    lambda: pdf(CATALOG, PAGES, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /F 5 0 R >> >> >>",
                stream(b"/F Do"), stream(b"/F Do /F Do", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F 5 0 R >> >>"))
)  # fmt: skip
hostile("坏字体.pdf", "fine", DAMAGED)(
    lambda: pdf(CATALOG, PAGES, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
                stream(b"BT /F 20 Tf 50 700 Td (ABCDEF) Tj ET"), b"<< /Type /Font /Subtype /TrueType /BaseFont /X /FontDescriptor 6 0 R >>",
                b"<< /Type /FontDescriptor /FontName /X /Flags 4 /FontFile2 7 0 R >>", stream(b"\0\1\0\0\xff\xff" + random.Random(3).randbytes(20_000)))
)  # fmt: skip
hostile("动作.pdf", "fine")(
    lambda: pdf(b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /Launch /F (cmd.exe) >> /AA << /WC << /S /JavaScript /JS (app.alert(1)) >> >> >>", PAGES,
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>")
)  # fmt: skip


# Pictures -------------------------------------------------------------------------------------------------------


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunk(*one) for one in chunks) + chunk(b"IDAT", zlib.compress(bytes(9000), 9)) + chunk(b"IEND", b"")


def tiff(frames: int, *, loop: bool = False, size: int = 500) -> bytes:
    entries = struct.pack("<HHII", 256, 4, 1, size) + struct.pack("<HHII", 257, 4, 1, size)
    out = bytearray(b"II*\0" + struct.pack("<I", 8))
    for number in range(frames):
        following = 8 if loop else 8 + (number + 1) * 30
        out += struct.pack("<H", 2) + entries + struct.pack("<I", following)
    return bytes(out)


hostile("六万见方.png", LIMIT)(lambda: png(60_000, 60_000))
hostile("六万见方.jpg", LIMIT)(lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x11\x08\xff\xdc\xff\xdc\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xda\0\x0c\x03\x01\0\x02\x11\x03\x11\0?\0" + bytes(200) + b"\xff\xd9")
hostile("六万见方.gif", LIMIT)(lambda: b"GIF89a\xff\xff\xff\xff\xf0\0\0" + bytes(6) + b",\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;")
hostile("六万见方.bmp", LIMIT, DAMAGED)(lambda: b"BM" + struct.pack("<IHHIIiiHHIIiiII", 154, 0, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0) + bytes(100))
hostile("六万见方.tif", LIMIT, DAMAGED)(lambda: tiff(1, size=60_000))
hostile("文字块.png", "fine", DOUBT, DAMAGED)(lambda: png(500, 500, (b"zTXt", b"a\0\0" + zlib.compress(bytes(200 * MB), 9))))
hostile("色彩块.png", "fine", DOUBT, DAMAGED)(lambda: png(500, 500, (b"iCCP", b"a\0\0" + zlib.compress(bytes(200 * MB), 9))))
hostile("绕圈.tif", "fine", DAMAGED, DOUBT)(lambda: tiff(1, loop=True))
hostile("十万帧.tif", "fine", DAMAGED, DOUBT)(lambda: tiff(100_000))
hostile("截断.jpg", DAMAGED)(lambda: jpeg()[:6000])
hostile("矢量.svg", "fine")(lambda: f'{HEAD}{entities()}<svg xmlns="http://www.w3.org/2000/svg"><text>&j;</text><image href="file:///etc/passwd"/></svg>'.encode())
hostile("空.heic", DAMAGED, DOUBT)(lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + struct.pack(">I", 1 << 30) + b"meta" + bytes(500))


def jpeg() -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.effect_noise((900, 1200), 40).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


# Mails and the rest ---------------------------------------------------------------------------------------------


@hostile("套信.eml", "fine", "blocked:depth")
def _mails() -> bytes:
    inner = b"Subject: x\r\nFrom: a@b.cn\r\nTo: c@d.cn\r\n\r\nx"
    for level in range(60):
        inner = b"Subject: %d\r\nFrom: a@b.cn\r\nTo: c@d.cn\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n" % level + inner
    return inner


@hostile("深结构.eml", "fine")
def _parts() -> bytes:
    out = b"Subject: x\r\nFrom: a@b.cn\r\nTo: c@d.cn\r\nMIME-Version: 1.0\r\n"
    return out + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000)) + b"\r\nx"


hostile("winmail.dat", DAMAGED, "fine")(lambda: b"\x78\x9f\x3e\x22\x01\0" + (b"\x01\x06\x90\x08\0" + struct.pack("<I", 0xFFFFFFF0)) * 50)
hostile("零.docx", DAMAGED)(lambda: bytes(200_000))
hostile("乱码.pdf", DAMAGED)(lambda: b"%PDF-1.7\n" + random.Random(9).randbytes(300_000))
hostile("没有后缀", "fine")(lambda: random.Random(10).randbytes(100_000))
