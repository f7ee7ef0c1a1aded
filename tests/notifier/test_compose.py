"""The composed mail, read back by the standard library: every header, every part, whatever the plan and thread hold."""

from __future__ import annotations

import email
import email.policy
import html
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest

from core.facts import Link, LinkState
from core.findings import Finding, Severity, finding
from core.letter import Letter
from tests.notifier.letter_samples import (
    ALL_NAMES,
    CASE,
    COURSE,
    FROM,
    NOW,
    OFFICE,
    PLANS,
    TRAINING_FAULTY,
    blank_form,
    campaign,
    item,
    plan,
    share,
    thread_for,
    write,
)  # fmt: skip

HOSTILE = (
    "济南\r\nBcc: victim@example.test", "a\nX-Injected: 1", "\r\n\r\n<script>alert(1)</script>", "\x00\x1b[31m红",
    "\u202egnp.exe", "=?utf-8?B?QmNjOiB4QHkueg==?=", "“引号”\"双\"<a@b.cn>,;:()\\", "\ud800坏", "长" * 100_000,
    "&lt;b&gt;", "{{ 7*7 }}{% raw %}", "👨\u200d👩\u200d👧\u200d👦 𠮷 镕 㐂 \U000e0041", "", " \t ",
)  # fmt: skip


def read(letter: Letter) -> EmailMessage:
    message = email.message_from_bytes(letter.raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def bodies(letter: Letter) -> tuple[str, str]:
    message = read(letter)
    parts = {p.get_content_type(): p.get_content() for p in message.walk() if p.get_content_maintype() == "text"}
    return parts["text/plain"].replace("\r\n", "\n"), parts["text/html"].replace("\r\n", "\n")


def attachments(letter: Letter) -> dict[str, bytes]:
    return {str(p.get_filename()): p.get_payload(decode=True) for p in read(letter).iter_attachments()}


def check_bytes(raw: bytes) -> None:
    """7-bit, CRLF only, no long line: passes every server unchanged."""
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    head = raw.partition(b"\r\n\r\n")[0]
    for line in head.split(b"\r\n"):
        assert len(line) <= 76 or b"=?" not in line, line


@pytest.mark.parametrize("name", PLANS)
def test_parts_come_back_as_they_were_written(name: str) -> None:
    letter = write(PLANS[name])
    check_bytes(letter.raw)
    message = read(letter)
    assert not message.defects
    assert all(not part.defects for part in message.walk())
    text, page = bodies(letter)
    assert (text, page) == (letter.text, letter.html)
    for part in message.walk():
        if part.get_content_maintype() == "text":
            assert part["Content-Transfer-Encoding"] == "base64"
            assert part.get_content_charset() == "utf-8"
    order = [p.get_content_type() for p in message.walk() if p.get_content_maintype() == "text"]
    assert order == ["text/plain", "text/html"]  # the last alternative is the one shown (RFC 2046 section 5.1.4)


def test_headers_of_an_answer() -> None:
    message = read(write(PLANS["correction"], letter_id="answer-17-correction"))
    assert message["From"].addresses[0].addr_spec == FROM
    assert message["From"].addresses[0].display_name == OFFICE
    assert message["To"].addresses[0].addr_spec == "jnjyj@126.com"
    assert message["To"].addresses[0].display_name == "王老师"
    assert message["Subject"] == "回复：材料报送"
    assert message["Date"].datetime == NOW.replace(microsecond=0)
    assert message["Date"].endswith("+0800")
    assert re.fullmatch(r"<answer-17-correction\.[0-9a-f]{10}@163\.com>", message["Message-ID"])
    assert message["In-Reply-To"] == "<6189C2A1.0B5F41.01234@126.com>"
    assert message["References"] == "<6189C2A1.0B5F41.01234@126.com>"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["X-Baosong-Letter"] == "answer-17-correction"
    assert message["Precedence"] is None
    assert message["Bcc"] is None
    assert message["Reply-To"] is None
    assert len(message.keys()) == len({key.lower() for key in message.keys()})  # noqa: SIM118 -- keys repeat in mails


@pytest.mark.parametrize(
    ("name", "answered", "wanted"),
    [
        ("receipt", True, "auto-replied"), ("receipt", False, "auto-replied"), ("reminder", False, "auto-generated"),
        ("reminder-open", True, "auto-generated"), ("link-dead", True, "auto-generated"), ("free", True, "auto-replied"),
        ("free", False, "auto-generated"),
    ],
)  # fmt: skip
def test_automatic_mark_by_kind(name: str, answered: bool, wanted: str) -> None:
    thread = thread_for(PLANS[name], message_id="<a@b.cn>" if answered else None)
    assert read(write(PLANS[name], thread))["Auto-Submitted"] == wanted


def test_message_id_hangs_on_letter_and_mailbox_only() -> None:
    first = write(PLANS["receipt"], letter_id="17-receipt")
    later = write(PLANS["correction"], letter_id="17-receipt", now=NOW + timedelta(days=1))
    other = write(PLANS["receipt"], letter_id="17-receipt", from_address="another@163.com")
    assert first.message_id == later.message_id == read(first)["Message-ID"]
    assert first.message_id != other.message_id
    strange = [write(PLANS["receipt"], letter_id=i).message_id for i in ("a b", "a\r\nb", "中文", "中外", "", "x" * 500)]
    assert len(set(strange)) == len(strange)
    assert all(re.fullmatch(r"<[A-Za-z0-9.-]+@163\.com>", identity) for identity in strange)


def test_same_input_same_bytes() -> None:
    assert write(PLANS["correction"]).raw == write(PLANS["correction"]).raw


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("济南市教育局+智慧助老", "回复：济南市教育局+智慧助老"),
        ("Re: 济南市教育局+智慧助老", "回复：济南市教育局+智慧助老"),
        ("回复：Re:回复: 答复： 济南市教育局+智慧助老", "回复：济南市教育局+智慧助老"),
        ("RE[2]: x", "回复：x"), ("回复(3)：x", "回复：x"), ("转发：济南市教育局+智慧助老", "回复：转发：济南市教育局+智慧助老"),
        ("Regarding x", "回复：Regarding x"), ("回复函", "回复：回复函"),
        ("", "回复：“智慧助老”优质工作案例、教育培训项目及课程资源推介材料"),
        ("a\r\nBcc: x@y.cn", "回复：a Bcc: x@y.cn"),
    ],
)  # fmt: skip
def test_subject(theirs: str, ours: str) -> None:
    thread = thread_for(PLANS["receipt"], subject=theirs)
    letter = write(PLANS["receipt"], thread)
    assert letter.subject == ours == read(letter)["Subject"]


def test_subject_of_letters_that_answer_nothing() -> None:
    thread = thread_for(PLANS["reminder"], subject="", message_id=None)
    assert write(PLANS["reminder"], thread).subject == f"关于报送{campaign().name}材料的提示"
    own = write(PLANS["free"], replace(thread, subject="关于第二批报送时间"))
    assert own.subject == "关于第二批报送时间"


def test_subject_is_encoded_in_short_whole_words() -> None:
    subject = "德州市教育和体育局+智慧助老𠮷镕👨‍👩‍👧‍👦" * 5
    letter = write(PLANS["receipt"], thread_for(PLANS["receipt"], subject=subject))
    head = letter.raw.partition(b"\r\n\r\n")[0].decode()
    value = re.search(r"^Subject: (.*?)(?=\r\n\S)", head, re.DOTALL | re.MULTILINE).group(1)  # type: ignore[union-attr]
    words = value.split("\r\n ")
    assert all(len(word) <= 75 for word in words)
    for word in words:  # each decodes by itself, as clients that show word by word need it
        assert "\ufffd" not in str(make_header(decode_header(word)))
    assert str(make_header(decode_header(value))) == letter.subject


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_stranger_becomes_a_header(text: str) -> None:
    wanted = set(read(write(PLANS["receipt"])).keys())
    bad = item("case", text, text, finding("scan.missing", text), word=text, scans=(text, text), right_word=text)
    hostile = replace(
        PLANS["correction"], unit=text, receipt_number=text, subject_received=text, batch_name=text, words=text,
        right_subject=text, right_names=(text,), companions=(text,), items=(bad,), blank_forms=(text, "case"),
    )  # fmt: skip
    thread = thread_for(hostile, subject=text, to_name=text, message_id=text, references=(text, "<ok@b.cn>"))
    letter = write(hostile, thread, from_name=text, letter_id=text)
    check_bytes(letter.raw)
    message = read(letter)
    assert set(message.keys()) - {"In-Reply-To", "References"} == wanted - {"In-Reply-To", "References"}
    assert [a.addr_spec for a in message["To"].addresses] == ["jnjyj@126.com"]
    assert [a.addr_spec for a in message["From"].addresses] == [FROM]
    assert len(letter.subject) <= 220
    assert "<script" not in letter.html.lower()
    assert "49" not in letter.text.replace("2021", "")
    assert len(letter.text) < 30_000


def test_address_with_line_break_adds_no_recipient() -> None:
    letter = write(PLANS["receipt"], thread_for(PLANS["receipt"], to="a@b.cn\r\nBcc: c@d.cn, e@f.cn", to_name=""))
    message = read(letter)
    assert "Bcc" not in message
    assert message["To"].addresses == ()
    assert b"c@d.cn" not in letter.raw
    assert letter.to == "a@b.cn\r\nBcc: c@d.cn, e@f.cn"  # the sender refuses it; nobody else is written to instead


def test_long_threads_are_bounded_and_broken_ids_left_out() -> None:
    many = tuple(f"<{n}@b.cn>" for n in range(1000))
    thread = thread_for(PLANS["receipt"], message_id="<last@b.cn>", references=(*many, "<last@b.cn>", "not an id", ""))
    references = read(write(PLANS["receipt"], thread))["References"].split()
    assert references[0] == "<0@b.cn>"
    assert references[-2:] == ["<999@b.cn>", "<last@b.cn>"]
    assert len(references) == 12
    for broken in ("", None, "<>", "<a b@c>", "<" + "x" * 2000 + "@y>", "<中@文>"):
        message = read(write(PLANS["receipt"], thread_for(PLANS["receipt"], message_id=broken)))
        assert "In-Reply-To" not in message
        assert "References" not in message
    assert read(write(PLANS["receipt"], thread_for(PLANS["receipt"], message_id="a@b.cn")))["In-Reply-To"] == "<a@b.cn>"


def test_blank_form_comes_whole_under_both_spellings_of_its_name() -> None:
    letter = write(PLANS["correction-form"])
    name = "附件2 “智慧助老”专题典型案例申报表.docx"
    assert attachments(letter) == {name: blank_form("case")}
    assert name in letter.text
    assert name in html.unescape(letter.html)
    raw = letter.raw.decode()
    plain = re.search(r'\r\n filename="(.*?)";\r\n filename\*=UTF-8\'\'(\S+)\r\n', raw, re.DOTALL)
    assert plain is not None
    assert str(make_header(decode_header(plain.group(1).replace("\r\n", "")))) == name
    old = email.message_from_bytes(letter.raw)  # the compat32 policy, as older programs read it
    part = next(p for p in old.walk() if p.get_filename())
    assert str(make_header(decode_header(part.get_filename() or ""))) == name
    assert part.get_content_type() == "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def test_blank_forms_only_of_known_categories_each_once() -> None:
    letter = write(replace(PLANS["correction-form"], blank_forms=("case", "case", "unknown")))
    assert len(attachments(letter)) == 1
    assert "unknown" not in letter.text


def test_problems_stand_once_numbered_and_in_order() -> None:
    letter = write(PLANS["correction"])
    texts = [f.text for f in PLANS["correction"].problems]
    texts += [TRAINING_FAULTY.problems[1].text, TRAINING_FAULTY.problems[0].text]  # the form before its scan
    places = [letter.text.index(text) for text in texts]
    assert places == sorted(places)
    for number, text in enumerate(texts, 1):
        assert f"{number}. {text}" in letter.text
    assert "需要补正的事项（共4处）" in letter.text
    assert "需补正4处" in letter.html


def test_review_findings_are_never_told() -> None:
    doubt = Finding("scan.mismatch", Severity.REVIEW, "机密：扫描件与Word版不一致，请人工核对。")
    told = write(plan("correction", problems=(doubt, PLANS["correction"].problems[0]), notes=(doubt,),
                      items=(item("case", "甲", "乙", doubt, notes=(doubt,)),)))  # fmt: skip
    assert "机密" not in told.text + told.html
    assert "共1处" in told.text


def test_nothing_bad_is_shown_that_is_no_problem() -> None:
    """A dead link or an absent seal that the rules did not raise (doubt, review) is not told in passing."""
    doubtful = item(
        "course", "甲", "乙", word=None, scans=(), seal="absent",
        links=(share(LinkState.DEAD), share(LinkState.EXPIRED), share(LinkState.UNCHECKED)),
    )  # fmt: skip
    letter = write(plan("receipt", items=(doubtful,), checking=True))
    for word in ("未收到", "未见", "失效", "过期", "无法打开", "不正确"):
        assert word not in letter.text
        assert word not in letter.html
    assert "已登记，提取码ab12" in letter.text


def test_seal_is_told_only_when_known() -> None:
    for seal, told in (("present", "印章：已加盖"), ("uncertain", ""), (None, ""), ("absent", "")):
        letter = write(plan("receipt", items=(replace(CASE, seal=seal),)))
        assert (told in letter.text) if told else ("印章" not in letter.text)
    sealless = item("case", "甲", "乙", finding("scan.no_seal", "扫描件未见公章。"), seal="absent")
    assert "印章：未见印章" in write(plan("correction", items=(sealless,))).text


def test_checking_promises_nothing() -> None:
    letter = write(PLANS["receipt-checking"])
    assert "将按程序核验" in letter.text
    assert "待核验" in letter.html
    for word in ("齐全", "合格", "符合要求", "通过", "完成登记"):
        assert word not in letter.text
    asked = write(PLANS["correction-nameless"])
    assert "齐全" not in asked.text
    assert f"典型案例《{CASE.title}》：已登记，将按程序核验" in asked.text


def test_what_is_fine_need_not_be_sent_again() -> None:
    text = write(PLANS["correction"]).text
    fine = text.partition("无需重新报送的材料")[2]
    assert f"典型案例《{CASE.title}》：材料齐全" in fine
    assert "典型课程资源《智能手机轻松学》：Word版申报表、盖章扫描件" in fine
    assert "典型培训项目《“智享晚年”手机课堂》：" not in fine.partition("温馨提示")[0]  # a field is missing, on paper too


def test_scan_with_a_form_whose_field_is_empty_is_not_called_fine() -> None:
    faulty = item("case", "甲", "乙", finding("form.field_missing", "“联系人”一栏未填写。"))
    assert "无需重新报送" not in write(plan("correction", items=(faulty,))).text
    no_word = item("case", "甲", "乙", finding("form.missing", "未见Word版申报表。"), word=None)
    assert "典型案例《甲》：盖章扫描件。" in write(plan("correction", items=(no_word,))).text
    no_scan = item("case", "甲", "乙", finding("scan.missing", "未见扫描件。"), scans=())
    assert "典型案例《甲》：Word版申报表。" in write(plan("correction", items=(no_scan,))).text


def test_subject_only_correction_asks_for_no_files() -> None:
    text = write(PLANS["correction-subject"]).text
    assert "已登记的材料不必再次附上" in text
    assert "将邮件主题改为“济南市教育局+智慧助老”" in text
    assert ".docx" not in text
    assert "补正后的材料" not in text


def test_names_to_copy_only_for_what_must_be_sent_again() -> None:
    text = write(PLANS["correction"]).text
    assert TRAINING_FAULTY.right_word in text
    assert TRAINING_FAULTY.right_scan in text
    assert f"\n{CASE.right_word}\n" not in text
    empty = write(PLANS["correction-empty"])
    assert all(f"\n{name}\n" in empty.text and f">{name}</div>" in empty.html for name in ALL_NAMES)


def test_paper_comes_with_the_address() -> None:
    letter = write(PLANS["receipt"])
    assert COURSE.paper_expected
    assert "纸质教材（读本）请邮寄至以下地址" in letter.text
    assert campaign().office.address in letter.text
    assert "HL21-000037K" in letter.text.partition("邮寄至以下地址")[2].partition("\n")[0]
    assert "邮寄" not in write(PLANS["receipt-late"]).text


def test_late_is_said_plainly_once() -> None:
    letter = write(PLANS["receipt-late"])
    assert letter.text.count("来信所注批次的报送时间已过") == 1
    assert "计入批次：第二批" in letter.text
    silent = write(plan("receipt", late=True, batch_name="第二批", deadline=date(2022, 4, 15), items=(CASE,)))
    assert "前一批次的报送已经截止" in silent.text


def test_a_deadline_that_is_over_is_not_asked_for() -> None:
    late = write(PLANS["correction"], now=datetime(2021, 11, 12, tzinfo=UTC))
    assert "烦请尽快补正" in late.text
    assert "前（含当日）" not in late.text
    last_day = write(PLANS["correction"], now=datetime(2021, 11, 10, 15, 59, tzinfo=UTC))
    assert "烦请于2021年11月10日前（含当日）补正" in last_day.text
    assert "逾期收到的材料将计入第二批" in last_day.text
    next_day = write(PLANS["correction"], now=datetime(2021, 11, 10, 16, 1, tzinfo=UTC))  # 00:01 in Shanghai
    assert "尽快" in next_day.text
    final = write(replace(PLANS["correction"], deadline=date(2022, 7, 15), batch_name="第三批"))
    assert "逾期" not in final.text  # no later batch to count for


def test_dates_are_those_of_the_office() -> None:
    letter = write(PLANS["receipt"], now=datetime(2021, 11, 8, 17, 30, tzinfo=timezone(timedelta(hours=0))))
    assert letter.text.rstrip().endswith("山东省社区教育指导服务中心\n2021年11月9日")
    assert "收到时间：2021年11月8日 10:12" in letter.text


@pytest.mark.parametrize("name", PLANS)
def test_tone(name: str) -> None:
    """Official Chinese: no exclamation mark, no code of ours, no markup in the text, thanks and a signature."""
    letter = write(PLANS[name])
    text = re.sub(r"\S*(?:\.docx?|\.pdf|\.jpg|https?://\S+|HL21-\S+)", "", letter.text)
    assert not re.search(r"[!！]", letter.text)
    assert not re.search(r"[*_#`]{1,}", text)
    assert not re.search(r"\b[a-z]+\.[a-z_]+\b", text.replace(FROM, ""))
    assert "您好" in text
    assert "感谢" in text
    assert "特此告知" in text
    assert "None" not in letter.text + letter.html
    assert "{" not in letter.text
    assert "\n\n\n" not in letter.text
    assert not re.search(r"[ \t]\n", letter.text)
    assert OFFICE in text
    assert "2021年11月8日" in text


@pytest.mark.parametrize("name", PLANS)
def test_page_stands_alone(name: str) -> None:
    """Nothing from outside, nothing active, styles in the tags, one column, its width bounded."""
    page = write(PLANS[name]).html
    assert not re.search(r"<(?:script|style|link|img|iframe|form|table)\b|url\(|\bsrc=|\bhref=|javascript:", page, re.IGNORECASE)
    assert "max-width:640px" in page
    assert 'lang="zh-CN"' in page
    sizes = [int(size) for size in re.findall(r"font-size:(\d+)px", page)]
    assert min(sizes) >= 15
    opened, closed = re.findall(r"<(div|p|h[1-3]|span|b)\b", page), re.findall(r"</(div|p|h[1-3]|span|b)>", page)
    assert sorted(opened) == sorted(closed)


def test_another_campaign_in_its_own_words() -> None:
    second = campaign("xuexi-zhixing")
    star = item("case", "张三", "历城区教育局", finding("scan.missing", "未见盖章扫描件。"))
    star = replace(star, category="star", category_name="百姓学习之星", word="a.docx", scans=("a.pdf",),
                   right_word="a-百姓学习之星.docx", right_scan="")  # fmt: skip
    wanted = replace(PLANS["correction"], items=(star,), problems=(), right_subject=second.right_subject("济南市教育局"),
                     subject_received="终身学习周-济南市教育局", right_names=())  # fmt: skip
    letter = write(wanted, campaign=second, from_name="办公室")
    assert second.name in letter.text
    assert "Word版推荐表" in letter.text
    assert "推荐单位：历城区教育局" in letter.text
    assert not re.search("智慧助老|典型案例|申报表|申报单位|百度", letter.text + letter.html)
    assert second.office.phone in letter.text
    assert "联系人：" not in letter.text


def test_wording_of_the_campaign_takes_its_place() -> None:
    own = replace(campaign(), wording={"closing": "此致，敬礼。", "receipt_opening": "{unit}好，{campaign}材料收到了。"})
    letter = write(PLANS["receipt"], campaign=own)
    assert "济南市教育局好，“智慧助老”优质工作案例" in letter.text
    assert "此致，敬礼。" in write(PLANS["correction"], campaign=own).text


def test_link_rows_name_no_full_address() -> None:
    web = Link("web", "https://edu.example.cn/course/12345", None, state=LinkState.UNCHECKED)
    quoted = replace(share(LinkState.OK, "zz99"), quoted=True)
    shown = item("course", "甲", "乙", links=(share(LinkState.OK), web, quoted))
    letter = write(plan("receipt", items=(shown,)))
    assert "百度网盘链接（尾号StUv）：可以打开，提取码ab12有效" in letter.text
    assert "网络地址：已登记" in letter.text
    assert "pan.baidu.com" not in letter.text
    assert "zz99" not in letter.text


def test_words_by_staff_keep_their_paragraphs() -> None:
    letter = write(plan("free", words="第一段。\r\n\r\n第二段 <b>。\n"))
    assert "　　第一段。\n　　第二段 <b>。\n" in letter.text
    assert "第二段 &lt;b&gt;。" in letter.html


def test_item_title_keeps_its_own_book_marks() -> None:
    assert "典型案例《书》\n" in write(plan("receipt", items=(item("case", "《书》", "乙"),))).text
