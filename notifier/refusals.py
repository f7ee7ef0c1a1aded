"""What a mail server's answer means for the letter: one pure function over one table.

Sources: the NetEase codes and QQ answers collected in docs (providers, section A7/A8), RFC 5321 section 4.2 and
RFC 4954 section 6 for the rest. The first row that fits wins; what no row names falls back on the code's first digit
and on how far the conversation had come.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from core.ports import Refused, SendOutcome, Sent, TryLater
from notifier.plain import one_line

Stage = Literal["connect", "login", "mail", "rcpt", "data", "end"]
"""How far the conversation had come: greeting and TLS, AUTH, MAIL FROM, RCPT TO, DATA, after the final dot."""

SOON = timedelta(minutes=5)
QUARTER = timedelta(minutes=20)  # NetEase counts MI:SFQ over 15 minutes
HOUR = timedelta(hours=1)
HOURS = timedelta(hours=3)
NEXT_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Row:
    """`codes`: pattern of the code; `words`: pattern in the server's text; `verdict`: a pause, or refused / stop."""

    codes: str
    words: str
    verdict: timedelta | Literal["refused", "stop"]
    reason: str
    stages: tuple[Stage, ...] = ()


_BEFORE_RECIPIENT: tuple[Stage, ...] = ("connect", "login", "mail")

_ROWS = (
    # Daily limits come with permanent codes but are over the next day.
    _Row("[45]..", r"MI:STC|RP:RCL|daily|day limit|单日|当日", NEXT_DAY, "已达邮箱当日发送上限，次日再发"),
    # The account itself: nothing more may go out until a person has looked.
    _Row("535|534|538", "", "stop", "登录被拒绝：授权码错误或已失效，请在网页版邮箱重新生成授权码并更新配置"),
    _Row("5..", r"no permission", "stop", "邮箱未开通SMTP服务，请在网页版邮箱设置中开启"),
    _Row("5..", r"auth error limit|too (?:much|many) fail", "stop", "登录失败次数过多，账号暂被限制，请核对授权码"),
    _Row("4..", r"too (?:much|many) fail", HOURS, "登录失败次数过多，稍后再试"),
    _Row(
        "530|503|553|550|501",
        r"authentication (?:is )?required|need (?:EHLO and )?AUTH|local user only|must issue a STARTTLS|need to login",
        "stop",
        "邮件服务器要求先登录，请检查SMTP账号配置",
    ),
    _Row(
        "5..",
        r"mail from (?:address )?must (?:be same as|equal)|NULL sender|same as authoriz|DT:SUM|MI:IMF|sender address rejected"
        r"|not owned by user|does not match",
        "stop",
        "发件人与登录账号不一致，请将发件地址设为登录邮箱",
    ),
    _Row("5..", r"DT:SPM|mail content denied|content rejected|spam", "stop", "信件内容被判为垃圾邮件，已暂停发送，请人工查看"),
    _Row("5..", r"HL:|MI:SPB|MI:NHD|MI:SPF|MI:DMA|SPF|DMARC|suspected spam ip", "stop", "本机地址或发件域名被邮件服务器拒绝，请人工处理"),
    # Frequency limits; QQ gives some of them a permanent code.
    _Row("[45]..", r"frequency limit|too many (?:connections|mails|messages|connect)", HOUR, "发送频率受限，稍后再发"),
    _Row("421", r"HL:REP", HOURS, "本机地址信誉受限，稍后再发"),
    _Row("421", "", QUARTER, "邮件服务器暂停服务或限制连接，稍后再发"),
    _Row("45.", r"MI:SFQ|MI:CEL|MI:DMC|MI:CCL|RP:CCL|RP:DRC", QUARTER, "发送频率受限，稍后再发"),
    _Row("45.", r"DT:SPM|DT:RBL|WM:BL|RP:QRC", HOUR, "邮件服务器暂缓接收，稍后再发"),
    _Row("45.", r"gr[ea]ylist|try again later|postgrey", QUARTER, "邮件服务器要求稍后重发"),
    _Row("45.", "", QUARTER, "邮件服务器暂时无法接收，稍后再发"),
    # This letter only.
    _Row("552", "", "refused", "邮件过大或附件类型不被接受"),
    _Row("55[0134]", r"user suspended", "stop", "发件账号被停用，请联系邮箱服务商", _BEFORE_RECIPIENT),
    _Row("55[0134]", r"invalid user|user (?:unknown|not found|suspended)|no such|not found|non-?existent|unavailable",
         "refused", "收件地址不存在或不可用"),
    _Row("55[0134]", r"blacklist|RP:|too much recipient|rejected by recipient", "refused", "收件方拒收"),
)  # fmt: skip
_COMPILED = tuple((row, re.compile(row.codes), re.compile(row.words, re.IGNORECASE)) for row in _ROWS)


def outcome_of(code: int, text: str, stage: Stage) -> SendOutcome:
    """The meaning of a server's answer `code text` at `stage`. 2xx and 3xx are `Sent` at the end, where they count.

    `TryLater.after` tells the pause a NetEase or QQ limit asks for. `Refused(stop=True)`: the account, the sender or
    this machine is refused, so every further letter would be, and the trying makes it worse.
    """
    said = f"{code} {one_line(text, 200)}".strip()
    if 200 <= code < 400:
        return Sent(said)
    for row, codes, words in _COMPILED:
        if codes.fullmatch(str(code)) and words.search(text[:2000]) and (not row.stages or stage in row.stages):
            return _verdict(row.verdict, f"{row.reason}（服务器答复：{said}）")
    if 400 <= code < 500:
        return TryLater(f"邮件服务器暂时无法接收（服务器答复：{said}）", None)
    if stage in _BEFORE_RECIPIENT:
        return Refused(f"邮件服务器拒绝了发件账号，请人工查看（服务器答复：{said}）", stop=True)
    return Refused(f"邮件服务器拒收此信（服务器答复：{said}）")


def _verdict(verdict: timedelta | Literal["refused", "stop"], reason: str) -> SendOutcome:
    if isinstance(verdict, timedelta):
        return TryLater(reason, verdict)
    return Refused(reason, stop=verdict == "stop")
