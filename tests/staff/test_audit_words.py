"""Entries of the audit trail in words."""

from __future__ import annotations

from staff.audit_words import spoken


def test_keys_and_states_are_said_in_chinese() -> None:
    """Seen: 操作记录 showed {"kind": "submission", "verdict": "accepted"}."""
    change = {"kind": "submission", "verdict": "correction", "reporting_unit": None, "items": [3, 4], "findings": ["scan.missing"]}
    assert spoken(change) == "性质：报送；结论：需补正；报送单位：无；报送件：3、4；问题：缺盖章扫描件"
    assert spoken({"text": "accepted", "new_key": {"a": 1}, "role": "view"}) == '内容：accepted；new_key：{"a": 1}；角色：查看'
    assert len(spoken({"text": "长" * 5000})) < 700
    assert spoken(None) == ""
