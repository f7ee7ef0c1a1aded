"""What kind of mail it is. Cases follow what QQ, 163, Exchange and people really send."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baosong.config import load_campaign, load_register
from core.facts import Blocked, Envelope, FormFacts, Link, MessageFacts, PageFacts, Part, ScanFacts, Unreadable
from core.kind import KindFacts, classify
from core.receipt_number import make_receipt_number
from core.subject import read_subject

CAMPAIGN = load_campaign("zhihui-zhulao")
REGISTER = load_register(CAMPAIGN)
OWN = ("sdsqedu@163.com",)
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FORM = FormFacts("case", "银龄乐学", "历下区社区学院", {}, {}, text="案例名称 银龄乐学")
BAIDU = Link("baidu", "https://pan.baidu.com/s/1abc", "ab12")


def part(name: str, media_type: str = WORD, **more: Any) -> Part:
    return Part(name, (*more.pop("around", ()), name), more.pop("size", 100_000), "0" * 64, media_type, **more)


FORM_FILE = part("a.docx", form=FORM)
PLAIN_FILE = part("工作总结.docx", text="2021年工作总结，全年开展培训12期。")
SCAN_FILE = part("1.pdf", "application/pdf", scan=ScanFacts((PageFacts(image=True),)))
PHOTO = part("IMG_0001.jpg", "image/jpeg", scan=ScanFacts((PageFacts(image=True),)))
LOGO = part("image001.png", "image/png", inline=True, size=4000)


def kind(subject: str, text: str = "", *parts: Part, **more: Any) -> KindFacts:
    headers = {key.replace("_", "-"): value for key, value in more.pop("headers", {}).items()}
    envelope = Envelope(
        "<1@qq.com>", subject, more.pop("sender", "clerk@qq.com"), headers=headers, return_path=more.pop("return_path", None),
        content_type=more.pop("content_type", "multipart/mixed"),
    )
    message = MessageFacts(envelope, text=text, parts=parts, **more)
    return classify(message, read_subject(subject, CAMPAIGN, REGISTER), CAMPAIGN, REGISTER, OWN)


# Submissions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "text", "parts", "more"),
    [
        ("济南市教育局+智慧助老", "请查收", (FORM_FILE,), {}),
        ("你好", "", (FORM_FILE,), {}),
        ("", "", (FORM_FILE,), {}),
        ("请问这样填可以吗？", "请问", (FORM_FILE,), {}),
        ("回复：济南市教育局+智慧助老", "谢谢", (FORM_FILE,), {}),
        ("自动回复的说明", "", (FORM_FILE,), {}),
        ("重发：上次退信了，济南市教育局+智慧助老", "上次被系统退信", (FORM_FILE,), {}),
        ("系统退信后重发", "", (FORM_FILE,), {}),
        ("济南市教育局+智慧助老", "", (FORM_FILE,), {"headers": {"auto_submitted": "auto-generated"}}),
        ("济南市教育局+智慧助老", "", (FORM_FILE,), {"headers": {"list_unsubscribe": "<mailto:x>"}}),
        ("济南市教育局+智慧助老", "", (FORM_FILE,), {"headers": {"x_auto_response_suppress": "All"}}),
        ("济南市教育局+智慧助老", "", (FORM_FILE,), {"sender": "noreply@oa.jinan.gov.cn"}),
        ("材料", "", (part("1.pdf", "application/pdf", scan=ScanFacts((), form=FORM)),), {}),
        ("材料", "", (part("1.docx", embedded=ScanFacts((), forms=(FORM,))),), {}),
        ("济南市教育局+智慧助老", "", (), {}),  # mail.empty: the submitter forgot the files
        ("济南市教育局+智慧助老", "附件是我局材料，请查收。如有疑问请联系张三。", (), {}),
        ("济南市教育局+智慧助老", "附件是我局材料，请查收。请问何时评审？", (), {}),
        ("转发：济南市教育局+智慧助老", "", (), {}),
        ("济南市教育局智慧助老材料", "", (LOGO,), {}),
        ("智慧助老", "", (), {}),
        ("智慧助老材料报送", "", (), {}),
        ("济南市教育局+智慧助老", "见网盘", (), {"links": (BAIDU,)}),
        ("你好", "链接", (), {"links": (BAIDU,)}),
        ("智慧助老视频", "超大附件", (), {"links": (Link("mail_large_file", "https://mail.163.com/x"),)}),
        ("材料报送", "现报送我局智慧助老典型案例，请查收。", (PLAIN_FILE,), {}),
        ("材料报送", "智慧助老材料见附件", (), {}),
        ("你好", "", (part("济南市教育局+典型案例.docx", problem=Unreadable("damaged")),), {}),
        ("你好", "", (part("案例.docx", around=("智慧助老.zip",), text="x"),), {}),
        ("你好", "", (part("a.docx", text="“智慧助老”专题典型案例"),), {}),
        ("", "", (SCAN_FILE,), {}),
        ("附件", "", (PHOTO, PHOTO), {}),
        ("材料报送", "", (part("材料.rar", "application/vnd.rar", container=True, problem=Unreadable("password")),), {}),
        ("济南市教育局报送材料", "", (SCAN_FILE,), {}),
        ("Fw: ", "", (part("a.exe", "application/x-msdownload", problem=Blocked("executable")),), {}),
        ("我们学校的材料", "", (part("v.mp4", "video/mp4"),), {}),
        ("回执单+智慧助老", "", (FORM_FILE,), {}),
        ("回复：您好", "补充材料", (PLAIN_FILE,), {}),
    ],
)
def test_submissions(subject: str, text: str, parts: tuple[Part, ...], more: dict[str, Any]) -> None:
    if subject == "回复：您好":
        subject = f"回复：回执编号{make_receipt_number('zhihui-zhulao', 2021, 1)}"
    found = kind(subject, text, *parts, **more)
    assert found.kind == "submission", found.reason


# Bounces -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "more"),
    [
        ("系统退信", {"sender": "postmaster@qq.com"}),
        ("系统退信/Systems bounce", {"sender": "postmaster@163.com"}),
        ("退信通知", {}),
        ("Undeliverable: 回复：济南市教育局+智慧助老", {}),
        ("未送达: 济南市教育局+智慧助老", {}),
        ("Delivery Status Notification (Failure)", {"sender": "mailer-daemon@googlemail.com"}),
        ("Returned mail: see transcript for details", {}),
        ("Mail delivery failed: returning message to sender", {}),
        ("济南市教育局+智慧助老", {"sender": "MAILER-DAEMON@mx.jinan.gov.cn"}),
        ("济南市教育局+智慧助老", {"content_type": 'multipart/report; report-type=delivery-status; boundary="x"'}),
        ("济南市教育局+智慧助老", {"headers": {"x_failed_recipients": "a@b.cn"}}),
        ("来自qq.com的退信", {}),
        ("邮件投递失败", {}),
        ("【腾讯企业邮】系统退信", {}),
    ],
)
def test_bounces(subject: str, more: dict[str, Any]) -> None:
    assert kind(subject, "您的邮件无法送达", **more).kind == "bounce"


def test_a_bounce_that_carries_our_own_form_is_a_bounce() -> None:
    report = part("report", "message/delivery-status")
    assert kind("退信", "", report, FORM_FILE, content_type="multipart/report; report-type=delivery-status").kind == "bounce"
    assert kind("退信", "", FORM_FILE, sender="postmaster@163.com").kind == "bounce"
    assert kind("退信", "", report, FORM_FILE).kind == "bounce"


# Automatic mail ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "text", "more"),
    [
        ("自动回复: 济南市教育局+智慧助老", "您好，您的邮件我已收到。", {}),
        ("自动回复：Re: 【智慧助老】收件回执", "", {}),
        ("自動回覆: 您的來信", "", {}),
        ("【QQ邮箱】自动回复: 您好", "", {}),
        ("AutoReply: x", "", {}),
        ("Automatic reply: 智慧助老", "", {}),
        ("Auto: Re: 智慧助老", "", {}),
        ("Out of Office: 智慧助老", "", {}),
        ("休假自动回复", "", {}),
        ("已读: 济南市教育局+智慧助老", "您的邮件已读", {}),
        ("已读：智慧助老", "", {}),
        ("Read: 智慧助老", "", {}),
        ("回执：智慧助老收件回执", "", {}),
        ("发信方已撤回邮件：济南市教育局+智慧助老", "", {}),
        ("回复：智慧助老", "这是一封自动回复邮件，您的来信已收到，我会尽快回复您。", {}),
        ("Re: 智慧助老", "您好，我正在休假中，稍后回复您。", {}),
        ("回复：智慧助老", "好", {"headers": {"auto_submitted": "auto-replied (vacation)"}}),
        ("回复：智慧助老", "好", {"headers": {"x_autoreply": "yes"}}),
        ("回复：智慧助老", "好", {"headers": {"precedence": "Auto_Reply"}}),
        ("回复：智慧助老", "好", {"return_path": "<>"}),
        ("智慧助老", "", {"content_type": "multipart/report; report-type=disposition-notification"}),
    ],
)
def test_automatic_mail(subject: str, text: str, more: dict[str, Any]) -> None:
    assert kind(subject, text, **more).kind == "auto_reply"


def test_auto_submitted_no_and_suppress_prove_nothing() -> None:
    assert kind("济南市教育局+智慧助老", headers={"auto_submitted": "no"}).kind == "submission"
    assert kind("济南市教育局+智慧助老", headers={"x_auto_response_suppress": "OOF, AutoReply"}).kind == "submission"


# Unrelated ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "text", "parts", "more"),
    [
        ("请问智慧助老截止时间", "请问第一批什么时候截止？", (), {}),
        ("关于智慧助老申报的咨询", "您好，请问附件2的字数怎么算？谢谢！", (LOGO,), {}),
        ("济南市教育局+智慧助老", "老师您好，请问我们能否下周再报？", (), {}),
        ("智慧助老", "老师，材料收到了吗？", (), {}),
        ("咨询", "请问邮箱是这个吗", (), {}),
        ("回复：济南市教育局+智慧助老", "收到，谢谢老师！", (), {}),
        ("回复：济南市教育局+智慧助老", "好的", (), {}),
        ("Re: 济南市教育局+智慧助老", "", (), {}),
        ("回复：济南市教育局+智慧助老", "已转告区里，他们正在修改，改好后会尽快发给您", (), {}),
        ("谢谢", "收到", (), {}),
        ("", "", (), {}),
        ("你好", "在吗", (), {}),
        ("发票代开", "点数优惠，加微信", (part("价格表.jpg", "image/jpeg"),), {}),
        ("低价办公软件促销", "https://pan.baidu.com/s/1x", (), {"links": (BAIDU,)}),
        ("会议通知", "", (PLAIN_FILE,), {}),
        ("关于召开智慧助老工作会议的通知", "", (PLAIN_FILE,), {}),
        ("关于召开智慧助老工作会议的通知", "请准时参加", (), {}),
        ("老年教育统计表", "请查收", (part("统计表.xlsx", "application/vnd.ms-excel"),), {}),
        ("2021年终身学习活动周方案", "", (SCAN_FILE,), {}),
        ("济南市教育局社区教育年度总结", "", (PLAIN_FILE,), {}),
        ("Weekly newsletter", "智慧助老", (), {"headers": {"list_id": "<news.example.com>"}}),
        ("促销", "", (), {"headers": {"precedence": "BULK"}}),
        ("登录提醒", "您的账号异地登录", (), {"sender": "no-reply@qq.com"}),
        ("邀请函", "", (part("invite.ics", "text/calendar"),), {}),
        ("转发：智慧助老收件回执", "", (FORM_FILE,), {"sender": "sdsqedu@163.com"}),
        ("新闻稿：智慧助老进社区", "近日，某社区开展了活动，老人们纷纷点赞。", (), {}),
    ],
)
def test_unrelated_mail(subject: str, text: str, parts: tuple[Part, ...], more: dict[str, Any]) -> None:
    found = kind(subject, text, *parts, **more)
    assert found.kind == "unrelated", found.reason
    assert found.reason


def test_links_of_quoted_history_are_not_new() -> None:
    quoted = Link("baidu", "https://pan.baidu.com/s/1abc", "ab12", quoted=True)
    assert kind("回复：济南市教育局+智慧助老", "收到，谢谢", links=(quoted,)).kind == "unrelated"
    assert kind("转发：材料", "请看", links=(quoted,), quoted="智慧助老", forwarded=True).kind == "submission"


@given(st.text(max_size=80), st.text(max_size=200), st.sampled_from(["", "自动回复", "退信", "请问", "智慧助老"]))
def test_any_mail_gets_an_answer(subject: str, text: str, word: str) -> None:
    for parts in ((), (FORM_FILE,), (SCAN_FILE,), (PLAIN_FILE, LOGO)):
        found = kind(word + subject, text, *parts)
        assert found.kind in ("submission", "unrelated", "auto_reply", "bounce")
        if FORM_FILE in parts:
            assert found.kind == "submission"


def test_a_long_mail_takes_no_time() -> None:
    started = time.perf_counter()
    kind("问" * 100_000, "我在" * 300_000 + "邮件已收到" * 100_000, PLAIN_FILE)
    assert time.perf_counter() - started < 3
