"""Recognises addresses: Baidu shares in all their forms, other disks, mail providers' large files, plain web pages.

Works on text already made plain by `parsers.link_text`. Knows nothing of extraction codes outside an address. Forms
are those of providers.md parts B and C.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SHARE = "https://pan.baidu.com/s/"
_ID = r"[A-Za-z0-9_-]"
_DOT = r"\s{0,2}(?:\.|。|｡|·|•|点|點|\[\.\]|\(\.\)|[(\[]?dot[)\]]?)\s{0,2}"
_DODGE = r"[\u4e00-\u9fff（）()【】\[\]]{1,12}"  # Chinese put into the address to get past a filter
_SLASH = r"\s{0,2}[/／∕⁄]\s{0,2}"
# The usual form in one go; anything else that says "baidu" is looked at closely.
_FAST = re.compile(
    r"pan\.baidu\.com/s/(1[A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])(?![?&#]|\s{0,2}[?？])"
    r"|pan\.baidu\.com/s/(1[A-Za-z0-9_-]{22})\?pwd=([A-Za-z0-9]{4})(?![A-Za-z0-9&#=%])"
    r"|[bB][aA][iI]\s?[dD][uU]|(?<![A-Za-z0-9._-])/?s/1(?=[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-]))"
)
_HOST = re.compile(
    rf"(?P<host>pan|yun|wangpan|eyun)(?:{_DOT}|{_DODGE})(?:{_DODGE})?bai\s?du(?:{_DODGE})?{_DOT}(?:{_DODGE})?com(?:{_DODGE})?"
    rf"(?P<slash>{_SLASH}|(?=[?#]))",
    re.IGNORECASE,
)
_SHORT = re.compile(rf"s{_SLASH}(?P<id>1{_ID}{{3,60}})", re.IGNORECASE)
_SURL = re.compile(rf"[^\s<>\"'`]{{0,300}}?[?&#]surl\s?=\s?(?P<id>{_ID}{{5,60}})", re.IGNORECASE)
_OLD = re.compile(r"(?:share|wap)/(?:link|init|shareview)\?[^\s<>\"'`]{0,300}", re.IGNORECASE)
_ENTERPRISE = re.compile(r"(?:e/1|s/3|enterprise/|share/link)[^\s<>\"'`]{0,300}", re.IGNORECASE)
_TAIL = re.compile(r"\s{0,2}[?？&#][!-;=?-_a-{}~？＝：]{0,400}")
_PWD = re.compile(
    r"(?:pwd|password|passwd|code)\s{0,2}[=＝:：]{1,2}\s{0,2}([A-Za-z0-9]{4})(?![A-Za-z0-9])", re.IGNORECASE
)
_PWD_BROKEN = re.compile(
    r"[ \t]{0,3}\n?[> \t]{0,4}[?？&]\s{0,3}p\s{0,3}w\s{0,3}d\s{0,3}[=＝]\s{0,3}([A-Za-z0-9]{4})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_FRAGMENT_CODE = re.compile(r"[#?]([A-Za-z0-9]{4})(?![A-Za-z0-9=/_%-])")
_WRAP = re.compile(
    r"(?:[ \t>|*]{0,8}\n[ \t>|*]{0,8}|<[^<>]{0,200}>|[（(【\[]?[\u4e00-\u9fff]{1,10}[)）】\]]?|\s{1,3}){1,3}?"
    rf"({_ID}{{1,22}})(?!{_ID})"
)
_GLUED = re.compile(r"(?:pwd|code|pass|http|www)", re.IGNORECASE)
_FILLERS = frozenset(("abcd", "2345", "xxxx"))
_FILLED = re.compile(
    r"1?(?:(.)\1{3,}|[xX*]+|abcd(?:e(?:f(?:g(?:h\w*)?)?)?)?|2345(?:6(?:7(?:8\w*)?)?)?|[xX]{2,}\w{0,3})$"
)
_PATHS = frozenset("sSwWeE?# \n")
_CUT = re.compile(r"\.\.\.|…")  # an address shown shortened
LENGTH = 23  # characters of a modern share id, the leading 1 included (old ones have 8)


@dataclass(slots=True)
class Address:
    """An address at [start, end) of the plain text. `code`: a code inside the address itself."""

    start: int
    end: int
    provider: str
    url: str
    code: str | None = None


def _is_placeholder(share: str) -> bool:
    """True for ids of documentation such as 1xxxxxx, 1abcdefg, 1234567."""
    if len(share) < 6 or share[1:5].lower() in _FILLERS:
        return len(share) < 6 or bool(_FILLED.match(share[1:]))
    return len(set(share[1:].lower())) < 3


def _whole_id(text: str, share: str, end: int) -> tuple[str, int]:
    """Mend an id that is glued to what follows, or broken by a line end, a tag or Chinese put into it."""
    if len(share) > LENGTH:
        return share[:LENGTH], end - len(share) + LENGTH
    if len(share) == LENGTH:
        return share, end
    if len(share) > 8 and _GLUED.match(share, 8):
        return share[:8], end - len(share) + 8
    if share[-1] in "-_" and (end == len(text) or not text[end].isascii() or len(share) in (9, 10)):
        short = share.rstrip("-_")
        return short, end - len(share) + len(short)
    if len(share) != 8 or text[end : end + 1] == "\n":
        broken = _WRAP.match(text, end)
        if broken and len(share) + len(broken.group(1)) == LENGTH and _looks_random(broken.group(1)):
            return share + broken.group(1), broken.end()
    return share, end


def _looks_random(piece: str) -> bool:
    """Whether the rest of a broken id is one, rather than a word that follows a shorter id."""
    return len(piece) < 4 or any(c.isdigit() for c in piece) or (piece[1:].lower() != piece[1:] and not piece.isupper())


def _tail(text: str, end: int) -> tuple[str | None, int]:
    """The code inside the rest of an address, and where that rest ends."""
    broken = _PWD_BROKEN.match(text, end)
    if broken:
        rest = _TAIL.match(text, end)
        return broken.group(1), max(broken.end(), rest.end() if rest and "\n" not in rest.group() else 0)
    rest = _TAIL.match(text, end)
    if not rest:
        return None, end
    found = _PWD.search(rest.group())
    if found:
        return found.group(1), rest.end()
    short = _FRAGMENT_CODE.match(text, end)
    if short and any(c.isdigit() for c in short.group(1)):
        return short.group(1), short.end()
    return None, rest.end()


def _share(text: str, start: int, share: str, end: int) -> Address | None:
    share, end = _whole_id(text, share, end)
    if _is_placeholder(share) or (len(share) not in (8, LENGTH) and _CUT.match(text, end)):
        return None
    code, end = _tail(text, end)
    return Address(start, end, "baidu", SHARE + share, code)


def _baidu_path(text: str, host: re.Match[str]) -> Address | None:
    start, at = host.start(), host.end()
    if text[at : at + 1] not in _PATHS:
        return None
    if host["host"].lower() == "eyun":
        found = _ENTERPRISE.match(text, at)
        return (
            Address(start, found.end(), "baidu_enterprise", "https://eyun.baidu.com/" + found.group())
            if found
            else None
        )
    short = _SHORT.match(text, at)
    if short:
        return _share(text, start, short["id"], short.end())
    by_id = _SURL.match(text, at)
    if by_id:
        whole = by_id["id"] if len(by_id["id"]) == LENGTH and by_id["id"][0] == "1" else "1" + by_id["id"]
        return _share(text, start, whole, by_id.end())
    old = _OLD.match(text, at)
    if old and "shareid=" in old.group() and "uk=" in old.group():
        found = _PWD.search(old.group())
        return Address(start, old.end(), "baidu_old", "https://pan.baidu.com/" + old.group(), found and found.group(1))
    enterprise = _ENTERPRISE.match(text, at)
    if enterprise and enterprise.group()[0] in "eE":
        return Address(start, enterprise.end(), "baidu_enterprise", "https://pan.baidu.com/" + enterprise.group())
    return None


def find_baidu(text: str) -> Iterator[Address]:
    """Baidu shares in a plain text, in order, each occurrence once."""
    done = 0
    for found in _FAST.finditer(text):
        start = found.start()
        if start < done:
            continue
        share = found.group(1) or found.group(2)
        if share:
            done = found.end()
            if not _is_placeholder(share):
                yield Address(start, done, "baidu", SHARE + share, found.group(3))
            continue
        if found.group()[-1] == "1":
            address = _hostless(text, found)
        else:
            low = max(done, start - 40)
            before = text[low:start].lower()
            host = _HOST.search(text, low, start + 60) if "pan" in before or "yun" in before else None
            while host and host.end() <= start:  # an earlier address that is no share, such as the disk's home page
                host = _HOST.search(text, host.end(), start + 60)
            address = _baidu_path(text, host) if host else None
        if address:
            done = address.end
            yield address


def _hostless(text: str, found: re.Match[str]) -> Address | None:
    """`/s/1...` alone counts when the words round it say which disk it is."""
    around = text[max(0, found.start() - 60) : found.end() + 60].lower()
    if not any(word in around for word in ("百度", "度盘", "网盘", "baidu", "提取码")):
        return None
    return _share(text, found.start(), text[found.end() - 1 : found.end() + 22], found.end() + 22)
