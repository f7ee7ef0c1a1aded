"""The configuration in force as staff may see it: every option, no secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from core.settings import Settings

TITLES: Mapping[str, str] = {
    "mailbox": "收信", "smtp": "发信", "database": "数据库", "blobs": "文件存放", "campaign": "征集活动", "answers": "答复",
    "links": "网盘链接", "scan": "扫描件", "limits": "读取限度", "staff": "工作人员网页", "alerts": "提醒", "log": "日志",
    "workers": "处理进程",
}
_SECRET = re.compile(r"password|secret|token|key$|webhook|^(?:dingtalk|wecom|feishu)")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its name in the file, its value in words, and whether it differs from the default."""

    name: str
    value: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the configuration file."""

    name: str
    title: str
    options: tuple[Option, ...]


def view(settings: Settings) -> tuple[Section, ...]:
    """All sections. Secrets are only told to be set or not; a user and password inside an address are left out."""
    default = Settings()
    found = []
    for section in fields(settings):
        part, usual = getattr(settings, section.name), getattr(default, section.name)
        options = tuple(
            Option(field.name, _words(field.name, getattr(part, field.name)), getattr(part, field.name) != getattr(usual, field.name))
            for field in fields(part)
        )
        found.append(Section(section.name, TITLES.get(section.name, section.name), options))
    return tuple(found)


def _words(name: str, value: Any) -> str:
    if _SECRET.search(name):
        return "已设置（不显示）" if value else "未设置"
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None or value in ("", ()):
        return "—"
    if isinstance(value, tuple | list):
        return "、".join(_CREDENTIALS.sub("", str(entry)) for entry in value)
    return _CREDENTIALS.sub("", str(value))
