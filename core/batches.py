"""Which batch a mail names and which it counts for (notice, section four; domain page, `deadline.*`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from core.campaign import SHANGHAI, Campaign
from core.text import normalise

_NUMERAL = r"(?P<{name}>[一二三四五六七八九十]{{1,3}}|\d{{1,2}})"
_ORDINAL = _NUMERAL.format(name="ordinal")
_BARE = _NUMERAL.format(name="bare")
_AFTER = _NUMERAL.format(name="after")
_NAMED = re.compile(
    rf"第 ?{_ORDINAL} ?批"
    # 一批优质案例 and 分三批进行 name no batch, so without 第 it must stand by itself
    rf"|(?<![\w])(?<!\d[.])(?:{_BARE}|(?P<first>首)) ?批(?=次|材料|报送|申报|推荐|推介|[^\w]|$)"
    rf"|批次 ?[:：]? ?第?{_AFTER}(?![\d.])"
)
# 入选全国第二批社区教育示范区 tells of an honour, not of this call's batch.
_HONOUR_BEFORE = re.compile(r"(?:入选|评为|评选|获评|荣获|获得|列入|公布|确定|命名|全国|国家|教育部|省级|省厅)[^,。;、\s]{0,6}$")
_HONOUR_AFTER = re.compile(r"次?(?:全国|国家|省级|市级|示范|试点|优秀|先进|入选|名单|获奖|通过|立项)")
_UNITS = "零一二三四五六七八九"
_TEXT = 100_000


@dataclass(frozen=True, slots=True)
class BatchPlacement:
    """`batch`: number of the batch that the mail counts for, None after the last. `late`: it names a batch that is
    over. `closed`: the last deadline has passed."""

    batch: int | None
    late: bool = False
    closed: bool = False


def days_left(deadline: date, now: datetime) -> int:
    """Days until the deadline's day in the office's time zone: 0 on that very day, negative after it."""
    return (deadline - now.astimezone(SHANGHAI).date()).days


def _number(numeral: str) -> int:
    """Value of 1..99 in Arabic or Chinese digits; 0 for what is no such number (十十)."""
    if numeral.isdigit():
        return int(numeral)
    tens, ten, ones = numeral.rpartition("十")
    if not ten:
        return _UNITS.index(numeral) if len(numeral) == 1 else 0
    if len(tens) > 1 or len(ones) > 1 or tens == "十":
        return 0
    return (_UNITS.index(tens) if tens else 1) * 10 + (_UNITS.index(ones) if ones else 0)


def find_batch_named(text: str, campaign: Campaign) -> int | None:
    """The batch that a subject, a file name or a mail's text names (第二批, 第2批次, （二批）, 批次：2, a batch's own name).

    None if it names none, or several: then nobody can tell which one is meant. A batch the campaign does not have
    is none. Looks at the first 100,000 characters.
    """
    plain = normalise(text[:_TEXT], simplify=True)
    known = {spec.number for spec in campaign.batches}
    named = {spec.number for spec in campaign.batches if len(spec.name) > 3 and normalise(spec.name, simplify=True) in plain}
    for match in _NAMED.finditer(plain):
        if _HONOUR_BEFORE.search(plain[max(0, match.start() - 12) : match.start()]) or _HONOUR_AFTER.match(plain, match.end()):
            continue
        numeral = match["ordinal"] or match["bare"] or match["after"]
        number = _number(numeral) if numeral else 1
        if number in known:
            named.add(number)
    return named.pop() if len(named) == 1 else None


def place_in_batch(arrived: datetime, named: int | None, campaign: Campaign) -> BatchPlacement:
    """The batch for a mail that arrived at `arrived` (aware) and names batch `named` (None: names none).

    A batch that is over is named: the next one counts, and it is late. One that is yet to come is taken at its word.
    Nothing named: the first batch still open, and nobody is late.
    """
    current = campaign.batch_at(arrived)
    if current is None:
        return BatchPlacement(None, closed=True)
    target = next((spec for spec in campaign.batches if spec.number == named), None)
    if target is None or target.number == current.number:
        return BatchPlacement(current.number)
    if target.covers(arrived):
        return BatchPlacement(target.number)
    return BatchPlacement(current.number, late=True)
