"""Builds raw mails the way real clients write them. For tests and the corpus; never used by the program itself.

    from tests.support.mail_builder import File, History, compose

    raw = compose("foxmail", subject="济南市教育局+智慧助老", text="请查收。\n链接：https://pan.baidu.com/s/1abc",
                  files=[File("济南市教育局+典型案例.docx", docx_bytes), File("盖章.pdf", pdf_bytes)])
    raw = compose("qq", how="reply", history=History(text="旧内容", subject="智慧助老"), text="补上扫描件", ...)
    raw = compose("163", how="forward", history=History(...), text="")

`compose(client, ...)` gives bytes with CRLF line ends. Clients (`CLIENTS` in mail_clients.py): foxmail, foxmail-en,
qq, qq-old, qq-phone, exmail, 163, 126, coremail-edu, outlook, outlook-exchange, outlook-rtf (winmail.dat is put in by
the caller as a File), apple, iphone, thunderbird, mailmaster, mailmaster-phone, phone (Android with WPS media types),
gmail, alimail, 139, sina, raw-gbk (8-bit headers of old scripts). Each brings its own headers and their order, charset
and label, boundary, encoded words, file name style, text encoding, HTML skeleton, and its wording of replies and
forwards.

Arguments of `compose`: sender (name, address), to, cc, subject (as the user sees it; how="reply"/"forward" puts the
client's prefix before it unless `keep_subject`), text (new text), html (True: the client's own choice, False: plain
only, or a string to use as the HTML of the new text), files, date (aware datetime), history + how, message_id,
in_reply_to, references, headers (extra pairs, put first), received (prepend the Received lines of 163), charset
(overrides the client's). Low-level pieces for odd mails (mime_pieces.py, also importable from here): encoded_word,
header, parameter, leaf, text_leaf, file_leaf, multipart, message, fold_base64, quoted_printable. Other builders beside
this file: archive_builder.py (zip with GBK names, rar, 7z), outlook_builder.py (winmail.dat, .msg). Nothing here imports
from `parsers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tests.support.mail_clients import CLIENTS
from tests.support.mime_pieces import (
    DEFAULT_DATE,
    MEDIA_TYPES,
    OFFICE,
    SHANGHAI,
    Draft,
    File,
    History,
    address,
    chunk_word,
    encoded_word,
    file_leaf,
    fold_base64,
    header,
    leaf,
    message,
    multipart,
    parameter,
    quoted_printable,
    received_lines,
    text_leaf,
    transfer,
    uuencode,
)

__all__ = [
    "CLIENTS",
    "DEFAULT_DATE",
    "MEDIA_TYPES",
    "OFFICE",
    "SHANGHAI",
    "Draft",
    "File",
    "History",
    "address",
    "chunk_word",
    "compose",
    "encoded_word",
    "file_leaf",
    "fold_base64",
    "header",
    "leaf",
    "message",
    "multipart",
    "parameter",
    "quoted_printable",
    "received_lines",
    "text_leaf",
    "transfer",
    "uuencode",
]


def compose(
    client: str,
    *,
    subject: str,
    text: str = "",
    sender: tuple[str, str] = ("张三", "zhangsan@example.cn"),
    to: Sequence[tuple[str, str]] = (OFFICE,),
    cc: Sequence[tuple[str, str]] = (),
    html: bool | str = True,
    files: Sequence[File] = (),
    date: datetime = DEFAULT_DATE,
    how: str = "new",
    history: History | None = None,
    keep_subject: bool = False,
    message_id: str | None = None,
    in_reply_to: str | None = None,
    references: str | None = None,
    headers: Sequence[tuple[str, str]] = (),
    received: bool = True,
    charset: str | None = None,
) -> bytes:
    """A mail as this client writes it; see the module's docstring for the arguments."""
    style = CLIENTS[client]
    if how != "new" and not keep_subject:
        subject = style.prefix(how) + subject
    draft = Draft(
        subject, text, sender, to, cc, html, files, date, how, history or (History() if how != "new" else None),
        message_id, in_reply_to, references, headers, charset or style.charset,
    )  # fmt: skip
    raw = style.write(draft)
    return (received_lines(draft) if received else b"") + raw
