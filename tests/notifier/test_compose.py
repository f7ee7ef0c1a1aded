"""The composed mail, read back by the standard library: every header, every part, whatever the plan and thread hold."""

from __future__ import annotations

import email
import email.policy
import html
import re
from dataclasses import replace
from datetime import timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest

from core.findings import finding
from core.letter import Letter
from tests.notifier.letter_samples import (
    FROM,
    NOW,
    OFFICE,
    PLANS,
    blank_form,
    campaign,
    item,
    thread_for,
    write,
)  # fmt: skip

HOSTILE = (
    "济南\r\nBcc: victim@example.test", "a\nX-Injected: 1", "\r\n\r\n<script>alert(1)</script>", "\x00\x1b[31m红",
    "\u202egnp.exe", "=?utf-8?B?QmNjOiB4QHkueg==?=", "“引号”\"双\"<a@b.cn>,;:()\\", "\ud800坏", "长" * 100_000,
    "&lt;b&gt;", "{{ 7*7 }}{% raw %}", "👨\u200d👩\u200d👧\u200d👦 𠮷 镕 㐂 \U000e0041", "", " \t ",
)  # fmt: skip


def read(letter: Letter) -> EmailMessage:
    message = email.message_from_bytes(letter.raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def bodies(letter: Letter) -> tuple[str, str]:
    message = read(letter)
    parts = {p.get_content_type(): p.get_content() for p in message.walk() if p.get_content_maintype() == "text"}
    return parts["text/plain"].replace("\r\n", "\n"), parts["text/html"].replace("\r\n", "\n")


def attachments(letter: Letter) -> dict[str, bytes]:
    return {str(p.get_filename()): p.get_payload(decode=True) for p in read(letter).iter_attachments()}


def check_bytes(raw: bytes) -> None:
    """7-bit, CRLF only, no long line: passes every server unchanged."""
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    head = raw.partition(b"\r\n\r\n")[0]
    for line in head.split(b"\r\n"):
        assert len(line) <= 76 or b"=?" not in line, line


@pytest.mark.parametrize("name", PLANS)
def test_parts_come_back_as_they_were_written(name: str) -> None:
    letter = write(PLANS[name])
    check_bytes(letter.raw)
    message = read(letter)
    assert not message.defects
    assert all(not part.defects for part in message.walk())
    text, page = bodies(letter)
    assert (text, page) == (letter.text, letter.html)
    for part in message.walk():
        if part.get_content_maintype() == "text":
            assert part["Content-Transfer-Encoding"] == "base64"
            assert part.get_content_charset() == "utf-8"
    order = [p.get_content_type() for p in message.walk() if p.get_content_maintype() == "text"]
    assert order == ["text/plain", "text/html"]  # the last alternative is the one shown (RFC 2046 section 5.1.4)


def test_headers_of_an_answer() -> None:
    message = read(write(PLANS["correction"], letter_id="answer-17-correction"))
    assert message["From"].addresses[0].addr_spec == FROM
    assert message["From"].addresses[0].display_name == OFFICE
    assert message["To"].addresses[0].addr_spec == "jnjyj@126.com"
    assert message["To"].addresses[0].display_name == "王老师"
    assert message["Subject"] == "回复：材料报送"
    assert message["Date"].datetime == NOW.replace(microsecond=0)
    assert message["Date"].endswith("+0800")
    assert re.fullmatch(r"<answer-17-correction\.[0-9a-f]{10}@163\.com>", message["Message-ID"])
    assert message["In-Reply-To"] == "<6189C2A1.0B5F41.01234@126.com>"
    assert message["References"] == "<6189C2A1.0B5F41.01234@126.com>"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["X-Baosong-Letter"] == "answer-17-correction"
    assert message["Precedence"] is None
    assert message["Bcc"] is None
    assert message["Reply-To"] is None
    assert len(message.keys()) == len({key.lower() for key in message.keys()})  # noqa: SIM118 -- keys repeat in mails


@pytest.mark.parametrize(
    ("name", "answered", "wanted"),
    [
        ("receipt", True, "auto-replied"), ("receipt", False, "auto-replied"), ("reminder", False, "auto-generated"),
        ("reminder-open", True, "auto-generated"), ("link-dead", True, "auto-generated"), ("free", True, "auto-replied"),
        ("free", False, "auto-generated"),
    ],
)  # fmt: skip
def test_automatic_mark_by_kind(name: str, answered: bool, wanted: str) -> None:
    thread = thread_for(PLANS[name], message_id="<a@b.cn>" if answered else None)
    assert read(write(PLANS[name], thread))["Auto-Submitted"] == wanted


def test_message_id_hangs_on_letter_and_mailbox_only() -> None:
    first = write(PLANS["receipt"], letter_id="17-receipt")
    later = write(PLANS["correction"], letter_id="17-receipt", now=NOW + timedelta(days=1))
    other = write(PLANS["receipt"], letter_id="17-receipt", from_address="another@163.com")
    assert first.message_id == later.message_id == read(first)["Message-ID"]
    assert first.message_id != other.message_id
    strange = [write(PLANS["receipt"], letter_id=i).message_id for i in ("a b", "a\r\nb", "中文", "中外", "", "x" * 500)]
    assert len(set(strange)) == len(strange)
    assert all(re.fullmatch(r"<[A-Za-z0-9.-]+@163\.com>", identity) for identity in strange)


def test_same_input_same_bytes() -> None:
    assert write(PLANS["correction"]).raw == write(PLANS["correction"]).raw


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("济南市教育局+智慧助老", "回复：济南市教育局+智慧助老"),
        ("Re: 济南市教育局+智慧助老", "回复：济南市教育局+智慧助老"),
        ("回复：Re:回复: 答复： 济南市教育局+智慧助老", "回复：济南市教育局+智慧助老"),
        ("RE[2]: x", "回复：x"), ("回复(3)：x", "回复：x"), ("转发：济南市教育局+智慧助老", "回复：转发：济南市教育局+智慧助老"),
        ("Regarding x", "回复：Regarding x"), ("回复函", "回复：回复函"),
        ("", "回复：“智慧助老”优质工作案例、教育培训项目及课程资源推介材料"),
        ("a\r\nBcc: x@y.cn", "回复：a Bcc: x@y.cn"),
    ],
)  # fmt: skip
def test_subject(theirs: str, ours: str) -> None:
    thread = thread_for(PLANS["receipt"], subject=theirs)
    letter = write(PLANS["receipt"], thread)
    assert letter.subject == ours == read(letter)["Subject"]


def test_subject_of_letters_that_answer_nothing() -> None:
    thread = thread_for(PLANS["reminder"], subject="", message_id=None)
    assert write(PLANS["reminder"], thread).subject == f"关于报送{campaign().name}材料的提示"
    own = write(PLANS["free"], replace(thread, subject="关于第二批报送时间"))
    assert own.subject == "关于第二批报送时间"


def test_subject_is_encoded_in_short_whole_words() -> None:
    subject = "德州市教育和体育局+智慧助老𠮷镕👨‍👩‍👧‍👦" * 5
    letter = write(PLANS["receipt"], thread_for(PLANS["receipt"], subject=subject))
    head = letter.raw.partition(b"\r\n\r\n")[0].decode()
    value = re.search(r"^Subject: (.*?)(?=\r\n\S)", head, re.DOTALL | re.MULTILINE).group(1)  # type: ignore[union-attr]
    words = value.split("\r\n ")
    assert all(len(word) <= 75 for word in words)
    for word in words:  # each decodes by itself, as clients that show word by word need it
        assert "\ufffd" not in str(make_header(decode_header(word)))
    assert str(make_header(decode_header(value))) == letter.subject


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_stranger_becomes_a_header(text: str) -> None:
    wanted = set(read(write(PLANS["receipt"])).keys())
    bad = item("case", text, text, finding("scan.missing", text), word=text, scans=(text, text), right_word=text)
    hostile = replace(
        PLANS["correction"], unit=text, receipt_number=text, subject_received=text, batch_name=text, words=text,
        right_subject=text, right_names=(text,), companions=(text,), items=(bad,), blank_forms=(text, "case"),
    )  # fmt: skip
    thread = thread_for(hostile, subject=text, to_name=text, message_id=text, references=(text, "<ok@b.cn>"))
    letter = write(hostile, thread, from_name=text, letter_id=text)
    check_bytes(letter.raw)
    message = read(letter)
    assert set(message.keys()) - {"In-Reply-To", "References"} == wanted - {"In-Reply-To", "References"}
    assert [a.addr_spec for a in message["To"].addresses] == ["jnjyj@126.com"]
    assert [a.addr_spec for a in message["From"].addresses] == [FROM]
    assert len(letter.subject) <= 220
    assert "<script" not in letter.html.lower()
    assert "49" not in letter.text.replace("2021", "")
    assert len(letter.text) < 30_000


def test_address_with_line_break_adds_no_recipient() -> None:
    letter = write(PLANS["receipt"], thread_for(PLANS["receipt"], to="a@b.cn\r\nBcc: c@d.cn, e@f.cn", to_name=""))
    message = read(letter)
    assert "Bcc" not in message
    assert message["To"].addresses == ()
    assert b"c@d.cn" not in letter.raw
    assert letter.to == "a@b.cn\r\nBcc: c@d.cn, e@f.cn"  # the sender refuses it; nobody else is written to instead


def test_long_threads_are_bounded_and_broken_ids_left_out() -> None:
    many = tuple(f"<{n}@b.cn>" for n in range(1000))
    thread = thread_for(PLANS["receipt"], message_id="<last@b.cn>", references=(*many, "<last@b.cn>", "not an id", ""))
    references = read(write(PLANS["receipt"], thread))["References"].split()
    assert references[0] == "<0@b.cn>"
    assert references[-2:] == ["<999@b.cn>", "<last@b.cn>"]
    assert len(references) == 12
    for broken in ("", None, "<>", "<a b@c>", "<" + "x" * 2000 + "@y>", "<中@文>"):
        message = read(write(PLANS["receipt"], thread_for(PLANS["receipt"], message_id=broken)))
        assert "In-Reply-To" not in message
        assert "References" not in message
    assert read(write(PLANS["receipt"], thread_for(PLANS["receipt"], message_id="a@b.cn")))["In-Reply-To"] == "<a@b.cn>"


def test_blank_form_comes_whole_under_both_spellings_of_its_name() -> None:
    letter = write(PLANS["correction-form"])
    name = "附件2 “智慧助老”专题典型案例申报表.docx"
    assert attachments(letter) == {name: blank_form("case")}
    assert name in letter.text
    assert name in html.unescape(letter.html)
    raw = letter.raw.decode()
    plain = re.search(r'\r\n filename="(.*?)";\r\n filename\*=UTF-8\'\'(\S+)\r\n', raw, re.DOTALL)
    assert plain is not None
    assert str(make_header(decode_header(plain.group(1).replace("\r\n", "")))) == name
    old = email.message_from_bytes(letter.raw)  # the compat32 policy, as older programs read it
    part = next(p for p in old.walk() if p.get_filename())
    assert str(make_header(decode_header(part.get_filename() or ""))) == name
    assert part.get_content_type() == "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def test_blank_forms_only_of_known_categories_each_once() -> None:
    letter = write(replace(PLANS["correction-form"], blank_forms=("case", "case", "unknown")))
    assert len(attachments(letter)) == 1
    assert "unknown" not in letter.text
