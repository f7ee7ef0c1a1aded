"""What counts as shown in the body and what as attached; envelope facts for loop guards; names made up from content."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.loop_guard import HEADERS, may_answer
from parsers.addresses import find_id, find_ids, find_people
from parsers.charset import decode_header, decode_text, rewrite_words
from parsers.file_names import MAX_LENGTH, clean_name, is_clutter, split_path
from parsers.mime_headers import parse_headers, parse_parameters
from tests.support.mail_builder import File, compose, leaf, message, multipart
from tests.support.mail_reading import Reading

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"
PHOTO = JPEG + bytes(400_000)
LOGO = b"\x89PNG\r\n\x1a\n" + bytes(3000)


@pytest.fixture
def read(tmp_path: Path) -> Reading:
    return Reading(tmp_path)


# ---- inline or attached -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "html", "inline"),
    [
        (File("扫描.jpg", PHOTO), True, False),
        (File("IMG_1.jpeg", PHOTO, disposition="inline"), False, False),  # iPhone: a photo of a page
        (File("IMG_1.jpeg", PHOTO, disposition=None), False, False),
        (File(None, PHOTO, disposition="inline"), False, True),
        (File("logo.png", LOGO, disposition="inline"), False, True),
        (File("logo.png", LOGO), False, False),  # attached by hand, whatever it is
        (File("image001.jpg", PHOTO, disposition="inline", cid="i1"), '<img src="cid:i1">', True),
        (File("image001.jpg", PHOTO, disposition="attachment", cid="i1"), '<img src="CID:I1">', True),
        (File("扫描.jpg", PHOTO, disposition="attachment", cid="f_1"), "<p>no picture</p>", False),  # Gmail, Exchange
        (File("a.pdf", b"%PDF-1.4", disposition="inline", cid="i1"), '<img src="cid:i1">', False),
        (File("invite.ics", b"BEGIN:VCALENDAR\r\n"), True, True),
        (File("smime.p7s", bytes.fromhex("308006092a864886f70d010702a080") + bytes(30)), True, True),
    ],
    ids=range(12),
)
def test_inline(read: Reading, file: File, html: bool | str, inline: bool) -> None:
    facts = read(compose("outlook", subject="x", text="y", html=html, files=[file]))
    assert [part.inline for part in facts.parts] == [inline]


def test_apple_double_keeps_the_file_only(read: Reading) -> None:
    fork = leaf(
        [("Content-Type", "application/applefile; name=a.pdf"), ("Content-Transfer-Encoding", "base64")],
        b"AAUWBw==\r\n",
    )
    pdf = leaf([("Content-Type", "application/pdf; name=a.pdf"), ("Content-Transfer-Encoding", "base64")],
               base64.encodebytes(b"%PDF-1.4"))  # fmt: skip
    kind, body = multipart("appledouble", "b", [fork, pdf])
    facts = read(message([("From", "a@b.cn"), ("Content-Type", kind)], body))
    assert [(part.name, part.media_type) for part in facts.parts] == [("a.pdf", "application/pdf")]


def test_made_up_names_are_numbered(read: Reading) -> None:
    files = [File(None, b"%PDF-1.4"), File("b.pdf", b"%PDF-1.5"), File(None, PHOTO)]
    facts = read(compose("163", subject="x", text="y", files=files))
    assert [(part.name, part.name_given) for part in facts.parts] == [
        ("附件1.pdf", False),
        ("b.pdf", True),
        ("附件3.jpg", False),
    ]


def test_a_description_that_is_a_name(read: Reading) -> None:
    part = leaf([("Content-Type", "application/octet-stream"), ("Content-Description", "=?gb2312?B?sLjA/S5wZGY=?="),
                 ("Content-Transfer-Encoding", "base64")], base64.encodebytes(b"%PDF-1.4"))  # fmt: skip
    kind, body = multipart("mixed", "b", [part])
    facts = read(message([("From", "a@b.cn"), ("Content-Type", kind)], body))
    assert (facts.parts[0].name, facts.parts[0].name_given) == ("案例.pdf", True)


# ---- the envelope -----------------------------------------------------------------------------------------------


def envelope_of(read: Reading, *lines: str) -> object:
    return read(("\r\n".join(lines) + "\r\n\r\nbody\r\n").encode()).envelope


GUARDED = [
    ("Return-Path: <>", "null return path"),
    ("AUTO-SUBMITTED: Auto-Replied", "auto-submitted"),
    ("Precedence: BULK", "precedence"),
    ("List-Id: <a.b.cn>", "list"),
    ("X-Autoreply: yes", "auto-reply header"),
    ("X-Auto-Response-Suppress: All", "answers suppressed by sender"),
    ("Delivered-To: Autoresponder", "auto-reply header"),
    ('Content-Type: multipart/report; report-type="delivery-status"; boundary=b', "report"),
    ("X-Baosong-Letter: 1", "own mail"),
]


@pytest.mark.parametrize(("line", "reason"), GUARDED)
def test_the_loop_guard_sees_what_it_needs(read: Reading, line: str, reason: str) -> None:
    envelope = read(f"From: a@b.cn\r\n{line}\r\nSubject: x\r\n\r\ny".encode()).envelope
    assert may_answer(envelope, "submission", ["sdsqedu@163.com"]) == reason


def test_every_header_of_the_loop_guard_is_kept(read: Reading) -> None:
    lines = [f"{name.title()}: value of {name}" for name in HEADERS]
    headers = read(("From: a@b.cn\r\n" + "\r\n".join(lines) + "\r\n\r\ny").encode()).envelope.headers
    assert {name for name in HEADERS if name in headers} == set(HEADERS)


def test_doubled_headers(read: Reading) -> None:
    raw = b"Received: from inside\r\nAuto-Submitted: no\r\nReturn-Path: <real@b.cn>\r\nReceived: from outside\r\n"
    raw += b"Return-Path: <forged@b.cn>\r\nAuto-Submitted: auto-generated\r\nDelivered-To: x@b.cn\r\nDelivered-To: Autoresponder\r\n"
    raw += b"From: a@b.cn\r\nSubject: first\r\nSubject: second\r\n\r\ny"
    envelope = read(raw).envelope
    assert envelope.headers["received"] == "from inside"
    assert envelope.return_path == "real@b.cn"
    assert envelope.headers["auto-submitted"] == "auto-generated"
    assert "Autoresponder" in envelope.headers["delivered-to"]
    assert envelope.subject == "first"


def test_threads_and_reply_to(read: Reading) -> None:
    raw = b"From: A@B.CN\r\nReply-To: =?gbk?B?1cXI/Q==?= <C@B.CN>\r\nMessage-ID: <1@b.cn>\r\nIn-Reply-To: <2@b.cn> (x)\r\n"
    raw += b"References: <3@b.cn>\r\n\t<2@b.cn><3@b.cn>\r\nX-Mailer: Foxmail 7.2\r\nSender: s@b.cn\r\n\r\ny"
    envelope = read(raw).envelope
    assert (envelope.message_id, envelope.in_reply_to, envelope.references) == (
        "<1@b.cn>",
        ("<2@b.cn>",),
        ("<3@b.cn>", "<2@b.cn>"),
    )
    assert (envelope.sender, envelope.reply_to, envelope.mailer) == ("a@b.cn", "c@b.cn", "Foxmail 7.2")
    for empty in ("Message-ID: <>", "Message-ID:", "Message-ID: ", "X: y"):
        assert read(f"From: a@b.cn\r\n{empty}\r\n\r\ny".encode()).envelope.message_id is None
    assert read(b"Sender: s@b.cn\r\n\r\ny").envelope.sender == "s@b.cn"
    assert read(b'From: "x" <"12345@qq.com\\">\r\n\r\ny').envelope.sender == "12345@qq.com"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@b.cn, c@d.cn; e@f.cn", ["a@b.cn", "c@d.cn", "e@f.cn"]),
        ('"Li, Si" <a@b.cn>, <c@d.cn>', ["a@b.cn", "c@d.cn"]),
        ("undisclosed-recipients:;", []),
        ("group: a@b.cn, c@d.cn;", ["a@b.cn", "c@d.cn"]),
        ("李四<a@b.cn>,王五<c@d.cn>", ["a@b.cn", "c@d.cn"]),
        ('"open quote <a@b.cn>, x <c@d.cn>', ["a@b.cn", "c@d.cn"]),
        ("", []),
        ("no address", []),
    ],
)
def test_people(value: str, expected: list[str]) -> None:
    assert [person.address for person in find_people(value)] == expected


def test_links_in_subject_text_and_history(read: Reading) -> None:
    url = "https://pan.baidu.com/s/1aBcDeFgHiJkLmNoPqRsTuV"
    raw = compose("163", subject=f"智慧助老 {url}", text="见主题", how="reply", in_reply_to="<a@b>")
    assert [(link.found_in, link.quoted) for link in read(raw).links] == [("subject", False)]
    both = compose("163", subject="智慧助老", text=f"{url} 提取码 ab12")
    assert [(link.found_in, link.code) for link in read(both).links] == [("body", "ab12")]


# ---- names ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("济南市教育局+典型案例.docx", "济南市教育局+典型案例.docx"),
        ("济南市教育局＋典型案例.docx", "济南市教育局＋典型案例.docx"),
        ("  a .docx  ", "a .docx"),
        ("a\r\n b\t.docx", "a b .docx"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\a.docx", "a.docx"),
        ("C:\\a\\b.docx", "b.docx"),
        ("a.docx...", "a.docx"),
        ("\u202ea\u2066b\u200b.docx", "ab.docx"),
        ("a\x00b\x07.docx", "ab.docx"),
        ("..", ""),
        (".", ""),
        ("", ""),
        ("///", ""),
        ('"a.docx"', "a.docx"),
        ("《案例》？.docx", "《案例》？.docx"),
        ("cafe\u0301.docx", "café.docx"),
        ("%E6%B5%8E%E5%8D%97.docx", "济南.docx"),
        ("%BC%C3%C4%CF.docx", "济南.docx"),
        ("100%.docx", "100%.docx"),
        ("A&B.docx", "A&B.docx"),
        ("a" * 300 + ".docx", "a" * (MAX_LENGTH - 5) + ".docx"),
    ],
)
def test_clean_name(raw: str, expected: str) -> None:
    assert clean_name(raw) == expected


@given(st.text(max_size=300))
def test_cleaned_names_are_safe_and_stay_so(raw: str) -> None:
    pieces = split_path(raw)
    for piece in pieces:
        assert piece.encode("utf-8")
        assert len(piece) <= MAX_LENGTH
        assert not set(piece) & set("/\\\x00\r\n\u202e")
        assert piece not in (".", "..")
    assert isinstance(is_clutter(pieces), bool)


# ---- the small readers ------------------------------------------------------------------------------------------


@given(
    st.binary(max_size=400),
    st.sampled_from([None, "gb2312", "utf-8", "hz", "iso-2022-cn", "utf-16", "utf-7", "x", "big5", "latin1", "idna"]),
)
def test_decoding_never_raises(data: bytes, label: str | None) -> None:
    text, _ = decode_text(data, label)
    text.encode("utf-8")
    assert "\x00" not in text
    decode_header(data).encode("utf-8")
    assert rewrite_words(data).isascii()


@given(
    st.text(alphabet="济南市教育局智慧助老镕喆，。+ab1 ", min_size=4, max_size=80),
    st.sampled_from(["gb18030", "utf-8"]),
)
def test_chinese_is_told_without_a_label(text: str, charset: str) -> None:
    text = "智慧助老" + text
    assert decode_text(text.encode(charset), None) == (text, False)
    assert decode_text(text.encode(charset), "us-ascii") == (text, False)


@given(st.text(max_size=200))
def test_parameters_never_raise(value: str) -> None:
    head, found = parse_parameters(value)
    assert head == head.lower()
    assert all(name == name.lower() for name in found)


@given(st.binary(max_size=300))
def test_header_blocks_never_raise_and_move_on(block: bytes) -> None:
    headers, offset = parse_headers(block)
    assert 0 <= offset <= len(block)
    assert all(name == name.lower() for name, _ in headers.items)


def test_ids() -> None:
    assert find_ids("<a@b> <c@d> <> <a@b>") == ("<a@b>", "<c@d>")
    assert find_id("a@b") == "<a@b>"
    assert find_id("two words") is None
