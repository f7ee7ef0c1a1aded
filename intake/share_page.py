"""HTML of the share service -> what it says. Pure; never raises for any bytes.

Facts of providers.md D4, D5, D8. Text inside scripts does not count (they carry the sentences for every error), nor does
a file's name: only a title of the service's own form, a whole sentence on a short page, or the page's data prove
something.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import Any, Literal

_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,500})", re.IGNORECASE)
_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template|noscript)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_SHORT_PAGE = 3000  # characters of visible text: an error page has a few dozen
_OWN_TITLE = re.compile(r"百度(?:网盘|云)")
_LIVE_TITLE = re.compile(r"_免费高速下载\s*[|｜]\s*百度|[|｜]\s*百度网盘\s*[-－]\s*分享无限制")
_DEAD_TITLE = re.compile(r"^\s*百度(?:网盘|云)[^_]{0,6}[-_—|｜ ].{0,20}?(?:不存在|取消|删除|违规)")
_EXPIRED_TITLE = re.compile(r"^\s*百度(?:网盘|云)[^_]{0,6}[-_—|｜ ].{0,20}?过期")
_CODE_TITLE = re.compile(r"请输入提取码")
_ROBOT_TITLE = re.compile(r"安全验证|验证码|security verification", re.IGNORECASE)
_DEAD_TEXT = re.compile(
    r"分享的?文件已经?被?(?:删除|取消)了?[，,。！!]|啊哦[^。<]{0,12}分享的?文件已经?被?(?:删除|取消)"
    r"|此链接分享内容可能因为涉及侵权|链接错误没找到文件"
)
_EXPIRED_TEXT = re.compile(r"(?:该|您访问的)?分享的?文件已过期")
_CODE_TEXT = re.compile(r"请?输入提取码|verify-form")
_FOREVER_TEXT = re.compile(r"(?:失效时间|过期时间|有效期)\s*[：:]\s*永久有效")
_LEFT_TEXT = re.compile(r"(?:失效时间|过期时间)\s*[：:]\s*(\d{1,3})\s*天后?")
_CREATED = re.compile(r"share-file-info[^<>]{0,200}>(?:<[^<>]{0,200}>|\s){0,8}(\d{4}-\d\d-\d\d \d\d:\d\d)")
_MARKERS = (
    re.compile(r"<script[^<>]{0,200}id=[\"']locals-data[\"'][^<>]{0,200}>\s*"),
    re.compile(r"window\.locals\s*=\s*"),
    re.compile(r"locals\.mset\(\s*"),
    re.compile(r"yunData\.setData\(\s*"),
    re.compile(r"window\.yunData\s*=\s*"),
)
_SHARE_ID = re.compile(r"[\"']?shareid[\"']?\s*[:=]\s*[\"']?(\d{3,20})")
_SHARE_UK = re.compile(r"[\"']?share_uk[\"']?\s*[:=]\s*[\"']?(\d{3,20})")

Says = Literal["data", "code", "dead", "expired", "robot", "shell", "unclear"]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the service. `says`: data (with `data`), code (asks for the extraction code), dead or expired (says so),
    robot (wants proof of a human), shell (the share's page without its data), unclear. `forever`/`days_left`: validity
    as shown in words. `created`: as shown, local time."""

    says: Says
    title: str = ""
    data: dict[str, Any] | None = None
    share_id: str | None = None
    share_uk: str | None = None
    forever: bool = False
    days_left: int | None = None
    created: str | None = None


def read_page(body: bytes, path: str) -> Page:
    """What a page with HTTP status 200 says; `path` is the path it was finally served under."""
    text = body.decode("utf-8", "replace")
    found = _TITLE.search(text)
    title = html.unescape(found.group(1)).strip() if found else ""
    seen = _TAG.sub(" ", _UNSEEN.sub(" ", text))
    data = _data(text)
    says = _says(title, seen, text, path, data)
    left = _LEFT_TEXT.search(seen) if len(seen) < 20_000 else None
    share_id, share_uk, created = _SHARE_ID.search(text), _SHARE_UK.search(text), _CREATED.search(text)
    return Page(
        says,
        title,
        data,
        share_id and share_id.group(1),
        share_uk and share_uk.group(1),
        bool(_FOREVER_TEXT.search(seen)),
        int(left.group(1)) if left else None,
        created and created.group(1),
    )


def _says(title: str, seen: str, text: str, path: str, data: dict[str, Any] | None) -> Says:
    if _ROBOT_TITLE.search(title):
        return "robot"
    asks = bool(_CODE_TITLE.search(title) or (path.endswith("/init") and _CODE_TEXT.search(text)))
    gone = _gone(title, seen)
    if asks:
        return "unclear" if gone else "code"  # never seen together: a page that says both is not understood
    if data is not None:
        return "data"
    if gone:
        return gone
    if _LIVE_TITLE.search(title) or "shareid" in text:
        return "shell"
    return "unclear"


def _gone(title: str, seen: str) -> Literal["dead", "expired"] | None:
    if _LIVE_TITLE.search(title):
        return None
    if _EXPIRED_TITLE.search(title):
        return "expired"
    if _DEAD_TITLE.search(title):
        return "expired" if len(seen.strip()) <= _SHORT_PAGE and _EXPIRED_TEXT.search(seen) else "dead"
    if len(seen.strip()) > _SHORT_PAGE or not (_OWN_TITLE.search(title) or not title):
        return None
    if _EXPIRED_TEXT.search(seen):
        return "expired"
    return "dead" if _DEAD_TEXT.search(seen) else None


def _data(text: str) -> dict[str, Any] | None:
    """The page's data: the first non-empty JSON object behind one of the known markers that speaks of a share."""
    decoder = json.JSONDecoder()
    for marker in _MARKERS:
        for number, found in enumerate(marker.finditer(text)):
            if number > 8 or text[found.end() : found.end() + 1] != "{":
                continue
            try:
                value, _ = decoder.raw_decode(text, found.end())
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict) and ("file_list" in value or "errortype" in value or "expiredType" in value):
                return value
    return None
