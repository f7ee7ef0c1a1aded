"""Entries of the audit trail in words."""

from __future__ import annotations

import re
from pathlib import Path

import storage
from staff.audit_words import spoken
from staff.words import ACTIONS


def test_keys_and_states_are_said_in_chinese() -> None:
    """Seen: 操作记录 showed {"kind": "submission", "verdict": "accepted"}."""
    change = {"kind": "submission", "verdict": "correction", "reporting_unit": None, "items": [3, 4], "findings": ["scan.missing"]}
    assert spoken(change) == "性质：报送；结论：需补正；报送单位：无；报送件：3、4；问题：缺盖章扫描件"
    assert spoken({"text": "accepted", "new_key": {"a": 1}, "role": "view"}) == '内容：accepted；new_key：{"a": 1}；角色：查看'
    assert len(spoken({"text": "长" * 5000})) < 700
    assert spoken(None) == ""


def test_what_staff_set_and_what_was_deleted_is_said_without_columns() -> None:
    """Seen: 材料类别：case；人工设定：{"category": "case"}, a moment in ISO form, and a deleted item's row as JSON."""
    change = {"category": "case", "overrides": {"category": "case", "batch": 2}, "paper_arrived_at": "2021-11-10T09:05:00+00:00"}
    assert spoken(change, {"case": "工作案例"}) == "材料类别：工作案例；人工设定：（材料类别：工作案例；批次：2）；收到纸质件：2021-11-10 17:05"
    row = {"id": 3, "campaign": "c", "title": "dead", "fields": {"leader": "王"}, "scans": [], "edit": 0, "lost_state": "dead"}
    assert spoken(row) == "名称：dead；失效情况：已失效"


def test_every_action_of_the_trail_has_a_word() -> None:
    """Seen: 操作记录 showed lost and found_again."""
    folder = Path(storage.__file__).parent
    text = "\n".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py"))
    found = set(re.findall(r'AuditRecord\(\s*"(\w+)"', text)) | set(re.findall(r'\baudit\(connection, act, "(\w+)"', text))
    found |= set(re.findall(r'\bact, "(\w+)"\)', text)) | {one for pair in re.findall(r'action = "(\w+)" if .* else "(\w+)"', text) for one in pair}
    assert {"lost", "found_again", "merge", "decide"} <= found
    assert not {action for action in found if action not in ACTIONS}
