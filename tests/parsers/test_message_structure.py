"""Broken, odd and hostile mails: read as far as they go, in bounded time and memory, never with an exception."""

from __future__ import annotations

import base64
import email
import email.policy
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.ports import ReadLimits
from parsers.mime_walk import walk
from parsers.raw_file import WINDOW, RawFile
from tests.support.mail_builder import File, compose, leaf, message, multipart
from tests.support.mail_reading import Reading

PDF = b"%PDF-1.4\n" + bytes(range(256)) * 4
HEAD = "From: a@b.cn\r\nTo: sdsqedu@163.com\r\nSubject: s\r\nMIME-Version: 1.0\r\n"


@pytest.fixture
def read(tmp_path: Path) -> Reading:
    return Reading(tmp_path)


def usual(client: str = "qq") -> bytes:
    return compose(
        client, subject="济南市教育局+智慧助老", text="正文", files=[File("a.pdf", PDF), File("b.pdf", PDF + b"b")]
    )


# ---- line ends, beginnings, ends --------------------------------------------------------------------------------


@pytest.mark.parametrize("client", ["qq", "163", "foxmail", "apple", "thunderbird"])
@pytest.mark.parametrize("ends", [b"\n", b"\r", b"mixed"])
def test_line_ends(read: Reading, client: str, ends: bytes) -> None:
    raw = usual(client)
    if ends == b"mixed":
        lines = raw.split(b"\r\n")
        raw = b"".join(line + (b"\r\n" if number % 3 else b"\n") for number, line in enumerate(lines))
    else:
        raw = raw.replace(b"\r\n", ends)
    facts = read(raw)
    assert facts.envelope.subject == "济南市教育局+智慧助老"
    assert facts.text == "正文"
    assert [read.data(part) for part in facts.parts] == [PDF, PDF + b"b"]


@pytest.mark.parametrize("head", [b"From a@b.cn Mon Nov  8 10:00:00 2021\n", b">From x\r\n", b"\r\n\r\n", b"\n"])
def test_beginnings(read: Reading, head: bytes) -> None:
    facts = read(head + usual())
    assert facts.envelope.subject == "济南市教育局+智慧助老"
    assert len(facts.parts) == 2


def test_without_a_closing_boundary(read: Reading) -> None:
    raw = usual().rstrip()
    raw = raw[: raw.rindex(b"\r\n--")] + b"\r\n"
    facts = read(raw)
    assert [read.data(part) for part in facts.parts] == [PDF, PDF + b"b"]
    assert "no_closing_boundary" in facts.defects
    assert not facts.lost  # nothing is missing


def test_cut_off_in_the_middle_of_a_file(read: Reading) -> None:
    raw = usual()
    facts = read(raw[: raw.rindex(base64.encodebytes(PDF + b"b")[-60:-30]) + 7])
    assert read.data(facts.parts[0]) == PDF
    assert facts.lost


@pytest.mark.parametrize("share", [n / 20 for n in range(1, 20)])
def test_cut_off_anywhere(read: Reading, share: float) -> None:
    raw = usual("foxmail")
    facts = read(raw[: int(len(raw) * share)])
    assert facts.size == int(len(raw) * share)


def test_empty_and_headless(read: Reading) -> None:
    for raw in (b"", b"\n", b"\r\n\r\n", b"just text\n", b"\x00" * 100, b"\xff\xfe" * 50):
        facts = read(raw)
        assert facts.envelope.sender is None
        assert facts.envelope.message_id is None
    assert read(b"just text\nand more\n").text == "just text\nand more"


# ---- boundaries -------------------------------------------------------------------------------------------------


def test_no_boundary_declared(read: Reading) -> None:
    body = "--xyz\r\nContent-Type: text/plain\r\n\r\nhello\r\n--xyz\r\nContent-Type: application/pdf; name=a.pdf\r\n"
    body += "Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(PDF).decode() + "--xyz--\r\n"
    for kind in ("Content-Type: multipart/mixed\r\n", 'Content-Type: multipart/mixed; boundary="other"\r\n', ""):
        facts = read((HEAD + kind + "\r\n" + body).encode())
        assert facts.text == "hello"
        assert [read.data(part) for part in facts.parts] == [PDF]
        assert "boundary_guessed" in facts.defects


def test_multipart_that_is_none(read: Reading) -> None:
    facts = read((HEAD + 'Content-Type: multipart/mixed; boundary="b"\r\n\r\nplain words only\r\n').encode())
    assert facts.text == "plain words only"
    assert "no_boundary" in facts.defects


def test_an_inner_multipart_that_never_ends(read: Reading) -> None:
    raw = HEAD + 'Content-Type: multipart/mixed; boundary="out"\r\n\r\n--out\r\n'
    raw += 'Content-Type: multipart/alternative; boundary="in"\r\n\r\n--in\r\nContent-Type: text/plain\r\n\r\nhello\r\n'
    raw += "--out\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n%PDF-1.4\r\n--out--\r\n"
    facts = read(raw.encode())
    assert facts.text == "hello"
    assert [part.name for part in facts.parts] == ["a.pdf"]


def test_parts_after_the_end(read: Reading) -> None:
    text = leaf([("Content-Type", "text/plain")], b"hello\r\n")
    kind, body = multipart("mixed", "b", [text])
    extra = b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n%PDF-1.4\r\n--b--\r\n"
    facts = read(message([("From", "a@b.cn"), ("Content-Type", kind)], body + extra))
    assert [part.name for part in facts.parts] == ["a.pdf"]


def test_one_boundary_is_the_beginning_of_another(read: Reading) -> None:
    text = leaf([("Content-Type", "text/plain")], b"hello\r\n--b1 is no boundary\r\n")
    kind, inner = multipart("alternative", "b1x", [text])
    pdf = leaf([("Content-Type", "application/pdf; name=a.pdf")], b"%PDF-1.4\r\n")
    outer_kind, body = multipart("mixed", "b1", [leaf([("Content-Type", kind)], inner), pdf])
    facts = read(message([("From", "a@b.cn"), ("Content-Type", outer_kind)], body))
    assert facts.text == "hello\n--b1 is no boundary"
    assert [part.name for part in facts.parts] == ["a.pdf"]


def test_headers_without_a_blank_line_after_them(read: Reading) -> None:
    body = b"--b\r\nContent-Type: text/plain; charset=utf-8\r\nhello there\r\n--b--\r\n"
    facts = read(message([("From", "a@b.cn"), ("Content-Type", 'multipart/mixed; boundary="b"')], body))
    assert facts.text == "hello there"


def test_a_broken_fold_among_the_headers(read: Reading) -> None:
    raw = "From: a@b.cn\r\nSubject: 济南市教育局\r\n+智慧助老\r\nDate: Mon, 8 Nov 2021 10:00:00 +0800\r\n\r\nbody\r\n"
    facts = read(raw.encode("gb18030"))
    assert facts.envelope.subject == "济南市教育局 +智慧助老"
    assert facts.envelope.date is not None
    assert facts.text == "body"


def test_single_part_mails_that_are_a_file(read: Reading) -> None:
    raw = HEAD + "Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    facts = read(raw.encode() + base64.encodebytes(PDF))
    assert facts.text == ""
    assert [read.data(part) for part in facts.parts] == [PDF]


def test_uuencoded_files_in_the_text(read: Reading) -> None:
    import binascii

    lines = [binascii.b2a_uu(PDF[at : at + 45]).decode() for at in range(0, len(PDF), 45)]
    body = "hello\nbegin here and read on\nbegin 644 案例.pdf\n" + "".join(lines) + "`\nend\nbye\n"
    facts = read((HEAD + "\r\n").encode() + body.encode("gb18030"))
    assert facts.text == "hello\nbegin here and read on\n\nbye"
    assert facts.parts[0].name == "案例.pdf"
    assert read.data(facts.parts[0]) == PDF


@pytest.mark.parametrize(
    ("noise", "ok"),
    [(b"", True), (b"\r\n\r\n-- \r\nlist footer, not base64!\r\n", True), (b" \r\n", True), (b"\r\n" * 50, True)],
)
def test_base64_with_something_after_it(read: Reading, noise: bytes, ok: bool) -> None:
    data = PDF + b"x"  # so that it ends with padding
    part = leaf([("Content-Type", "application/pdf; name=a.pdf"), ("Content-Transfer-Encoding", "base64")],
                base64.encodebytes(data) + noise)  # fmt: skip
    kind, body = multipart("mixed", "b", [part])
    facts = read(message([("From", "a@b.cn"), ("Content-Type", kind)], body))
    assert (read.data(facts.parts[0]) == data) is ok


def test_base64_in_pieces_and_without_padding(read: Reading) -> None:
    pieces = base64.encodebytes(b"%PDF-1") + base64.encodebytes(b".4 one") + base64.b64encode(b"four")[:-2]
    part = leaf([("Content-Type", "application/pdf; name=a.pdf"), ("Content-Transfer-Encoding", "BASE64")], pieces)
    kind, body = multipart("mixed", "b", [part])
    facts = read(message([("From", "a@b.cn"), ("Content-Type", kind)], body))
    assert read.data(facts.parts[0]) == b"%PDF-1.4 onefour"


def test_flowed_text(read: Reading) -> None:
    kind = "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n\r\n"
    facts = read(
        (HEAD + kind + "链接：https://pan.baidu.com/s/1aBcDeFgHi \r\nJkLmNoPqRsTuV 提取码：ab12\r\n下一段\r\n").encode()
    )
    assert facts.text == "链接：https://pan.baidu.com/s/1aBcDeFgHiJkLmNoPqRsTuV 提取码：ab12\n下一段"


# ---- hostile ----------------------------------------------------------------------------------------------------


def nested(levels: int) -> bytes:
    head = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(levels))
    return b"From: a@b.cn\r\n" + head + b"Content-Type: text/plain\r\n\r\nhello\r\n"


def nested_mails(levels: int) -> bytes:
    return b"From: a@b.cn\r\nContent-Type: message/rfc822\r\n\r\n" * levels + b"From: a@b.cn\r\n\r\nhello\r\n"


HOSTILE: dict[str, bytes] = {
    "5000 levels": nested(5000),
    "5000 mails in one another": nested_mails(5000),
    "10000 parts": b'From: a@b.cn\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 10_000 + b"--b--",
    "100000 headers": b"".join(b"X-%d: y\r\n" % n for n in range(100_000)) + b"From: a@b.cn\r\n\r\nx",
    "a header of 5 MB": b"Subject: " + b"x" * 5_000_000 + b"\r\nFrom: a@b.cn\r\n\r\nx",
    "headers without end": b"X: y\n" * 400_000,
    "a folded header of 3 MB": b"Subject: a\r\n" + b" b\r\n" * 800_000 + b"\r\nx",
    "an address list of 1 MB": b"To: " + b"a@b.cn, " * 130_000 + b"\r\n\r\nx",
    "open quotes": b'From: "' * 30_000 + b"\r\n\r\nx",
    "words without end": b"Subject: " + b"=?utf-8?B?" * 50_000 + b"\r\n\r\nx",
    "words": b"Subject: " + b"=?utf-8?Q?a?= " * 50_000 + b"\r\n\r\nx",
    "parameters": b"Content-Type: text/plain" + b'; a="b' * 60_000 + b"\r\n\r\nx",
    "like a boundary": b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"\n--bx" * 500_000,
    "boundary in one line": b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b" * 1_500_000,
    "dashes": b'Content-Type: multipart/mixed; boundary="-"\r\n\r\n' + b"---\r\n" * 500_000,
    "equals signs in base64": b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"A=" * 2_000_000,
    "quoted-printable in one line": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=E6=B5=8E" * 400_000,
    "text of 20 MB": b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "智慧助老 ".encode() * 1_500_000,
    "html of 2 MB": b"Content-Type: text/html\r\n\r\n" + b"<div><a href='x'>" * 150_000,
    "NULs": b"From: a\x00@b.cn\r\nSubject: a\x00b\r\n\r\n" + b"\x00" * 1_000_000,
    "begin lines": b"Content-Type: text/plain\r\n\r\n" + b"begin 644 a\nM" * 100_000,
    "message ids": b"References: " + b"<a@b> " * 100_000 + b"\r\n\r\nx",
    "received": b"Received: from a by b; " + b"(" * 60_000 + b"\r\nFrom: a@b.cn\r\n\r\nx",
    "comments in a date": b"Date: " + b"(" * 60_000 + b"\r\n\r\nx",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile(read: Reading, name: str) -> None:
    begin = time.process_time()
    facts = read(HOSTILE[name])
    assert time.process_time() - begin < 6
    assert facts.size == len(HOSTILE[name])
    assert len(facts.parts) <= ReadLimits().parts
    assert "\x00" not in facts.text + facts.envelope.subject


def test_what_was_left_out_is_told(read: Reading) -> None:
    assert read(HOSTILE["5000 levels"]).lost
    assert read(HOSTILE["10000 parts"]).lost
    assert "text_cut" in read(HOSTILE["text of 20 MB"]).defects


def test_memory_for_a_mail_of_70_mb(tmp_path: Path) -> None:
    """Measured in a process of its own: the peak of this one says nothing."""
    path = tmp_path / "raw.eml"
    chunk = base64.encodebytes(b"\x00\x01\x02" * 19_000)
    with path.open("wb") as file:
        file.write(
            b'From: a@b.cn\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n'
        )
        file.write(b"--b\r\nContent-Type: video/mp4; name=a.mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n")
        for _ in range(70 * 2**20 // len(chunk)):
            file.write(chunk)
        file.write(b"\r\n--b--\r\n")
    code = """
        import resource, sys
        from pathlib import Path
        from core.ports import ReadLimits
        from parsers.message import read_mail
        from tests.support.plain_blobs import PlainBlobs
        folder = Path(sys.argv[1])
        small = folder / "small.eml"
        small.write_bytes(b"From: a@b.cn\\r\\n\\r\\nx")
        blobs = PlainBlobs(folder)
        read_mail(small, blobs, ReadLimits())
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        facts = read_mail(folder / "raw.eml", blobs, ReadLimits())
        assert facts.parts[0].size > 50 * 2**20, facts.parts
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert int(done.stdout) < 25 * 1024  # KB


# ---- properties -------------------------------------------------------------------------------------------------

_LINE = st.text(alphabet='abc -=:;"<>/济\t', max_size=40)
_HEADER = st.sampled_from(
    [
        "From",
        "Subject",
        "Content-Type",
        "Content-Disposition",
        "Content-Transfer-Encoding",
        "To",
        "Date",
        "Message-ID",
        "X",
    ]
)
_VALUE = st.one_of(
    _LINE,
    st.sampled_from(
        [
            'multipart/mixed; boundary="b"', "multipart/alternative; boundary=c", "text/html; charset=gbk", "base64", "message/rfc822",
            "quoted-printable", 'attachment; filename="=?gbk?B?vMPE?="', "uuencode", "application/zip; name*0*=utf-8''%E6; name*1=x",
        ]
    ),
)  # fmt: skip
_PIECE = st.one_of(
    st.tuples(_HEADER, _VALUE).map(": ".join),
    st.sampled_from(["--b", "--c", "--b--", "--c--", "", "", "begin 644 a", "end", "PK\x03\x04", "JVBERi0xLjQK"]),
    _LINE,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_PIECE, max_size=40), st.sampled_from(["\r\n", "\n", "\r"]), st.sampled_from(["utf-8", "gb18030"]))
def test_any_lines(read: Reading, lines: list[str], end: str, charset: str) -> None:
    raw = end.join(lines).encode(charset)
    facts = read(raw, replace(ReadLimits(), parts=50))
    assert facts.size == len(raw)
    for text in (
        facts.text,
        facts.quoted,
        facts.envelope.subject,
        facts.envelope.sender_name,
        *facts.envelope.headers.values(),
    ):
        text.encode("utf-8")
    for part in facts.parts:
        assert part.name
        assert not set(part.name) & set("/\\\x00\n\r")
        assert part.path[-1] == part.name


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=2000))
def test_any_bytes(read: Reading, raw: bytes) -> None:
    assert read(raw).size == len(raw)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=60),
    st.lists(
        st.tuples(st.text("案例盖章abc+＋ .()", min_size=1, max_size=30), st.binary(min_size=1, max_size=300)),
        max_size=4,
    ),
)
def test_what_the_standard_library_writes(read: Reading, text: str, files: list[tuple[str, bytes]]) -> None:
    """Another program's mail, read back: the email package is the independent party here."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        "张三 <a@b.cn>",
        "sdsqedu@163.com",
        "济南市教育局+智慧助老（第二批）" * 3,
    )
    mail.set_content(text)
    for name, data in files:
        mail.add_attachment(data, maintype="application", subtype="x-test", filename=f"文{name}件.bin")
    facts = read(mail.as_bytes(policy=email.policy.SMTP))
    assert facts.envelope.subject == "济南市教育局+智慧助老（第二批）" * 3
    assert [read.data(part) for part in facts.parts] == [data for _, data in files]
    assert [part.name.replace(" ", "") for part in facts.parts] == [
        f"文{name}件.bin".replace(" ", "") for name, _ in files
    ]
    if not any(mark in text for mark in ("<", ">", "\u2028", "\x85", "\u2029")):
        assert "".join(facts.text.split()) == "".join(text.replace("\u200b", "").split())


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 3 * WINDOW), st.integers(1, 60))
def test_search_across_windows(tmp_path_factory: pytest.TempPathFactory, place: int, length: int) -> None:
    path = tmp_path_factory.getbasetemp() / "windows.bin"
    needle = b"#" * length + b"!"
    with path.open("wb") as file:
        file.truncate(3 * WINDOW + 200)
        file.seek(place)
        file.write(needle)
    with RawFile(path) as source:
        assert source.find(needle, 0, source.size) == place
        assert source.find(needle, place + 1, source.size) == -1
        assert source.find(needle, 0, place + len(needle) - 1) == -1
        assert source.read(place, place + len(needle)) == needle


def test_the_walk_agrees_with_the_standard_library(tmp_path: Path) -> None:
    for client in ("qq", "163", "foxmail", "apple", "outlook", "gmail", "alimail", "139"):
        raw = usual(client)
        path = tmp_path / "x.eml"
        path.write_bytes(raw)
        with RawFile(path) as source:
            ours = [one.media_type for one in walk(source, 100).leaves]
        theirs = [part.get_content_type() for part in email.message_from_bytes(raw).walk() if not part.is_multipart()]
        assert ours == theirs
