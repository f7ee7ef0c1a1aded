"""Words as they are read from rings, against the names of units: readings of generated seals, with their faults."""

from __future__ import annotations

import pytest

from core.seal_names import name_of_seal
from tests.support.facts import rules


@pytest.mark.parametrize(
    ("text", "unit", "reporting", "expected"),
    [
        ("鲁东大学", "鲁东大学", "鲁东大学", "own"),
        ("日照市东港", "日照市东港区社区教育学院", "日照市教育局", "own"),
        ("市薛城区周营镇成人教育中心学", "枣庄市薛城区周营镇成人教育中心学校", "枣庄市教育局", "own"),
        ("烟台市教育局", "烟台开放大学", "烟台市教育局", "own"),
        ("东蒙市老年大学", "东营市老年大学", "东营市教育局", "like"),
        ("简泽市生丹区教台和体在局", "菏泽市牡丹区教育和体育局", "菏泽市教育局", "like"),
        ("定城区周营镇成人社育中心学校", "枣庄市薛城区周营镇成人教育中心学校", "枣庄市教育局", "like"),
        ("泰安市岱岳区教体局", "泰安市岱岳区教育局", "泰安市教育局", "like"),
        ("东营市老年大学", "日照市老年大学", "日照市教育局", "other"),
        ("济南老年大学", "济南大学", "济南大学", "other"),
        ("潍坊职业学院", "日照市东港区社区教育学院", "日照市教育局", "other"),
        ("区教育局", "泰安市岱岳区教育局", "泰安市教育局", "unknown"),
        ("业学院", "潍坊职业学院", "潍坊职业学院", "unknown"),
        ("市方南反勘育", "青岛市市南区教育和体育局", "青岛市教育局", "unknown"),
        ("财务专用章", "青岛市市南区教育和体育局", "青岛市教育局", "unknown"),
        ("东营市老年大学", "日照市老年大学", None, "unknown"),
        ("", "日照市老年大学", "日照市教育局", "unknown"),
    ],
)
def test_how_words_go_with_names(text: str, unit: str, reporting: str | None, expected: str) -> None:
    assert name_of_seal(text, (unit, reporting), reporting, rules().register) == expected
