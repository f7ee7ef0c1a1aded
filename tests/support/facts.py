"""Facts by hand, for tests of the pure stages: mails with forms, scans and links, without any bytes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from functools import cache

from core.campaign import SHANGHAI, Campaign
from core.decide import Case, Decision, Rules, decide
from core.facts import Envelope, FormFacts, Link, MessageFacts, PageFacts, Part, ScanFacts
from core.submission import FileRef, Item
from tests.support.shipped import campaign_named, register_of

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FIRST_BATCH = datetime(2021, 11, 8, 10, 0, tzinfo=SHANGHAI)


@cache
def campaign() -> Campaign:
    return campaign_named("zhihui-zhulao")


@cache
def rules() -> Rules:
    return Rules(campaign(), register_of("zhihui-zhulao"), frozenset({"sdsqedu@163.com"}))


FIELDS = {
    "case": {
        "leader": "王建国", "leader_phone": "0531-82345678", "contact": "李敏", "contact_phone": "13853112345", "content": "内容" * 200,
    },
    "training": {
        "leader": "王建国", "leader_phone": "0531-82345678", "contact": "李敏", "contact_phone": "13853112345", "teacher": "赵老师",
        "teacher_post": "社区学院讲师", "training_runs": "6", "training_people": "320", "content": "内容" * 100, "effect": "效果" * 80,
    },
    "course": {
        "leader": "王建国", "leader_phone": "0531-82345678", "contact": "李敏", "contact_phone": "13853112345", "members": "张三、李四",
        "awards": "", "course_type": "video", "video_minutes": "45", "consent": True, "content": "内容" * 100,
    },
}


def form(category: str = "case", title: str = "银龄数字课堂", unit: str = "历下区社区教育学院", **fields: object) -> FormFacts:
    """A filled form; keyword arguments set single fields."""
    values = {"title": title, "applicant_unit": unit, **FIELDS[category], **fields}
    text = " ".join(str(value) for value in values.values())
    return FormFacts(category, title or None, unit or None, values, {"content": 400}, text=text)  # type: ignore[arg-type]


def sha(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def word(name: str, facts: FormFacts | None = None, content: str = "", **more: object) -> Part:
    facts = facts or form()
    return replace(Part(name, (name,), 20000, sha(content or name + facts.text), DOCX, form=facts), **more)


def scan(name: str, *, seal: str | None = "present", pages: int = 3, facts: FormFacts | None = None, **more: object) -> Part:
    page = PageFacts(image=True)
    scanned = ScanFacts((page,) * pages, seal, facts, (), pages)  # type: ignore[arg-type]
    kind = "image/jpeg" if name.lower().endswith(("jpg", "jpeg", "png")) else "application/pdf"
    return replace(Part(name, (name,), 300000, sha(name), kind, scan=scanned), **more)


def mail(
    subject: str = "济南市教育局+智慧助老", *parts: Part, text: str = "附件请查收。", sender: str = "clerk@jinan.test",
    message_id: str = "<1@jinan.test>", links: tuple[Link, ...] = (), quoted: str = "", references: tuple[str, ...] = (),
) -> MessageFacts:
    envelope = Envelope(message_id, subject, sender, to=("sdsqedu@163.com",), references=references)
    return MessageFacts(envelope, text=text, quoted=quoted, parts=parts, links=links, sha256=sha(message_id + subject))


def judged(facts: MessageFacts, *, received: datetime = FIRST_BATCH, id: int = 1, **case: object) -> Decision:  # noqa: A002
    """The decision about a mail, with whatever is known around it."""
    return decide(Case(id, facts, received, **case), rules())  # type: ignore[arg-type]


def codes(decision: Decision, severity: str | None = None) -> list[str]:
    return [f.code for f in decision.findings if severity is None or f.severity == severity]


def recorded(item: Item, id: int, message: int) -> Item:  # noqa: A002
    """The item as the ledger gives it back after message `message` was recorded."""

    def refs(found: tuple[FileRef, ...]) -> tuple[FileRef, ...]:
        return tuple(replace(ref, message=ref.message or message) for ref in found)

    return replace(item, id=id, scans=refs(item.scans), videos=refs(item.videos))
