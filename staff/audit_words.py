"""What an entry of the audit trail changed, in words for the office: the trail itself keeps keys and states as the program has
them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.campaign import SHANGHAI
from staff.words import FINDINGS, KINDS, ROLE_NAMES, STATES

_LABELS = {
    "kind": "性质", "verdict": "结论", "state": "状态", "staff_state": "人工认定", "staff_why": "理由", "staff_by": "认定人",
    "reporting_unit": "报送单位", "applicant_unit": "申报单位", "unit": "单位", "batch": "批次", "category": "材料类别", "title": "名称",
    "receipt_number": "回执编号", "items": "报送件", "item": "原报送件", "superseded_by": "现行的报送件", "version": "版本",
    "findings": "问题", "finding": "问题编号", "code": "问题", "waived": "免除的问题", "waived_by": "免除人", "answers": "信件",
    "letter": "信件编号", "to": "收件人",
    "text": "内容", "file": "文件", "marks": "材料", "links": "链接", "lost": "失效情况", "name": "名称", "role": "角色", "address": "登录地址",
    "unit_source": "单位由来", "paper_arrived_at": "收到纸质件", "overrides": "人工设定", "lost_state": "失效情况", "settled_by": "认定人",
    "message_id": "来信编号", "sender": "发件人",
}
_OWN = frozenset({
    "id", "campaign", "fields", "lengths", "word", "scans", "seal", "scan_matches_word", "created_at", "updated_at", "staff_at", "edit",
    "detail",
})
"""Columns of a deleted item that are the program's own, or would fill the page: the trail keeps them."""
_WORDS = {**ROLE_NAMES, **FINDINGS, **STATES, "staff": "人工指定"}
_MOMENTS = frozenset({"paper_arrived_at"})
_OF_KINDS = frozenset({"kind", "answers"})
"""A letter may be a correction, and so may a verdict."""
_FREE = frozenset({"text", "title", "name", "to", "file", "applicant_unit", "reporting_unit", "unit", "staff_why", "address", "sender"})
"""What people wrote is shown as it is, even if it looks like a state."""
_LONGEST = 600


def spoken(change: Mapping[str, Any] | None, categories: Mapping[str, str] | None = None) -> str:
    """`before` or `after` of an entry: 性质：报送；结论：通过. `categories`: names of the campaign's categories by their keys. Keys
    without a word stay as they are."""
    names = categories or {}
    said = "；".join(f"{_LABELS.get(key, key)}：{_value(key, value, names)}" for key, value in (change or {}).items() if key not in _OWN)
    return said if len(said) <= _LONGEST else said[:_LONGEST] + "……"


def _value(key: str, value: Any, categories: Mapping[str, str]) -> str:
    if value is None or value in ("", [], {}):
        return "无"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return "、".join(_value(key, one, categories) for one in value)
    if isinstance(value, Mapping) and key == "overrides":
        return f"（{spoken(value, categories)}）"
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False, default=str)
    if key in _MOMENTS:
        return _moment(value)
    words = categories if key == "category" else KINDS if key in _OF_KINDS else _WORDS
    return value if key in _FREE else words.get(value, value)


def _moment(text: str) -> str:
    try:
        return f"{datetime.fromisoformat(text).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    except ValueError:
        return text
