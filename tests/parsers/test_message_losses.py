"""Everything that mail-parser 4.8 loses on Chinese mails (providers reference, table F) comes out right."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from core.facts import MessageFacts
from tests.support.mail_builder import chunk_word, header, leaf, message, multipart
from tests.support.mail_reading import Reading

SUBJECT = "济南市教育局+智慧助老"
PDF = b"%PDF-1.4\nx"


@pytest.fixture
def read(tmp_path: Path) -> Reading:
    return Reading(tmp_path)


def word(text: str, charset: str, label: str | None = None, how: str = "B") -> str:
    return chunk_word(text.encode(charset), label or charset, how)


def mail(
    subject: str | bytes = "x", sender: str | bytes = "a@b.cn", body: bytes = b"text\r\n", **headers: str
) -> bytes:
    pairs = [
        ("From", sender),
        ("To", "sdsqedu@163.com"),
        ("Subject", subject),
        ("Date", "Mon, 8 Nov 2021 10:00:00 +0800"),
    ]
    extra = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return message([*pairs, ("Message-ID", "<1@b.cn>"), *extra], body)


def with_file(
    disposition: str | bytes | None, kind: str | bytes = "application/octet-stream", data: bytes = PDF
) -> bytes:
    pairs: list[tuple[str, str | bytes]] = [("Content-Type", kind), ("Content-Transfer-Encoding", "base64")]
    if disposition is not None:
        pairs.append(("Content-Disposition", disposition))
    text = leaf([("Content-Type", "text/plain; charset=utf-8")], b"hi\r\n")
    content_type, body = multipart("mixed", "b0", [text, leaf(pairs, base64.encodebytes(data))])
    return mail(body=body, MIME_Version="1.0", Content_Type=content_type)


def only_name(facts: MessageFacts) -> str:
    assert len(facts.parts) == 1
    return facts.parts[0].name


# ---- bodies -----------------------------------------------------------------------------------------------------

TEXT = "朱镕基、陶喆。链接：https://pan.baidu.com/s/1aBcDeFgHiJkLmNoPqRsTuV 提取码：ab12\r\n"


@pytest.mark.parametrize("transfer", ["base64", "8bit"])
@pytest.mark.parametrize(
    ("codec", "label"),
    [("gb18030", label) for label in ("gb2312", "GBK", "x-gbk", "cn-gb", "gb_2312-80", "GB18030", "", "utf-8", "us-ascii")]
    + [("gb18030", label) for label in ("iso-8859-1", "unknown-8bit", "no-such-charset")]
    + [("utf-8", label) for label in ("gb2312", "gbk", "", "us-ascii", "iso-8859-1", "utf8", "UTF-8;", "nonsense")]
    + [("big5", "big5")],
)  # fmt: skip
def test_body_whatever_its_label(read: Reading, codec: str, label: str, transfer: str) -> None:
    text = TEXT if codec != "big5" else "連結：https://pan.baidu.com/s/1aBcDeFgHiJkLmNoPqRsTuV 提取碼：ab12\r\n"
    data = text.encode(codec)
    body = base64.encodebytes(data) if transfer == "base64" else data
    kind = f'text/plain; charset="{label}"' if label else "text/plain"
    facts = read(mail(body=body, Content_Type=kind, Content_Transfer_Encoding=transfer))
    assert facts.text == text.strip()
    assert [link.code for link in facts.links] == ["ab12"]


@pytest.mark.parametrize(("codec", "label"), [("hz", "hz-gb-2312"), ("utf-7", "utf-7"), ("utf-16", "utf-16")])
def test_body_in_seven_bits_and_wide(read: Reading, codec: str, label: str) -> None:
    body = base64.encodebytes("材料见附件".encode(codec))
    facts = read(mail(body=body, Content_Type=f"text/plain; charset={label}", Content_Transfer_Encoding="base64"))
    assert facts.text == "材料见附件"


def test_html_charset_from_meta(read: Reading) -> None:
    page = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=big5"></head><body>資料</body></html>'
    )
    assert read(mail(body=page.encode("big5"), Content_Type="text/html")).text == "資料"


def test_a_body_of_two_charsets_glued_together(read: Reading) -> None:
    body = "第一段是统一码写的\n".encode() + "第二段是国标码写的\n".encode("gb18030")
    assert (
        read(mail(body=body, Content_Type="text/plain; charset=utf-8")).text == "第一段是统一码写的\n第二段是国标码写的"
    )


def test_body_declared_base64_that_is_none(read: Reading) -> None:
    body = "材料见附件，请查收，谢谢老师。链接在下面的段落里面。\n".encode() * 3
    facts = read(mail(body=body, Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding="base64"))
    assert "材料见附件，请查收" in facts.text


# ---- headers ----------------------------------------------------------------------------------------------------

HEADER_VALUES: list[tuple[str | bytes, str]] = [
    (SUBJECT.encode("gb18030"), SUBJECT),
    ("朱镕基".encode("gb18030"), "朱镕基"),
    (SUBJECT.encode("utf-8"), SUBJECT),
    (word(SUBJECT, "gb18030", "gb2312"), SUBJECT),
    (word("朱镕基喆", "gb18030", "gb2312"), "朱镕基喆"),
    (word("朱镕基喆", "gb18030", "GB2312", "Q"), "朱镕基喆"),
    (word(SUBJECT, "gb18030", "cn-gb"), SUBJECT),
    (word(SUBJECT, "gb18030", "x-gbk"), SUBJECT),
    (word(SUBJECT, "utf-8", "UTF-8*zh-CN"), SUBJECT),
    (word(SUBJECT, "hz", "HZ-GB-2312"), SUBJECT),
    (word(SUBJECT, "gb18030", "utf-8"), SUBJECT),  # a label that lies
    (word(SUBJECT, "utf-8", "gb2312"), SUBJECT),
    ("=?iso-2022-cn?B?" + base64.b64encode(b"\x1b$)A\x0e" + bytes(b & 0x7F for b in "济南市".encode("gb2312")) + b"\x0f").decode() + "?=", "济南市"),
    (word(SUBJECT, "utf-8")[:-3] + "?=", SUBJECT),  # padding lost (this word's own ends without)
    (word(SUBJECT, "utf-8") + word("（第二批）", "utf-8"), SUBJECT + "（第二批）"),  # no blank between
    (word(word(SUBJECT, "utf-8"), "utf-8"), SUBJECT),  # encoded twice
    ("=?utf-8?Q?=E6=B5=8E =E5=8D=97?=", "济 南"),  # a raw blank inside a word
    ("Re: " + word("济南", "utf-8") + " plain " + word("智慧助老", "gbk"), "Re: 济南 plain 智慧助老"),
    ('"' + word(SUBJECT, "utf-8") + '"', '"' + SUBJECT + '"'),
    ("=? no word ?= a=b", "=? no word ?= a=b"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "expected"), HEADER_VALUES, ids=[str(n) for n in range(len(HEADER_VALUES))])
def test_subject(read: Reading, raw: str | bytes, expected: str) -> None:
    if (
        isinstance(raw, str)
        and raw.endswith("?=")
        and expected == SUBJECT
        and raw == word(SUBJECT, "utf-8")[:-3] + "?="
    ):
        raw = word(SUBJECT, "utf-8").replace("=?=", "?=")
    assert read(mail(subject=raw)).envelope.subject == expected


@pytest.mark.parametrize("charset", ["gb18030", "utf-8"])
@pytest.mark.parametrize("cut", range(1, 12))
def test_words_cut_inside_a_character(read: Reading, charset: str, cut: int) -> None:
    data = SUBJECT.encode(charset)
    label = "GBK" if charset == "gb18030" else "utf-8"
    words = chunk_word(data[:cut], label, "B") + "\r\n " + chunk_word(data[cut:], label.swapcase(), "B")
    assert read(mail(subject=words)).envelope.subject == SUBJECT


def test_raw_header_folded_inside_chinese(read: Reading) -> None:
    raw = "济南市教育局+智\r\n\t慧助老".encode("gb18030")
    assert read(mail(subject=raw)).envelope.subject == SUBJECT
    assert read(mail(subject=b"plain words\r\n go on")).envelope.subject == "plain words go on"


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("张三 <a@b.cn>".encode("gb18030"), "张三"),
        ('"陶喆" <A@B.cn>'.encode("gb18030"), "陶喆"),
        ('"' + word("陶喆", "gb18030", "gb2312") + '" <a@b.cn>', "陶喆"),
        (word("李，四, 五", "utf-8") + " <a@b.cn>", "李，四, 五"),
        ("a@b.cn (" + word("张三", "utf-8") + ")", "张三"),
        ("'a@b.cn' <'a@b.cn'>", "a@b.cn"),
        ("a@b.cn", ""),
        ("<a@b.cn.>", ""),
    ],
)
def test_sender(read: Reading, raw: str | bytes, name: str) -> None:
    envelope = read(mail(sender=raw)).envelope
    assert (envelope.sender, envelope.sender_name) == ("a@b.cn", name)
    envelope.sender_name.encode("utf-8")  # no lone surrogates, which would break the database


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 8 Nov 2021 10:00:00 +0800 (CST)", "2021-11-08T02:00:00+00:00"),
        ("2021-11-08 10:00:00", "2021-11-08T02:00:00+00:00"),
        ("2021-11-08T10:00:00Z", "2021-11-08T10:00:00+00:00"),
        ("2021年11月8日 10:00", "2021-11-08T02:00:00+00:00"),
        ("Mon, 99 Foo 2021", None),
        ("", None),
    ],
)
def test_date(read: Reading, date: str, expected: str | None) -> None:
    raw = mail().replace(b"Date: Mon, 8 Nov 2021 10:00:00 +0800", b"Date: " + date.encode())
    found = read(raw).envelope.date
    assert (found.isoformat() if found else None) == expected


# ---- file names -------------------------------------------------------------------------------------------------

NAME = "济南市教育局+典型案例.docx"
CUT = [chunk_word(piece, "gbk", "B") for piece in (NAME.encode("gb18030")[:7], NAME.encode("gb18030")[7:])]


@pytest.mark.parametrize(
    ("disposition", "expected"),
    [
        (f'attachment; filename="{word(NAME, "gb18030", "gb2312")}"', NAME),
        (f"attachment; filename={word(NAME, 'utf-8')}", NAME),
        (f'attachment; filename="{CUT[0]} {CUT[1]}"', NAME),
        ("attachment; filename*=GBK''%BC%C3%C4%CF.docx", "济南.docx"),
        ("attachment; filename*=gb2312''%e9F.docx", "镕.docx"),
        ("attachment; filename*0*=UTF-8''%E6%B5%8E%E5; filename*1*=%8D%97; filename*2=.docx", "济南.docx"),
        ("attachment; filename*2=.docx; filename*0*=UTF-8''%E6%B5%8E%E5; filename*1*=%8D%97", "济南.docx"),
        ("attachment; filename*=%E6%B5%8E%E5%8D%97.docx", "济南.docx"),
        (b'attachment; filename="' + NAME.encode("gb18030") + b'"', NAME),
        (b"attachment; filename=" + NAME.encode("gb18030"), NAME),
        (b'attachment; filename="' + "誠信承諾書.docx".encode("gb18030") + b'"', "誠信承諾書.docx"),
        (b'attachment; filename="' + NAME.encode() + b'"', NAME),
        (f"attachment; filename=\"{word('旧.docx', 'utf-8')}\"; filename*=UTF-8''%E6%B5%8E%E5%8D%97.docx", "济南.docx"),
        ('attachment; filename="%E6%B5%8E%E5%8D%97%2B1.docx"', "济南+1.docx"),
        ('attachment; filename="100%25.docx"', "100%25.docx"),
        (f'attachment; filename="{word(word(NAME, "utf-8"), "utf-8")}"', NAME),
        ('attachment; filename="&#27982;&#21335;.docx"', "济南.docx"),
        (r'attachment; filename="C:\tmp\典型案例.docx"'.encode("gb18030"), "典型案例.docx"),
        ('attachment; filename="../../etc/a.docx"', "a.docx"),
        ('attachment; filename="a;b=c, d.docx"; size=12', "a;b=c, d.docx"),
        ("attachment; filename=a b c.docx; size=3", "a b c.docx"),
        ('attachment; filename="with \\"quotes\\".docx"', 'with "quotes".docx'),
        ("attachment; filename=\"=?utf-8?B?" + base64.b64encode("＋+.docx".encode()).decode() + '?="', "＋+.docx"),
        ('attachment; filename="' + word("a\u202ecod.exe\u200b.docx", "utf-8") + '"', "acod.exe.docx"),
        ('attachment;\r\n\tfilename="' + word("济南", "utf-8") + "\r\n " + word("案例.docx", "utf-8") + '"', "济南案例.docx"),
    ],
)  # fmt: skip
def test_file_name(read: Reading, disposition: str | bytes, expected: str) -> None:
    assert only_name(read(with_file(disposition))) == expected


def test_a_name_whole_in_one_place_and_broken_in_the_other(read: Reading) -> None:
    kind = b'application/octet-stream; name="' + word("镕基.docx", "gb18030", "gb2312").encode() + b'"'
    assert only_name(read(with_file(b'attachment; filename="\xff\xff.docx"', kind))) == "镕基.docx"


# ---- what counts as an attachment -------------------------------------------------------------------------------


@pytest.mark.parametrize("disposition", [None, "inline", "attachment", 'inline; filename=""', "attachment; size=9"])
@pytest.mark.parametrize("kind", ["application/pdf", "application/octet-stream", "application", "text/richtext"])
def test_a_file_without_name(read: Reading, disposition: str | None, kind: str) -> None:
    part = read(with_file(disposition, kind)).parts[0]
    assert (part.name, part.name_given, part.media_type, part.inline) == ("附件1.pdf", False, "application/pdf", False)


def test_inline_pdf_is_an_attachment(read: Reading) -> None:
    part = read(with_file("inline; filename=a.pdf", "application/pdf")).parts[0]
    assert (part.name, part.name_given, part.inline) == ("a.pdf", True, False)


def test_named_inline_text_is_a_file_and_not_the_body(read: Reading) -> None:
    raw = with_file("inline; filename=ATT00001.txt", "text/plain; name=ATT00001.txt", "附件里的话".encode())
    facts = read(raw)
    assert only_name(facts) == "ATT00001.txt"
    assert facts.text == "hi"


def test_a_body_that_its_client_named(read: Reading) -> None:
    facts = read(mail(body=b"hello\r\n", Content_Type="text/plain; charset=utf-8; name=body.txt"))
    assert facts.text == "hello"


def test_base64_that_nobody_declared(read: Reading) -> None:
    data = b"%PDF-1.4\n" + bytes(range(200))
    pairs: list[tuple[str, str | bytes]] = [("Content-Type", "application/pdf; name=a.pdf")]
    kind, body = multipart(
        "mixed", "b0", [leaf([("Content-Type", "text/plain")], b"hi\r\n"), leaf(pairs, base64.encodebytes(data))]
    )
    facts = read(mail(body=body, Content_Type=kind))
    assert read.data(facts.parts[0]) == data


def test_the_text_of_a_forwarded_mail_is_its_own(read: Reading) -> None:
    inner = mail(
        subject=word("历下区+典型案例", "utf-8"), body=b"https://pan.baidu.com/s/1aBcDeFgHiJkLmNoPqRsTuV code: ab12\r\n"
    )
    text = leaf([("Content-Type", "text/plain")], b"see below\r\n")
    kind, body = multipart("mixed", "b0", [text, leaf([("Content-Type", "message/rfc822")], inner)])
    facts = read(mail(body=body, Content_Type=kind))
    assert facts.text == "see below"
    assert facts.links == ()
    part = facts.parts[0]
    assert (part.name, part.container, part.name_given) == ("历下区+典型案例.eml", True, False)
    assert "历下区+典型案例" in part.text
    assert [(link.code, link.found_in) for link in part.links] == [("ab12", part.name)]


def test_headers_that_shadow_attributes(read: Reading) -> None:
    raw = (
        header("Parse", "x")
        + header("Headers_json", "y")
        + header("Headers", "z")
        + mail(subject=word(SUBJECT, "utf-8"))
    )
    assert read(raw).envelope.subject == SUBJECT


def test_backslash_u_in_text(read: Reading) -> None:
    assert read(mail(body=b"C:\\users\\new \\U0001 \\x\r\n")).text == "C:\\users\\new \\U0001 \\x"
