"""A unit takes back what it sent: staff deal with it. Never taken for a machine's notice, never ignored, never answered with a
correction request, and its letter is nobody's scan."""

from __future__ import annotations

import pytest

from core.facts import Link
from tests.support.facts import codes, form, judged, mail, scan, word
from tests.support.inbox import Inbox


@pytest.mark.parametrize(("subject", "text"), [
    ("撤回报送材料", "我单位申请撤回此前报送的典型案例，请予办理。"),
    ("撤回：报送材料", "因内容有误，请老师帮忙撤回。"),
    ("关于撤回智慧助老典型案例的函", ""),
    ("济南市教育局申请撤销报送", "详见附件。"),
    ("济南市教育局+智慧助老", "您好，我单位昨天报送的案例因涉及版权，现申请撤回，不再参评。"),
    ("济南市教育局+智慧助老", "经研究，我单位放弃申报典型培训项目。"),
    ("Re: 济南市教育局+智慧助老", "老师好，此前报送的课程作废。"),
    ("回复：补正通知", "我们不再申报，谢谢老师。"),
    ("回复：济南市教育局+智慧助老", "《银龄数字课堂》撤回，另一件照报。"),
    ("Re: 济南市教育局+智慧助老", "这件申请撤回，谢谢。"),
    ("希望撤回报送的典型案例", "请领导批准。"),
])  # fmt: skip
@pytest.mark.parametrize("files", [False, True])
def test_it_is_for_staff(subject: str, text: str, files: bool) -> None:
    parts = (scan("撤回申请（盖章）.pdf"), scan("IMG_1.jpg")) if files else ()
    decision = judged(mail(subject, *parts, text=text))
    assert (decision.kind, decision.verdict, codes(decision, "error")) == ("submission", "review", [])
    assert "submission.unclear" in codes(decision, "review")
    assert (decision.no_letter, decision.items) == ("来信以文字说明情况，由工作人员答复", ())


@pytest.mark.parametrize(("subject", "text"), [
    ("发信方已撤回邮件：济南市教育局+智慧助老", "发信方已撤回该邮件。"),
    ("撤回: 济南市教育局+智慧助老材料报送", "王老师 希望撤回邮件“济南市教育局+智慧助老材料报送”。"),
    ("撤回：济南市教育局+智慧助老", ""),
    ("Recall: 济南市教育局+智慧助老", "wang would like to recall the message."),
])  # fmt: skip
def test_a_machines_notice_stays_one(subject: str, text: str) -> None:
    assert judged(mail(subject, text=text)).kind == "auto_reply"


@pytest.mark.parametrize(("subject", "text"), [
    ("关于撤销部分学校申报资格的会议通知", "请各单位参加。"), ("取消订单", "您的课程已取消。"), ("发票作废", "代开发票，旧项目作废。"),
])  # fmt: skip
def test_others_affairs_are_none_of_it(subject: str, text: str) -> None:
    assert judged(mail(subject, text=text)).kind == "unrelated"


def test_its_letter_is_nobodys_scan() -> None:
    box = Inbox()
    box.mail(word("a.docx"))
    assert box.mail(scan("扫描件.pdf"), answers=1, text="我单位撤回此案例，撤回函见附件。").items == ()
    assert box.states() == {"银龄数字课堂": "incomplete"}


@pytest.mark.parametrize("text", ["此前报送的材料作废，以本次为准。", "原扫描件有误，前次报送的材料作废，现重新发送。"])
def test_what_comes_in_its_place_is_taken(text: str) -> None:
    box = Inbox()
    box.mail(word("a.docx"), scan("a.pdf"))
    decision = box.mail(word("a2.docx", form(leader="李四")), scan("a2.pdf"), text=text)
    assert (decision.verdict, [item.version for item in decision.items]) == ("accepted", [2])
    box = Inbox()
    box.mail(word("a.docx"))
    assert box.mail(scan("扫描件.pdf"), text=text, answers=1).verdict == "accepted"


@pytest.mark.parametrize("text", [
    "课程内容涵盖微信视频通话、消息撤回、防诈骗等，请查收。", "此案例教老人撤回误发信息、识别诈骗材料，请查收。", "老年人不再为网上申报发愁，附件请查收。",
    "材料如有不符，视为放弃申报，请查收。", "我单位承诺：如材料不实，取消申报资格。", "该项目不再另行报送纸质材料。", "如有更正，请以最新材料为准，旧材料作废。",
    "我校取消线下报送环节，改以邮件报送。",
])  # fmt: skip
def test_how_papers_go_and_what_is_taught_takes_nothing_back(text: str) -> None:
    assert Inbox().mail(word("a.docx"), scan("a.pdf"), text=text).verdict == "accepted"
    box = Inbox()
    box.mail(word("a.docx"))
    assert box.mail(scan("a.pdf"), text=text).verdict == "accepted", "the scan that was missing"


def test_a_letter_named_so_is_a_withdrawal_however_politely_put() -> None:
    decision = judged(mail("济南市教育局+智慧助老", scan("撤回申请.pdf"), text="如方便，请撤回我单位报送的案例。"))
    assert (decision.verdict, codes(decision, "error"), decision.items) == ("review", [], ())


def test_a_form_for_something_else_is_taken_and_staff_look() -> None:
    box = Inbox()
    box.mail(word("a.docx"), scan("a.pdf"))
    decision = box.mail(word("t.docx", form("training", "手机班")), scan("t.pdf"), text="撤回此前报送的典型案例，现报送培训项目一件。")
    assert (decision.verdict, len(decision.items), decision.no_letter) == ("review", 1, None)


def test_a_new_link_for_an_old_one_is_no_withdrawal() -> None:
    course = form("course", "手机课")
    box = Inbox()
    box.mail(word("c.docx", course), scan("c.pdf"))
    link = Link("baidu", "https://pan.baidu.com/s/1abcdefghijklmnopqrstuv", "ab12")
    assert box.mail(text="课程原链接作废，新链接见下。", answers=1, links=(link,)).verdict == "accepted"
