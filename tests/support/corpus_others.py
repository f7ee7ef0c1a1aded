"""Corpus 601-639: mails that are no submission, each with its innocent twin."""

from __future__ import annotations

from tests.support import corpus_papers as papers
from tests.support import docx_pieces as x
from tests.support.corpus_papers import Paper
from tests.support.corpus_world import Mail, both, mail, scenario
from tests.support.mail_builder import OFFICE, File, History, leaf, message, multipart, text_leaf

STRANGER = ("", "sales@promo.example.com")


@scenario("601-advertisement")
def _() -> Mail:
    text = "尊敬的客户：我公司长期代开各类发票，点数优惠，欢迎来电咨询。如不想收到此类邮件请退订。"
    return mail("foxmail", "发票代开 优惠办理", text=text, who=STRANGER)


@scenario("602-advertisement-with-brochure")
def _() -> Mail:
    flyer = File("产品手册.docx", papers.settled(x.package(x.p("智慧养老一体化平台，助力老年教育数字化，限时特价，招商加盟。"))))
    return mail("qq", "智慧养老平台招商加盟，限时优惠", flyer, text="贵单位您好，附件是我公司产品手册，欢迎咨询报价。", who=STRANGER)


@scenario("603-question-about-the-deadline")
def _() -> Mail:
    return mail("163", "咨询", text="老师您好，请问智慧助老第一批材料的截止时间是哪天？谢谢。")


@scenario("604-question-under-the-right-subject")
def _() -> Mail:
    return mail("qq", "滨州市教育局+智慧助老", text="老师您好，请问附件3中的“培训期数”按什么口径填写？", who="滨州市")


@scenario("605-question-with-the-blank-form-quoted-notice")
def _() -> Mail:
    history = History(text="附件：智慧助老通知及申报表，请各单位于11月10日前报送。", subject="关于转发智慧助老通知")
    return mail("foxmail", "关于转发智慧助老通知", text="请问高校可以报几项？", how="reply", history=history, who="高校")


@scenario("606-bounce-with-our-letter")
def _() -> Mail:
    """RFC 3464: our own letter, with its blank form, hangs on the report."""
    letter = mail("163", "补正通知：枣庄市教育局+智慧助老", File("附件2 典型案例申报表.docx", papers.blank("case")), text="请补正。",
                  who=("山东省社区教育指导服务中心", OFFICE[1]), received=False)  # fmt: skip
    report = leaf([("Content-Type", "message/delivery-status")], b"Reporting-MTA: dns; mx.example.cn\r\n\r\nFinal-Recipient: rfc822; "
                  b"manyi@zaozhuang.example.cn\r\nAction: failed\r\nStatus: 5.1.1\r\n")  # fmt: skip
    kind, body = multipart("report", "==report==", [text_leaf("您的邮件未能送达：收件人不存在。", "plain", "utf-8", "base64"), report,
                                                    leaf([("Content-Type", "message/rfc822")], letter)],
                           tail=";\r\n\treport-type=delivery-status")  # fmt: skip
    return message(
        [("Return-Path", "<>"), ("Received", "from mx.example.cn by mx28; Mon, 8 Nov 2021 10:40:00 +0800"),
         ("From", "MAILER-DAEMON@mx.example.cn"), ("To", OFFICE[1]), ("Subject", "Undelivered Mail Returned to Sender"),
         ("Date", "Mon, 8 Nov 2021 10:40:00 +0800"), ("Message-ID", "<bounce1@mx.example.cn>"), ("Auto-Submitted", "auto-replied"),
         ("MIME-Version", "1.0"), ("Content-Type", kind)], body,
    )  # fmt: skip


@scenario("607-bounce-of-qq-as-html")
def _() -> Mail:
    text = "抱歉，您的邮件被退回来了……\n原邮件信息：主题 补正通知：青岛市教育局+智慧助老\n退信原因：收件人邮箱地址不存在"
    return mail("qq", "系统退信", text=text, who=("PostMaster", "postmaster@qq.example.com"), headers=[("Return-Path", "<>")])


@scenario("608-vacation-without-header")
def _() -> Mail:
    text = "您好，我正在外地出差，11月15日返回后尽快回复您的邮件。"
    return mail("qq", "自动回复: 回复：德州市教育和体育局+智慧助老", text=text, who="德州市")


@scenario("609-vacation-with-header")
def _() -> Mail:
    return mail("outlook-exchange", "自动答复: 回复：山东师范大学+智慧助老", text="我在休假。", who="高校",
                headers=[("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")])  # fmt: skip


@scenario("610-mailing-list")
def _() -> Mail:
    text = "《社区教育》电子周刊第38期：本期关注智慧助老，各地经验选登。退订请点击。"
    return mail("foxmail", "【周刊】社区教育与智慧助老", text=text, who=("编辑部", "weekly@list.example.org"),
                headers=[("List-Id", "<weekly.list.example.org>"), ("List-Unsubscribe", "<mailto:leave@list.example.org>"), ("Precedence", "bulk")])  # fmt: skip


@scenario("611-read-receipt")
def _() -> Mail:
    return mail("foxmail", "已读: 回复：济宁市教育局+智慧助老", text="您的邮件已于2021-11-08 11:02被阅读。", who="济宁市")


@scenario("612-recalled-by-qq")
def _() -> Mail:
    return mail("qq", "发信方已撤回邮件：济宁市教育局+智慧助老", text="发信方已撤回该邮件。", who="济宁市")


@scenario("613-meeting-invitation")
def _() -> Mail:
    data = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20211112T010000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ics = File("invite.ics", data, media_type="text/calendar; method=REQUEST")
    return mail("outlook-exchange", "会议邀请：智慧助老工作推进会", ics, text="请于11月12日9时参加。", who="烟台市")


@scenario("614-notice-of-another-office")
def _() -> Mail:
    notice = File("关于召开老年教育工作会议的通知.docx", papers.settled(x.package(x.p("关于召开全省老年教育工作会议的通知") + x.lines("各有关单位：\n定于11月20日召开会议。"))))
    return mail("foxmail", "关于召开老年教育工作会议的通知", notice, text="请查收会议通知。", who=("省老年教育协会", "xh@association.example.org"))


@scenario("615-job-application")
def _() -> Mail:
    resume = File("个人简历-张明.docx", papers.settled(x.package(x.p("个人简历") + x.lines("姓名：张明\n学历：本科\n求职意向：行政"))))
    return mail("163", "应聘行政岗位-张明", resume, text="您好，附件是我的简历，期待回复。", who=("张明", "zhangming@mail.example.com"))


@scenario("616-form-of-another-call")
def _() -> Mail:
    body = x.p("“百姓学习之星”推荐表") + x.tbl(x.tr(x.tc("姓名"), x.tc("孙大爷")), x.tr(x.tc("推荐单位"), x.tc("历城区教育局")), x.tr(x.tc("事迹"), x.tc("坚持学习书法。")))
    form = File("百姓学习之星推荐表.docx", papers.settled(x.package(body + x.p())))
    return mail("foxmail", "历城区百姓学习之星推荐", form, text="请查收学习之星推荐表。")


@scenario("617-notification-of-a-service")
def _() -> Mail:
    return mail("gmail", "您的网盘会员即将到期", text="尊敬的用户，您的会员将于3日后到期，请及时续费。", who=("网盘", "no-reply@pan.example.com"))


@scenario("618-own-mail-comes-back")
def _() -> Mail:
    return mail("163", "回复：济南市教育局+智慧助老", text="来信收悉，材料齐全，回执编号见上。", who=("山东省社区教育指导服务中心", OFFICE[1]))


@scenario("619-thanks-without-thread")
def _() -> Mail:
    return mail("iphone", "回复：回复：临沂市教育局+智慧助老", text="收到，谢谢！", who="临沂市")


@scenario("620-submission-that-asks-for-a-read-receipt")
def _() -> Mail:
    """Twin of the automatic mails: headers that ask us for something do not make it automatic."""
    paper = Paper("case", "临沂市罗庄区社区学院", "罗庄银龄智学")
    return mail("outlook", "临沂市教育局+智慧助老", *both(paper), who="临沂市", headers=[
        ("Disposition-Notification-To", "zhugem@linyi.example.cn"), ("X-Auto-Response-Suppress", "DR, OOF, AutoReply"), ("Auto-Submitted", "no")])  # fmt: skip


@scenario("621-submission-with-a-question")
def _() -> Mail:
    """Twin of the questions: material is there, so it is a submission."""
    paper = Paper("case", "日照市五莲县社区学院", "五莲山下助老课")
    return mail("qq", "日照市教育局+智慧助老", *both(paper), text="材料见附件。请问还需要邮寄纸质版吗？", who="日照市")


@scenario("622-case-that-reads-like-an-advertisement")
def _() -> Mail:
    """Twin of advertisements: words such as 优惠 and 会员 in a case's text."""
    paper = Paper("case", "泰安市社区学院", "“银龄会员卡”：凭学分享受智慧生活优惠")
    return mail("foxmail", "泰安市教育局+智慧助老", *both(paper), text="请查收，如有疑问请与我联系。退订老年报请忽略。", who="泰安市")


@scenario("623-question-with-screenshot")
def _() -> Mail:
    picture = File("image.png", papers.logo(), disposition="inline", cid="shot@qq")
    page = '<div>请问这个表格里的“申报单位”填市教育局还是社区学院？<br><img src="cid:shot@qq"></div>'
    return mail("qq", "智慧助老申报表填写问题", picture, text="请问这个表格里的“申报单位”填市教育局还是社区学院？", html=page, who="枣庄市")
