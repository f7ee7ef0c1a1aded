"""Which unit sent a mail, by whatever the mail says."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baosong.config import load_campaign, load_register
from core.facts import Envelope, FormFacts, MessageFacts, Part, ScanFacts
from core.unit_search import UnitGuess, find_unit

CAMPAIGN = load_campaign("zhihui-zhulao")
REGISTER = load_register(CAMPAIGN)


def form(unit: str | None) -> FormFacts:
    return FormFacts("case", "银龄乐学", unit, {}, {})


def part(name: str, unit: str | None = None, **more: Any) -> Part:
    return Part(name, (name,), 1000, "0" * 64, more.pop("media_type", "application/msword"), form=form(unit) if unit else None, **more)


def guess(subject: str = "你好", text: str = "", *parts: Part, name: str = "", **more: Any) -> UnitGuess | None:
    envelope = Envelope("<1@qq.com>", subject, "clerk@qq.com", sender_name=name)
    return find_unit(MessageFacts(envelope, text=text, parts=parts, **more), CAMPAIGN, REGISTER)


def seen(found: UnitGuess | None) -> tuple[str, bool, str] | None:
    return (found.name, found.sure, found.source) if found else None


def test_the_subject_comes_first() -> None:
    assert seen(guess("济南市教育局+智慧助老")) == ("济南市教育局", True, "subject")
    assert seen(guess("山东大学继续教育学院+智慧助老", "青岛市教育局")) == ("山东大学", True, "subject")
    found = guess("历下区社区学院+智慧助老", "", part("a.docx", "青岛市老年大学"), part("b.docx", "济南市历下区社区学院"))
    assert seen(found) == ("济南市教育局", True, "subject")
    assert found is not None
    assert "历下区社区学院" in found.evidence


def test_forms_that_all_come_from_elsewhere_raise_doubt() -> None:
    assert seen(guess("济南市教育局+智慧助老", "", part("a.docx", "青岛市老年大学"))) == ("济南市教育局", False, "subject")
    assert seen(guess("烟台市教育局+智慧助老", "", part("a.docx", "烟台职业学院"))) == ("烟台市教育局", True, "subject")
    assert seen(guess("济南市教育局+智慧助老", "", part("a.docx", "阳光社区"))) == ("济南市教育局", True, "subject")


@pytest.mark.parametrize(
    ("text", "unit", "source"),
    [
        ("报送单位：烟台市教育局\n联系人：张三", "烟台市教育局", "body"),
        ("报送单位\n烟台市教育局", "烟台市教育局", "body"),
        ("单位：潍坊市奎文区教育和体育局\n电话：0536-8091234", "潍坊市教育局", "body"),
        ("申报单位：烟台职业学院", "烟台职业学院", "body"),
        ("您好，我是滕州市教育局的小王，材料见附件。", "枣庄市教育局", "body"),
        ("现将泰安市教育局智慧助老材料报上，请查收。", "泰安市教育局", "body"),
        ("老师您好：\n材料见附件，请查收。\n\n威海市教育局职成科\n2021年11月8日", "威海市教育局", "signature"),
        ("请查收。\n此致\n敬礼\n\n    聊城大学继续教育学院  李四\n    13800138000", "聊城大学", "signature"),
        ("请查收\n--\n张三\n山东师大继续教育学院\n地址：济南市文化东路88号", "山东师范大学", "signature"),
        ("附件为我校材料。\n德州学院 继续教育学院", "德州学院", "signature"),
        ("日照市社区教育指导中心 王五 0633-8781234", "日照市教育局", "signature"),
    ],
)
def test_what_the_body_says_about_itself(text: str, unit: str, source: str) -> None:
    assert seen(guess("你好", text)) == (unit, True, source)


def test_a_label_and_a_signature_beat_a_mention() -> None:
    text = "我们学习了青岛市教育局的做法。\n报送单位：临沂市教育局"
    assert seen(guess("材料", text)) == ("临沂市教育局", True, "body")
    assert seen(guess("材料", "学习青岛大学的经验\n材料见附件\n滨州市教育局")) == ("滨州市教育局", True, "signature")
    assert seen(guess("材料", "感谢山东大学的支持")) == ("山东大学", False, "body")
    assert seen(guess("材料", "我市组织赴青岛大学参观学习，效果很好。")) == ("青岛大学", False, "body")


def test_units_that_contradict_each_other_are_unsure() -> None:
    assert seen(guess("材料", "报送单位：临沂市教育局\n\n菏泽市教育局")) == ("临沂市教育局", False, "body")
    found = guess("材料", "", part("济南市教育局+典型案例.docx"), part("青岛市教育局+典型案例.docx"))
    assert seen(found) == ("济南市教育局", False, "file")


@pytest.mark.parametrize(
    "text",
    [
        "山东省社区教育指导服务中心：\n材料见附件。",
        "邮寄至：济南市舜耕路10号山东省社区教育指导服务中心",
        "教材已寄往济南市舜耕路10号。",
        "根据山东省教育厅通知要求，报送材料。",
        "各市教育（教体）局职成科、各高等学校继续教育学院：",
    ],
)
def test_our_own_office_is_never_the_sender(text: str) -> None:
    assert guess("材料", text) is None


def test_file_names_forms_and_folders() -> None:
    assert seen(guess("", "", part("历下区社区学院+典型案例.docx"))) == ("济南市教育局", True, "file")
    zipped = Part("案例.docx", ("青岛市教育局智慧助老.zip", "崂山区/案例.docx"), 1, "0" * 64, "application/msword")
    assert seen(guess("", "", zipped)) == ("青岛市教育局", True, "file")
    assert seen(guess("", "", part("申报表.docx", "菏泽市牡丹区社区学院"))) == ("菏泽市教育局", True, "form")
    assert seen(guess("", "", part("申报表.docx", "牡丹区"))) == ("菏泽市教育局", True, "form")
    scanned = Part("1.pdf", ("1.pdf",), 1, "0" * 64, "application/pdf", scan=ScanFacts((), forms=(form("东营市老年大学"),)))
    assert seen(guess("", "", scanned)) == ("东营市教育局", True, "form")
    assert guess("", "", part("申报表.docx", "阳光社区")) is None


def test_a_forwarded_mail_and_an_attached_one() -> None:
    quoted = "发件人：张三\n主题：材料\n\n材料见附件\n莱州市教育和体育局"
    assert seen(guess("转发：材料", "请处理", quoted=quoted, forwarded=True)) == ("烟台市教育局", True, "signature")
    assert guess("回复：材料", "好的", quoted=quoted, forwarded=False) is None
    mail = part("淄博市教育局+智慧助老.eml", media_type="message/rfc822", text="请查收")
    assert seen(guess("转发", "", mail)) in (("淄博市教育局", True, "file"), ("淄博市教育局", True, "mail"))
    inner = part("邮件.eml", media_type="message/rfc822", text="材料见附件\n\n济宁医学院")
    assert seen(guess("转发", "", inner)) == ("济宁医学院", True, "mail")


def test_the_sender_is_a_hint_only() -> None:
    assert seen(guess("", "", name="德州市教体局")) == ("德州市教育和体育局", False, "sender")
    assert guess("", "", name="张三") is None


def test_a_name_of_several_cities_is_settled_by_the_rest() -> None:
    assert guess("市中区教育局+智慧助老") is None
    found = guess("市中区教育局+智慧助老", "材料见附件\n枣庄市市中区教育局")
    assert seen(found) == ("枣庄市教育局", True, "signature")
    assert seen(guess("市中区教育局+智慧助老", "", part("a.docx", "济南市市中区社区学院"))) == ("济南市教育局", True, "form")
    assert guess("市中区教育局+智慧助老", "烟台市教育局") is None


def test_a_unit_of_its_own_that_nobody_knows() -> None:
    assert guess("江苏省开放大学+智慧助老") is None
    assert seen(guess("江苏省开放大学+智慧助老", "", part("a.docx", "济南市老年大学"))) == ("济南市教育局", False, "form")
    assert seen(guess("甸柳社区教育学校+智慧助老", "", part("a.docx", "济南市历下区甸柳社区教育学校"))) == ("济南市教育局", True, "form")
    assert seen(guess("舜耕街道社区学校+智慧助老", "请查收\n济南市市中区舜耕街道办事处")) == ("济南市教育局", True, "signature")


@given(st.text(max_size=50), st.text(max_size=300), st.text(max_size=30), st.text(max_size=30))
def test_any_mail_gets_an_answer(subject: str, text: str, file: str, unit: str) -> None:
    found = guess(subject, text, part(file, unit), name=subject)
    assert found is None or REGISTER.by_name(found.name) is not None


def test_a_long_mail_takes_no_time() -> None:
    started = time.perf_counter()
    guess("材料", "济南市教育局，单位：青岛 " * 200_000)
    guess("材料", "单位：" * 300_000 + "\n" * 300_000)
    assert time.perf_counter() - started < 5
