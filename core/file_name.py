"""Reading a file name: unit, category, and hints about what the file is (单位+材料类别, notice, section five)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from core import unit_names
from core.batches import find_batch_named
from core.campaign import Campaign
from core.register import Register
from core.text import normalise
from core.topic import category_words, filler, find_topics, plain

RoleHint = Literal["word", "scan", "video"]

_LONGEST = 400
_EXTENSION = re.compile(
    r"\.(docx?|docm|dotx?|wps|wpt|rtf|odt|txt|pdf|ofd|xps|jpe?g|jfif|png|bmp|gif|tiff?|webp|heic|heif|mp4|mov|avi|wmv|mkv|flv|m4v|mpe?g|"
    r"rmvb|rm|3gp|ts|webm|f4v|zip|rar|7z|tar|gz|eml|msg|xlsx?|et|pptx?|dps|html?|mp3|wav|download|part|tmp)$",
    re.IGNORECASE,
)
_WORD = frozenset({"doc", "docx", "docm", "dot", "dotx", "wps", "wpt", "rtf", "odt"})
_PAGES = frozenset({"pdf", "ofd", "xps", "jpg", "jpeg", "jfif", "png", "bmp", "tif", "tiff", "webp", "heic", "heif"})
_FILM = frozenset({"mp4", "mov", "avi", "wmv", "mkv", "flv", "m4v", "mpg", "mpeg", "rmvb", "rm", "3gp", "ts", "webm", "f4v"})
_SAYS_SCAN = re.compile(r"扫描|扫瞄|盖章|签章|公章|红章|纸质|pdf|scan", re.IGNORECASE)
_SAYS_WORD = re.compile(r"word|电子[版档稿]|可编辑|\bdocx?\b", re.IGNORECASE)
_SAYS_VIDEO = re.compile(r"视频|录像|微课|录屏|影片")
_PAGE = re.compile(
    r"第 ?([\d一二三四五六七八九十]{1,3}) ?页|[_\- .(\[](?:p|page)?0{0,2}(\d{1,2})[)\]]?$|"
    r"(?<=[\u4e00-\u9fff])(?<!附件)0{0,2}(\d{1,2})$|^(?:p|page|img|图片?)?[_ ]?0{0,2}(\d{1,2})$",
    re.IGNORECASE,
)
_CHINESE = "零一二三四五六七八九十"
_ORNAMENT = " \"'《》【】[](){}·._-“”"
_NUMBERING = re.compile(r"^(?:附件? ?[\d一二三四五]{1,2}[:、.\-_ ]*|\(?\d{1,2}[).、_\-: ]+|第?[一二三]批[:_\- ]*|【[^】]{0,12}】|\[[^\]]{0,12}\])+")
_NUMBERED_FORM = re.compile(r"附件? ?(\d{1,2})")
_DECOR = re.compile(
    r"(?:申报表?|推荐表?|表格?|材料|资料|报告|文档|附件|正文|\(?专题\)?|报送|正式|最终|最新|定稿|终稿|修改|修订|更正|补正|补充|完整|[版稿件份页]|盖章|签章|公章|"
    r"红章|扫描|扫瞄|纸质|电子|word|pdf|docx?|wps|可编辑|原件|复印|彩色|图片|照片|视频|实体|共享|链接|"
    r"第?[一二三四五六七八九十\d]+批?次?|[（()）\[\]【】 _.·、&+-])+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FileNameFacts:
    """What a file name says.

    `unit_text`: the unit as written; `category`: key of the campaign's category; `regular`: written as 单位+材料类别,
    with or without 盖章扫描件, a number, a title behind it. `words`: what else it says (a title). `role_hint`: what the
    file calls itself. `page`: number of the page or copy. `batch`: number of the batch it names.
    """

    unit_text: str | None
    category: str | None
    regular: bool
    words: tuple[str, ...] = ()
    role_hint: RoleHint | None = None
    page: int | None = None
    batch: int | None = None


def read_file_name(name: str, campaign: Campaign, register: Register) -> FileNameFacts:
    """Read the name of a file or folder; a path is read by its last part. Never raises; 400 characters are read."""
    whole = plain(name[:_LONGEST].replace("\x00", "")).replace("\n", " ")
    whole = re.split(r"[\\/]", whole.rstrip("\\/"))[-1]
    whole = re.sub(r"%2b", "+", whole, flags=re.IGNORECASE)  # some web mailers leave + encoded
    stem, extension = _without_extension(whole)
    category, span = _find_category(stem, campaign)
    unit, unit_text = _find_unit(stem, span, campaign, register)
    regular = unit is not None and span is not None and _is_regular(stem, unit, span, campaign)
    return FileNameFacts(
        unit_text=unit_text,
        category=category,
        regular=regular,
        words=_other_words(stem, unit, span, campaign),
        role_hint=_role_hint(stem, extension),
        page=_page(stem),
        batch=find_batch_named(stem, campaign),
    )


def _without_extension(name: str) -> tuple[str, str]:
    """The stem and the innermost extension that says what it is (a.docx.pdf is a PDF)."""
    extension = ""
    for _ in range(3):
        found = _EXTENSION.search(name)
        if found is None or found.start() == 0:
            break
        extension = extension or found.group(1).lower()
        name = name[: found.start()]
    return name.strip(), extension


# Category --------------------------------------------------------------------------------------------------------


def _find_category(stem: str, campaign: Campaign) -> tuple[str | None, tuple[int, int] | None]:
    """The category and where it stands. A full word beats a common one (典型培训项目 beats 课程, wherever they stand);
    among equals the one behind the separator, then the last, for Chinese names end in what they are."""
    lowered = stem.lower()
    behind = stem.rfind(normalise(campaign.name_separator).strip() or "\0")
    best: tuple[tuple[int, bool, int], str, tuple[int, int]] | None = None
    for word, key in category_words(campaign):
        at = lowered.rfind(word.lower())
        if at < 0:
            continue
        rank = (len(word) if len(word) > 3 else 0, at > behind >= 0, at + len(word))
        if best is None or rank > best[0]:
            best = rank, key, (at, at + len(word))
    if best is not None:
        return best[1], best[2]
    for number in _NUMBERED_FORM.finditer(stem):
        for spec in campaign.categories:
            own = _NUMBERED_FORM.match(plain(spec.form_name))
            if own and own.group(1) == number.group(1):
                return spec.key, None
    return None, None


# Unit --------------------------------------------------------------------------------------------------------------


def _find_unit(
    stem: str, span: tuple[int, int] | None, campaign: Campaign, register: Register
) -> tuple[tuple[int, int] | None, str | None]:
    """Where the unit stands and how it is written: what lies before separator and category, else what the register
    knows, else what ends like an organisation's name."""
    sep = normalise(campaign.name_separator).strip()
    head = stem[: span[0]].rstrip(_ornament(sep)) if span is not None else ""
    if sep and head.endswith(sep):
        numbering = _NUMBERING.match(head)
        start = numbering.end() if numbering else 0
        # The unit is what lies before the first separator, were there a topic or a title between them.
        end = head.find(sep, start)
        written = _as_unit(stem[start:end], campaign) if end >= 0 else None
        if written:
            return (start, end), written
    matches = [match for match in register.find(stem) if not match.place_only] or list(register.find(stem))
    if matches:
        return (matches[0].start, matches[0].end), matches[0].matched
    masked = list(stem)
    for found in (*find_topics(stem, campaign), *((span,) if span else ())):
        masked[found[0] : found[1]] = "\n" * (found[1] - found[0])
    for run in re.finditer(rf"[{unit_names.CJK}A-Za-z\d()]+", "".join(masked)):
        core = _trimmed(run.group(), campaign)
        if len(core) > 3 and unit_names.looks_like_unit(core):
            at = run.start() + run.group().index(core)
            return (at, at + len(core)), core
    return None, None


def _as_unit(text: str, campaign: Campaign) -> str | None:
    """The text without quotes and brackets round it, if it can be a unit's name at all."""
    bare = text.strip(_ORNAMENT.replace("(", "").replace(")", ""))
    rest = bare
    for start, end in reversed(find_topics(bare, campaign)):
        rest = rest[:start] + rest[end:]
    named = len(re.findall(f"[{unit_names.CJK}]", _trimmed(rest, campaign))) >= 2 or unit_names.looks_like_unit(rest)
    return bare if named else None


def _trimmed(text: str, campaign: Campaign) -> str:
    """The text without filler at its ends."""
    lead, tail = filler(campaign)
    start, end = 0, len(text)
    while start < end and (first := lead.match(text, start)):
        start = first.end()
    while start < end and end - start <= 60 and (last := tail.search(text, start, end)):
        if unit_names.looks_like_unit(text[start:end]):
            break
        end = last.start()
    return text[start:end]


# Regular, hints ------------------------------------------------------------------------------------------------------


def _ornament(sep: str) -> str:
    """What may stand round a name without meaning; a campaign's own separator (a hyphen, say) means something."""
    return "".join(character for character in _ORNAMENT if character not in sep)


def _is_regular(stem: str, unit: tuple[int, int], span: tuple[int, int], campaign: Campaign) -> bool:
    """单位+材料类别. A number or tag before it, and a mark, number, bracket or title set off behind it do no harm; the
    category must be its full word."""
    sep = normalise(campaign.name_separator).strip()
    if span[1] - span[0] <= 3 or unit[1] > span[0]:
        return False
    if _NUMBERING.sub("", stem[: unit[0]]).strip(_ORNAMENT):
        return False
    gap = stem[unit[1] : span[0]].strip(_ornament(sep)) if sep else ""
    if gap.replace(sep, "").strip() or (sep and sep not in gap):
        return False
    after = stem[span[1] :]
    return not after or not re.match(rf"[{unit_names.CJK}A-Za-z]", after) or _DECOR.match(after) is not None


def _other_words(stem: str, unit: tuple[int, int] | None, span: tuple[int, int] | None, campaign: Campaign) -> tuple[str, ...]:
    """What is left when unit, category, topic, marks and numbers are taken away: mostly a title."""
    spans = [found for found in (unit, span, *find_topics(stem, campaign)) if found]
    letters = list(stem)
    for start, end in spans:
        letters[start:end] = "\n" * (end - start)
    rest = _DECOR.sub("\n", "".join(letters))
    found = (piece.strip(_ORNAMENT + '+:,;!?。、“”') for piece in re.split(r"[\n+]+", rest))
    return tuple(piece for piece in found if len(piece) >= 2)


def _role_hint(stem: str, extension: str) -> RoleHint | None:
    """By what the name says, then by its extension; 视频 in the name of a paper only says what the paper is about."""
    if extension in _FILM:
        return "video"
    if _SAYS_SCAN.search(stem):
        return "scan"
    if _SAYS_WORD.search(stem):
        return "word"
    if extension in _WORD:
        return "word"
    if extension in _PAGES:
        return "scan"
    return "video" if _SAYS_VIDEO.search(stem) else None


def _page(stem: str) -> int | None:
    found = _PAGE.search(stem)
    if found is None:
        return None
    numeral = next(group for group in found.groups() if group is not None)
    if numeral.isdigit():
        return int(numeral) or None
    tens, ten, ones = numeral.rpartition("十")
    if not ten:
        return _CHINESE.index(numeral) if len(numeral) == 1 else None
    if len(tens) > 1 or len(ones) > 1:
        return None
    return (_CHINESE.index(tens) if tens else 1) * 10 + (_CHINESE.index(ones) if ones else 0)
