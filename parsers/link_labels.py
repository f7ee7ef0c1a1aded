"""Finds the words that announce an extraction code, in the languages they are met in.

A label is found by its core (码, 密码, code, pwd ...), whose first characters are few, so that a long text is passed
over quickly; the words before the core then say how surely it speaks of a share's code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

STRONG, MEDIUM, WEAK = 2, 1, 0

_B = r"\s{0,2}"
_CORES = {
    "提": rf"{_B}[取起供]{_B}(?:密{_B})?[码碼号號吗马嘛妈]|{_B}取{_B}(?:口令|密令|code|(?=[:：=]))|码",
    "密": rf"{_B}[码碼钥]|(?={_B}[:：])",
    "码": "",
    "碼": "",
    "口": "令",
    "暗": "号|証番号",
    "コ": "ード",
    "パ": "スワード|スコード",
    "合": "言葉",
    "正": "确的?(?:应该?)?[是为]",
    "추": r"출\s?(?:코드|암호|번호)",
    "비": r"밀\s?번호|번",
    "암": "호",
    "코": "드",
    "패": "스워드",
    "пП": "арол[ья]",
    "кК": r"од(?:\s(?:извлечения|доступа|загрузки))?|люч",
    "ر": r"مز(?:\s[\u0621-\u064a]{2,12}){0,2}",
    "ك": r"ود|لمة\s(?:ال)?(?:مرور|سر)",
    "ک": "د",
    "ร": "หัส(?:ผ่าน)?",
    "şŞ": "ifre(?:si)?",
    "cC": r"(?:[oO][dD][eE]s?|[óo]digo(?:\sde\s\w{4,12})?|ontrase[ñn]a|lave|odice)(?![A-Za-z])",
    "pP": (
        r"(?:[aA][sS][sS](?:[\s_-]?(?:[wW][oO][rR][dD]s?|[wW]ard|[wW]rod|[cC][oO][dD][eE]s?|[wW][dD]|phrase)|wor[tT])?"
        r"|[wW][dD]?s?|[sS][wW][dD]?|[sS][dD]|[iI][nN]|arola)(?![A-Za-z])"
    ),
    "kK": r"(?:[eE][yY]s?|ennwort|ode?|ata\ssandi)(?![A-Za-z])",
}
_RARE_SIGNS = ("senha", "mot de passe", "ật khẩu", "mã", "hasło", "पासवर्ड", "कोड")
# In every text with a label at least one of these stands, in lower case.
CORE_SIGNS = (
    *(
        "码",
        "碼",
        "密",
        "提",
        "口令",
        "暗号",
        "暗証",
        "コード",
        "パス",
        "合言葉",
        "正确",
        "추출",
        "비밀",
        "비번",
        "암호",
        "코드",
        "패스",
    ),
    *(
        "парол",
        "код",
        "ключ",
        "رمز",
        "كود",
        "كلمة",
        "کد",
        "รหัส",
        "ifre",
        "ode",
        "ódigo",
        "odigo",
        "ontrase",
        "lave",
        "odice",
    ),
    *("ass", "pw", "psd", "psw", "pin", "arola", "key", "ennwort", "kod", "ata sandi", *_RARE_SIGNS),
)
_CORE = re.compile(
    "[" + "".join(_CORES) + "](?:" + "|".join(f"(?<=[{first}])(?:{rest})" for first, rest in _CORES.items()) + ")"
)
_RARE = re.compile(
    r"(?<![a-z])(?:senha|mot\sde\spasse|m(?:ật|at)\s(?:khẩu|khau)|mã(?:\s\w{2,8}){0,2}|hasło|पासवर्ड|कोड)(?![a-z])",
    re.IGNORECASE,
)

_SHARE_WORD = re.compile(
    rf"(?:访问|訪問|分享|共享|存取|链接|連結|鏈接|下载|下載|查看|网盘|網盤|云盘|雲盤|百度云?|度盘|取[件货回]|[获题抽]取)的?{_B}\Z"
)
_OTHER_WORD = re.compile(rf"(?:验证|驗證|识别|校验|校驗){_B}\Z")
_COLON = re.compile(r"\s{0,2}[:：=＝]|\s(?=\d{0,3}[a-z])(?=[a-z]{0,3}\d)[a-z0-9]{4}(?![A-Za-z0-9])")
_KANA_WORD = re.compile(r"(?:抽出|取得|取り出し|引き出し|ダウンロード|アクセス)\Z")
_LATIN_WORD = re.compile(
    r"(?<![A-Za-z0-9_/-])(?:extract(?:ion|ing|ed|or)?|fetch|acc?ess|shar(?:e|ing)|pick-?\s?up|retriev(?:al|e)|baidu|pan"
    r"|netdisk|disk|link|download|verification)(?:[\s_-]{0,2})\Z",
    re.IGNORECASE,
)
_WEAK = re.compile(r"codes?|keys?|pin|pass|pw|ps?d|kod|clave", re.IGNORECASE)


class Label(NamedTuple):
    """A label at [start, end) of a text. `latin`: of a language that sets blanks between words, so that its words
    stand where codes do and more is asked of what follows."""

    start: int
    end: int
    strength: int
    latin: bool


def find_labels(text: str) -> Iterator[Label]:
    """Labels in order of the text."""
    low = text.lower()
    rare = list(_RARE.finditer(text)) if any(sign in low for sign in _RARE_SIGNS) else []
    at = 0
    for core in _CORE.finditer(text):
        while at < len(rare) and rare[at].start() < core.start():
            yield Label(rare[at].start(), rare[at].end(), MEDIUM, True)
            at += 1
        label = _label(text, core)
        if label:
            yield label
    for late in rare[at:]:
        yield Label(late.start(), late.end(), MEDIUM, True)


def _label(text: str, core: re.Match[str]) -> Label | None:
    start, end = core.span()
    first = text[start]
    if first == "提":
        return Label(start, end, STRONG, False)
    if first in "密口码碼":
        word = _SHARE_WORD.search(text, max(0, start - 7), start)
        if word:
            return Label(word.start(), end, STRONG, False)
        if first not in "码碼":
            cut = end == start + 1 and text[start - 1 : start].isalnum()  # 密：x926, the word cut short
            return None if cut else Label(start, end, MEDIUM, False)
        other = _OTHER_WORD.search(text, max(0, start - 4), start)
        if other:
            return Label(other.start(), end, MEDIUM, False)
        # 码：x926, the word cut short: only by itself, and with a colon or before what can be nothing but a code.
        alone = (start == 0 or not text[start - 1].isalnum()) and _COLON.match(text, end)
        return Label(start, end, MEDIUM, False) if alone else None
    if first == "正":  # ...提取码写错了，正确的是 ab12
        said = text[max(0, start - 30) : start].rpartition("码")
        return Label(start, end, STRONG, False) if said[1] and said[0].endswith(("取", "问", "享", "密")) else None  # no 号码, 编码
    if first in "cCpPkK":
        return _latin_label(text, start, end)
    if first == "コ":
        word = _KANA_WORD.search(text, max(0, start - 6), start)
        return Label(word.start() if word else start, end, STRONG if word else MEDIUM, False)
    return Label(start, end, MEDIUM, first in "пПкКركکşŞ")


def _latin_label(text: str, start: int, end: int) -> Label | None:
    word = _LATIN_WORD.search(text, max(0, start - 14), start)
    if word:
        return Label(word.start(), end, STRONG, True)
    if start and (text[start - 1].isascii() and text[start - 1].isalnum()):
        return None
    return Label(start, end, WEAK if _WEAK.fullmatch(text, start, end) else MEDIUM, True)
