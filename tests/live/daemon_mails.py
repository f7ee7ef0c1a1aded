"""Forty-odd mails as offices send them, each with what must come of it, written down before the program is asked.

Every mail has a reporting unit and a sender of its own, so that none is a later version of another unless it says so.
"""

from __future__ import annotations

import datetime as dt
import functools
import io
import random
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw

from tests.support.archive_builder import zip_bytes
from tests.support.form_builder import CASE, COURSE, TRAINING, build
from tests.support.mail_builder import File, History, compose

CHINA = dt.timezone(dt.timedelta(hours=8))
FIRST_BATCH = dt.datetime(2021, 11, 8, 9, 0, tzinfo=CHINA)
SECOND_BATCH = dt.datetime(2021, 11, 12, 9, 0, tzinfo=CHINA)
LINK = "https://pan.baidu.com/s/1aBcDeFgHiJkLmNoPqRsTuV"
CITIES = (
    "济南市教育局", "青岛市教育局", "淄博市教育局", "枣庄市教育局", "东营市教育局", "烟台市教育局", "潍坊市教育局", "济宁市教育局", "泰安市教育局",
    "威海市教育局", "日照市教育局", "临沂市教育局", "德州市教育和体育局", "聊城市教育和体育局", "滨州市教育局", "菏泽市教育局",
)  # fmt: skip
NAMES = {"case": "典型案例", "training": "典型培训项目", "course": "典型课程资源"}
SAMPLES = {"case": CASE, "training": TRAINING, "course": COURSE}


@dataclass(frozen=True)
class Expected:
    """One mail and what must come of it. `codes`: its findings of severity error, exactly. `letter`: receipt,
    correction or None. `items`: how many of each category."""

    name: str
    raw: bytes
    verdict: str = "accepted"
    unit: str | None = None
    letter: str | None = "receipt"
    codes: frozenset[str] = frozenset()
    kind: str = "submission"
    sender: str = ""
    arrives: dt.datetime = FIRST_BATCH
    batch: int | None = 1
    items: tuple[str, ...] = ("case",)
    message_id: str | None = None
    says: tuple[str, ...] = field(default=())


@functools.cache
def scan_pdf(seed: int) -> bytes:
    """A page that is a picture, unlike every other one."""
    page = Image.new("L", (620, 877), 250)
    draw, chance = ImageDraw.Draw(page), random.Random(seed)
    for row in range(80, 800, 24):
        draw.line((60, row, 60 + chance.randrange(100, 500), row), fill=60, width=3)
    out = io.BytesIO()
    page.save(out, "PDF")
    return out.getvalue()


@functools.cache
def form(unit: str, category: str = "case", layout: str = "template", **changes: str) -> bytes:
    values = {**SAMPLES[category], "title": f"{unit}的助老{NAMES[category]}", "applicant_unit": unit, **changes}
    return build(category, layout, values)


def pair(unit: str, category: str = "case", layout: str = "template", **changes: str) -> list[File]:
    """The Word form and the scan, named as the notice asks."""
    seed = sum(ord(letter) for letter in unit + category)
    return [
        File(f"{unit}+{NAMES[category]}.docx", form(unit, category, layout, **changes)),
        File(f"{unit}+{NAMES[category]}.pdf", scan_pdf(seed)),
    ]


class _Post:
    """Gives every mail its sender, its Message-ID and its minute."""

    def __init__(self) -> None:
        self.mails: list[Expected] = []

    def add(
        self, name: str, client: str, subject: str, files: list[File], *, text: str = "各位老师：材料见附件，请查收。", raw: bytes | None = None,
        how: str = "new", history: History | None = None, headers: tuple[tuple[str, str], ...] = (), sender: str | None = None,
        arrives: dt.datetime | None = None, message_id: str | None = None, **expected: object,
    ) -> None:
        number = len(self.mails)
        sender = sender or f"office{number}@unit{number}.test"
        message_id = message_id or f"<m{number}.{client}@unit{number}.test>"
        arrives = arrives or FIRST_BATCH + dt.timedelta(minutes=number)
        raw = raw or compose(
            client, subject=subject, text=text, files=files, sender=(f"王老师{number}", sender), how=how, history=history,
            message_id=message_id, headers=headers, date=arrives,
        )
        self.mails.append(Expected(
            name, raw, sender=sender, arrives=arrives, message_id=message_id, **expected,  # type: ignore[arg-type]
        ))

    def faulty(self, name: str, client: str, unit: str, files: list[File], code: str, *, subject: str | None = None, **more: object) -> None:
        """A submission with exactly one kind of fault."""
        given = {"verdict": "correction", "letter": "correction", "unit": unit, "codes": frozenset({code}), **more}
        self.add(name, client, subject or f"{unit}+智慧助老", files, **given)  # type: ignore[arg-type]

    def noise(self, name: str, client: str, subject: str, kind: str = "unrelated", **more: object) -> None:
        """Recorded, never answered."""
        given = {"verdict": "ignored", "letter": None, "kind": kind, "items": (), "batch": None, **more}
        self.add(name, client, subject, [], **given)  # type: ignore[arg-type]


def mails() -> list[Expected]:
    """All of them, in order of arrival."""
    return list(_all())


@functools.cache
def _all() -> tuple[Expected, ...]:
    post = _Post()
    _right(post)
    _wrong(post)
    _noise(post)
    return tuple(post.mails)


def _right(post: _Post) -> None:
    clients = ("foxmail", "qq", "163", "outlook", "126", "coremail-edu", "apple", "iphone", "thunderbird", "mailmaster", "phone", "gmail",
               "alimail", "139", "sina", "raw-gbk")  # fmt: skip
    layouts = ("template", "merged", "nested", "controls", "two_tables", "wps", "word97", "below", "sideways", "plain")
    for number, (unit, client) in enumerate(zip(CITIES, clients, strict=True)):
        category = ("case", "training")[number % 2]
        files = pair(unit, category, layouts[number % len(layouts)])
        post.add(f"right {client}", client, f"{unit}+智慧助老", files, unit=unit, items=(category,))
    both = [*pair("山东大学"), *pair("山东大学", "training")]
    post.add("two items", "foxmail", "山东大学+智慧助老", both, unit="山东大学", items=("case", "training"))
    packed = [File("材料.zip", zip_bytes([(file.name or "", file.data) for file in pair("济南大学")]))]
    post.add("zip", "qq", "济南大学+智慧助老", packed, unit="济南大学")
    post.add("video with its link", "163", "烟台大学+智慧助老", pair("烟台大学", "course"), unit="烟台大学", items=("course",),
             text=f"视频见百度网盘，永久有效。\n链接：{LINK}\n提取码：ab12")
    post.add("reply with quoted history", "qq", "青岛大学+智慧助老", pair("青岛大学"), unit="青岛大学", how="reply", history=History(
        text="老师好，请补充盖章扫描件。链接: https://pan.baidu.com/s/1OldOldOldOldOldOldOldO"))
    post.add("full-width plus", "outlook-exchange", "鲁东大学＋智慧助老", pair("鲁东大学"), unit="鲁东大学")
    post.add("second batch", "foxmail", "聊城大学+智慧助老", pair("聊城大学"), unit="聊城大学", arrives=SECOND_BATCH, batch=2)
    late = SECOND_BATCH + dt.timedelta(hours=1)
    post.add("late for the batch it names", "163", "山东体育学院+智慧助老（第一批）", pair("山东体育学院"), unit="山东体育学院", arrives=late, batch=2)
    post.add("topic first", "phone", "智慧助老+山东财经大学", pair("山东财经大学", layout="wps"), unit="山东财经大学")
    post.add("short name", "gmail", "中石大+智慧助老", pair("中国石油大学（华东）", layout="nested"), unit="中国石油大学（华东）")
    packed = [File("材料.zip", zip_bytes([(file.name or "", file.data) for file in pair("山东艺术学院")], names="gbk"))]
    post.add("zip with GBK names", "foxmail", "山东艺术学院+智慧助老", packed, unit="山东艺术学院")


def _wrong(post: _Post) -> None:
    post.faulty("no scan", "foxmail", "山东师范大学", pair("山东师范大学")[:1], "scan.missing")
    post.faulty("no Word form", "qq", "曲阜师范大学", pair("曲阜师范大学")[1:], "form.missing")
    unit = "山东建筑大学"
    post.faulty("no contact's phone", "163", unit, pair(unit, contact_phone=""), "form.field_missing", says=("联系电话",))
    unit = "山东农业大学"
    post.faulty("no consent", "foxmail", unit, pair(unit, "course", consent="□同意 □不同意"), "course.consent_missing", items=("course",),
                text=f"链接：{LINK[:-1]}W 提取码：cd34")
    unit = "临沂大学"
    post.faulty("no code", "126", unit, pair(unit, "course"), "link.code_missing", items=("course",), text=f"视频：{LINK[:-1]}X")
    unit = "德州学院"
    post.faulty("no video", "qq", unit, pair(unit, "course"), "course.video_missing", items=("course",))
    unit = "滨州学院"
    post.faulty("not shared, no address", "foxmail", unit, pair(unit, "course", consent="不同意"), "course.address_missing", items=("course",))
    unit = "菏泽学院"
    blank = (Path(__file__).resolve().parents[2] / "core/data/forms/form-case.docx").read_bytes()
    post.faulty("blank form", "foxmail", unit, [File(f"{unit}+典型案例.docx", blank), pair(unit)[1]], "form.blank")
    unit = "泰山学院"
    post.faulty("nothing attached", "163", unit, [], "mail.empty", items=())
    unit = "济宁学院"
    post.faulty("subject without topic", "foxmail", unit, pair(unit), "subject.no_topic", subject=unit, says=(f"{unit}+智慧助老",))
    unit = "潍坊学院"
    post.faulty("locked zip", "qq", unit, [*pair(unit), File("佐证.zip", zip_bytes([("a.docx", b"x" * 900)], password=b"123"))],
                "attachment.unreadable")
    unit = "枣庄学院"
    post.faulty("program attached", "foxmail", unit, [*pair(unit), File("报送系统.exe", b"MZ" + bytes(4000))], "attachment.blocked")


def _noise(post: _Post) -> None:
    post.noise("advertisement", "foxmail", "（AD）专业代开发票，优惠进行中", text="本公司可代开各类发票，欢迎来电。")
    post.noise("question", "qq", "请问截止时间", text="请问第二批材料什么时候截止？")
    post.noise("vacation", "outlook-exchange", "自动答复: 济南市教育局+智慧助老", "auto_reply", text="我正在休假，11月20日返岗。",
               headers=(("Auto-Submitted", "auto-replied"),))
    post.noise("mailing list", "foxmail", "教育信息化周刊 第45期", text="本期要目", headers=(
        ("List-Id", "<weekly.example.test>"), ("Precedence", "bulk")))
    bounce = (
        b"From: MAILER-DAEMON@163.com\r\nTo: office@example.test\r\nMessage-ID: <dsn1@163.com>\r\nSubject: =?utf-8?b?57O757uf6YCA5L+h?=\r\n"
        b"Auto-Submitted: auto-generated\r\nReturn-Path: <>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nfailed\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; 163.com\r\n\r\n"
        b"Final-Recipient: rfc822; x@y.test\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    )
    post.noise("bounce", "foxmail", "", "bounce", raw=bounce, sender="mailer-daemon@163.com", message_id="<dsn1@163.com>")
    again = next(mail for mail in post.mails if mail.name == "zip")
    post.noise("sent twice", "qq", "", "duplicate", raw=again.raw, sender=again.sender, unit=again.unit, batch=1,
               message_id=again.message_id)
