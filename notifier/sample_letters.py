"""Letters of every kind as a campaign would write them, for trying templates and wordings. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from core.campaign import SHANGHAI, UNIT_PLACEHOLDER, Campaign, CategorySpec
from core.facts import Link, LinkState
from core.findings import finding
from core.letter import LetterItem, LetterPlan, Thread

UNIT = "示例市教育局"
RECEIPT = "SL-0001-7"
SAMPLE_NOW = datetime(2021, 11, 8, 10, 30, tzinfo=SHANGHAI)
"""When the sample letters are written; their deadline lies some days later."""
_THREAD = Thread("sample@example.cn", "王老师", "材料报送", "<sample@example.cn>")
_ALONE = Thread("sample@example.cn", "", "", None)


def sample_letters(campaign: Campaign) -> Iterator[tuple[LetterPlan, Thread]]:
    """(plan, thread) of each letter. Every section, every row and every state of a link occurs in one of them."""
    specs = campaign.categories
    whole = tuple(_item(campaign, spec) for spec in specs)
    faulty = tuple(_faulty(campaign, spec) for spec in specs)
    note = finding("subject.irregular", "邮件主题的分隔符与通知要求不同，今后报送时请参照规范写法。")
    yield _plan(campaign, "receipt", items=whole, notes=(note,)), _THREAD
    yield _plan(campaign, "receipt", items=whole[:1], checking=True, companions=("补充材料",), late=True), _THREAD
    topic = finding("subject.no_topic", f"邮件主题为“材料报送”。烦请将邮件主题改为“{campaign.right_subject(UNIT)}”。")
    names = tuple(name for item in faulty for name in (item.right_word, item.right_scan))
    blank = tuple(spec.key for spec in specs)
    yield _plan(
        campaign, "correction", items=(*faulty, whole[0]), problems=(topic,), notes=(note,), right_names=names, blank_forms=blank,
        words="工作人员补充的一句话。",
    ), _THREAD
    yield _plan(
        campaign, "correction", unit=None, problems=(topic,), right_subject=campaign.right_subject(None),
        right_names=tuple(campaign.right_name(UNIT_PLACEHOLDER, spec.key, ".docx") for spec in specs),
    ), _THREAD
    yield _plan(campaign, "correction", items=whole[:1], words="工作人员要求补充说明的一段话。"), _THREAD
    yield _plan(campaign, "reminder", receipt=None, right_names=names), _ALONE
    yield _plan(campaign, "reminder", items=faulty, words="工作人员补充的一句话。"), _THREAD
    dead = _item(campaign, specs[-1], LinkState.DEAD, finding("link.dead", "所附链接已失效。烦请重新分享后发送。", item=0))
    yield _plan(campaign, "link_dead", items=(dead,)), _THREAD
    yield _plan(campaign, "free", words="工作人员写的第一段。\n工作人员写的第二段。", right_subject=""), _THREAD
    yield _plan(campaign, "free", words="工作人员写的一段话。", unit=None, receipt=None, right_subject=""), _ALONE


def _plan(campaign: Campaign, kind: str, *, unit: str | None = UNIT, receipt: str | None = RECEIPT, **more: object) -> LetterPlan:
    values: dict[str, object] = {
        "kind": kind, "unit": unit, "receipt_number": receipt, "received_at": SAMPLE_NOW, "subject_received": "材料报送",
        "batch_name": campaign.batches[0].name, "deadline": (SAMPLE_NOW + timedelta(days=7)).date(),
        "right_subject": campaign.right_subject(UNIT), **more,
    }  # fmt: skip
    return LetterPlan(**values)  # type: ignore[arg-type]


def _item(campaign: Campaign, spec: CategorySpec, state: LinkState = LinkState.OK, *problems: object) -> LetterItem:
    links = (Link(campaign.share_provider, "https://pan.baidu.com/s/1ExampleExample", "ab12", state=state),) if spec.resource else ()
    return LetterItem(
        spec.key, spec.name, "示例名称", "示例申报单位", f"示例申报单位+{spec.name}.docx", ("扫描一.pdf", "扫描二.pdf"), "present", links,
        complete=not problems, problems=problems, right_word=campaign.right_name("示例申报单位", spec.key, ".docx"),  # type: ignore[arg-type]
        right_scan=campaign.right_name("示例申报单位", spec.key, ".pdf"), paper_expected=spec.resource is not None,
    )  # fmt: skip


def _faulty(campaign: Campaign, spec: CategorySpec) -> LetterItem:
    label = spec.form.fields[0].labels[0]
    return LetterItem(
        spec.key, spec.name, None, None, "申报表.docx", (), None, (Link(campaign.share_provider, "https://pan.baidu.com/s/1Example"),),
        complete=False,
        problems=(
            finding("scan.missing", f"{spec.name}未见纸质盖章版扫描件。烦请补报。", item=0),
            finding("form.field_missing", f"{spec.name}的申报表中“{label}”一栏未填写。烦请补充填写。", item=0, field="title"),
        ),
        notes=(finding("form.phone_invalid", f"{spec.name}的联系电话似有笔误，烦请核对。", item=0),),
        right_word=campaign.right_name(UNIT, spec.key, ".docx"), right_scan=campaign.right_name(UNIT, spec.key, ".pdf"),
    )  # fmt: skip
