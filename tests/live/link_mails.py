"""Mails whose course lies behind a share link: one for every row of the share service's verdict table (providers.md D11),
with what must come of each, written down before the program is asked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from tests.live.daemon_mails import CITIES, FIRST_BATCH, Expected, pair
from tests.support.mail_builder import compose
from tests.support.shares import Node, Share, video

UNIVERSITIES = (
    "山东大学", "山东师范大学", "曲阜师范大学", "青岛大学", "济南大学", "烟台大学", "聊城大学", "鲁东大学", "山东财经大学", "山东建筑大学", "山东农业大学", "临沂大学",
    "德州学院", "滨州学院", "菏泽学院", "泰山学院", "济宁学院", "潍坊学院", "枣庄学院", "山东体育学院", "山东艺术学院",
)  # fmt: skip
UNITS = (*CITIES, *UNIVERSITIES)
OPENED = "可以打开，提取码ab12有效"
DEAD = "百度网盘链接{url}已失效（分享已取消或文件已删除）。烦请重新分享，并发送新的链接与提取码。"
EXPIRED = "百度网盘链接{url}已过期。烦请重新分享，将期限设为永久有效，并发送新的链接与提取码。"
TIMED = "百度网盘链接{url}设有有效期。通知要求永久有效，烦请重新分享为永久有效，并发送新的链接与提取码。"
WRONG = "百度网盘链接{url}提取码“{code}”不正确，无法打开。烦请核对后重新发送链接与提取码。"
MISSING = "百度网盘链接{url}未附提取码。烦请补充该链接的提取码（四位）。"


@dataclass(frozen=True)
class Row:
    """One share and what must come of the mail that holds it. `sent`: how the mail gives the link, with {url}. `code`: the
    finding, empty for none; `state`: the link's. `text`: the sentence in the letter, or what its item list says."""

    name: str
    share: Share
    sent: str = "课程视频：{url} 提取码：ab12"
    code: str = ""
    state: str = "ok"
    text: str = OPENED
    tried: tuple[str, ...] = ("ab12",)
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"https://pan.baidu.com/s/{self.share.id}"


def share_id(number: int) -> str:
    return f"1LinkRow{number:02}abcdefghijKLM"


def _ids(rows: list[Row]) -> list[Row]:
    for number, row in enumerate(rows):
        row.share.id = share_id(number)
    return rows


def proved() -> list[Row]:
    """Shares about which the service says something certain."""
    days = 7 * 86400
    rows = [Row(f"alive, {form}", Share("", "ab12", form=form)) for form in ("locals-data", "window.locals", "mset", "setData", "shell")]
    rows += [
        Row("alive, term not told", Share("", "ab12", seconds=None)),
        Row("alive, numbers as text", Share("", "ab12", faults={"page": "strings"})),
        Row("alive, list in an object", Share("", "ab12", faults={"page": "file_list_object"})),
        Row("alive, list wants the key again", Share("", "ab12", form="shell", faults={"list": "-9"}), tried=("ab12", "ab12")),
        Row("public", Share("", None), "课程视频：{url}", text="可以打开", tried=()),
        Row("two codes, the second right", Share("", "ab12"), "课程视频：{url}?pwd=zz99 提取码：ab12", tried=("zz99", "ab12")),
        Row("code wrong", Share("", "ab12"), "视频：{url} 提取码：zz99", "link.code_wrong", "code_wrong", WRONG.replace("{code}", "zz99"), ("zz99",)),
        Row("both codes wrong", Share("", "ab12"), "视频：{url}?pwd=zz99 提取码：yy88", "link.code_wrong", "code_wrong",
            WRONG.replace("{code}", "zz99"), ("zz99", "yy88")),
        Row("code missing", Share("", "ab12"), "视频见 {url} 。", "link.code_missing", "code_missing", MISSING, ()),
        Row("never was", Share("", "ab12", state="never"), code="link.dead", state="dead", text=DEAD, tried=()),
        Row("seven days", Share("", "ab12", seconds=days), code="link.not_permanent", state="not_permanent", text=TIMED),
        Row("seven days, shell", Share("", "ab12", seconds=days, form="shell"), code="link.not_permanent", state="not_permanent", text=TIMED),
        Row("seven days, public", Share("", None, seconds=days), "视频：{url}", "link.not_permanent", "not_permanent", TIMED, ()),
        Row("expired", Share("", "ab12", state="expired"), code="link.expired", state="expired", text=EXPIRED, tried=()),
        Row("expired, as a number", Share("", None, state="expired", dead_data=True), "视频：{url}", "link.expired", "expired", EXPIRED, ()),
        Row("worn out", Share("", None, state="worn"), "视频：{url}", "link.dead", "dead", DEAD, ()),
    ]  # fmt: skip
    for state in ("deleted", "cancelled", "banned"):
        rows.append(Row(f"{state}, public", Share("", None, state=state, dead_data=True), "视频：{url}", "link.dead", "dead", DEAD, ()))
    for verify in "ABC":
        # The page that asks for the code does not know yet; what the code is answered differs from source to source.
        faults = {"init": "alive"}
        rows.append(Row(f"cancelled, verify {verify}", Share("", "ab12", state="cancelled", dead_verify=verify, faults=faults), code="link.dead",
                        state="dead", text=DEAD))  # fmt: skip
    rows.append(Row("no video", Share("", "ab12", tree=[Node("教案.docx"), Node("课件", children=[Node("讲义.pdf")])]), code="link.no_video"))
    rows.append(Row("empty folder", Share("", "ab12", tree=[Node("新建文件夹", children=[])]), code="link.no_video"))
    rows.append(Row("video two folders down", Share("", "ab12", tree=[Node("甲", children=[Node("乙", children=[video()])])])))
    return _ids(rows)


UNCLEAR = (
    "http403", "http404", "http500", "empty", "garbage", "no_errno", "array", "deep", "reset", "slow", "2", "140", "-6", "3", "115",
)  # fmt: skip
"""Faults of the endpoint that takes the code; none of them proves anything."""

PASSING = ("hidden", "backup", "upgrade", "restricted", "crowded", "frozen")
"""States of a share that may pass."""

CAPTCHA = ("-62", "html", "inner", "-65")
"""The service wants to be left alone, in four ways (the others: tests/intake/test_link_check_live.py)."""


def unclear() -> list[Row]:
    """Shares about which nothing certain can be learnt."""
    rows = [Row(f"verify {fault}", Share("", "ab12", faults={"verify": fault}), code="link.unchecked", state="unchecked") for fault in UNCLEAR]
    rows += [Row(f"page {state}", Share("", None, state=state), "视频：{url} 提取码：ab12", "link.unchecked", "unchecked") for state in PASSING]
    return _ids(rows)


def mail(row: Row, number: int, **more: object) -> Expected:
    """The mail of a row, and its record and letter once everything about it is known."""
    unit = UNITS[number]
    arrives = FIRST_BATCH + dt.timedelta(minutes=number)
    message_id = f"<link{number}@unit{number}.test>"
    raw = compose(
        ("foxmail", "qq", "163", "outlook", "coremail-edu")[number % 5], subject=f"{unit}+智慧助老",
        text=f"各位老师：\n{row.sent.format(url=row.url)}\n请查收。", files=pair(unit, "course"), sender=("王老师", f"office{number}@unit{number}.test"),
        message_id=message_id, date=arrives,
    )  # fmt: skip
    review = row.code in ("link.no_video", "link.unchecked")
    error = bool(row.code) and not review
    facts: dict[str, object] = {
        "verdict": "review" if review else "correction" if error else "accepted", "letter": "correction" if error else "receipt",
        "codes": frozenset({row.code} if error else ()), "says": (row.text.format(url=row.url),), **more,
    }  # fmt: skip
    return Expected(
        row.name, raw, unit=unit, sender=f"office{number}@unit{number}.test", arrives=arrives, items=("course",), message_id=message_id,
        **facts,  # type: ignore[arg-type]
    )
