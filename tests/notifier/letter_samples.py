"""Letter plans as the decision makes them, for the letters' tests and for people who want to look at the letters."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from core.campaign import SHANGHAI, Campaign
from core.facts import Link, LinkState
from core.findings import Finding, finding
from core.letter import Letter, LetterItem, LetterPlan, Thread
from notifier.compose import compose

CAMPAIGNS = Path(__file__).parents[2] / "core" / "data" / "campaigns"
NOW = datetime(2021, 11, 8, 14, 5, tzinfo=SHANGHAI)
FROM = "sdsqedu@163.com"
OFFICE = "山东省社区教育指导服务中心"


@lru_cache
def campaign(name: str = "zhihui-zhulao") -> Campaign:
    return TypeAdapter(Campaign).validate_python(tomllib.loads((CAMPAIGNS / f"{name}.toml").read_text("utf-8")))


def blank_form(category: str) -> bytes:
    """Stands for the empty form; bytes of every value, so a broken encoding would show."""
    return b"PK\x03\x04" + category.encode() + bytes(range(256)) * 40


def write(plan: LetterPlan, thread: Thread | None = None, **changes: Any) -> Letter:
    """The letter for this plan, with everything else as in an ordinary office."""
    values: dict[str, Any] = {
        "from_address": FROM, "from_name": OFFICE, "letter_id": f"answer-17-{plan.kind}", "now": NOW,
        "blank_form": blank_form,
    }  # fmt: skip
    return compose(plan, thread or thread_for(plan), changes.pop("campaign", campaign()), **{**values, **changes})


def thread_for(plan: LetterPlan, **changes: Any) -> Thread:
    thread = Thread("jnjyj@126.com", "王老师", plan.subject_received, "<6189C2A1.0B5F41.01234@126.com>", ())
    return replace(thread, **changes)


def plan(kind: Any, **changes: Any) -> LetterPlan:
    values: dict[str, Any] = {
        "kind": kind, "unit": "济南市教育局", "receipt_number": "HL21-000037K",
        "received_at": datetime(2021, 11, 8, 10, 12, 33, tzinfo=SHANGHAI), "subject_received": "济南市教育局+智慧助老",
        "batch_name": "第一批", "deadline": date(2021, 11, 10), "right_subject": "济南市教育局+智慧助老",
    }  # fmt: skip
    return LetterPlan(**{**values, **changes})


def item(category: str, title: str | None, unit: str | None, *problems: Finding, **changes: Any) -> LetterItem:
    name = campaign().category(category).name
    values: dict[str, Any] = {
        "category": category, "category_name": name, "title": title, "applicant_unit": unit,
        "word": f"{unit}+{name}.docx", "scans": (f"{unit}+{name}.pdf",), "seal": "present", "links": (),
        "complete": not problems, "problems": problems, "right_word": f"{unit}+{name}.docx",
        "right_scan": f"{unit}+{name}.pdf",
    }  # fmt: skip
    return LetterItem(**{**values, **changes})


def share(state: LinkState, code: str | None = "ab12") -> Link:
    return Link("baidu", "https://pan.baidu.com/s/1AbCdEfGhIjKlMnOpQrStUv", code, state=state)


CASE = item("case", "银龄课堂：社区老年人智能手机应用“一站式”服务", "济南市历下区社区教育学院")
COURSE = item(
    "course", "智能手机轻松学", "济南市老年大学", links=(share(LinkState.OK),), scans=("扫描1.jpg", "扫描2.jpg"),
    paper_expected=True,
)  # fmt: skip
TRAINING_FAULTY = item(
    "training", "“智享晚年”手机课堂", "济南市章丘区职业中等专业学校",
    finding(
        "scan.missing",
        "典型培训项目《“智享晚年”手机课堂》未见纸质盖章版扫描件。烦请将申报表打印、加盖申报单位公章后扫描，"
        "以“济南市章丘区职业中等专业学校+典型培训项目.pdf”为文件名补报。",
        item=1,
    ),
    finding(
        "form.field_missing",
        "典型培训项目《“智享晚年”手机课堂》的申报表中“培训人次”一栏未填写。烦请补充填写后重新发送Word版及盖章扫描件。",
        item=1, field="training_people",
    ),
    word="培训表（最终版）.doc", scans=(), seal=None,
    notes=(
        finding(
            "form.phone_invalid",
            "典型培训项目《“智享晚年”手机课堂》的联系人联系电话“0531-8262”似有笔误，便于联系，烦请核对。",
            item=1, field="contact_phone",
        ),
    ),
)  # fmt: skip
COURSE_FAULTY = item(
    "course", "智能手机轻松学", "济南市老年大学",
    finding(
        "link.code_missing",
        "百度网盘链接https://pan.baidu.com/s/1AbCdEfGhIjKlMnOpQrStUv未附提取码。烦请补充该链接的提取码（四位）。",
        item=2,
    ),
    links=(share(LinkState.CODE_MISSING, None),),
)  # fmt: skip
CASE_NO_FORM = item(
    "case", None, None,
    finding(
        "form.missing",
        "典型案例（名称未填）未见Word版申报表。烦请补报附件2 “智慧助老”专题典型案例申报表的Word版，"
        "文件名为“济南市教育局+典型案例.docx”。",
        item=0,
    ),
    word=None, scans=("IMG_20211108_093011.jpg",), right_word="济南市教育局+典型案例.docx",
    right_scan="济南市教育局+典型案例.pdf",
)  # fmt: skip
NO_TOPIC = finding(
    "subject.no_topic",
    "邮件主题为“材料报送”，其中未见“智慧助老”字样。烦请将邮件主题改为“济南市教育局+智慧助老”。",
)
ALL_NAMES = tuple(
    f"济南市教育局+{name}{end}" for name in ("典型案例", "典型培训项目", "典型课程资源") for end in (".docx", ".pdf")
)

PLANS: dict[str, LetterPlan] = {
    "receipt": plan(
        "receipt", items=(CASE, COURSE),
        notes=(
            finding(
                "subject.irregular",
                "邮件主题分隔符与通知要求不同，规范写法为“济南市教育局+智慧助老”，今后报送时请参照。",
            ),
        ),
        subject_received="济南市教育局-智慧助老",
    ),
    "receipt-checking": plan("receipt", items=(CASE,), checking=True),
    "receipt-late": plan(
        "receipt", items=(CASE,), late=True, batch_name="第二批", deadline=date(2022, 4, 15),
        notes=(finding("deadline.late", "来信所注批次的报送时间已过，本次材料计入第二批。"),),
        companions=("补充扫描件", "Re: 济南市教育局+智慧助老"),
    ),
    "correction": plan(
        "correction", subject_received="材料报送", items=(CASE, TRAINING_FAULTY, COURSE_FAULTY), problems=(NO_TOPIC,),
        right_names=tuple(n for i in (CASE, TRAINING_FAULTY, COURSE_FAULTY) for n in (i.right_word, i.right_scan)),
    ),
    "correction-subject": plan("correction", subject_received="材料报送", items=(CASE,), problems=(NO_TOPIC,)),
    "correction-form": plan(
        "correction", items=(CASE_NO_FORM,), blank_forms=("case",),
        right_names=("济南市教育局+典型案例.docx", "济南市教育局+典型案例.pdf"),
    ),
    "correction-empty": plan(
        "correction",
        problems=(
            finding(
                "mail.empty",
                "邮件中未见附件，也未见分享链接。烦请将申报表（Word版）及盖章扫描件作为附件重新发送。",
            ),
        ),
        right_names=ALL_NAMES, blank_forms=("case", "training", "course"),
    ),
    "correction-nameless": plan(
        "correction", unit=None, subject_received="你好", items=(TRAINING_FAULTY, CASE), checking=True,
        problems=(
            finding(
                "subject.no_unit",
                "邮件主题为“你好”，其中未见报送单位名称。烦请将邮件主题改为“单位名称+智慧助老”。",
            ),
        ),
        right_subject="单位名称+智慧助老",
    ),
    "reminder": plan("reminder", receipt_number=None, subject_received="", right_names=ALL_NAMES),
    "reminder-open": plan("reminder", items=(CASE, TRAINING_FAULTY)),
    "correction-words": plan(
        "correction", items=(CASE,), words="贵单位申报表所附数据为2019年度，烦请补充2021年度数据。\n如有困难，请来电说明。",
    ),
    "correction-chosen": plan(
        "correction", items=(TRAINING_FAULTY, CASE), words="扫描件请以盖章的一份为准。",
        right_names=(TRAINING_FAULTY.right_word, TRAINING_FAULTY.right_scan),
    ),
    "link-dead": plan(
        "link_dead",
        items=(
            item(
                "course", "智能手机轻松学", "济南市老年大学",
                finding(
                    "link.dead",
                    "百度网盘链接https://pan.baidu.com/s/1AbCdEfGhIjKlMnOpQrStUv已失效（分享已取消或文件已删除）。"
                    "烦请重新分享，并发送新的链接与提取码。",
                    item=0,
                ),
                links=(share(LinkState.DEAD),),
            ),
        ),
    ),
    "free": plan(
        "free",
        words="贵单位来信询问第二批材料的报送时间，经核，第二批材料请于2022年4月15日前报送。\n如已备齐材料，也可提前报送。",
    ),
}  # fmt: skip
