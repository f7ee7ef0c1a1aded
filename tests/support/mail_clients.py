"""Mail clients as data: headers and their order, charset, boundaries, file names, body, reply prefixes.

Each `Client` writes a `Draft` to bytes. Facts from mails as these clients send them; what is uncertain is kept plain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from email.utils import format_datetime

from tests.support.mail_quotes import QUOTES, lines_as_html
from tests.support.mime_pieces import (
    Draft,
    File,
    address,
    encoded_word,
    file_leaf,
    leaf,
    multipart,
    text_leaf,
)

Pairs = list[tuple[str, str | bytes]]
WPS_TYPES = {
    "docx": "application/wps-office.docx",
    "doc": "application/wps-office.doc",
    "wps": "application/wps-office.wps",
    "pdf": "application/wps-office.pdf",
}


@dataclass(frozen=True)
class Client:
    """How one client writes. `order`: header names in their order; `extras` gives the client's own ones. `boundary`
    makes the boundary of the n-th multipart. `name_style`: see File.style. `preamble`: text before the first part."""

    charset: str
    word: str  # B or Q
    boundary: Callable[[Draft, int], str]
    message_id: Callable[[Draft], str]
    order: Sequence[str]
    extras: Callable[[Draft], dict[str, str]] = lambda draft: {}
    text_transfer: str = "base64"
    html_transfer: str = "base64"
    name_style: str = "word"
    quote: str = "outlook"
    prefixes: tuple[str, str] = ("回复: ", "转发: ")
    html_head: str = ""
    html_tag: str = "div"
    has_html: bool = True
    quoted_boundary: bool = True
    preamble: bytes = b""
    media_types: dict[str, str] = field(default_factory=dict)
    quoted_names: bool = False
    date_tail: str = ""
    raw: bool = False
    signature: str = ""

    def prefix(self, how: str) -> str:
        """What stands before the subject of an answer or a forward."""
        return self.prefixes[0] if how == "reply" else self.prefixes[1]

    def write(self, draft: Draft) -> bytes:
        """The mail from its first own header to its end."""
        kind, body, coding = self._body(draft)
        values = self._headers(draft, kind, coding)
        pairs: Pairs = [(name, value) for name, value in draft.headers]
        known = {name.lower() for name, _ in pairs}
        for name in self.order:
            value = values.get(name)
            if value and name.lower() not in known:
                pairs.append((name, value))
        return leaf(pairs, body)

    def _headers(self, draft: Draft, kind: str, coding: str | None) -> dict[str, str | bytes]:
        def people(group: Sequence[tuple[str, str]]) -> str | bytes:
            joined = ",\r\n\t".join(address(one, draft.charset, self.word, self.quoted_names) for one in group)
            if not self.raw:
                return joined
            return ", ".join(f'"{name}" <{box}>' if name else box for name, box in group).encode("gb18030")

        subject: str | bytes = encoded_word(draft.subject, draft.charset, self.word)
        if self.raw:
            subject = draft.subject.encode("gb18030")
        values: dict[str, str | bytes] = {
            "Date": format_datetime(draft.date) + self.date_tail,
            "From": people([draft.sender]),
            "To": people(draft.to),
            "Cc": people(draft.cc),
            "Subject": subject,
            "Message-ID": draft.message_id or f"<{self.message_id(draft)}>",
            "In-Reply-To": draft.in_reply_to or "",
            "References": draft.references or draft.in_reply_to or "",
            "MIME-Version": "1.0",
            "Content-Type": kind,
            "Content-Transfer-Encoding": coding or "",
            **self.extras(draft),
        }
        if coding:
            values["Content-Transfer-Encoding"] = coding
        for name in ("Message-Id", "Mime-Version"):
            if name in self.order:
                values[name] = values[name.replace("Id", "ID").replace("Mime", "MIME")]
        return values

    def _texts(self, draft: Draft) -> tuple[str, str | None]:
        text = draft.text + (f"\n\n{self.signature}" if self.signature else "")
        quoted_text = quoted_html = ""
        if draft.history is not None:
            quoted_text, quoted_html = QUOTES[self.quote](draft.history, draft.how)
        if draft.html is False or (draft.html is True and not self.has_html):
            return text + quoted_text, None
        new = draft.html if isinstance(draft.html, str) else lines_as_html(text, self.html_tag)
        page = f"<html><head>{self.html_head.replace('CHARSET', draft.charset)}</head><body>{new}{quoted_html}</body></html>"
        return text + quoted_text, page

    def _body(self, draft: Draft) -> tuple[str, bytes, str | None]:
        """(Content-Type, body, transfer encoding when the mail is a single part)."""
        text, html = self._texts(draft)
        plain = text_leaf(text, "plain", draft.charset, self.text_transfer)
        inline = [file for file in draft.files if file.cid is not None and html is not None]
        attached = [file for file in draft.files if file not in inline]
        if html is None:
            current = plain
        else:
            page = text_leaf(html, "html", draft.charset, self.html_transfer)
            kind, body = multipart("alternative", self.boundary(draft, 2), [plain, page], quoted=self.quoted_boundary)
            if inline:
                first = leaf([("Content-Type", kind)], body)
                pieces = [first, *(self.file(draft, file) for file in inline)]
                kind, body = multipart("related", self.boundary(draft, 3), pieces, quoted=self.quoted_boundary,
                                       tail=';\r\n\ttype="multipart/alternative"')  # fmt: skip
            if not attached:
                return kind, self._with_preamble(body), None
            current = leaf([("Content-Type", kind)], body)
        if not attached:
            head, _, body = current.partition(b"\r\n\r\n")
            lines = head.decode("ascii").split("\r\n")
            kind = "\r\n".join(lines[:2]).removeprefix("Content-Type: ")
            return kind, body, lines[2].removeprefix("Content-Transfer-Encoding: ")
        pieces = [current, *(self.file(draft, file) for file in attached)]
        kind, body = multipart("mixed", self.boundary(draft, 1), pieces, quoted=self.quoted_boundary)
        return kind, self._with_preamble(body), None

    def _with_preamble(self, body: bytes) -> bytes:
        return self.preamble + body if self.preamble else body

    def file(self, draft: Draft, file: File) -> bytes:
        """An attachment as this client writes it."""
        return file_leaf(file, self.name_style, draft.charset, self.media_types)


_MIME_FORMAT = b"This is a multi-part message in MIME format.\r\n\r\n"


def _next_part(draft: Draft, number: int) -> str:
    """Outlook's pattern."""
    stamp = draft.token("b", 8).upper()
    return f"----=_NextPart_{number - 1:03d}_{number:04X}_01D7D4{stamp[:2]}.{stamp}"


def _domain(draft: Draft) -> str:
    return draft.sender[1].rpartition("@")[2]


FOXMAIL = Client(
    charset="GB2312",
    word="B",
    boundary=lambda d, n: f"----=_00{n}_NextPart{int(d.token('b', 10), 16) % 10**12:012d}_=----",
    message_id=lambda d: f"{d.date:%Y%m%d%H%M%S}{int(d.token('m', 8), 16) % 10**10:010d}@{_domain(d)}",
    order=("Date", "From", "To", "Cc", "Subject", "References", "X-Priority", "X-GUID", "X-Has-Attach", "X-Mailer",
           "Mime-Version", "Message-ID", "Content-Type", "Content-Transfer-Encoding"),
    extras=lambda d: {"X-Priority": "3", "X-GUID": d.token("guid").upper(), "X-Has-Attach": "yes" if d.files else "no",
                      "X-Mailer": "Foxmail 7.2.20.273[cn]"},
    html_transfer="quoted-printable",
    quote="foxmail",
    prefixes=("回复: ", "转发: "),
    html_head='<meta http-equiv="content-type" content="text/html; charset=CHARSET"><style>body { line-height: 1.5; }'
    "blockquote { margin-top: 0px; margin-bottom: 0px; margin-left: 0.5em; }</style>",
    preamble=_MIME_FORMAT,
)  # fmt: skip

QQ = Client(
    charset="utf-8",
    word="B",
    boundary=lambda d, n: f"----=_NextPart_{d.token('b', 8).upper()}_{d.token(f'c{n}', 8).upper()}_{n:08X}",
    message_id=lambda d: f"tencent_{d.token('m').upper()}0A05@qq.com",
    order=("X-QQ-mid", "X-QQ-SSF", "X-QQ-XMAILINFO", "X-HAS-ATTACH", "X-QQ-STYLE", "In-Reply-To", "References", "From",
           "To", "Cc", "Subject", "Mime-Version", "Content-Type", "Content-Transfer-Encoding", "Date", "X-Priority",
           "Message-ID", "X-QQ-MIME", "X-Mailer", "X-QQ-Mailer"),
    extras=lambda d: {"X-QQ-mid": f"webmail{d.token('mid', 10)}", "X-QQ-SSF": "00000000000000F000000000000000Z",
                      "X-HAS-ATTACH": "yes" if d.files else "no", "X-QQ-STYLE": "", "X-Priority": "3",
                      "X-QQ-MIME": "TCMime 1.0 by Tencent", "X-Mailer": "QQMail 2.x", "X-QQ-Mailer": "QQMail 2.x",
                      "Content-Transfer-Encoding": "8Bit"},
    quote="qq",
    prefixes=("回复：", "转发："),
    html_head='<meta http-equiv="Content-Type" content="text/html; charset=CHARSET">',
    preamble=_MIME_FORMAT,
    quoted_names=True,
)  # fmt: skip

NETEASE = Client(
    charset="GBK",
    word="B",
    boundary=lambda d, n: f"----=_Part_{int(d.token('b', 6), 16) + n}_{int(d.token('c', 7), 16)}.{int(d.date.timestamp())}123",
    message_id=lambda d: f"{d.token('m', 8)}.{d.token('n', 4)}.17cfd3a1b2c.Coremail.{d.sender[1]}",
    order=("X-Originating-IP", "Date", "From", "To", "Cc", "Subject", "X-Priority", "X-Mailer", "In-Reply-To", "References",
           "X-CM-CTRLDATA", "Content-Type", "Content-Transfer-Encoding", "MIME-Version", "Message-ID", "X-Coremail-Locale",
           "X-CM-TRANSID", "X-CM-SenderInfo", "X-Coremail-Antispam"),
    extras=lambda d: {
        "X-Originating-IP": "[203.0.113.7]",
        "X-Priority": "3",
        "X-Mailer": "Coremail Webmail Server Version XT5.0.13 build\r\n 20210622(1d4788a8) Copyright (c) 2002-2021 "
        "www.mailtech.cn 163com",
        "X-CM-CTRLDATA": d.token("ctrl", 24),
        "X-Coremail-Locale": "zh_CN",
        "X-CM-TRANSID": f"OsGowAD3_{d.token('t', 12)}",
        "X-CM-SenderInfo": "h2kd0w5dqj6rljoofrz/1tbiOw",
        "X-Coremail-Antispam": "1U5529EdanIXcx71UUUUU7vcSsGvfC2KfnxnUU==",
    },
    date_tail=" (CST)",
    quote="netease",
    prefixes=("Re:", "Fw:"),
    html_head="",
    quoted_boundary=True,
)  # fmt: skip

OUTLOOK = Client(
    charset="gb2312",
    word="B",
    boundary=_next_part,
    message_id=lambda d: f"000001d7d445${d.token('m', 8)}${d.token('n', 8)}$@{_domain(d)}",
    order=("From", "To", "Cc", "References", "In-Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
           "Content-Transfer-Encoding", "X-Mailer", "Thread-Index", "Content-Language"),
    extras=lambda d: {"X-Mailer": "Microsoft Outlook 16.0", "Thread-Index": f"AdfURQ{d.token('t', 20)}==",
                      "Content-Language": "zh-cn"},
    html_transfer="quoted-printable",
    quote="outlook",
    prefixes=("答复: ", "转发: "),
    html_head='<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=CHARSET"><meta name=Generator content='
    '"Microsoft Word 15 (filtered medium)">',
    html_tag="p",
    preamble=b"This is a multipart message in MIME format.\r\n\r\n",
)  # fmt: skip

APPLE = Client(
    charset="utf-8",
    word="B",
    boundary=lambda d, n: f"Apple-Mail=_{d.token(f'b{n}', 8).upper()}-0B2C-4D3E-9F10-{d.token('c', 12).upper()}",
    message_id=lambda d: f"{d.token('m', 8).upper()}-1A2B-4C3D-8E9F-{d.token('n', 12).upper()}@{_domain(d)}",
    order=("From", "Content-Type", "Content-Transfer-Encoding", "Mime-Version", "Subject", "Message-Id", "Date", "Cc", "To",
           "In-Reply-To", "References", "X-Mailer"),
    extras=lambda d: {"X-Mailer": "Apple Mail (2.3654.120.0.1.13)"},
    text_transfer="quoted-printable",
    html_transfer="quoted-printable",
    name_style="2231",
    quote="apple",
    prefixes=("回复：", "转发："),
    html_head='<meta http-equiv="Content-Type" content="text/html; charset=CHARSET">',
)  # fmt: skip

THUNDERBIRD = Client(
    charset="UTF-8",
    word="B",
    boundary=lambda d, n: f"------------{d.token(f'b{n}', 24)}",
    message_id=lambda d: f"{d.token('m', 8)}-22bb-33cc-44dd-{d.token('n', 12)}@{_domain(d)}",
    order=("To", "Cc", "References", "In-Reply-To", "From", "Subject", "Message-ID", "Date", "User-Agent", "MIME-Version",
           "Content-Type", "Content-Transfer-Encoding", "Content-Language"),
    extras=lambda d: {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:91.0) Gecko/20100101 Thunderbird/91.3.0",
                      "Content-Language": "zh-CN"},
    text_transfer="8bit",
    html_transfer="8bit",
    name_style="both",
    quote="thunderbird",
    prefixes=("Re: ", "Fwd: "),
    preamble=b"This is a multi-part message in MIME format.\r\n",
    html_tag="p",
)  # fmt: skip

MAILMASTER = Client(
    charset="utf-8",
    word="B",
    boundary=lambda d, n: f"{d.token('b', 6)}_{d.token('c', 8)}_{n:x}{d.token('e', 3)}",
    message_id=lambda d: f"{d.token('m', 6)}.{int(d.token('n', 2), 16)}.{int(d.date.timestamp())}123@DESKTOP-5A0B1C2",
    order=("Date", "From", "To", "Cc", "Message-ID", "In-Reply-To", "References", "Subject", "MIME-Version", "X-Priority",
           "Content-Type", "Content-Transfer-Encoding", "X-Mailer"),
    extras=lambda d: {"X-Priority": "3", "X-Mailer": "MailMasterPC/4.15.9.1027 (Windows 10 20H2)"},
    quote="mailmaster",
    prefixes=("回复：", "转发："),
)  # fmt: skip

GMAIL = Client(
    charset="UTF-8",
    word="B",
    boundary=lambda d, n: f"000000000000{d.token(f'b{n}', 16)}",
    message_id=lambda d: f"CAJ{d.token('m')}w@mail.gmail.com",
    order=("MIME-Version", "References", "In-Reply-To", "From", "Date", "Message-ID", "Subject", "To", "Cc", "Content-Type",
           "Content-Transfer-Encoding"),
    quote="gmail",
    prefixes=("Re: ", "Fwd: "),
    html_transfer="quoted-printable",
)  # fmt: skip

_PLAIN_ORDER = ("Date", "From", "To", "Cc", "Subject", "Message-ID", "In-Reply-To", "References", "MIME-Version", "X-Mailer",
                "Content-Type", "Content-Transfer-Encoding")  # fmt: skip


def _named(base: Client, mailer: str, **changes: object) -> Client:
    """A relative of `base` with another X-Mailer."""
    old = base.extras
    return replace(base, extras=lambda d: {**old(d), "X-Mailer": mailer}, **changes)  # type: ignore[arg-type]


CLIENTS: dict[str, Client] = {
    "foxmail": FOXMAIL,
    "foxmail-en": _named(FOXMAIL, "Foxmail 7.2.25.228[en]", quote="foxmail-en", charset="utf-8", prefixes=("Re: ", "Fw: ")),
    "qq": QQ,
    "qq-old": replace(QQ, charset="gb18030"),
    "qq-phone": replace(QQ, quote="qq-phone", signature="发自我的iPhone"),
    "exmail": replace(QQ, charset="gb18030", message_id=lambda d: f"tencent_{d.token('m').upper()}@qq.com"),
    "163": NETEASE,
    "126": NETEASE,
    "coremail-edu": _named(NETEASE, "Coremail Webmail Server Version XT6.0.1 build 20210329(c53f3fee)", charset="UTF-8",
                           quote="coremail", prefixes=("回复: ", "转发: "), date_tail=" (GMT+08:00)"),
    "outlook": OUTLOOK,
    "outlook-exchange": replace(OUTLOOK, charset="utf-8", quote="outlook-web", html_transfer="base64", text_transfer="base64",
                                boundary=lambda d, n: f"_00{n}_{d.token('b').upper()}{d.token('c', 8)}_", extras=lambda d: {
                                    "Thread-Index": "AdfURQ==", "Content-Language": "zh-CN"}),
    "outlook-rtf": replace(OUTLOOK, has_html=False, text_transfer="quoted-printable"),
    "apple": APPLE,
    "iphone": replace(APPLE, extras=lambda d: {"X-Mailer": "iPhone Mail (19A404)"}, signature="发自我的 iPhone",
                      boundary=lambda d, n: f"Apple-Mail-{d.token(f'b{n}', 8).upper()}-4C3D-8E9F-1A2B-0123456789AB",
                      quoted_boundary=False, text_transfer="base64", html_transfer="base64"),
    "thunderbird": THUNDERBIRD,
    "mailmaster": MAILMASTER,
    "mailmaster-phone": _named(MAILMASTER, "MailMasterAndroid/7.6.4 (Redmi Note 9)"),
    "phone": replace(MAILMASTER, has_html=False, order=_PLAIN_ORDER, extras=lambda d: {}, quote="qq-phone",
                     boundary=lambda d, n: f"--_com.android.email_{d.token(f'b{n}', 14)}",
                     message_id=lambda d: f"{d.token('m', 8)}-1b2c-3d4e-5f60-{d.token('n', 12)}@email.android.com",
                     media_types=WPS_TYPES, signature="发自我的小米手机"),
    "gmail": GMAIL,
    "alimail": replace(MAILMASTER, extras=lambda d: {"X-Mailer": "[Alimail-Mailagent revision 1]"}, quote="alimail",
                       order=_PLAIN_ORDER, boundary=lambda d, n: f"----=ALIBOUNDARY_{n}2345_{d.token('b', 8)}_61888801_1a2b",
                       message_id=lambda d: f"{d.token('m', 8)}-77aa-4bb8-9cc9-{d.token('n', 12)}.{d.sender[1]}"),
    "139": replace(MAILMASTER, extras=lambda d: {"X-Mailer": "Richmail_Webapp(V2.2.25)"}, quote="139", order=_PLAIN_ORDER,
                   boundary=lambda d, n: f"----=_Part_{n}_{d.token('b', 8)}", prefixes=("Re:", "Fw:"),
                   message_id=lambda d: f"2aff61888801d1c-{d.token('m', 5)}.Richmail.00037@{_domain(d)}"),
    "sina": replace(MAILMASTER, extras=lambda d: {"X-Mailer": "Sina WebMail 4.0"}, quote="sina", charset="GBK",
                    order=_PLAIN_ORDER, boundary=lambda d, n: f"=-sinamail_alt_{n}{d.token('b', 16)}",
                    prefixes=("回复：", "转发：")),
    "raw-gbk": replace(FOXMAIL, raw=True, name_style="raw-gbk", has_html=False, text_transfer="8bit", charset="gb2312",
                       order=_PLAIN_ORDER, extras=lambda d: {"X-Mailer": "FoxMail 4.0 beta 2 [cn]"}, preamble=b""),
}  # fmt: skip

__all__ = ["CLIENTS", "Client"]
