"""Bytes to text when the label may lie: decode ladder for bodies and raw headers, RFC 2047 words.

Chinese clients label GBK as gb2312, leave the label out, write headers as raw bytes, cut a word inside a character
or encode it twice. The ladder never raises and says whether characters were lost. Bytes stay bytes until here.
"""

from __future__ import annotations

import base64
import binascii
import re

_GB = frozenset(
    (
        *("gb2312", "gbk", "gb18030", "gb", "cngb", "xgbk", "xgb", "gb231280", "csgb2312", "csiso58gb231280"),
        *("euccn", "xeuccn", "cp936", "ms936", "windows936", "936", "chinese", "xmacchinesesimp", "gb23121980", "zhcn"),
    )
)
_OTHER = {
    "utf8": "utf-8",
    "unicode11utf8": "utf-8",
    "utf8mb4": "utf-8",
    "xunicode20utf8": "utf-8",
    "utf7": "utf-7",
    "unicode11utf7": "utf-7",
    "big5": "big5hkscs",
    "xbig5": "big5hkscs",
    "cnbig5": "big5hkscs",
    "big5hkscs": "big5hkscs",
    "cp950": "cp950",
    "hz": "hz",
    "hzgb2312": "hz",
    "iso2022cn": "iso-2022-cn",
    "iso2022cnext": "iso-2022-cn",
    "iso2022jp": "iso2022_jp_2",
    "utf16": "utf-16",
    "utf16le": "utf-16-le",
    "utf16be": "utf-16-be",
    "unicode": "utf-16",
}
# Labels that say nothing about the bytes when these are not ASCII.
_EMPTY_LABELS = frozenset(
    (
        "",
        "usascii",
        "ascii",
        "ansix341968",
        "unknown8bit",
        "xunknown",
        "unknown",
        "default",
        "8bit",
        "binary",
        "none",
        "null",
    )
)
# Codecs of Python that are no charsets of mail: they run code points through escapes, or in quadratic time.
_NO_CHARSETS = frozenset(("idna", "punycode", "unicodeescape", "rawunicodeescape", "undefined", "mbcs", "oem"))
_LATIN = frozenset(
    ("iso88591", "latin1", "iso885915", "windows1252", "cp1252", "iso88592", "windows1250", "windows1251")
)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003134f]")
_HIGH_PAIR = re.compile(rb"[\x81-\xfe][\xa1-\xfe]")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,30})", re.IGNORECASE)
_SURROGATES = re.compile("[\ud800-\udfff]")

# An encoded word; blanks inside and a missing end are what some senders write. The three alternatives of the end keep
# it linear: the text of a word holds no question mark.
_WORD = re.compile(r"=\?([A-Za-z0-9_:.+-]{1,40})(?:\*[A-Za-z0-9-]{0,20})?\?([BbQq])\?([^?]*)(\?=|\?$|$)")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def _key(label: str) -> str:
    return re.sub(r"[^a-z0-9]", "", label.lower())


def codec_for(label: str | None) -> str | None:
    """The Python codec behind a charset label; None when the label is missing, unknown, or says nothing."""
    key = _key(label or "")
    if key in _EMPTY_LABELS or key in _NO_CHARSETS:
        return None
    if key in _GB:
        return "gb18030"
    if key in _OTHER:
        return _OTHER[key]
    try:
        "".encode((label or "").strip())
        b"".decode((label or "").strip())
    except (LookupError, ValueError, UnicodeError, TypeError):
        # TypeError, too: "base64" and "zip" are codecs in Python, but no charsets.
        return None
    return (label or "").strip().lower()


def decode_text(data: bytes, label: str | None = None, *, markup: bool = False) -> tuple[str, bool]:
    """The text of a body and whether characters were lost. `markup`: a missing label is looked for in <meta>."""
    for bom, codec in _BOMS:
        if data.startswith(bom):
            return _clean(data[len(bom) :].decode(codec, "replace")), False
    if (
        data.isascii()
        and b"~{" not in data
        and b"\x1b" not in data
        and _key(label or "") not in ("utf16", "utf7", "unicode")
    ):
        return _clean(data.decode("ascii")), False
    codec_name = codec_for(label)
    if codec_name is None and markup:
        found = _META_CHARSET.search(data[:4096])
        codec_name = codec_for(found.group(1).decode("ascii")) if found else None
    if _key(label or "") in _LATIN and _is_chinese(data):
        codec_name = None
    text = _strict(data, codec_name) if codec_name is not None else None
    if text is None or (codec_name == "gb18030" and _is_utf8_chinese(data)):
        return _ladder(data, codec_name)
    return _clean(text), False


def _strict(data: bytes, codec_name: str) -> str | None:
    """Decoded without a fault, or None. Some codecs of the standard library raise more than UnicodeDecodeError."""
    if codec_name == "iso-2022-cn":
        return _iso_2022_cn(data)
    try:
        return data.decode(codec_name)
    except (UnicodeError, LookupError, ValueError):
        return None


def _ladder(data: bytes, declared: str | None) -> tuple[str, bool]:
    """UTF-8, GB18030, what was declared, each as it fits; else line by line, because mails are glued together.

    A body that was cut off ends inside a character: that is no other charset and no loss worth telling."""
    for cut in range(4):
        text = _strict(data[: len(data) - cut], "utf-8")
        if text is not None and (cut == 0 or sum(1 for char in text[:5000] if _CJK.match(char)) >= 2):
            return _clean(text), False
    glued = any(_is_utf8_chinese(line, 3) for line in data.split(b"\n")[:2000] if not line.isascii())
    for cut in range(0 if glued else 4):
        text = _strict(data[: len(data) - cut], "gb18030")
        if text is not None:
            return _clean(text), False
    if declared not in (None, "utf-8", "gb18030"):
        text = _strict(data, declared or "")
        if text is not None:
            return _clean(text), False
    text = "\n".join(_line(line) for line in data.split(b"\n"))
    return _clean(text), "\ufffd" in text


def _line(line: bytes) -> str:
    """One line of a body with several charsets, or with broken bytes in between."""
    for codec_name in ("utf-8", "gb18030"):
        text = _strict(line, codec_name)
        if text is not None:
            return text
    utf8, gb = line.decode("utf-8", "replace"), line.decode("gb18030", "replace")
    return utf8 if utf8.count("\ufffd") <= gb.count("\ufffd") else gb


def _is_utf8_chinese(data: bytes, needed: int = 2) -> bool:
    """Whether bytes labelled GBK are UTF-8: valid, and mostly three-byte characters of the CJK blocks. (联通 in GBK is
    valid UTF-8 as well, but gives two-byte characters.)"""
    sample = data[:20_000]
    for cut in range(4):
        text = _strict(sample[: len(sample) - cut], "utf-8")
        if text is not None:
            beyond = [char for char in text if char > "\x7f"]
            return len(beyond) >= needed and sum(1 for char in beyond if _CJK.match(char)) * 10 >= len(beyond) * 8
    return False


def _is_chinese(data: bytes) -> bool:
    """Whether bytes labelled Latin are Chinese: UTF-8, or valid GBK whose high bytes come in pairs, which accented
    letters among plain ones do not."""
    if _is_utf8_chinese(data):
        return True
    sample = data[:20_000]
    high = sum(1 for byte in sample if byte >= 0x80)
    return high >= 4 and 2 * len(_HIGH_PAIR.findall(sample)) >= high * 0.8 and _strict(data, "gb18030") is not None


def _iso_2022_cn(data: bytes) -> str | None:
    """ISO-2022-CN (RFC 1922), which Python lacks: between SO and SI the bytes are GB2312 without their high bit."""
    out = bytearray()
    shifted = False
    at = 0
    while at < len(data):
        byte = data[at]
        if byte == 0x1B:
            # Only GB2312 (ESC $ ) A) is known; CNS 11643 (ESC $ ) G) is not.
            if data[at : at + 4] not in (b"\x1b$)A", b"\x1b$)E"):
                return None
            at += 4
            continue
        if byte in (0x0E, 0x0F):
            shifted = byte == 0x0E
        elif byte == 0x0A:
            shifted = False
            out.append(byte)
        else:
            out.append(byte | 0x80 if shifted else byte)
        at += 1
    return _strict(bytes(out), "gb18030")


def _clean(text: str) -> str:
    """Text that can be written anywhere: no NULs, no lone surrogates."""
    return _SURROGATES.sub("\ufffd", text.replace("\x00", ""))


# ---- headers ----------------------------------------------------------------------------------------------------


def unfold(raw: bytes) -> bytes:
    """A header's value on one line. A fold between two bytes of Chinese text was put there by a mailer that counted
    bytes, so no blank stays; elsewhere the fold is a blank (RFC 5322, 2.2.3)."""
    raw = re.sub(rb"(?<=[\x80-\xff])(?:\r\n|\n|\r)[ \t]+(?=[\x80-\xff])", b"", raw)
    return re.sub(rb"(?:\r\n|\n|\r)+[ \t]*", b" ", raw).strip()


def decode_raw(raw: bytes) -> str:
    """A header's value as text with its encoded words untouched."""
    return decode_text(unfold(raw))[0]


def decode_header(raw: bytes) -> str:
    """A header's value as its reader should see it: raw bytes and encoded words decoded, controls removed."""
    return decode_words(decode_raw(raw))


def decode_words(text: str) -> str:
    """`text` with its RFC 2047 words decoded; a second time when the result is an encoded word again."""
    for _ in range(2):
        if "=?" not in text:
            break
        text = _decode_once(text)
    return _CONTROLS.sub("", text.replace("\t", " ")).strip()


def _decode_once(text: str) -> str:
    """Adjacent words of one charset are joined as bytes first: a character may be cut between them."""
    out: list[str] = []
    pending = b""
    charset = ""
    end = 0
    for word in _WORD.finditer(text):
        data = _word_bytes(word.group(2), word.group(3), closed=word.group(4) == "?=")
        if data is None:
            continue
        gap = text[end : word.start()]
        joined = bool(charset) and not gap.strip()
        if not joined or _key(word.group(1)) != _key(charset):
            out.append(_word_text(pending, charset))
            pending = b""
        if not joined:
            out.append(gap)
        charset = word.group(1)
        pending += data
        end = word.end()
    out.extend((_word_text(pending, charset), text[end:]))
    return "".join(out)


def _word_text(data: bytes, charset: str) -> str:
    return decode_text(data, charset)[0] if data else ""


def _word_bytes(how: str, text: str, *, closed: bool) -> bytes | None:
    """The bytes of an encoded word, None when this is none: an unclosed one must at least be long enough to be meant."""
    if not text.isascii() or (not closed and len(text.strip()) < 4):
        return None
    if how in "Bb":
        return decode_base64(text.encode("ascii"))
    body = text.replace("_", " ").encode("ascii")
    return binascii.a2b_qp(body)


def decode_base64(data: bytes) -> bytes:
    """Base64 with whatever else stands in it thrown out and the padding mended. Padding in the middle ends a run, as
    when encoded pieces were simply put one after another."""
    out = b""
    for run in re.split(rb"=+", re.sub(rb"[^A-Za-z0-9+/=]", b"", data)):
        usable = run[:-1] if len(run) % 4 == 1 else run
        if usable:
            out += base64.b64decode(usable + b"=" * (-len(usable) % 4))
    return out


def rewrite_words(value: bytes) -> bytes:
    """A header's value in ASCII that any reader understands: encoded words that Python's own codecs would refuse, and
    raw bytes, become UTF-8 words; everything else stays as it was written."""
    if value.isascii() and all(_plain_word(word) for word in _WORD.finditer(value.decode("ascii"))):
        return value
    text = decode_raw(value)
    out: list[str] = []
    end = 0
    # Adjacent words are taken together, because a character may be cut between them.
    for group in re.finditer(r"=\?[^?\s]{1,60}\?[BbQq]\?[^?]*\?=(?:\s*=\?[^?\s]{1,60}\?[BbQq]\?[^?]*\?=)*", text):
        out.extend((_ascii(text[end : group.start()]), _ascii(decode_words(group.group()))))
        end = group.end()
    out.append(_ascii(text[end:]))
    return "".join(out).encode("ascii", "replace")


def _plain_word(word: re.Match[str]) -> bool:
    """Whether this encoded word decodes by itself, strictly, in a charset that Python knows by its label."""
    data = _word_bytes(word.group(2), word.group(3), closed=word.group(4) == "?=")
    try:
        return data is not None and "=?" not in data.decode(word.group(1))
    except (LookupError, UnicodeError, ValueError):
        return False


def _ascii(text: str) -> str:
    """Runs of other characters as UTF-8 words; a word is never put inside quotes, where it would be literal."""
    if text.isascii():
        return text
    text = re.sub(
        r'"([^"\\]{0,500})"', lambda found: found.group() if found.group(1).isascii() else found.group(1), text
    )
    return re.sub(r"[^\x00-\x7f](?:[^<>,;@\"]*[^\x00-\x7f])?", lambda found: _utf8_words(found.group()), text)


def _utf8_words(text: str) -> str:
    pieces = [text[at : at + 15] for at in range(0, len(text), 15)]
    return " ".join(f"=?utf-8?B?{base64.b64encode(piece.encode('utf-8')).decode('ascii')}?=" for piece in pieces)
