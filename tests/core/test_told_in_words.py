"""Mails in words only: what answers our letter, or explains what was sent, is for staff; nobody is asked for an attachment."""

from __future__ import annotations

import pytest

from core.facts import Link, Part, Unreadable
from tests.support.facts import codes, form, scan, sha, word
from tests.support.inbox import Inbox


def asked() -> Inbox:
    box = Inbox()
    assert codes(box.mail(word("a.docx", form(contact_phone="")), scan("a.pdf")), "error") == ["form.field_missing"]
    return box


@pytest.mark.parametrize("text", [
    "联系人联系电话：13853112345", "联系人李敏，电话13853112345，谢谢。", "申报表中的联系人由负责人兼任，无另外电话。", "书已于今日通过邮政快递寄出，单号EY123456789CN",
])  # fmt: skip
def test_an_answer_in_words_is_for_staff(text: str) -> None:
    box = asked()
    reply = box.mail(text=text, answers=1, subject="Re: 补正通知：济南市教育局+智慧助老")
    assert (reply.kind, reply.verdict, codes(reply, "error")) == ("submission", "review", [])
    assert reply.no_letter == "来信以文字说明情况，由工作人员答复"
    assert box.states() == {"银龄数字课堂": "incomplete"}


@pytest.mark.parametrize("text", ["收到，谢谢老师！", "好的，明天补。", "请问扫描件可以用手机拍照吗？", "收到"])
def test_thanks_and_questions_stay_what_they_are(text: str) -> None:
    assert asked().mail(text=text, answers=1, subject="Re: 补正通知：济南市教育局+智慧助老").kind == "unrelated"


def test_words_about_what_is_complete_are_no_work_for_anybody() -> None:
    box = Inbox()
    box.mail(word("a.docx"), scan("a.pdf"))
    assert box.mail(text="祝各位老师工作顺利，身体健康。", answers=1, subject="Re: 回执：济南市教育局+智慧助老").kind == "unrelated"


def test_the_mended_subject_alone_is_not_asked_for_attachments() -> None:
    box = Inbox()
    box.mail(word("a.docx"), scan("a.pdf"), subject="材料")
    assert box.mail(text="主题已更正，请查看上一封邮件。").verdict == "review"
    assert codes(box.mail(text="现将典型培训项目报上，附件请查收。"), "error") == ["mail.empty"]
    assert codes(box.mail(text="主题已更正。", sender="stranger@jinan.test", known=()), "error") == ["mail.empty"]


def test_a_password_told_after_a_locked_archive_is_no_empty_mail() -> None:
    locked = Part("材料.zip", ("材料.zip",), 9000, sha("zip"), "application/zip", container=True, problem=Unreadable("password"))
    decision = Inbox().mail(text="解压密码：123456", unopened=(locked,))
    assert (decision.verdict, codes(decision, "error")) == ("review", [])


def test_a_mail_without_a_unit_from_somebody_known_is_his_units() -> None:
    box = Inbox()
    box.mail(word("a.docx"))
    decision = box.mail(scan("a.pdf"), subject="智慧助老补充扫描件", text="")
    assert decision.unit is not None
    assert (decision.unit.name, codes(decision, "review")) == ("济南市教育局", [])


@pytest.mark.parametrize("text", ["扫描件已用另一邮箱发送，请查收。", "材料昨天已报送，请老师查看。", "盖章件已快递寄出。"])
def test_a_reply_that_points_elsewhere_is_not_asked_again(text: str) -> None:
    box = Inbox()
    box.mail(word("a.docx"))
    reply = box.mail(text=text, answers=1, subject="Re: 济南市教育局+智慧助老")
    assert (reply.verdict, codes(reply, "error")) == ("review", [])


def test_a_forgotten_attachment_in_a_reply_is_still_told() -> None:
    box = Inbox()
    box.mail(word("a.docx"))
    assert "scan.missing" in codes(box.mail(text="扫描件见附件，请查收。", answers=1, subject="Re: 济南市教育局+智慧助老"), "error")


def test_a_code_put_right_in_words_is_no_empty_mail() -> None:
    box = Inbox()
    box.mail(word("c.docx", form("course", "手机课")), scan("c.pdf"), links=(Link("baidu", "https://pan.baidu.com/s/1abcdefghijklmnopqrstuv", "ab12"),))
    decision = box.mail(text="提取码写错了，应为 cd34")
    assert (decision.verdict, codes(decision, "error")) == ("review", [])
