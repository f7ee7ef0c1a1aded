"""Corpus 901-930: bytes that are meant to break something. They must be recorded, decided or held, and never raise."""

from __future__ import annotations

import random
import zlib

from tests.support import corpus_papers as papers
from tests.support import docx_pieces as x
from tests.support.archive_builder import zip_bytes
from tests.support.corpus_papers import Paper
from tests.support.corpus_world import Mail, both, mail, scenario
from tests.support.mail_builder import File, leaf, message, multipart, text_leaf

HEAD = [("Received", "from x by y; Mon, 8 Nov 2021 10:00:00 +0800"), ("From", "a@b.example.cn"), ("To", "sdsqedu@163.com"),
        ("Message-ID", "<hostile@b.example.cn>"), ("MIME-Version", "1.0")]  # fmt: skip
CASE = Paper("case", "济南市历下区社区教育学院", "银龄数字课堂")


@scenario("901-random-bytes")
def _() -> Mail:
    return random.Random(1).randbytes(4000)


@scenario("902-empty-file")
def _() -> Mail:
    return b""


@scenario("903-nul-bytes-everywhere")
def _() -> Mail:
    return mail("foxmail", "济南市教育局+智慧助老", *both(CASE)).replace(b"Subject: ", b"Subject: \x00\x00").replace(b"MIME", b"MI\x00ME", 1)


@scenario("904-endless-header")
def _() -> Mail:
    return b"Subject: " + b"=?utf-8?B?5pm65oWn5Yqp6ICB?= " * 6000 + b"\r\n" + message(HEAD, b"x")


@scenario("905-multiparts-in-multiparts")
def _() -> Mail:
    kind, body = "text/plain", b"deep"
    for level in range(300):
        kind, body = multipart("mixed", f"b{level}", [leaf([("Content-Type", kind)], body)])
    return message([*HEAD, ("Content-Type", kind)], body)


@scenario("906-boundary-never-comes")
def _() -> Mail:
    return message([*HEAD, ("Subject", "no boundary"), ("Content-Type", 'multipart/mixed; boundary="missing"')], b"text without any line\r\n" * 50)


@scenario("907-charset-that-is-none")
def _() -> Mail:
    part = leaf([("Content-Type", 'text/plain; charset="../../etc/passwd"'), ("Content-Transfer-Encoding", "x-rot13")], "智慧助老".encode())
    kind, body = multipart("mixed", "zz", [part])
    return message([*HEAD, ("Subject", "=?no-such-charset?B?1tDOxA==?="), ("Content-Type", kind)], body)


@scenario("908-names-that-attack")
def _() -> Mail:
    files = [File("../../../etc/passwd", b"x" * 50, style="plain"), File("C:\\Windows\\system32\\a.docx", papers.word(CASE), style="plain"),
             File("fdp.\u202eexe.gpj", papers.program(), style="raw-utf8"), File("a" * 3000 + ".docx", papers.word(CASE), style="plain"),
             File("\r\n\tX-Evil: 1.pdf", b"%PDF-1.4", style="2231"), File("；rm -rf ~；.pdf", b"%PDF-1.4 garbage")]  # fmt: skip
    return mail("foxmail", "济南市教育局+智慧助老", *files)


@scenario("909-xml-bomb-in-docx")
def _() -> Mail:
    entities = '<!DOCTYPE w [<!ENTITY a "' + "智" * 100 + '">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9)
    ) + "]>"
    body = f'<?xml version="1.0"?>{entities}<w:document {x.NAMESPACES}><w:body><w:p><w:r><w:t>&j;</w:t></w:r></w:p></w:body></w:document>'
    data = zip_bytes([("[Content_Types].xml", (x._TYPES % x.MAIN).encode()), ("word/document.xml", body.encode())])
    return mail("foxmail", "济南市教育局+智慧助老", File(CASE.name(".docx"), data))


@scenario("910-pdf-that-eats-itself")
def _() -> Mail:
    loop = (b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 99999999 >>\n"
            b"endobj\ntrailer << /Root 1 0 R /Prev 0 >>\nstartxref\n0\n%%EOF")  # fmt: skip
    return mail("foxmail", "济南市教育局+智慧助老", File(CASE.name(".docx"), papers.word(CASE)), File(CASE.name(".pdf"), loop))


@scenario("911-picture-of-a-billion-points")
def _() -> Mail:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    size = (60000).to_bytes(4, "big")
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + size + b"\x08\x02\x00\x00\x00") + chunk(b"IDAT", zlib.compress(bytes(9000), 9)) + chunk(b"IEND", b"")
    return mail("foxmail", "济南市教育局+智慧助老", File(CASE.name(".docx"), papers.word(CASE)), File("扫描件.png", png))


@scenario("912-zip-with-paths-and-itself")
def _() -> Mail:
    entries = [("../../../../tmp/evil.docx", b"x"), ("/etc/cron.d/evil", b"x"), ("a\\..\\..\\b.docx", papers.word(CASE)), ("\x00.docx", b"y"), ("", b"z")]
    data = zip_bytes(entries)
    for level in range(12):
        data = zip_bytes([(f"{level}.zip", data)])
    return mail("foxmail", "济南市教育局+智慧助老", File("套娃.zip", data), File("路径.zip", zip_bytes(entries)))


@scenario("913-subject-bait-for-regular-expressions")
def _() -> Mail:
    return mail("foxmail", "回复：" * 1000 + "（" * 1000 + "+" * 1000 + "教育局" * 500, text="提取码" * 2000 + "https://pan.baidu.com/s/1" + "a" * 9000)


@scenario("914-dates-and-received-of-nonsense")
def _() -> Mail:
    return b"Received: by; 99 Foo 99999 99:99:99 +9999\r\nDate: \xff\xfe yesterday\r\nSubject: =?utf-8?B?////?=\r\nFrom: \r\n\r\nhello"


@scenario("915-thousands-of-recipients-and-parts")
def _() -> Mail:
    kind, body = multipart("mixed", "many", [text_leaf(str(n), "plain", "utf-8", "7bit") for n in range(700)])
    people = ",\r\n ".join(f"u{n}@x.example.cn" for n in range(3000))
    return message([*HEAD, ("Cc", people), ("Subject", "many"), ("Content-Type", kind)], body)


@scenario("916-headers-of-lone-surrogates")
def _() -> Mail:
    raw = mail("foxmail", "济南市教育局+智慧助老", *both(CASE))
    return b"From: \xed\xa0\x80\xff\xfe <\xd5\xc5@b.cn>\r\nSubject: \xed\xbf\xbf\xb9\xa4\x80\r\nTo: ;;;,,,<<<>>>\r\n" + raw


@scenario("917-mail-in-mail-in-mail")
def _() -> Mail:
    inner = mail("foxmail", "济南市教育局+智慧助老", *both(CASE), received=False)
    for level in range(20):
        inner = mail("foxmail", f"Fw{level}", File(None, inner, media_type="message/rfc822", transfer="8bit"), received=False, when="11-08 10:00")
    return b"Received: from a by b; Mon, 8 Nov 2021 10:00:00 +0800\r\n" + inner


@scenario("918-html-of-open-tags")
def _() -> Mail:
    page = "<div><table><tr><td>" * 2000 + "智慧助老" + "&#" * 1500 + "<!--" * 900
    return mail("foxmail", "济南市教育局+智慧助老", *both(CASE), html=page)


@scenario("919-winmail-dat-broken")
def _() -> Mail:
    from tests.support.outlook_builder import winmail_dat

    data = winmail_dat([(CASE.name(".docx"), papers.word(CASE))])
    return mail("outlook-rtf", "济南市教育局+智慧助老", File("winmail.dat", data[: len(data) // 3], media_type="application/ms-tnef"))


@scenario("920-content-types-of-nonsense")
def _() -> Mail:
    parts = [leaf([("Content-Type", kind)], b"abc") for kind in (";;;", "text", "text/plain; charset", 'a/b; name="', "multipart/mixed", "message/rfc822")]
    kind, body = multipart("mixed", "q", parts)
    return message([*HEAD, ("Subject", "nonsense"), ("Content-Type", kind), ("Content-Type", "text/plain")], body)


@scenario("921-table-with-deep-nesting")
def _() -> Mail:
    cell = "深"
    for _ in range(400):
        cell = x.tbl(x.tr(x.tc(cell if cell.startswith("<") else x.p(cell))))
    return mail("foxmail", "济南市教育局+智慧助老", File(CASE.name(".docx"), papers.settled(x.package(cell))))
