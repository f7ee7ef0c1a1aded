"""Subjects as they arrive: unit and topic are found however they are written, and only what is irregular is called so."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baosong.config import load_campaign, load_register
from core.campaign import SubjectRule
from core.receipt_number import make_receipt_number
from core.subject import SubjectFacts, is_reply, read_subject

CAMPAIGN = load_campaign("zhihui-zhulao")
REGISTER = load_register(CAMPAIGN)


def read(subject: str) -> SubjectFacts:
    return read_subject(subject, CAMPAIGN, REGISTER)


@pytest.mark.parametrize(
    "subject",
    [
        "济南市教育局+智慧助老", "济南市教育局＋智慧助老", " 济南市教育局 + 智慧助老 ", "济南市教育局　＋　智慧助老", "济南市教育局+“智慧助老”",
        "济南市教育局+《智慧助老》", "“济南市教育局”+「智慧助老」", "【济南市教育局】+【智慧助老】", "濟南市教育局+智慧助老", "济南市教体局+智慧助老",
        "济南市教育和体育局+智慧助老", "山东省济南市教育局+智慧助老", "Re: 济南市教育局+智慧助老", "RE：济南市教育局+智慧助老",
        "Re:Re:RE: 济南市教育局+智慧助老",
        "回复：济南市教育局+智慧助老", "回复:回复: 转发：济南市教育局+智慧助老", "答复: 济南市教育局+智慧助老",
        "答覆：濟南市教育局+智慧助老",
        "轉寄: 济南市教育局+智慧助老", "Fw: 济南市教育局+智慧助老", "FWD:济南市教育局+智慧助老", "【转发】济南市教育局+智慧助老",
        "转发 济南市教育局+智慧助老",
        "Re[2]: 济南市教育局+智慧助老", "[SPAM] 济南市教育局+智慧助老", "【外部邮件】回复：济南市教育局+智慧助老",
        "济 南 市 教 育 局 + 智 慧 助 老",
        "济南市\u200b教育局+智慧\u200b助老", "济南市教育局+智慧助老。", "济南市教育局+智慧助老（补正）",
        "济南市历下区教育和体育局+智慧助老", "历下区社区学院+智慧助老", "济南市社区教育指导中心+智慧助老", "济南市教育局职成科+智慧助老",
        "济南+智慧助老",
        "济南市+智慧助老", "历下区+智慧助老",
    ],
)
def test_regular_subjects_of_one_city(subject: str) -> None:
    facts = read(subject)
    assert (facts.topic, facts.reporting_unit, facts.sure) == (True, "济南市教育局", True)
    assert facts.regular, facts.irregularities
    assert facts.irregularities == ()


@pytest.mark.parametrize(
    ("subject", "unit"),
    [
        ("山东大学继续教育学院+智慧助老", "山东大学"),
        ("山师大继续教育学院+智慧助老", "山东师范大学"),
        ("山东师大+智慧助老", "山东师范大学"),
        ("山师+智慧助老", "山东师范大学"),
        ("中石大+智慧助老", "中国石油大学（华东）"),
        ("中国石油大学（华东）+智慧助老", "中国石油大学（华东）"),
        ("山东广播电视大学+智慧助老", "山东开放大学"),
        ("潍坊医学院+智慧助老", "潍坊医学院"),
        ("山东第二医科大学+智慧助老", "潍坊医学院"),
        ("山东大学（威海）+智慧助老", "山东大学（威海）"),
        ("哈工大（威海）+智慧助老", "哈尔滨工业大学（威海）"),
        ("青岛西海岸新区教育和体育局+智慧助老", "青岛市教育局"),
        ("滕州市教育局+智慧助老", "枣庄市教育局"),
        ("滕州+智慧助老", "枣庄市教育局"),
        ("枣庄市市中区教育局+智慧助老", "枣庄市教育局"),
        ("德州市教育局+智慧助老", "德州市教育和体育局"),
        ("聊城市教育和体育局+智慧助老", "聊城市教育和体育局"),
        ("烟台市教育局职业教育与成人教育科+智慧助老", "烟台市教育局"),
    ],
)
def test_regular_subjects_of_all_kinds(subject: str, unit: str) -> None:
    facts = read(subject)
    assert (facts.reporting_unit, facts.sure, facts.regular) == (unit, True, True)
    assert facts.unit_text == subject.split("+")[0].replace("（", "(").replace("）", ")")


@pytest.mark.parametrize(
    ("subject", "why"),
    [
        ("济南市教育局-智慧助老", {"separator"}),
        ("济南市教育局—智慧助老", {"separator"}),
        ("济南市教育局－智慧助老", {"separator"}),
        ("济南市教育局_智慧助老", {"separator"}),
        ("济南市教育局、智慧助老", {"separator"}),
        ("济南市教育局/智慧助老", {"separator"}),
        ("济南市教育局：智慧助老", {"separator"}),
        ("济南市教育局 智慧助老", {"separator"}),
        ("济南市教育局十智慧助老", {"separator"}),
        ("济南市教育局智慧助老", {"no_separator"}),
        ("济南市教育局“智慧助老”", {"no_separator"}),
        ("智慧助老+济南市教育局", {"reversed"}),
        ("【智慧助老】济南市教育局", {"reversed", "no_separator"}),
        ("济南市教育局+智慧助老（第二批）", {"extra_words"}),
        ("济南市教育局+智慧助老材料", {"extra_words"}),
        ("济南市教育局+智慧助老+典型案例", {"extra_words"}),
        ("报送：济南市教育局+智慧助老", {"extra_words"}),
        ("2021年11月8日济南市教育局+智慧助老", {"extra_words"}),
        ("济南市教育局+智慧助老专题", {"extra_words"}),
        ("济南市教育局智慧助老申报材料", {"no_separator", "extra_words"}),
        ("济南市教育局关于报送智慧助老典型案例的报告", {"extra_words"}),
        ("关于报送济南市教育局“智慧助老”材料的函", {"no_separator", "extra_words"}),
        ("济南市教育局+智能助老", {"topic_wording"}),
    ],
)
def test_irregular_but_clear(subject: str, why: set[str]) -> None:
    facts = read(subject)
    assert (facts.topic, facts.reporting_unit, facts.sure) == (True, "济南市教育局", True)
    assert not facts.regular
    assert set(facts.irregularities) == why


@pytest.mark.parametrize(
    "subject",
    [
        "智慧助老", "+智慧助老", "智慧助老材料", "申报材料+智慧助老", "典型案例+智慧助老", "单位名称+智慧助老", "某某单位+智慧助老", "张三+智慧助老",
        "李老师智慧助老",
        "智慧助老申报材料（第二批）", "关于报送“智慧助老”材料的函", "附件+智慧助老",
        "回复：智慧助老", "2021年智慧助老", "您好，智慧助老",
        "关于智慧助老申报的咨询", "视频课程+智慧助老",
    ],
)
def test_topic_without_any_unit(subject: str) -> None:
    facts = read(subject)
    assert facts.topic
    assert (facts.match, facts.unit_text, facts.reporting_unit, facts.sure) == (None, None, None, False)
    assert not facts.regular


@pytest.mark.parametrize(
    ("subject", "named"),
    [
        ("江苏省开放大学+智慧助老", "江苏省开放大学"),
        ("杭州市教育局+智慧助老", "杭州市教育局"),
        ("中国石油大学（北京）+智慧助老", "中国石油大学(北京)"),
        ("天津市河东区教育局+智慧助老", "天津市河东区教育局"),
        ("舜耕街道社区教育学校+智慧助老", "舜耕街道社区教育学校"),
        ("社区教育指导服务中心+智慧助老", "社区教育指导服务中心"),
        ("老年大学智慧助老材料", "老年大学"),
        ("夕阳红艺术团+智慧助老", "夕阳红艺术团"),
        ("智慧助老材料（阳光幼儿园）", "阳光幼儿园"),
    ],
)
def test_a_unit_is_named_that_nobody_can_place(subject: str, named: str) -> None:
    facts = read(subject)
    assert facts.topic
    assert (facts.match, facts.unit_text, facts.reporting_unit, facts.sure) == (None, named, None, False)


def test_doubtful_units() -> None:
    both = read("市中区教育局+智慧助老")
    assert both.match is not None
    assert (both.reporting_unit, both.sure) == (None, False)
    two = read("烟台市教育局+烟台职业学院+智慧助老")
    assert (two.reporting_unit, two.sure) == ("烟台市教育局", False)
    school = read("山东大学附属中学+智慧助老")
    assert (school.reporting_unit, school.sure, school.unit_text) == ("山东大学", False, "山东大学附属中学")
    assert read("历下区甸柳新村+智慧助老").reporting_unit == "济南市教育局"


@pytest.mark.parametrize("subject", ["", "   ", "你好", "材料报送", "回复:", "工作总结", "?????", "\ud800\udfff", "=?gb2312?B?…?="])
def test_nothing_said(subject: str) -> None:
    facts = read(subject)
    assert (facts.topic, facts.reporting_unit, facts.regular) == (False, None, False)


def test_what_else_a_subject_tells() -> None:
    assert read("材料报送").material
    assert read("典型案例").material
    assert not read("济南市教育局+智慧助老").material
    assert read("济南市教育局材料报送").reporting_unit == "济南市教育局"
    assert read("济南市教育局+智慧助老（第二批）").batch_named == 2
    assert read("济南市教育局+智慧助老第2批").batch_named == 2
    number = make_receipt_number("zhihui-zhulao", 2021, 37)
    facts = read(f"回复：济南市教育局+智慧助老（回执编号：{number.lower()}）")
    assert (facts.receipt_number, facts.regular, facts.reply, facts.forward) == (number, True, True, False)
    assert read("转发：济南市教育局+智慧助老").forward
    assert not read("转发教育部通知").forward
    assert not read("回复情况说明").reply
    assert is_reply("答复：x")
    assert not is_reply("自动回复：x")


def test_another_campaign_with_another_rule() -> None:
    other = replace(CAMPAIGN, topic="读书活动", topic_words=(), subject=SubjectRule(("topic", "unit"), "-"))
    facts = read_subject("读书活动-青岛大学", other, REGISTER)
    assert (facts.regular, facts.reporting_unit) == (True, "青岛大学")
    assert read_subject("青岛大学-读书活动", other, REGISTER).irregularities == ("reversed",)
    assert not read_subject("青岛大学+智慧助老", other, REGISTER).topic
    only = replace(CAMPAIGN, subject=SubjectRule(("topic",)))
    assert read_subject("智慧助老", only, REGISTER).regular


# Any combination of what people do ---------------------------------------------------------------------------------

aliases = st.sampled_from(
    [
        (name, REGISTER.reporting_unit(unit))
        for unit in REGISTER.units
        for name in (
            (f"{unit.name}教体局",)
            if unit.kind in ("county", "zone")
            else (unit.name, *unit.former_names, *unit.also_called, f"{unit.name}{'职成科' if unit.kind == 'city_bureau' else '继续教育学院'}")
        )
        if name not in ("山商", "市中区教体局")
    ]
)
prefixes = st.lists(
    st.sampled_from(["Re: ", "RE：", "回复：", "转发:", "Fw: ", "答复: ", "Re:Re:", "【转发】", "[SPAM]", "【外部邮件】", "回覆："]), max_size=3
).map("".join)
separators = st.sampled_from(["+", "＋", " + ", "-", "——", "－", "_", "、", "/", " ", "", "　", "：", "+ ", "|", "·", "~", "，", "十", "&"])
wraps = st.sampled_from(["{}", "“{}”", "【{}】", "《{}》", "（{}）", "「{}」", "\"{}\"", " {} "])
tags = st.sampled_from(["", "", "材料", "申报材料", "（第二批）", "第2批次", "2021年11月", "报送", "【材料】", "(1)", "典型案例", "材料报送20211108"])


@given(aliases, prefixes, separators, wraps, wraps, tags, tags, st.booleans())
def test_the_unit_is_always_found(
    alias: tuple[str, str], prefix: str, separator: str, unit_wrap: str, topic_wrap: str, before: str, after: str, turned: bool
) -> None:
    name, unit = alias
    parts = [unit_wrap.format(name), topic_wrap.format("智慧助老")]
    before = f"{before}：" if before else ""
    subject = prefix + before + separator.join(reversed(parts) if turned else parts) + (f" {after}" if after else "")
    facts = read(subject)
    assert facts.topic
    assert facts.reporting_unit == unit, subject
    assert facts.sure, subject
    right = not turned and separator.strip(" ") in ("+", "＋") and not before and not after
    assert facts.regular == right, (subject, facts.irregularities)


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(subject: str) -> None:
    facts = read(subject)
    assert not facts.regular or facts.topic


@pytest.mark.parametrize("piece", ["济X" + "的" * 1000, "回执编号" * 250 + "x", "re:" * 400, "(" * 1000, "济南" * 500, "好X" * 500])
def test_hostile_subjects_take_no_time(piece: str) -> None:
    started = time.perf_counter()
    read(piece * 100)
    read("智慧助老济南市教育局" + piece)
    assert time.perf_counter() - started < 2
