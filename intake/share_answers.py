"""Answers of the share service -> verdicts. Pure; the one place that knows its numbers and sentences.

Follows the conservative table of providers.md D11: `PROOFS` lists, per endpoint, every number that proves a fault; what
is not in it proves nothing and is at most a reason to ask again. The same number means different things at different
endpoints, so none is ever read without its endpoint.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from core.facts import LinkState
from intake.safe_http import Raw
from intake.share_page import Page, read_page

Endpoint = Literal["page", "shorturlinfo", "verify", "list", "wxlist"]

_D, _E, _W = LinkState.DEAD, LinkState.EXPIRED, LinkState.CODE_WRONG
PROOFS: Mapping[tuple[Endpoint, int], tuple[LinkState, str]] = MappingProxyType(
    {
        ("verify", -9): (_W, "提取码错误"),
        ("verify", -12): (_W, "提取码错误"),
        ("verify", 105): (_D, "分享不存在"),
        ("verify", -21): (_D, "分享已取消或失效"),
        ("shorturlinfo", -21): (_D, "分享已取消或失效"),
        ("shorturlinfo", -7): (_D, "分享已删除或已取消"),
        ("shorturlinfo", 105): (_D, "分享不存在"),
        ("shorturlinfo", 115): (_D, "分享内容被禁止访问"),
        ("shorturlinfo", 145): (_D, "分享已被删除"),
        ("shorturlinfo", 117): (_E, "分享已过期"),
        ("page", -21): (_D, "分享已取消或失效"),
        ("page", -7): (_D, "分享已删除或已取消"),
        ("page", 105): (_D, "分享不存在"),
        ("page", 115): (_D, "分享内容被禁止访问"),
        ("page", 145): (_D, "分享已被删除"),
        ("page", 117): (_E, "分享已过期"),
        ("list", 105): (_D, "分享不存在"),
        ("wxlist", -130): (_W, "提取码错误"),
    }
)
"""(endpoint, errno) -> what it proves. Left out on purpose: -8 and 116 (one source only), 2 and 140 (sources differ)."""

ERROR_TYPES: Mapping[int, tuple[LinkState, str]] = MappingProxyType(
    {
        0: (_D, "分享的文件已经被删除"),
        1: (_D, "分享的文件已经被取消"),
        3: (_D, "分享内容可能因涉及侵权等信息，无法访问"),
        5: (_D, "链接错误，没有找到文件"),
        10: (_E, "分享文件已过期"),
        11: (_D, "访问次数过多，分享链接已失效"),
    }
)
"""`errortype` of the share's page. 2, 12, 15, 17, 123, 124 speak of a state that may pass: a person looks."""

CAPTCHA = frozenset({-62, -63, -19, -20, 8001, 9013, 9019})
BUSY = frozenset({-65, 132})
_VIDEO = re.compile(
    r"\.(?:mp4|mov|avi|mkv|wmv|flv|mpe?g|m4v|rmvb?|ts|mts|m2ts|vob|3gp|webm|f4v|asf|ogv|divx|qt|dat)$", re.IGNORECASE
)

_MAY_HOLD_VIDEO = re.compile(
    r"\.(?:zip|rar|7z|tar|gz|tgz|bz2|xz|iso|img|exe|part\d*|z?\d{2,3}|baiduyun\S*|crdownload|downloading|tmp|swf)$",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,7}$")


@dataclass(frozen=True, slots=True)
class Proof:
    """The service proved a fault."""

    state: LinkState
    reason: str


@dataclass(frozen=True, slots=True)
class NeedsCode:
    """The share is there and wants its code. `sure`: the page says so in words."""

    sure: bool = False


@dataclass(frozen=True, slots=True)
class CodeRight:
    """The code was accepted; `key` is to be sent as the cookie BDCLND exactly as it is."""

    key: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder of a share. `path`: what to ask for to see into a folder."""

    name: str
    size: int
    is_dir: bool
    path: str
    is_video: bool

    @property
    def may_hold_video(self) -> bool:
        """A file of which its name does not say that it is no video: an archive, one without an extension."""
        return not self.is_dir and bool(_MAY_HOLD_VIDEO.search(self.name) or not _EXTENSION.search(self.name))


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a share, as far as this answer tells. `permanent` None: not told. `seconds_left`: until it runs out.
    `created`: Unix time; `more`: entries that this answer did not bring."""

    entries: tuple[Entry, ...] = ()
    permanent: bool | None = None
    seconds_left: int | None = None
    owner: str | None = None
    created: int | None = None
    more: bool = False
    share_id: str | None = None
    share_uk: str | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """The share is open, but this answer does not bring its data."""

    known: Content = field(default_factory=Content)


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nothing is proved. `kind`: captcha and busy say that asking on would make it worse; again: start over once; told:
    the service said something definite that may pass, so other ways need not be tried."""

    reason: str
    kind: Literal["captcha", "busy", "again", "told", "other"] = "other"


Answer = Proof | NeedsCode | CodeRight | Content | Open | Unclear


def judge_page(raw: Raw) -> Answer:
    """The page of a share (`/s/1...`) or the one that asks for its code."""
    unusable = _unusable(raw)
    if unusable:
        return unusable
    if raw.body.lstrip()[:1] == b"{":  # an error in place of a page
        data = _json(raw)
        number = None if isinstance(data, Unclear) else _int(data.get("errno"))
        return _by_number("page", number) if number in CAPTCHA | BUSY else Unclear("data where a page was expected")
    page = read_page(raw.body, raw.url.split("?", 1)[0].split("#", 1)[0])
    if page.says == "robot":
        return Unclear("the service wants to see a human", "captcha")
    if page.says == "code":
        return NeedsCode(sure=True)
    if page.says == "dead":
        return Proof(LinkState.DEAD, "分享已失效：" + (page.title or "链接不存在"))
    if page.says == "expired":
        return Proof(LinkState.EXPIRED, "分享文件已过期")
    if page.says == "data" and page.data is not None:
        return _page_data(page, page.data)
    if page.says == "shell":
        return Open(Content(permanent=True if page.forever else None, share_id=page.share_id, share_uk=page.share_uk))
    if "/share/init" in raw.url:
        return NeedsCode()
    return Unclear("a page that is not understood")


def _page_data(page: Page, data: dict[str, Any]) -> Answer:
    entries = _entries(data.get("file_list"))
    kind, number = _int(data.get("errortype")), _int(data.get("errno"))
    if not entries:
        if kind is not None and kind in ERROR_TYPES:
            return Proof(*ERROR_TYPES[kind])
        if number is not None and ("page", number) in PROOFS:
            return Proof(*PROOFS["page", number])
    if number in CAPTCHA:
        return Unclear(f"errno {number}", "captcha")
    if (number is not None and number != 0) or (kind is not None and kind != -1):
        return Unclear(f"errno {number}, errortype {kind}", "other" if kind in (None, -1) else "told")
    left = _int(data.get("expiredType"))
    proved = number == 0 and kind == -1
    content = Content(
        entries,
        permanent=_permanent(left) if proved else (True if page.forever else None),
        seconds_left=left if proved and left is not None and left > 0 else None,
        owner=_text(data.get("linkusername")) or None,
        created=_int(data.get("ctime")),
        more=len(entries) >= 100,
        share_id=_text(data.get("shareid")) or page.share_id,
        share_uk=_text(data.get("share_uk")) or page.share_uk,
    )
    if content.permanent is None and page.forever:
        content = _with_permanent(content)
    if "file_list" not in data:
        return Open(content)
    return content


def _with_permanent(content: Content) -> Content:
    return Content(
        content.entries, True, None, content.owner, content.created, content.more, content.share_id, content.share_uk
    )


def _permanent(left: int | None) -> bool | None:
    """`expiredType` of a page or of wxlist: 0 never, more than 0 the seconds left; anything else is not understood."""
    if left is None or left < 0:
        return None
    return left == 0


def judge_verify(raw: Raw, code: str) -> Answer:
    """The answer to a code. A proof that the code is wrong needs a code of the right shape."""
    data = _json(raw)
    if isinstance(data, Unclear):
        return data
    number = _int(data.get("errno"))
    if number == 0:
        key = _text(data.get("randsk"))
        return CodeRight(key) if key else Unclear("code accepted without a key", "again")
    if number in (-9, -12) and any(data.get(key) for key in ("vcode", "vcode_str", "vcode_img", "img")):
        return Unclear(f"errno {number} with a captcha", "captcha")
    if number == -12 and (len(code) != 4 or not code.isascii() or not code.isalnum()):
        return Unclear("errno -12 for a code of another shape")
    return _by_number("verify", number)


def judge_short(raw: Raw) -> Answer:
    """`/api/shorturlinfo`: open, protected (which says nothing about being alive), or gone."""
    data = _json(raw)
    if isinstance(data, Unclear):
        return data
    number = _int(data.get("errno"))
    if number == 0:
        return Open(Content(share_id=_text(data.get("shareid")) or None, share_uk=_text(data.get("uk")) or None))
    if number == -9:
        return NeedsCode()
    return _by_number("shorturlinfo", number)


def judge_list(raw: Raw, asked: int) -> Answer:
    """`/share/list`: one page of entries of at most `asked`. -9 here says that the key is missing or old."""
    data = _json(raw)
    if isinstance(data, Unclear):
        return data
    number = _int(data.get("errno"))
    if number == 0 and isinstance(data.get("list"), list):
        flag = _int(data.get("expired_type"))
        entries = _entries(data["list"])
        return Content(
            entries,
            permanent={0: True, 1: False}.get(flag) if flag is not None else None,
            more=len(data["list"]) >= asked,
            share_id=_text(data.get("share_id")) or None,
            share_uk=_text(data.get("uk")) or None,
        )
    if number == -9:
        return Unclear("the list wants the code again", "again")
    return _by_number("list", number)


def judge_wxlist(raw: Raw) -> Answer:
    """`/share/wxlist`, asked last: code, entries and validity in one answer."""
    data = _json(raw)
    if isinstance(data, Unclear):
        return data
    number, kind = _int(data.get("errno")), data.get("errtype")
    inner = data.get("data")
    if number == 0 and isinstance(inner, dict) and isinstance(inner.get("list"), list):
        left = _int(inner.get("expiredType"))
        return Content(
            _entries(inner["list"]),
            permanent=_permanent(left),
            seconds_left=left if left is not None and left > 0 else None,
            owner=_text(inner.get("uname")) or None,
            created=_int(inner.get("link_ctime")),
            more=_int(inner.get("has_more")) == 1,
            share_id=_text(inner.get("shareid")) or None,
            share_uk=_text(inner.get("uk")) or None,
        )
    if number == -130 and isinstance(kind, str) and not kind.startswith("mispw"):
        return Unclear(f"errno -130, errtype {kind[:20]}")
    return _by_number("wxlist", number)


def _by_number(endpoint: Endpoint, number: int | None) -> Answer:
    if number is None:
        return Unclear("an answer without its number")
    proof = PROOFS.get((endpoint, number))
    if proof:
        return Proof(*proof)
    if number in CAPTCHA:
        return Unclear(f"errno {number}: the service wants a captcha", "captcha")
    if number in BUSY:
        return Unclear(f"errno {number}: asked too often", "busy")
    if number in (112, 118):
        return Unclear(f"errno {number}: the page ran out", "again")
    return Unclear(f"errno {number} of {endpoint}")


def _unusable(raw: Raw) -> Unclear | None:
    if raw.elsewhere is not None:
        return Unclear(f"redirected to {raw.elsewhere}", "captcha")
    if raw.status in (429, 503):
        return Unclear(f"HTTP {raw.status}", "busy")
    if raw.status != 200:
        return Unclear(f"HTTP {raw.status}")
    if not raw.body.strip():
        return Unclear("an empty answer")
    return None


def _json(raw: Raw) -> dict[str, Any] | Unclear:
    unusable = _unusable(raw)
    if unusable:
        return unusable
    try:
        value = json.loads(raw.body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        robot = raw.body.lstrip()[:1] == b"<"
        return Unclear("a page where data were expected" if robot else "not JSON", "captcha" if robot else "other")
    return value if isinstance(value, dict) else Unclear("JSON of another shape")


def _int(value: object) -> int | None:
    """Numbers come as numbers or as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**15 else None
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", value):
        return int(value)
    return None


def _text(value: object) -> str:
    if isinstance(value, str):
        return html.unescape(value).strip()[:300]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _entries(value: object) -> tuple[Entry, ...]:
    """Entries of a list in any of its shapes; what is no entry is left out."""
    if isinstance(value, dict):
        value = value.get("list")
    if not isinstance(value, list):
        return ()
    entries = []
    for item in value[:2000]:
        if not isinstance(item, dict):
            continue
        name, is_dir = _text(item.get("server_filename")), _int(item.get("isdir")) == 1
        if name:
            video = not is_dir and (_int(item.get("category")) == 1 or bool(_VIDEO.search(name)))
            path = item.get("path")
            entries.append(
                Entry(name, max(_int(item.get("size")) or 0, 0), is_dir, path if isinstance(path, str) else "", video)
            )
    return tuple(entries)
