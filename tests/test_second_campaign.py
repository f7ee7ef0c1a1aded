"""A second campaign, quite different in topic, subject rule, categories and form labels, without a line of Python."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import docx
import pytest

from baosong.config import load_campaign, load_register
from core.campaign import SHANGHAI
from core.decide import Case, Decision, Rules, decide
from core.facts import Envelope, MessageFacts, PageFacts, Part, ScanFacts
from core.ports import ReadLimits
from parsers.word import read_word
from tests.support.facts import DOCX, sha

WHEN = datetime(2024, 6, 20, 9, 0, tzinfo=SHANGHAI)
CAMPAIGN = load_campaign("xuexi-zhixing")
RULES = Rules(CAMPAIGN, load_register(CAMPAIGN))

STAR = [("姓名", "孙桂兰"), ("推荐单位", "历下区社区教育学院"), ("手机号码", "13853112345"), ("主要事迹", "坚持学习三十年。" * 20)]
BRAND = [
    ("品牌名称", "泉城银龄学堂"), ("项目单位", "济南社区大学"), ("项目主管", "赵明"), ("办公电话", "0531-82345678"), ("创办年份", "2016"),
    ("是否面向社会开放", "☑是 □否"), ("项目概述", "面向全市老年人开放。" * 10),
]


def part(tmp_path: Path, name: str, heading: str, rows: list[tuple[str, str]]) -> Part:
    document = docx.Document()
    document.add_heading(heading)
    table = document.add_table(rows=0, cols=2)
    for label, value in rows:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = label, value
    out = io.BytesIO()
    document.save(out)
    path = tmp_path / "form.docx"
    path.write_bytes(out.getvalue())
    facts = read_word(path, CAMPAIGN, ReadLimits())
    return Part(name, (name,), len(out.getvalue()), sha(name), DOCX, form=facts.form)


def scan(name: str) -> Part:
    return Part(name, (name,), 200000, sha(name), "application/pdf", scan=ScanFacts((PageFacts(image=True),), "present", page_count=1))


def judged(subject: str, *parts: Part, received: datetime = WHEN) -> Decision:
    facts = MessageFacts(Envelope("<1@a.cn>", subject, "clerk@jinan.test"), "请查收。", parts=parts)
    return decide(Case(1, facts, received), RULES)


def errors(decision: Decision) -> list[tuple[str, str | None]]:
    return [(found.code, found.field) for found in decision.findings if found.severity == "error"]


def test_form_is_read_by_its_own_labels(tmp_path: Path) -> None:
    star = part(tmp_path, "济南-百姓学习之星.docx", "百姓学习之星推荐表", STAR).form
    assert star is not None
    assert (star.category, star.title, star.applicant_unit, star.fields["mobile"]) == ("star", "孙桂兰", "历下区社区教育学院", "13853112345")
    brand = part(tmp_path, "b.docx", "终身学习品牌项目申报书", BRAND).form
    assert brand is not None
    assert (brand.category, brand.title, brand.fields["open"], brand.fields["manager_phone"]) == ("brand", "泉城银龄学堂", True, "0531-82345678")


def test_compliant(tmp_path: Path) -> None:
    form = part(tmp_path, "历下区社区教育学院-百姓学习之星.docx", "百姓学习之星推荐表", STAR)
    decision = judged("终身学习周-济南市教育局", form, scan("历下区社区教育学院-百姓学习之星.pdf"))
    assert decision.verdict == "accepted", decision.findings
    assert (decision.batch, decision.unit.name if decision.unit else None) == (1, "济南市教育局")


def test_a_category_without_scan(tmp_path: Path) -> None:
    form = part(tmp_path, "济南社区大学-终身学习品牌项目.docx", "终身学习品牌项目申报书", BRAND)
    assert errors(judged("终身学习周-济南市教育局", form)) == []


def test_star_needs_its_scan(tmp_path: Path) -> None:
    form = part(tmp_path, "历下区社区教育学院-百姓学习之星.docx", "百姓学习之星推荐表", STAR)
    decision = judged("终身学习周-济南市教育局", form)
    assert errors(decision) == [("scan.missing", None)]
    assert decision.letter is not None
    assert decision.letter.right_subject == "终身学习周-济南市教育局"
    assert decision.letter.items[0].right_scan == "历下区社区教育学院-百姓学习之星.pdf"


def test_strict_subject_and_names_are_errors_here(tmp_path: Path) -> None:
    form = part(tmp_path, "推荐表.docx", "百姓学习之星推荐表", STAR)
    decision = judged("济南市教育局+终身学习周", form, scan("历下区社区教育学院-百姓学习之星.pdf"))
    assert {code for code, _ in errors(decision)} == {"subject.irregular", "attachment.name_irregular"}


@pytest.mark.parametrize("missing", ["姓名", "手机号码", "主要事迹"])
def test_empty_field(tmp_path: Path, missing: str) -> None:
    rows = [(label, "" if label == missing else value) for label, value in STAR]
    form = part(tmp_path, "历下区社区教育学院-百姓学习之星.docx", "百姓学习之星推荐表", rows)
    decision = judged("终身学习周-济南市教育局", form, scan("历下区社区教育学院-百姓学习之星.pdf"))
    assert [code for code, _ in errors(decision)] == ["form.field_missing"]
