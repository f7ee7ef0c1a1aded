"""The daemon against the share service: a mail for every row of its verdict table, each record and letter compared with
what was written down before. Only proof makes an error letter; everything else is asked again, and at last is a person's."""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.live.daemon_mails import Expected, pair
from tests.live.daemon_world import World, compare
from tests.live.dying import cycle
from tests.live.link_mails import CAPTCHA, OPENED, Row, mail, proved, unclear
from tests.support.fake_share import FakeShareService
from tests.support.mail_builder import compose
from tests.support.shares import Share

pytestmark = pytest.mark.live

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def service() -> Iterator[FakeShareService]:
    fake = FakeShareService()
    fake.wrong_before_captcha = 1000
    with fake.running():
        yield fake


def switch_on(world: World, service: FakeShareService, **options: object) -> None:
    """The link check, against the stand-in."""
    given = {"check": True, "base_url": service.url, "per_minute": 100_000, "timeout": 2, **options}
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in given.items())
    text = world.config.read_text("utf-8")
    head, _, rest = text.partition("[links]\n")
    world.config.write_text(f"{head}[links]\n{lines}\n" + rest.split("\n", 1)[1], "utf-8")


def bring(world: World, service: FakeShareService, rows: list[Row]) -> list[Expected]:
    """The shares stand, the mails arrive."""
    for row in rows:
        service.add(row.share)
    expected = [mail(row, number) for number, row in enumerate(rows)]
    world.put(*expected)
    return expected


def settled(world: World, count: int, letters: int) -> bool:
    return world.filed() == count and len(world.smtp.delivered) >= letters


def states(world: World) -> list[str]:
    return [state for (state,) in world.sql("SELECT state FROM link ORDER BY id")]


def test_every_row_of_the_verdict_table(world: World, service: FakeShareService) -> None:
    rows = proved()
    switch_on(world, service)
    expected = bring(world, service, rows)
    with world.running():
        world.wait(lambda: settled(world, len(rows), len(rows)), "all mails answered", 240)
    exported = [json.loads(line) for line in world.command("export", "jsonl").stdout.splitlines()]
    assert compare(exported, world.letters(), expected) == []
    for row, record in zip(rows, exported, strict=True):
        reviews = {f["code"] for f in record["findings"] if f["severity"] == "review"}
        assert reviews == ({row.code} if row.code == "link.no_video" else set()), row.name
        assert [link["state"] for link in record["links"]] == [row.state], row.name
        assert service.codes_tried(row.share.id) == list(row.tried), row.name
    assert world.alerts() == {}
    told = world.command("links").stdout
    assert "正常" in told
    assert "非永久" in told


def test_nothing_but_proof_makes_an_error(world: World, service: FakeShareService) -> None:
    rows = unclear()
    switch_on(world, service, retries=2, first_pause=10)
    bring(world, service, rows)
    with world.running():
        world.wait(lambda: world.filed() == len(rows), "all mails looked at", 240)
    records = world.records()
    assert {record["verdict"] for record in records} == {"pending"}
    assert world.smtp.delivered == []
    pauses = [pause_minutes(world)]
    assert all(8.5 <= pause <= 12.5 for pause in pauses[0])
    assert len({round(pause, 3) for pause in pauses[0]}) > len(rows) // 2, "spread by chance"
    world.once(dt.timedelta(minutes=13))
    pauses.append([pause for pause in pause_minutes(world) if pause > 13])
    assert len(pauses[1]) == len(rows)
    assert min(pauses[1]) > 13 + max(pauses[0]) * 1.3, "the pauses grow"
    assert world.smtp.delivered == []
    world.once(HOUR)
    records = world.records()
    assert {record["verdict"] for record in records} == {"review"}
    assert {f["code"] for record in records for f in record["findings"] if f["severity"] == "error"} == set()
    assert all([f["code"] for f in record["findings"] if f["severity"] == "review"] == ["link.unchecked"] for record in records)
    letters = Counter(str(letter["In-Reply-To"]) for letter in world.letters())
    assert set(letters.values()) == {1}
    assert len(letters) == len(rows)
    for letter in world.letters():
        text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "补正" not in text
        assert "按程序核验" in text
    assert set(states(world)) == {"unchecked"}
    asked = len(service.asked)
    world.once(dt.timedelta(days=2))
    assert len(service.asked) == asked, "no more after the last try"

    person_decides(world, records)


def pause_minutes(world: World) -> list[float]:
    """Minutes from now to the next try of every link that waits for one."""
    now = dt.datetime.now(dt.UTC)
    rows = world.sql("SELECT next_check_at FROM link WHERE next_check_at IS NOT NULL")
    moments = [value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(str(value)) for (value,) in rows]
    return [((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)) - now).total_seconds() / 60 for moment in moments]


def person_decides(world: World, records: list[dict[str, object]]) -> None:
    """What nobody could find out a person settles: good needs no further letter, bad is told once."""
    sent = len(world.smtp.delivered)
    world.command("link", "1", "--ok")
    world.command("link", "2", "--bad", "dead")
    world.command("link", "3", "--bad", "提取码不对，电话核实")
    for _ in range(3):
        world.once(dt.timedelta(days=3))
    after = world.records()
    assert [record["verdict"] for record in after[:4]] == ["accepted", "correction", "correction", "review"]
    assert [[a["kind"] for a in record["answers"] if a["state"] == "sent"] for record in after[:4]] == [
        ["receipt"], ["receipt", "correction"], ["receipt", "correction"], ["receipt"],
    ]  # fmt: skip
    assert len(world.smtp.delivered) == sent + 2
    texts = [letter.get_body(("plain",)).get_content() for letter in world.letters()[sent:]]  # type: ignore[union-attr]
    assert any("已失效" in text for text in texts)
    assert any("提取码“ab12”不正确" in text for text in texts)
    assert "人工" in world.command("link", "3").stdout


@pytest.mark.parametrize("fault", CAPTCHA)
def test_a_service_that_wants_its_peace_gets_it(world: World, service: FakeShareService, fault: str) -> None:
    rows = [row for row in proved() if row.name.startswith(("alive, locals", "cancelled, verify A", "seven days"))][:3]
    switch_on(world, service)
    service.faults["verify"] = fault
    expected = bring(world, service, rows)
    world.once()
    assert {record["verdict"] for record in world.records()} == {"pending"}
    verified = service.paths().count("POST /share/verify")
    assert verified == 1, "after the first sign nobody is asked"
    assert world.smtp.delivered == []
    service.faults.clear()
    for _ in range(3):
        world.once(dt.timedelta(hours=2))
    assert compare(world.records(), world.letters(), expected) == []


def test_a_mail_with_another_fault_is_not_kept_waiting(world: World, service: FakeShareService) -> None:
    """The scan is missing whatever the service says; when it answers, no second letter about the same mail."""
    (row,) = [Row("alive", Share("1LinkRowWaitabcdefghiKL", "ab12", faults={"verify": "http500"}))]
    service.add(row.share)
    switch_on(world, service)
    faulty = mail(row, 0, verdict="correction", letter="correction", codes=frozenset({"scan.missing"}), says=())
    cut = faulty.raw.split(b"Content-Type: application/pdf")[0]  # the scan is the last part
    boundary = faulty.raw.rsplit(b"\r\n--", 1)[1].split(b"--")[0]
    world.put(replace(faulty, raw=cut.rsplit(b"\r\n--", 1)[0] + b"\r\n--" + boundary + b"--\r\n"))
    world.once()
    assert [letter["Subject"] is not None for letter in world.letters()] == [True]
    row.share.faults.clear()
    world.once(HOUR)
    world.once(2 * HOUR)
    assert len(world.letters()) == 1
    assert compare(world.records(), world.letters(), [faulty]) == []
    assert states(world) == ["ok"]


def test_one_letter_for_two_mails_that_waited_for_one_link(world: World, service: FakeShareService) -> None:
    """The form with its link, and its scan some minutes later: both wait for the same check, one letter answers both."""
    row = Row("alive", Share("1LinkRowTwinabcdefghiKL", "ab12", faults={"verify": "http500"}))
    service.add(row.share)
    switch_on(world, service)
    first, second = halves(row)
    world.put(first, second)
    with world.running():
        world.wait(lambda: world.filed() == 2, "both looked at")
    assert world.smtp.delivered == []
    row.share.faults.clear()
    for later in (1, 2, 3):
        world.once(later * HOUR)
    letters = world.letters()
    assert len(letters) == 1, [letter["Subject"] for letter in letters]
    assert letters[0]["In-Reply-To"] == second.message_id
    text = letters[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert OPENED in text
    assert {record["verdict"] for record in world.records()} == {"accepted"}


def halves(row: Row) -> tuple[Expected, Expected]:
    """A course's form and link in one mail, its scan in the next."""
    from_start = mail(row, 0)
    return with_files(row, from_start, slice(0, 1), 0), with_files(row, from_start, slice(1, 2), 1)


def with_files(row: Row, like: Expected, which: slice, number: int) -> Expected:
    text = row.sent.format(url=row.url) if number == 0 else "补发盖章扫描件。"
    message_id = f"<half{number}@unit0.test>"
    arrives = like.arrives + dt.timedelta(minutes=number)
    raw = compose(
        "foxmail", subject=f"{like.unit}+智慧助老", text=text, files=pair(like.unit or "", "course")[which], sender=("王老师", like.sender),
        message_id=message_id, date=arrives,
    )  # fmt: skip
    return replace(like, raw=raw, message_id=message_id, arrives=arrives)


# Killed ----------------------------------------------------------------------------------------------------------

FIRST = [
    ("intake.looking:Looker.ask", "before"), ("intake.looking:Looker.ask", "after"),
]  # fmt: skip
AGAIN = [
    ("storage.link_queue:LinkQueue.claim_due_link", "after"), ("intake.link_check:LinkChecker.check", "after"),
    ("storage.link_queue:LinkQueue.record_link_report", "before"), ("storage.link_queue:LinkQueue.record_link_report", "after"),
]  # fmt: skip


def killed(world: World, place: str, when: str) -> None:
    """A cycle that dies there the first time it comes by."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["tests.live.dying"])
    process = server.Process(target=cycle, args=(world.config, place, 1, when))
    process.start()
    process.join(90)
    assert process.exitcode == -signal.SIGKILL, f"{place} was never reached: {process.exitcode}"


@pytest.mark.parametrize(("place", "when"), FIRST)
def test_killed_while_it_looks(world: World, service: FakeShareService, place: str, when: str) -> None:
    rows = [row for row in proved() if row.name in ("alive, shell", "seven days")]
    switch_on(world, service)
    expected = bring(world, service, rows)
    killed(world, place, when)
    assert world.smtp.delivered == []
    world.once(HOUR)
    world.once(2 * HOUR)
    assert compare(world.records(), world.letters(), expected) == []


@pytest.mark.parametrize(("place", "when"), AGAIN)
def test_killed_while_it_asks_again(world: World, service: FakeShareService, place: str, when: str) -> None:
    rows = [row for row in proved() if row.name in ("alive, shell", "seven days")]
    switch_on(world, service)
    service.faults["verify"] = "http500"
    expected = bring(world, service, rows)
    world.once()
    service.faults.clear()
    world.sql("UPDATE link SET next_check_at = checked_at")
    killed(world, place, when)
    world.once(HOUR)
    world.once(2 * HOUR)
    assert compare(world.records(), world.letters(), expected) == []


@pytest.mark.parametrize(("place", "when"), [
    ("storage.link_watch:LinkWatch.begin", "after"), ("storage.link_watch:LinkWatch.record_look", "before"),
    ("storage.link_watch:LinkWatch.record_look", "after"), ("storage.watch:Watch.raise_alert", "before"),
    ("storage.link_watch:LinkWatch.tell", "before"), ("storage.link_watch:LinkWatch.tell", "after"),
])  # fmt: skip
def test_killed_while_it_looks_again(world: World, service: FakeShareService, place: str, when: str) -> None:
    (row,) = [row for row in proved() if row.name == "alive, shell"]
    switch_on(world, service, notify_dead=True, recheck_until=100_000)
    bring(world, service, [row])
    if "begin" not in place:
        world.once()
        world.once()
        row.share.state = "cancelled"
        world.sql("UPDATE link SET next_check_at = checked_at")
    killed(world, place, when)
    world.once(HOUR)
    row.share.state = "cancelled"
    world.once(dt.timedelta(days=9))
    world.once(dt.timedelta(days=18))
    kinds = [answer["kind"] for answer in world.records()[0]["answers"] if answer["state"] == "sent"]
    assert kinds == ["receipt", "link_dead"]
    assert len(world.letters()) == 2
    assert list(world.alerts()) == ["link.lost:1"]
