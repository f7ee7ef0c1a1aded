"""Text as people mean it: full-width forms, odd blanks, dashes and traditional characters folded to one spelling.

Everything that compares names, titles or words goes through here. Linear in the length of the text, never raises,
whatever stands in it. What a submitter wrote is kept as it is elsewhere: folded text is for looking, not for showing.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from difflib import SequenceMatcher

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\u2501\u2e3a\u2e3b\u207b\u208b\u02d7\u2043\u23af\u30fc\uff70"
_PLUSES = "\u2795\u2719\u271a\u254b\u253c\ufe62\u207a\u208a"
_DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u300c\u300d\u300e\u300f\u301d\u301e\u301f\u2033\u02ba\u275d\u275e"
_SINGLE_QUOTES = "\u2018\u2019\u201a\u201b\u2032\u02b9\u02bc\u275b\u275c\u0060\u00b4"
_BLANKS = "\t\u3164\uffa0\u2800\u115f\u1160"
_LINE_ENDS = "\n\r\v\f\x85\u2028\u2029"
_INVISIBLE = "\u00ad\u034f\u061c\u17b4\u17b5\u180b\u180c\u180d\u180e\ufeff"

_EXPLICIT: dict[str, str] = {
    **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys(_PLUSES, "+"),
    **dict.fromkeys(_DOUBLE_QUOTES, '"'),
    **dict.fromkeys(_SINGLE_QUOTES, "'"),
    **dict.fromkeys(_BLANKS, " "),
    **dict.fromkeys(_LINE_ENDS, "\n"),
    **dict.fromkeys(_INVISIBLE, ""),
}

_TRADITIONAL = (
    "乾侷係個傢傳儘優兒兗內凱則創劃動務勝勞區協卽厤員問單國圍園圖團報墾壽奬婦學實寧寫專導島嵐嶗嶧嶽師幹庫廕廣張復"
    "恆慶應懞掃敎敗數時曆書會朮東棗棲業榦榮樂樑橋機檯歷殘況滄澤濛濟濰濱灣無煙營爾獎獲獸現環產産發盡盤眾矇稅稱穀穫"
    "箇範築糰納紙級終絡統經綜綫網線縣總繞繫繼續纔羅羣習聖聯職脩膠臨臺與興舘莊華菸萊葯蒼蓋蓮蔭蕪薦藝藥蘭處號衆術衕"
    "衛補裝製複覈見規視訂計訓設詢話語課請諮諸講謝譯議護讀負財責費貿資質車輕轉辦農迴週遊達遞遠遶郵鄆鄉鄒醫鉅銷鋁鋼"
    "錶鎭鎮長門開間閤閱閲陰陽隊離雲電霑項頤頻題類颱飛養館饒驗體髮魚魯麪麫麯麴麵黃黨齊齡齣龍巿"
)
_SIMPLIFIED = (
    "干局系个家传尽优儿兖内凯则创划动务胜劳区协即历员问单国围园图团报垦寿奖妇学实宁写专导岛岚崂峄岳师干库荫广张复"
    "恒庆应蒙扫教败数时历书会术东枣栖业干荣乐梁桥机台历残况沧泽蒙济潍滨湾无烟营尔奖获兽现环产产发尽盘众蒙税称谷获"
    "个范筑团纳纸级终络统经综线网线县总绕系继续才罗群习圣联职修胶临台与兴馆庄华烟莱药苍盖莲荫芜荐艺药兰处号众术同"
    "卫补装制复核见规视订计训设询话语课请咨诸讲谢译议护读负财责费贸资质车轻转办农回周游达递远绕邮郓乡邹医巨销铝钢"
    "表镇镇长门开间合阅阅阴阳队离云电沾项颐频题类台飞养馆饶验体发鱼鲁面面曲曲面黄党齐龄出龙市"
)
"""Traditional forms of the characters that occur in names of units, in forms and in subjects (濟南市敎育局)."""


def _fold_character(character: str) -> str:
    """One character as the fold writes it; '' for what cannot be seen."""
    known = _EXPLICIT.get(character)
    if known is not None:
        return known
    kind = unicodedata.category(character)
    if kind in ("Cc", "Cf") or "\ufe00" <= character <= "\ufe0f" or "\U000e0000" <= character <= "\U000e0fff":
        return ""
    if kind == "Cs":
        return "\ufffd"  # half of a surrogate pair left by a broken header; it could not even be written to UTF-8
    if kind == "Zs":
        return " "
    spelt = unicodedata.normalize("NFKC", character)
    if spelt == character:
        return character
    return "".join(_fold_character(part) for part in spelt)


class _Fold(dict[int, str]):
    """A table for `str.translate` that fills itself. Folding character by character keeps it linear: NFKC of a whole
    text is quadratic in a run of combining marks."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        if code < 0x10000:  # bounds the memory that a hostile text can claim
            self[code] = folded
        return folded


_FOLD = _Fold()
_SIMPLIFY = {ord(old): new for old, new in zip(_TRADITIONAL, _SIMPLIFIED, strict=True)}
# Most of a text folds to itself; looking at the rest only makes a long mail four times faster.
_UNUSUAL = re.compile(r"[^\n -_a-~\u3001\u3002\u3008-\u300b\u3010\u3011\u4e00-\u9fff]+")
_OLD_FORMS = re.compile(f"[{_TRADITIONAL}]+")
_UNSEEN = re.compile("[\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\x00-\x08\x0e-\x1f\x7f]+")
_NOT_WORD = re.compile(r"[\W_]+")
_LONG = 300


def _fold_run(run: re.Match[str]) -> str:
    return run.group().translate(_FOLD)


def _simplify_run(run: re.Match[str]) -> str:
    return run.group().translate(_SIMPLIFY)


def normalise(text: str, *, casefold: bool = False, simplify: bool = False) -> str:
    """The text with full-width and compatibility forms folded (NFKC, one character at a time), one kind of dash, plus,
    quote, blank and line end, and without what cannot be seen (zero-width, direction marks, control characters).

    Lines stay lines, runs of blanks stay. `casefold`: letters compare equal in either case. `simplify`: traditional
    characters become simplified ones; this changes no length, so offsets hold for both spellings.
    """
    folded = _UNUSUAL.sub(_fold_run, text.replace("\r\n", "\n"))
    if simplify:
        folded = _OLD_FORMS.sub(_simplify_run, folded)
    return folded.casefold() if casefold else folded


def compact(text: str) -> str:
    """The letters, digits and characters alone: normalised, simplified, lower case, no blanks, no punctuation."""
    return _NOT_WORD.sub("", normalise(text, casefold=True, simplify=True))


def count_characters(text: str) -> int:
    """How many characters a reader would count: blanks and what cannot be seen do not count, punctuation does."""
    return len("".join(_UNSEEN.sub("", text).split()))


def similar(a: str, b: str) -> float:
    """Likeness of two titles or names, 0..1; 1.0 means equal but for spelling. Two empty texts are not alike.

    Up to 300 characters by matching blocks, beyond that by shared pairs of characters, which is linear.
    """
    one, two = sorted((compact(a), compact(b)))
    if not one or not two:
        return 0.0
    if one == two:
        return 1.0
    if max(len(one), len(two)) <= _LONG:
        return SequenceMatcher(None, one, two, autojunk=False).ratio()
    pairs, others = _pairs(one), _pairs(two)
    total = pairs.total() + others.total()
    return 2 * (pairs & others).total() / total if total else 0.0


def _pairs(text: str) -> Counter[str]:
    return Counter(text[at : at + 2] for at in range(len(text) - 1))


def same_text(a: str, b: str) -> bool:
    """Equal but for case, blanks, punctuation, width and traditional forms. Nothing said equals nothing."""
    one = compact(a)
    return bool(one) and one == compact(b)
