"""What the letters say, and what they must never say."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from core.facts import Link, LinkState
from core.findings import Finding, Severity, finding
from tests.notifier.letter_samples import (
    ALL_NAMES,
    CASE,
    COURSE,
    FROM,
    OFFICE,
    PLANS,
    TRAINING_FAULTY,
    campaign,
    item,
    plan,
    share,
    write,
)  # fmt: skip


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
