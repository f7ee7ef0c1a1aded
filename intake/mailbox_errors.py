"""What can go wrong at the mailbox, as a tiny vocabulary, and the one place where the IMAP library's exceptions and
the servers' texts are translated into it, with advice a school office can follow. Pure.

Servers say the same thing in many ways and several things in the same way (QQ has one sentence for five causes), so
the table goes by words, the special before the general, and says "one of these" where the text leaves it open.
"""

from __future__ import annotations

import ast
import re
import socket
import ssl
from dataclasses import dataclass
from datetime import timedelta
from imaplib import IMAP4
from typing import Literal

Stage = Literal["connect", "login", "select", "command"]
Provider = Literal["netease", "qq", "exmail", "aliyun", "outlook", "gmail", "other"]


class MailboxError(Exception):
    """Any trouble with the mailbox. `reason` is a Chinese sentence for staff, `server_text` what the server or the
    library said, for the log."""

    def __init__(self, reason: str, server_text: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.server_text = server_text

    def __str__(self) -> str:
        return f"{self.reason}（{self.server_text}）" if self.server_text else self.reason


class LoginRefused(MailboxError):
    """The account itself is refused, now and until a person has done what `advice` says. Never tried in a loop."""

    def __init__(self, reason: str, advice: str, server_text: str = "") -> None:
        super().__init__(reason, server_text)
        self.advice = advice


class Unreachable(MailboxError):
    """No connection, or the server is too busy for us; likely to mend itself. `throttled`: it asked for fewer logins.
    `advice` where a setting is the likelier cause (certificate, host name), else empty."""

    def __init__(self, reason: str, server_text: str = "", *, throttled: bool = False, advice: str = "") -> None:
        super().__init__(reason, server_text)
        self.throttled = throttled
        self.advice = advice


class FolderMissing(MailboxError):
    """One folder is not there or cannot be opened; the other folders go on. `folder` is the name as configured."""

    def __init__(self, folder: str, reason: str, server_text: str = "") -> None:
        super().__init__(reason, server_text)
        self.folder = folder


class Disconnected(MailboxError):
    """The connection was lost, or what came over it made no sense. Nothing that was handed over before is affected;
    open the mailbox again and compare the lists anew."""


class CommandRefused(MailboxError):
    """One command got NO or BAD, or an answer nobody can read; the connection itself goes on. Stays inside intake."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A text servers send, and what it means. `kind`: refused, throttled (fewer logins, please) or busy."""

    words: re.Pattern[str]
    kind: Literal["refused", "throttled", "busy", "unsafe", "oauth", "plaintext"]
    reason: str


def _row(words: str, kind: Literal["refused", "throttled", "busy", "unsafe", "oauth", "plaintext"], reason: str) -> _Row:
    return _Row(re.compile(words, re.IGNORECASE), kind, reason)


# The order decides: what the server says in particular comes before what it says in general.
_TEXTS: tuple[_Row, ...] = (
    _row(r"unsafe login", "unsafe", "网易邮箱把这次登录判为“不安全登录”（Unsafe Login），拒绝打开文件夹"),
    _row(r"basic authentication is (disabled|blocked)|basicauthblocked|oauth", "oauth",
         "邮件服务商已停用“账号加密码”登录，只接受 OAuth2"),
    _row(r"privacyrequired|plaintext authentication disallowed|plain ?text .*(disabled|disallowed)", "plaintext",
         "服务器不允许在未加密的连接上登录"),
    # Tencent uses one sentence for up to five causes, frequency being one of them: a person must look.
    _row(r"(abnormal|incorrect).*service is not open", "refused",
         "登录被拒：账号异常、IMAP 服务未开启、授权码不对、登录过于频繁或系统繁忙（服务器没有说明是哪一种）"),
    _row(r"\[(unavailable|limit|inuse|serverbug)\]", "busy", "服务器暂时繁忙"),
    _row(r"too many (\w+ ){0,2}(login|auth|fail|attempt|invalid)|login (too|frequen)|frequency limit|rate.?limit|"
         r"auth(entication)? error limit|登[录陆](过于|太)?频繁|(登[录陆]|密码)(失败|错误)?次数(过多|太多|超)|频率", "throttled",
         "登录过于频繁或失败次数过多，服务器暂时拒绝登录"),
    _row(r"service is (not|un) ?(open|enable|available|activ)|imap.{0,20}(not|un) ?(open|enable|available|activ|support)|"
         r"imap.{0,12}disabled|not enabled for imap|no permission|未(开启|开通|启用).{0,12}(imap|服务)|"
         r"(imap|服务).{0,12}(未|没有?|尚未)(开启|开通|启用)|(imap|服务).{0,8}关闭", "refused", "登录被拒：IMAP 服务没有开启"),
    _row(r"authori[sz](ed|ation) ?code|application-specific|\bapp(lication)?[ -]password|weixin token|reqcode|"
         r"client[ -]specific|授权码|专用密码", "refused", "登录被拒：这里要用客户端授权码（专用密码），不是网页登录密码"),
    _row(r"web ?login required|webalert|account.{0,12}(locked|suspended|disabled|frozen)|"
         r"(帐号|账号|账户|帐户).{0,8}(异常|冻结|锁定|停用)", "refused", "登录被拒：账号被锁定，或需要在网页上确认身份"),
    _row(r"authenticationfailed|(authentication|login|auth) (has )?fail|(invalid|incorrect|wrong|bad).{0,20}(user|password|credential|login)|"
         r"(user|password|credential|login).{0,20}(invalid|incorrect|wrong|error)|(密码|用户名|帐号|账号).{0,8}(错误|不正确|有误|不对)",
         "refused", "登录被拒：用户名或授权码不对，或者 IMAP 服务没有开启"),
    _row(r"too many (simultaneous |concurrent )?connections|maximum number of connections|system (is )?busy|"
         r"system error|internal error|temporar(y|ily)|try again|server (is )?busy|服务器?(忙|繁忙)|系统(忙|繁忙)|稍[后候](再|重)试",
         "busy", "服务器暂时繁忙"),
)
# Texts that mean the account whatever was being done; the others are believed at the login only, for a folder may be
# refused in the same words.
_EVERYWHERE = frozenset({"unsafe"})
_AT_SELECT = frozenset({"unsafe", "throttled", "busy"})

_ADVICE: dict[Provider, str] = {
    "netease": "请用浏览器登录网易邮箱网页版，在“设置 → POP3/SMTP/IMAP”里开启 IMAP/SMTP 服务，新建一个客户端授权码，"
               "把授权码（不是网页登录密码）填到配置文件 [mailbox] 的 password。原来能登录、现在被拒的，多半是授权码被删除或已失效，重新生成即可。",
    "qq": "请用浏览器登录 QQ 邮箱，在“设置 → 账号”里开启 POP3/IMAP/SMTP 服务，生成 16 位授权码，"
          "把授权码（不是 QQ 密码）填到配置文件 [mailbox] 的 password。改过 QQ 密码后旧授权码会失效，要重新生成。",
    "exmail": "请登录腾讯企业邮箱网页版，在“设置 → 收发信设置”里开启 IMAP/SMTP 服务；开启了安全登录的账号要用“客户端专用密码”。"
              "如果看不到这些选项，请联系单位的企业邮箱管理员。",
    "aliyun": "请在阿里企业邮箱网页版里确认已允许第三方客户端（IMAP）登录；开启了“三方客户端安全密码”的要填安全密码。",
    "outlook": "Outlook/Microsoft 365 已停用密码登录。请换用支持授权码的邮箱（如 163、QQ、单位邮箱），或在 Outlook 里把来信自动转发到这样的邮箱。",
    "gmail": "请在 Google 账号里开启两步验证并生成“应用专用密码”，填到配置文件 [mailbox] 的 password。",
    "other": "请核对配置文件 [mailbox] 的 user（完整邮箱地址）和 password；不少邮箱要求在网页设置里先开启 IMAP，并使用授权码而不是登录密码。",
}
_UNSAFE_ADVICE = ("程序每次登录后都会按网易的要求报明身份（IMAP ID）。仍被拒绝时，请用浏览器登录网页版，处理异地登录等安全提醒，"
                  "在“设置 → POP3/SMTP/IMAP”里确认 IMAP/SMTP 服务已开启并重新生成授权码；还不行请联系网易客服 kefu@188.com。")
_PLAINTEXT_ADVICE = "请在配置文件 [mailbox] 里把 tls 设为 \"tls\"（端口 993）或 \"starttls\"（端口 143）。"
_CERTIFICATE_ADVICE = ("请核对 [mailbox] host 是否写对、本机时间是否正确；单位自建邮箱使用自签名证书的，"
                       "把签发证书的文件路径填到 ca_file。程序不会跳过证书校验。")
_RECHECK = "改好后运行 baosong check 验证。"


def provider_of(host: str) -> Provider:
    """Whose advice fits a host name."""
    host = host.casefold().rstrip(".")
    endings: tuple[tuple[Provider, tuple[str, ...]], ...] = (
        ("exmail", ("exmail.qq.com",)),
        ("qq", ("qq.com", "foxmail.com")),
        ("netease", ("163.com", "126.com", "yeah.net", "188.com", "163.net", "netease.com", "ym.163.com")),
        ("aliyun", ("aliyun.com", "mxhichina.com")),
        ("outlook", ("outlook.com", "office365.com", "hotmail.com", "live.com", "partner.outlook.cn")),
        ("gmail", ("gmail.com", "googlemail.com", "google.com")),
    )
    for provider, names in endings:
        if any(host == name or host.endswith("." + name) for name in names):
            return provider
    return "other"


def refused_login(host: str, reason: str, server_text: str = "") -> LoginRefused:
    """A refusal with the advice that fits the provider."""
    return LoginRefused(reason, _ADVICE[provider_of(host)] + _RECHECK, server_text)


def oauth_only(server_text: str = "") -> LoginRefused:
    """The provider takes no passwords any more. Only Microsoft does so; Google still has app passwords."""
    return LoginRefused("邮件服务商已停用“账号加密码”登录，只接受 OAuth2", _ADVICE["outlook"] + _RECHECK, server_text)


def server_text(error: BaseException) -> str:
    """What the server said, readable, on one line and short.

    imaplib hands over bytes, imapclient their repr (`b'...'`), Chinese servers write UTF-8 or GBK into it.
    """
    if error.args and isinstance(error.args[0], bytes):
        text = _decoded(error.args[0])
    else:
        text = re.sub(r"""b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*\"""", _unrepr, str(error))
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return text[:300]


def _unrepr(match: re.Match[str]) -> str:
    try:
        value = ast.literal_eval(match[0])
    except (SyntaxError, ValueError):
        return match[0]
    return _decoded(value) if isinstance(value, bytes) else match[0]


def _decoded(raw: bytes) -> str:
    for charset in ("utf-8", "gb18030"):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def translate(error: BaseException, stage: Stage, host: str, folder: str = "") -> MailboxError:
    """Any exception of imapclient, imaplib, ssl or socket as a value of our vocabulary.

    `stage` is what was being done, `folder` the configured name when a folder was being opened. Errors of ours pass
    through unchanged.
    """
    if isinstance(error, MailboxError):
        return error
    text = server_text(error)
    # imapclient turns whatever imaplib raises during LOGIN into LoginError, a lost connection too: look behind it.
    behind = error.__context__ if type(error).__name__ == "LoginError" else None
    behind = behind if isinstance(behind, IMAP4.abort | OSError) else None
    lost = isinstance(error, IMAP4.abort | OSError) or behind is not None
    # "socket error: ..." is imaplib speaking, not the server; a BYE comes as an abort too, in the server's words.
    spoken = isinstance(behind or error, IMAP4.error) and "socket error: " not in text
    if spoken and (known := _known_text(text, host, stage)):
        return known
    if not lost and stage == "command" and _is_answer(error):
        return CommandRefused("服务器拒绝了这一步操作", text)
    if lost or not isinstance(error, IMAP4.error):
        return _transport(behind or error, stage, host, text)
    if stage == "login":
        return refused_login(host, "登录被拒：用户名或授权码不对，或者 IMAP 服务没有开启", text)
    if stage == "select" and _is_answer(error):
        return FolderMissing(folder, f"邮箱里没有文件夹“{folder}”，或者打不开它", text)
    if stage == "connect" and "STARTTLS" in text:
        return Unreachable(f"{host} 不支持 STARTTLS", text, advice="请把 [mailbox] 的 tls 改为 \"tls\"，port 改为 993。")
    if stage == "connect":
        return Unreachable(f"{host} 没有按 IMAP 协议应答", text, advice="请核对 [mailbox] 的 host、port 和 tls 是否配套。")
    return Disconnected("服务器的应答无法理解，连接已断开", text)


def _is_answer(error: BaseException) -> bool:
    """A complete tagged NO or BAD (imapclient's and imaplib's own wording), or an answer that was read to its end but
    not understood: in both cases the next command starts on a clean line."""
    text = str(error)
    if "got more than" in text:  # imaplib gave up in the middle of a line
        return False
    return (
        bool(re.search(r"\bfailed: |command error: BAD", text))
        or type(error).__name__ in {"ProtocolError", "InvalidCriteriaError", "CapabilityError"}
        or isinstance(error, ValueError)
    )


def _known_text(text: str, host: str, stage: Stage) -> MailboxError | None:
    for row in _TEXTS:
        if stage == "command" and row.kind not in _EVERYWHERE:
            continue
        if stage == "select" and row.kind not in _AT_SELECT:
            continue
        if not row.words.search(text):
            continue
        match row.kind:
            case "unsafe":
                return LoginRefused(row.reason, _UNSAFE_ADVICE + _RECHECK, text)
            case "oauth":
                return oauth_only(text)
            case "plaintext":
                return LoginRefused(row.reason, _PLAINTEXT_ADVICE + _RECHECK, text)
            case "refused":
                return refused_login(host, row.reason, text)
            case "throttled":
                return Unreachable(row.reason, text, throttled=True)
            case "busy":
                return Unreachable(row.reason, text)
    return None


def _transport(error: BaseException, stage: Stage, host: str, text: str) -> MailboxError:
    """Network and TLS trouble: before a folder is open it is Unreachable, afterwards Disconnected."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unreachable(f"{host} 的证书没有通过校验：{error.verify_message}", text, advice=_CERTIFICATE_ADVICE)
    if isinstance(error, socket.gaierror):
        return Unreachable(f"找不到服务器 {host}（域名解析失败）", text, advice="请核对 [mailbox] host 和本机网络、DNS。")
    if isinstance(error, TimeoutError):
        why = "超时没有应答"
    elif isinstance(error, ConnectionRefusedError):
        why = "拒绝连接"
    elif isinstance(error, ssl.SSLError):
        why = "加密连接没有谈成，请核对 port 和 tls 是否配套" if stage == "connect" else "加密连接中断"
    elif isinstance(error, OSError | IMAP4.abort):
        why = "连接中断"
    else:
        why = "应答无法理解"
    if stage in {"connect", "login"}:
        return Unreachable(f"连不上邮件服务器 {host}：{why}", text)
    return Disconnected(f"与邮件服务器 {host} 的连接断开：{why}", text)


def backoff(error: MailboxError, failures: int, jitter: float = 0.5) -> timedelta:
    """How long to leave the mailbox alone after the `failures`-th failure in a row (from 1). `jitter` in 0..1 spreads
    many installations; give it from a random source.

    A refused login waits hours: every further try counts against the account at the provider. The rest starts small
    and doubles; 163 and QQ punish frequent logins, so it never becomes a loop of seconds.
    """
    step = max(failures, 1) - 1
    spread = 0.75 + 0.5 * min(max(jitter, 0.0), 1.0)
    if isinstance(error, LoginRefused):
        minutes = min(60 * 2.0 ** min(step, 10), 12 * 60)
        return timedelta(minutes=minutes * (1.0 + 0.2 * min(max(jitter, 0.0), 1.0)))
    if isinstance(error, FolderMissing):
        minutes = 60.0
    elif isinstance(error, Unreachable) and error.throttled:
        minutes = min(30 * 2.0 ** min(step, 10), 4 * 60)
    elif isinstance(error, Unreachable):
        minutes = min(2.0 ** min(step, 10), 30)
    else:
        minutes = min(0.5 * 2.0 ** min(step, 10), 15)
    return timedelta(minutes=minutes * spread)
