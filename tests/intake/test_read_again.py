"""What a reader of the change found: letters that were no longer true, second answers, mails that decided each other for ever.
Each ran wrong on the real engine before its mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.codec import digest
from core.confirmed import confirmed
from core.ports import Refused
from core.records import AnswerRecord
from core.staff_plan import AboutItem, AboutMail, correction_plan
from intake.pipeline import Line, Pipeline
from storage.desk import Act, Desk
from storage.staff_letters import StaffLetters
from storage.whole import read_message
from tests.intake.link_world import ID, OTHER, OTHER_URL, UNIT, URL, LinkWorld
from tests.live.daemon_mails import pair, scan_pdf
from tests.support.fake_share import FakeShareService
from tests.support.mail_builder import File
from tests.support.shares import Share

pytestmark = pytest.mark.live
ANSWER = f"Re: {UNIT}+智慧助老"


def world(folder: Path, service: FakeShareService, mode: str = "send", **links: Any) -> LinkWorld:
    return LinkWorld(folder, service, answers={"mode": mode}, **links)


def letters_of(made: LinkWorld, number: int) -> list[tuple[str, str]]:
    record = next(one for one in made.records() if one["id"] == number)
    return [(answer["kind"], answer["state"]) for answer in record["answers"]]


def held_back(made: LinkWorld, mine: int) -> str:
    """Staff release their request a day later, and it stays a draft: the reason given."""
    made.turn(hours=20)
    made.engine.outbox.release_answers([mine], "李", made.clock.now)
    made.turn(minutes=1)
    row = made.engine.outbox.find_answer(mine)
    assert row is not None
    assert row.state == "draft"
    return row.reason or ""


def write_correction(made: LinkWorld, number: int, state: str, words: str = "请补正。") -> int:
    """Staff's own request for all that the mail is said to lack."""
    whole, campaign = read_message(made.engine.database, number), made.engine.setup.campaign
    row = whole.message
    about = AboutMail(row.reporting_unit, row.receipt_number, row.received_at, row.subject, row.batch)
    items = []
    for place, item in enumerate(whole.items):
        asked = (confirmed(one.finding, item="材料", subject="主题") for one in whole.findings if one.finding.item == place)
        items.append(AboutItem(item.content, (), False, tuple(found for found in asked if found is not None)))
    plan = correction_plan(campaign, about, items, [], words)
    answer = AnswerRecord(
        kind="correction", state=state, to="wang@jinan.test", subject="Re", message_id_header=f"<s{number}@x>",  # type: ignore[arg-type]
        plan_hash=digest(plan), not_before=made.clock.now, plan=plan, written_by="李", thread="",
    )  # fmt: skip
    return StaffLetters(made.engine.database).write(answer, made.clock.now, message_id=number).id


def act(made: LinkWorld) -> Act:
    return Act("李", made.clock.now, "x")


@pytest.mark.parametrize("mode", ["draft", "send"])
def test_two_mails_do_not_decide_each_other_for_ever(tmp_path: Path, service: FakeShareService, mode: str) -> None:
    service.add(Share(ID, "ab12", faults={"verify": "http500"}))
    made = world(tmp_path, service, mode)
    made.mail("材料见附件。", subject="智慧助老")
    made.engine.process()
    made.mail(f"补充视频链接：{URL} 提取码：ab12", files=[])
    engine, rounds = made.engine, [0]

    def enough() -> bool:
        rounds[0] += 1
        return rounds[0] > 40

    line = Line(engine.database, engine.ledger, engine.outbox, engine.reader, engine.looker, engine.office, engine.setup.clock, engine.owner, 3, 4)
    assert Pipeline(line).work(enough) <= 4
    assert rounds[0] <= 40


@pytest.mark.parametrize("between", [0, 6, 7])
def test_the_code_that_was_put_right_stays_right(tmp_path: Path, service: FakeShareService, between: int) -> None:
    made = world(tmp_path, service)
    files = pair(UNIT, "course")
    first = made.mail(f"视频：{URL} 提取码：zz99", files=files)
    made.turn()
    for number in range(between):
        made.mail("材料见附件", files=pair("青岛市教育局", "case", title=f"第{number}号案例某某"), unit="青岛市教育局", sender=f"q{number}@qd.test")
    made.turn(hours=1)
    made.mail(f"更正：{URL} 提取码：ab12", files=[], subject=ANSWER, in_reply_to=first)
    made.turn(hours=1)
    put_right = 2 + between
    assert letters_of(made, put_right) == [("receipt", "sent")]
    Desk(made.engine.database).reprocess([put_right], act(made))
    made.turn(minutes=1)
    assert letters_of(made, put_right) == [("receipt", "sent")]
    made.mail("重新扫描件见附件", files=[File(files[1].name, scan_pdf(4321))], subject=ANSWER, in_reply_to=first)
    made.turn(hours=1)
    assert letters_of(made, put_right + 1) == [("receipt", "sent")]


def test_staffs_request_waits_when_the_unit_has_complied(tmp_path: Path, service: FakeShareService) -> None:
    made = world(tmp_path, service, "draft")
    files = pair(UNIT, "case")
    made.mail("材料见附件", files=files[:1])
    made.turn()
    mine = write_correction(made, 1, "draft")
    made.turn(minutes=5)
    made.mail("补发扫描件", files=files[1:])
    assert "再看一遍" in held_back(made, mine)
    made.engine.outbox.release_answers([mine], "李", made.clock.now)
    made.turn(minutes=1)
    assert made.engine.outbox.find_answer(mine).state == "sent", "a person has looked since"  # type: ignore[union-attr]


def test_of_two_points_one_is_mended(tmp_path: Path, service: FakeShareService) -> None:
    made = world(tmp_path, service, "draft")
    case, training = pair(UNIT, "case"), pair(UNIT, "training")
    made.mail("材料见附件", files=[case[0], training[0]])
    made.turn()
    mine = write_correction(made, 1, "draft")
    made.turn(minutes=5)
    made.mail("补发扫描件", files=case[1:])
    held_back(made, mine)


def test_no_receipt_goes_beside_staffs_own_request(tmp_path: Path, service: FakeShareService) -> None:
    made = world(tmp_path, service, "draft")
    made.mail("材料见附件", files=pair(UNIT, "case"))
    made.turn()
    write_correction(made, 1, "waiting", "扫描件未见公章，烦请盖章后重新扫描发送。")
    made.turn(minutes=1)
    Desk(made.engine.database).reprocess([1], act(made))
    made.turn(minutes=1)
    assert letters_of(made, 1) == [("receipt", "suppressed"), ("correction", "sent")]


def test_no_receipt_follows_staffs_request_when_the_link_is_found(tmp_path: Path, service: FakeShareService) -> None:
    made = world(tmp_path, service)
    service.shares[ID].faults["verify"] = "http500"
    made.mail(f"视频：{URL} 提取码：ab12")
    made.turn()
    write_correction(made, 1, "waiting", "扫描件未见公章，烦请盖章后重新扫描发送。")
    made.turn(minutes=1)
    service.shares[ID].faults.clear()
    for _ in range(3):
        made.turn(hours=1)
    assert letters_of(made, 1) == [("correction", "sent")]


def test_a_failed_letter_gives_way_to_the_next_one(tmp_path: Path, service: FakeShareService) -> None:
    made = world(tmp_path, service)
    files = pair(UNIT, "case")
    made.sender.outcomes["wang@jinan.test"] = Refused("550 mailbox full")
    made.mail("材料见附件", files=files[:1])
    made.turn()
    made.turn(hours=1)
    assert letters_of(made, 1) == [("correction", "failed")]
    made.sender.outcomes.clear()
    made.mail("补发扫描件", files=files[1:])
    made.turn(hours=20)
    failed = [row.id for row in read_message(made.engine.database, 1).answers if row.kind == "correction"]
    assert made.engine.outbox.release_answers(failed, "李", made.clock.now) == (), "its scan lies there by now"
    Desk(made.engine.database).reprocess([1, 2], act(made))
    made.turn(minutes=1)
    assert [state for kind, state in letters_of(made, 1) if kind == "correction"] == ["suppressed"]
    assert letters_of(made, 2) == [("receipt", "sent")]


def test_a_failed_letter_is_kept_when_nothing_changed(tmp_path: Path, service: FakeShareService) -> None:
    made = world(tmp_path, service)
    made.sender.outcomes["wang@jinan.test"] = Refused("550 mailbox full")
    made.mail("材料见附件", files=pair(UNIT, "case")[:1])
    made.turn()
    made.turn(hours=1)
    Desk(made.engine.database).reprocess([1], act(made))
    made.turn(minutes=1)
    assert letters_of(made, 1) == [("correction", "failed")]


def test_an_answer_in_words_is_no_repetition(tmp_path: Path, service: FakeShareService) -> None:
    made = world(tmp_path, service)
    files = pair(UNIT, "case")
    first = made.mail("材料见附件", files=files, subject="社区学院+智慧助老")
    made.turn()
    assert made.record(0)["verdict"] == "review"
    made.mail("您好，报送单位全称为：济南市历下区社区学院。附件一并再发一次。", files=files, subject="Re: 社区学院+智慧助老", in_reply_to=first)
    made.turn(hours=1)
    assert made.record(1)["kind"] == "submission"


def test_nothing_waits_for_a_check_that_was_switched_off(tmp_path: Path, service: FakeShareService) -> None:
    service.add(Share(ID, "ab12", faults={"verify": "http500"}))
    made = world(tmp_path, service)
    made.mail(f"视频：{URL} 提取码：ab12")
    made.turn()
    assert made.record(0)["verdict"] == "pending"
    made.engine.close()
    later = world(tmp_path, service, check=False)
    later.clock.now = made.clock.now
    Desk(later.engine.database).reprocess([1], act(later))
    later.turn(minutes=1)
    assert later.record(0)["verdict"] != "pending"


def test_a_link_that_opens_again_is_no_loss_to_be_told(tmp_path: Path, service: FakeShareService) -> None:
    made = world(tmp_path, service, "draft", notify_dead=True)
    made.mail(f"视频：{URL} 提取码：ab12")
    made.turn()
    made.lose(service.shares[ID])
    told = [row.id for row in read_message(made.engine.database, 1).answers if row.kind == "link_dead"]
    assert len(told) == 1
    service.add(Share(ID, "ab12"))
    made.turn(days=8)
    made.turn(days=8)
    made.engine.outbox.release_answers(told, "李", made.clock.now)
    made.turn(minutes=1)
    assert dict(letters_of(made, 1))["link_dead"] == "suppressed"


def test_a_share_that_asks_for_a_code_by_now_is_told_and_stops_nothing(tmp_path: Path, service: FakeShareService) -> None:
    service.add(Share(OTHER, None))
    made = world(tmp_path, service, "draft", notify_dead=True)
    made.mail(f"视频：{OTHER_URL}")
    made.turn()
    service.add(Share(OTHER, "cd34"))
    made.turn(minutes=11)
    made.turn(days=8)
    made.turn(minutes=20)
    (row,) = [row for row in read_message(made.engine.database, 1).answers if row.kind == "link_dead"]
    assert "提取码" in row.text
