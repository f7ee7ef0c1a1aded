"""Share links in Chinese for staff: where they lead, what the checks saw, what comes next. For commands and pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from core.codec import Json, decode
from core.facts import LinkState
from core.link_report import LinkReport, size_words
from core.rules.link_rules import PLACES
from staff.words import STATES, say
from storage.exports import local_time
from storage.rows import LinkRow

_DOUBTS = (
    (r"captcha|human|redirected|left alone", "网盘要求验证码，暂停访问一段时间"),
    (r"too often|HTTP 429|HTTP 503", "网盘提示访问过于频繁，暂停访问一段时间"),
    (r"no answer", "未能连通网盘"),
    (r"refused to open", "地址不在允许访问的范围之内"),
    (r"not a share", "不是可以核验的分享链接"),
    (r"needs a code", "无法确定是否需要提取码"),
)
_UNCLEAR = "网盘的答复不明确"


def minute(moment: datetime | None) -> str:
    """2021-11-08 10:05, local time; empty for none."""
    return (local_time(moment) or "")[:16].replace("T", " ")


def provider_word(provider: str) -> str:
    """百度网盘, 夸克网盘, 网页地址 …"""
    return {"baidu": "百度网盘", "mail_large_file": "邮箱超大附件"}.get(provider) or PLACES.get(provider, provider)


def report_of(row: LinkRow) -> LinkReport | None:
    """What the last check saw that had an answer; None if there was none."""
    return decode(LinkReport, dict(row.report)) if row.report else None


def reason_word(outcome: str, reason: str) -> str:
    """Why a check ended as it did. What the service proved is in Chinese already."""
    if outcome != "unknown":
        return reason
    return "未能确定：" + next((word for pattern, word in _DOUBTS if re.search(pattern, reason)), _UNCLEAR)


def state_word(row: LinkRow) -> str:
    """正常, 提取码错误 …; with what became of it after its item was accepted."""
    if row.lost_state is not None:
        return f"通过后{say(STATES, row.lost_state.value)}"
    if row.link.state is LinkState.UNCHECKED and row.next_check_at is not None and row.watch is None:
        return "核验中"
    return say(STATES, row.link.state.value)


def term_word(report: LinkReport | None) -> str:
    """永久, 至2021-11-15, 未知; empty if nothing was seen."""
    if report is None or report.outcome == "unknown":
        return ""
    if report.permanent is None:
        return "未知" if report.outcome == "good" else ""
    if report.permanent:
        return "永久"
    return f"至{(local_time(report.expires_at) or '')[:10]}" if report.expires_at else "有期限"


def next_word(row: LinkRow) -> str:
    """When it is looked at next, and what for."""
    if row.next_check_at is None:
        return "不再核验" if row.settled_by or row.checked_at else "未安排核验"
    return f"{minute(row.next_check_at)}（{'定期复查' if row.watch == 'on' else '再次核验'}）"


def history_lines(row: LinkRow, most: int = 10) -> Iterator[str]:
    """The checks, newest first."""
    for one in list(row.history)[::-1][:most]:
        yield f"{minute(_moment(one))}　{_outcome(one)}"


def _moment(one: Mapping[str, Json]) -> datetime | None:
    at = one.get("at")
    return datetime.fromisoformat(at) if isinstance(at, str) else None


def _outcome(one: Mapping[str, Json]) -> str:
    outcome, state, reason = (str(one.get(key) or "") for key in ("outcome", "state", "reason"))
    if outcome == "unknown":
        return reason_word(outcome, reason)
    return f"{say(STATES, state)}" + (f"：{reason}" if reason else "")


def file_lines(report: LinkReport, most: int = 40) -> Iterator[str]:
    """What is in the share, a line each."""
    for file in report.files[:most]:
        yield f"{file.name}　{'文件夹' if file.is_dir else size_words(file.size)}"
    if len(report.files) > most or report.file_count > sum(not file.is_dir for file in report.files):
        yield f"……共见到{report.file_count}个文件"


def short_line(row: LinkRow) -> str:
    """One line for lists inside other pages: address, code, state, term, contents, next check."""
    report = report_of(row)
    parts = [
        f"{row.link.url}" + (f"　提取码 {row.link.code}" if row.link.code else ""), state_word(row), term_word(report),
        report.contents(3) if report is not None and report.outcome == "good" else "",
        f"下次核验 {next_word(row)}" if row.next_check_at else "",
    ]  # fmt: skip
    return "　".join(part for part in parts if part)
