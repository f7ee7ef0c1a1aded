"""The daemon as it is installed, with seals and text of scans looked at: every other test of the whole program switches them off
to be quick. A scan, a telephone's photograph, a page without its seal: each verdict, each letter."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from baosong.config import load_configuration
from tests.live.daemon_mails import FIRST_BATCH, Expected
from tests.live.daemon_world import World, compare
from tests.support import corpus_papers as papers
from tests.support.corpus_papers import Paper
from tests.support.form_pages import form_pages, pdf_of
from tests.support.mail_builder import File, compose
from tests.support.scan_builder import photo

pytestmark = [pytest.mark.live, pytest.mark.slow]
SWITCHED_OFF = "[scan]\nocr = false\nseals = false\n"


def brings(number: int, unit: str, paper: Paper, scan: File, **expected: object) -> Expected:
    message_id, sender, arrives = f"<scan{number}@scans.test>", f"office{number}@scans.test", FIRST_BATCH + dt.timedelta(minutes=number)
    raw = compose(
        "foxmail", subject=f"{unit}+智慧助老", text="材料见附件。", files=[File(f"{paper.unit}+典型案例.docx", papers.word(paper)), scan],
        sender=("王老师", sender), message_id=message_id, date=arrives,
    )  # fmt: skip
    return Expected(scan.name or "", raw, unit=unit, sender=sender, arrives=arrives, message_id=message_id, **expected)  # type: ignore[arg-type]


def three() -> list[Expected]:
    scanned = Paper("case", "济南市历下区社区教育学院", "银龄智能手机课堂")
    taken = Paper("case", "青岛市崂山区社区学院", "崂山茶乡助老班")
    bare = Paper("case", "威海市环翠区社区学院", "海草房里的数字课")
    page = photo(form_pages(taken, seal=True, count=1)[0], np.random.default_rng(8), quality=85)
    return [
        brings(1, "济南市教育局", scanned, File("扫描件.pdf", pdf_of(form_pages(scanned, seal=True, count=1)))),
        brings(2, "青岛市教育局", taken, File("IMG_2041.jpg", papers.jpeg(page, 85))),
        brings(3, "威海市教育局", bare, File("盖章件.pdf", pdf_of(form_pages(bare, seal=False, count=1))), verdict="correction", letter="correction",
               codes=frozenset({"scan.no_seal"}), says=("未见申报单位公章", bare.title)),
    ]  # fmt: skip


@pytest.mark.timeout(300)
def test_scans_are_looked_at_as_installed(world: World) -> None:
    text = world.config.read_text("utf-8")
    assert SWITCHED_OFF in text
    world.config.write_text(text.replace(SWITCHED_OFF, "").replace("processes = 2", "processes = 1"), "utf-8")  # one engine to load
    scan = load_configuration(world.config).settings.scan
    assert (scan.ocr, scan.seals) == (True, True), "the defaults"
    expected = three()
    world.put(*expected)
    with world.running():
        world.wait(lambda: world.filed() == 3 and len(world.smtp.delivered) >= 3, "all three answered", 240)
    records = world.records()
    assert compare(records, world.letters(), expected) == []
    items = {record["message_id"]: record["items"][0] for record in records}
    seen = [(items[mail.message_id]["seal"], items[mail.message_id]["scan_matches_word"], items[mail.message_id]["state"]) for mail in expected]
    assert seen == [("present", "yes", "complete"), ("present", "yes", "complete"), ("absent", "yes", "incomplete")]
