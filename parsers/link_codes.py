"""Finds extraction codes in a plain text: a label that says "this is the code", and the code it names.

Never takes a word for a code: what stands after a label must have a code's shape, and labels of other secrets (an
archive's password, an account's, a meeting's) do not count. Which link a code belongs to is `parsers.link_pairs`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from parsers.link_labels import STRONG, WEAK, Label, find_labels
from parsers.link_words import WORDS

_B = r"\s{0,2}"
_TAG = r"(?:<[^<>\n]{0,160}>|\[/?(?:b|i|u|s|t[dhr]|color|size|font|url|code|quote|hide|align|backcolor|table)(?:=[^\[\]\n]{0,40})?\])"
_JUNK = rf"(?:{_TAG}|[\s'\"“”‘’「」『』《》`*_~【】\[(（<{{★☆●→☞👉➜⇒▶🔑])"
# What may stand between a label and its code. `sign`: something that says "here it comes".
_TO_CODE = re.compile(
    rf"{_B}(?:[（(](?![A-Za-z0-9]{{2,8}}[)）])[^()（）\n]{{0,14}}[)）]{_B})?"
    rf"(?:[一二三四五六七八九十①②③④⑤⑥⑦⑧⑨⑩]{{1,2}}{_B}|(?:#|No\.?|\s)?\d{{1,2}}{_B}(?=[:：=.、)）]))?"
    r"(?P<word>(?:[\u4e00-\u9fff]{0,5}?(?:均为|都为|都是|都?一样是?|(?:相同|一致)(?:[，,](?:都|均|统一)?[是为])?|统一为?|全部?是|皆为|同为))|[\u4e00-\u9fff]{0,4}?(?:分别|依次)(?:为|是)?"
    r"|(?:就?是|为|即)[^\n:：,，。;；|<>]{1,30}(?=[:：]\s{0,2}[A-Za-z0-9]{4}(?![A-Za-z0-9]))"
    r"|[\u4e00-\u9fff]{0,6}?(?:为|是|為|如下|在此)|[\u4e00-\u9fff]{1,8}[)）]?(?=\s{0,2}[:：]))?"
    rf"(?P<gap>{_JUNK}{{0,8}}(?P<sign>[:：=＝\-–—>|，,；;]|is\b|are\b|(?:ist|es|est|は|는|은)\s)?(?:[:：=＝\-–—>]|{_JUNK}){{0,12}})"
    r"(?P<value>[A-Za-z0-9]{2,12}|(?:[A-Za-z0-9]\s){3}[A-Za-z0-9])"
    r"(?![A-Za-z0-9@+%]|[_.-][A-Za-z0-9]|://|\\)",
    re.IGNORECASE,
)
# The plain case, "提取码: ab12", worth a look of its own because it is nearly every case.
_USUAL = re.compile(
    r"[ ]?[:：]?\s{0,2}(?P<value>[A-Za-z0-9]{4})(?![A-Za-z0-9@+%]|[_.-][A-Za-z0-9]|://|\\|\s{0,3}(?:、|和))"
)
_MORE = re.compile(
    r"\s{0,3}(?P<sep>[、,，/;；|]|和|及|and|&|\n|\s)\s{0,3}(?P<value>[A-Za-z0-9]{4})(?![A-Za-z0-9@+%]|[_.-][A-Za-z0-9]|://)"
)
# Codes each with a name or number: 提取码：微信课3cn6，支付课u68a; 提取码①2m8p ②jpq8
_NAMED_CODE = r"(?:[①-⑩]\s?[A-Za-z0-9]{4}|[\u4e00-\u9fff]{1,8}[:：]?\s?(?=[A-Za-z0-9]{0,3}[A-Za-z])[A-Za-z0-9]{4})(?![A-Za-z0-9@.])"
_LISTED = re.compile(rf"{_B}[:：]?{_B}{_NAMED_CODE}(?:[，,、；;\s]{{1,3}}{_NAMED_CODE}){{1,20}}")
_LISTED_CODE = re.compile(r"[A-Za-z0-9]{4}")
_EVERY = re.compile(r"均|都|统一|相同|一样|同样|全部|皆|通用|\ball\b|\bboth\b|\bsame\b|\beach\b", re.IGNORECASE)
_IN_ORDER = re.compile(r"分别|依次|respectively|順に", re.IGNORECASE)
_CORRECTED = re.compile(
    r"更正|改为|改成|更新|正确|新的?提取码|新密码|应为|应该是|以此为准|correct|\bnew\b|updated", re.IGNORECASE
)
# A label right after one of these names another secret.
_FOREIGN = re.compile(
    r"(?:解\s?[压壓]縮?缩?\s?[^\s:：,，。]{0,6}|压缩\s?(?:包|文件|档)?的?|开机|登[录陆錄]|后台|数据库|账[号户]|帐[号户]|用户名?|管理员"
    r"|无线|热点|邮箱|会议室?|直播|手机|短信|激活|注册|授权|支付|银行卡|打开文件|文档|文件打开"
    r"|(?<![A-Za-z0-9_-])(?:(?:un)?(?:zip|rar|7-?z|pack|archive)\w{0,5}[ ]?(?:file)?|decompress\w{0,6}|root|admin\w{0,10}|wi-?fi"
    r"|pdf|log-?in|user|database|mysql|ssh|server|e-?mail|zoom|meeting|api|secret|public|private|license|activation|source|status"
    r"|error|exit|post|area|country|http|return|promo(?:tion)?|qr|bar))[ _-]{0,2}(?:的|使用)?[ _-]?\Z",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"(?:账[号户]|帐[号户]|用户名?|(?<![A-Za-z])(?:user(?:name)?|login|account|id))\s{0,2}[:：=][^\n]{1,40}\Z"
    r"|(?:会议|房间|直播间)\s?(?:号码?|ID)[^\n]{0,30}\Z",
    re.IGNORECASE,
)
_DISK_HINT = re.compile(
    r"(?:(?P<baidu>百度(?:网盘|网盤|云盘?|雲盤?)?|度盘|(?<![A-Za-z0-9_-])baidu\w{0,8})|(?:夸克|阿里(?:云盘?|网盘)?|蓝奏云?|天翼云?盘?"
    r"|迅雷云?盘?|微云|和彩云|城通|(?<![A-Za-z0-9_-])(?:quark|lanzou\w{0,4}|123(?:云盘|网盘|pan)?|115|UC))(?:网盘|云盘|盘)?)$",
    re.IGNORECASE,
)
_HINT_ENDS = frozenset("度盘盤云雲网克里奏翼雷微通35kKuUnNcCdDsSeE")
# Stands behind a colon often enough without being a code.
_NEVER = re.compile(
    r"https?|none|null|same|here|link|this|true|false|html|json|todo|code|pass|xxxx|yyyy|type|name|text|file",
    re.IGNORECASE,
)
_SIZE = re.compile(
    r"\d{1,3}(?:gb|mb|kb|tb|px|gb|min|hz|bit|pdf|zip)|v\d{1,3}|(?:19|20)\d\d|[hx]26[45]|\d{3}[pmki]|\d[kp]\d\d|p\d{3}", re.IGNORECASE
)


@dataclass(slots=True)
class Code:
    """A labelled code at [start, end). `start` is the label's. `every`: said to open all links. `baidu`: the label
    names Baidu (True) or another disk (False), else None. `corrected`: said to replace an earlier one."""

    start: int
    end: int
    value: str
    strength: int
    every: bool = False
    baidu: bool | None = None
    corrected: bool = False


def is_word(value: str) -> bool:
    """True for a value that is more likely a word of the language than a code."""
    return value.lower() in WORDS


def _is_code(label: Label, found: re.Match[str]) -> bool:
    """Whether the value after this label is one: the weaker the label and what joins them, the more it must look so."""
    value, sign, gap, strength = found["value"], found["sign"] or "", found["gap"], label.strength
    if _NEVER.fullmatch(value):
        return False
    digits = any(c.isdigit() for c in value)
    if sign in ("|", ",", "，", ";", "；"):
        return digits and ((strength == STRONG and not label.latin) or sign == "|")
    announced = bool(re.search(r"[:：=＝]", gap))
    quoted = bool(re.search(r"['\"“‘`*【\[(（<「]", gap))
    if announced:
        return strength > WEAK or "\n" not in gap
    if label.latin:
        if "\n" in gap and not found["word"]:
            return digits and strength > WEAK
        return digits or quoted or (not is_word(value) and bool(sign or found["word"] or strength == STRONG))
    return digits or not is_word(value)


def _is_foreign(text: str, label: Label) -> bool:
    """Whether the label names another secret: an archive's, an account's, a meeting's."""
    before = text[max(0, label.start - 24) : label.start]
    if label.strength == STRONG and not before[-1:].isalpha():
        return False
    if _FOREIGN.search(before):
        return True
    return label.strength < STRONG and bool(_ACCOUNT.search(text[max(0, label.start - 60) : label.start]))


def _disk_named(text: str, label: Label) -> bool | None:
    """True if the words at the label name Baidu, False if another disk, None if neither."""
    if text.startswith(("百度", "度盘"), label.start):
        return True
    before = text[max(0, label.start - 16) : label.start].rstrip(" :：(（[【-|")
    if not before or before[-1] not in _HINT_ENDS:
        return None
    found = _DISK_HINT.search(before)
    return bool(found["baidu"]) if found else None


def _codes_at(text: str, label: Label, end: int) -> list[Code]:
    """The code behind a label (several if it says "in this order"), or nothing."""
    plainly = _USUAL.match(text, label.end, end)
    if plainly and label.strength == STRONG and not text[label.start - 1 : label.start].isalpha():
        value = plainly["value"]
        if _NEVER.fullmatch(value):
            return []
        baidu = _disk_named(text, label)
        return [Code(label.start, plainly.end(), value, STRONG, False, baidu, _is_corrected(text, label))]
    listed = _LISTED.match(text, label.end, end) if label.strength == STRONG else None
    if listed:
        found_here = list(_LISTED_CODE.finditer(text, label.end, listed.end()))
        if not any(is_word(one.group()) for one in found_here):
            return [Code(one.start(), one.end(), one.group(), STRONG) for one in found_here]
    found = _TO_CODE.match(text, label.end, min(end, label.end + 260))
    if not found or found["gap"].count("\n") > 2 or not _is_code(label, found):
        return []
    if _is_foreign(text, label):
        return [Code(label.start, found.end(), "", STRONG)]
    word = found["word"] or ""
    round_it = text[max(0, label.start - 14) : label.end] + word
    baidu = _disk_named(text, label)
    value = found["value"].replace(" ", "").replace("\n", "")
    every, corrected = bool(_EVERY.search(round_it)), bool(_CORRECTED.search(round_it))
    codes = [Code(label.start, found.end(), value, label.strength, every, baidu, corrected)]
    in_order = bool(_IN_ORDER.search(round_it))
    while len(value) == 4 and (more := _MORE.match(text, codes[-1].end, end)):
        value = more["value"]
        if not (in_order or more["sep"] == "、") or is_word(value):
            break
        codes.append(Code(more.start("value"), more.end(), value, label.strength, False, baidu))
    return codes


def _is_corrected(text: str, label: Label) -> bool:
    return bool(_CORRECTED.search(text, max(0, label.start - 14), label.end))


def find_codes(text: str) -> Iterator[Code]:
    """Labelled codes in a text, in order."""
    done, end = 0, len(text)
    for label in find_labels(text):
        if label.start < done:
            continue
        for code in _codes_at(text, label, end):
            done = code.end
            if code.value:
                yield code


_BARE = re.compile(
    r"[ `*'\"”’」】\])）>}]{0,6}(?P<sign>[,，;；|:：#、/+]|-{1,6}|—{1,3}|=>|->)?[ `*'\"“‘「【\[(（<{|]{0,8}\n?[ >]{0,4}"
    r"(?P<value>[A-Za-z0-9]{4})"
    r"(?!\]\(|</a)(?P<after>[ `*'\"”’」】\])）>},，。.;；|!！]{0,8}(?=\n|$)|[ ]{0,3}[`'\"”’」】\])）<>},，。;；|]|[ ]{1,2}(?=[\u4e00-\u9fff]))"
)
# A row copied from a workbook: address, code, then a number. Small letters with digits only: R101 45.2 is no code.
_ROW = re.compile(r"[ ]{1,3}((?=\d{0,3}[a-z])(?=[a-z]{0,3}\d)[a-z0-9]{4})[ ]{1,3}(?=\d)")
_CELL = re.compile(r"[^|\n]{0,120}\|[ `*]{0,6}([A-Za-z0-9]{4})[ `*]{0,6}(?:\||\n|$)")
_ANCHOR = re.compile(
    r"\[(?:[^\[\]\n]{0,100}[(（【\[]|(?P<colon>[^\[\]\n]{0,30}[盘云][:：]))\s?(?P<value>[A-Za-z0-9]{4})\s?[)）】\]]{0,1}\s?\**\]{1,2}\([ <]{0,2}(?:https?://)?$",
    re.IGNORECASE,
)
_CELL_BEFORE = re.compile(r"(?:\||^|\n)[ `*]{0,6}([A-Za-z0-9]{4})[ `*]{0,6}\|[^|\n]{0,120}$")
COLUMN = re.compile(
    r"(?:^|\||\n)[^|\n]{0,20}(?:提取码|提取密码|密码|访问码|(?<![A-Za-z])(?:pass)?code|password|pwd)[^|\n:：]{0,12}(?:\||\n|$)",
    re.IGNORECASE,
)


def _bare(value: str, *, strict: bool) -> bool:
    """Whether four characters without a label are a code: mixed ones are, words, years and sizes are not."""
    if _SIZE.fullmatch(value) or is_word(value):
        return not strict and not is_word(value)
    return not _NEVER.fullmatch(value)


def find_bare(text: str, end: int, *, column: bool = False) -> str | None:
    """A code without a label right behind a link that ends at `end`: `https://... s3w6`, `](https://...) (s3w6)`.
    `column`: the text has a table with a column of codes, so the next cell is one."""
    found = _BARE.match(text, end, min(len(text), end + 60))
    if found and _bare(found["value"], strict=not column):
        value = found["value"]
        if "\n" not in found.group()[: found.start("after") - end] or (
            any(c.isdigit() for c in value) and not value.isdigit()
        ):
            return value
    row = _ROW.match(text, end)
    if row and _bare(row.group(1), strict=True):
        return row.group(1)
    cell = _CELL.match(text, end, min(len(text), end + 200)) if column else None
    return cell.group(1) if cell and _bare(cell.group(1), strict=False) else None


def find_bare_before(text: str, start: int, *, column: bool = False) -> str | None:
    """A code without a label just before a link: `[Baidu (s3w6)](https://...`, or the cell before it in a table."""
    before = text[max(0, start - 160) : start]
    found = _ANCHOR.search(before)
    if found and _bare(found["value"], strict=True) and not (found["colon"] and found["value"].isalpha()):
        return found["value"]
    cell = _CELL_BEFORE.search(before) if column else None
    return cell.group(1) if cell and _bare(cell.group(1), strict=False) else None
