"""Mails as real clients write them come out with the same subject, people, files, text and links."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.mail_builder import CLIENTS, File, History, compose
from tests.support.mail_reading import Reading

SUBJECT = "济南市教育局+智慧助老"
DOCX = b"PK\x03\x04" + bytes(400)
PDF = b"%PDF-1.4\n" + bytes(range(256)) * 20
NAMES = (
    "社区教育指导服务中心＋典型案例（盖章扫描件）很长很长很长的文件名 第2版.docx",
    "济南+典型案例.pdf",
    "朱镕基喆.docx",
)
OLD = "旧内容第一行\n链接：https://pan.baidu.com/s/1aBcDeFgHiJkLmNoPqRsTuV 提取码：ab12\n旧内容末行"


@pytest.fixture
def read(tmp_path: Path) -> Reading:
    return Reading(tmp_path)


def history(how: str) -> History:
    """An answer is to the office; what is passed on came from a school."""
    if how == "forward":
        return History(OLD, SUBJECT, ("王五", "wangwu@school.cn"), ("张三", "zhangsan@example.cn"))
    return History(OLD, SUBJECT)


@pytest.mark.parametrize("how", ["new", "reply", "forward"])
@pytest.mark.parametrize("client", sorted(CLIENTS))
def test_a_submission(read: Reading, client: str, how: str) -> None:
    files = [File(NAMES[0], DOCX), File(NAMES[1], PDF), File(NAMES[2], DOCX + b"!")]
    raw = compose(
        client,
        subject=SUBJECT,
        text="请查收，朱镕基。\n同意共享",
        how=how,
        history=history(how) if how != "new" else None,
        files=files,
        cc=[("李，四", "lisi@example.cn")],
        in_reply_to="<old@163.com>" if how == "reply" else None,
    )
    facts = read(raw)
    assert facts.envelope.subject.endswith(SUBJECT)
    assert "\ufffd" not in facts.envelope.subject
    assert (facts.envelope.sender, facts.envelope.sender_name) == ("zhangsan@example.cn", "张三")
    assert facts.envelope.to == ("sdsqedu@163.com", "lisi@example.cn")
    assert facts.envelope.date is not None
    assert facts.envelope.date.isoformat() == "2021-11-08T02:12:33+00:00"
    assert facts.envelope.return_path == "zhangsan@example.cn"
    assert [part.name for part in facts.parts] == list(NAMES)
    assert [read.data(part) for part in facts.parts] == [file.data for file in files]
    assert not any(part.inline for part in facts.parts)
    assert facts.text.startswith("请查收，朱镕基。\n同意共享")
    assert "旧内容" not in facts.text
    assert facts.forwarded is (how == "forward")
    assert not facts.defects
    assert not facts.lost
    if how == "new":
        assert (facts.quoted, facts.links) == ("", ())
    else:
        assert "旧内容末行" in facts.quoted
        assert [(link.url, link.code, link.quoted) for link in facts.links] == [
            ("https://pan.baidu.com/s/1aBcDeFgHiJkLmNoPqRsTuV", "ab12", True)
        ]


@pytest.mark.parametrize("client", sorted(CLIENTS))
def test_a_forward_with_a_mended_subject_and_no_note(read: Reading, client: str) -> None:
    """People take the client's prefix away because the notice asks for a subject; it stays a forward."""
    raw = compose(client, subject=SUBJECT, keep_subject=True, how="forward", history=history("forward"))
    facts = read(raw)
    assert facts.forwarded
    assert "旧内容末行" in facts.quoted


# Foxmail's block names no address, so nothing tells whose letter it is.
@pytest.mark.parametrize("client", sorted(set(CLIENTS) - {"foxmail", "foxmail-en", "raw-gbk"}))
def test_our_own_letter_passed_back_is_history(read: Reading, client: str) -> None:
    """Someone answers by pressing 转发, because only that keeps the attachments: our letter is no material."""
    facts = read(
        compose(client, subject="需补正：" + SUBJECT, text="已补", how="forward", history=History(OLD, SUBJECT))
    )
    assert not facts.forwarded


@pytest.mark.parametrize("client", sorted(CLIENTS))
def test_plain_only_and_html_only(read: Reading, client: str) -> None:
    plain = read(compose(client, subject=SUBJECT, text="只有文字\n第二行", html=False))
    assert plain.text.startswith("只有文字\n第二行")
    assert not plain.parts
    assert not plain.defects
    page = read(compose(client, subject=SUBJECT, text=" ", html="<div>只有<b>网页</b></div><div>第二行&nbsp;</div>"))
    if CLIENTS[client].has_html:
        assert page.text.removeprefix("发自我的 iPhone\n").removeprefix("发自我的iPhone\n") == "只有网页\n第二行"


@pytest.mark.parametrize("client", [name for name in sorted(CLIENTS) if CLIENTS[name].has_html])
def test_pictures_shown_in_the_text_are_inline(read: Reading, client: str) -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(50_000)
    raw = compose(
        client,
        subject=SUBJECT,
        text="见图",
        html='<div>见图</div><img src="cid:pic1@abc">',
        files=[
            File("image001.png", png, disposition="inline", cid="pic1@abc"),
            File("扫描.jpg", b"\xff\xd8\xff" + bytes(90_000)),
        ],
    )
    facts = read(raw)
    assert [(part.name, part.inline) for part in facts.parts] == [("image001.png", True), ("扫描.jpg", False)]


@pytest.mark.parametrize("style", ["word", "word-bare", "2231", "2231-gbk", "raw-utf8", "raw-gbk", "percent", "both"])
@pytest.mark.parametrize("names", ["both", "type", "disposition"])
def test_every_way_to_write_a_file_name(read: Reading, style: str, names: str) -> None:
    name = "历城区社区教育中心+典型案例（盖章）.docx"
    for charset in ("utf-8", "gb2312", "GB18030"):
        raw = compose("163", subject=SUBJECT, files=[File(name, DOCX, style=style, names=names)], charset=charset)
        assert [part.name for part in read(raw).parts] == [name]


@pytest.mark.parametrize("how", ["base64", "quoted-printable", "x-uuencode", "uuencode", "binary"])
def test_transfer_encodings(read: Reading, how: str) -> None:
    data = b"%PDF-1.4\r\n" + bytes(range(256)).replace(b"\r", b"").replace(b"\n", b"") * 9 + b"\r\n"
    facts = read(compose("outlook", subject=SUBJECT, files=[File("a.pdf", data, transfer=how)]))
    stored = read.data(facts.parts[0])
    assert stored in (data, data.rstrip(b"\r\n"))
    assert facts.parts[0].media_type == "application/pdf"
    assert not facts.lost
