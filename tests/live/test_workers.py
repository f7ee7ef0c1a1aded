"""Processing on other machines: one `run` that only fetches and sends, `worker` processes on a real PostgreSQL, killed and
stopped in the middle. What comes of the mails is what comes of them in a single process."""

from __future__ import annotations

import contextlib
import datetime as dt
import multiprocessing
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from baosong.cli import program_version
from baosong.config import load_configuration
from baosong.context import Context
from baosong.engine_setup import engine_setup
from baosong.worker_command import worker_setup
from intake.daemon import Daemon
from intake.engine import Engine, Setup
from intake.worker import Worker
from staff.console import Failure
from storage.database import open_database
from storage.migrate import upgrade
from tests.live.daemon_mails import FIRST_BATCH, Expected, mails, pair
from tests.live.daemon_world import World, compare
from tests.live.dying import work
from tests.support.mail_builder import compose

pytestmark = [pytest.mark.live, pytest.mark.fault]

VERSIONED = ("山东理工大学", "山东农业大学", "齐鲁工业大学", "山东建筑大学", "潍坊学院", "泰山学院")


def versions(unit: str, minute: int) -> list[Expected]:
    """Two mails of one sender: a form, and the form that takes its place."""
    made = []
    for number, phone in enumerate(("13800000000", "13900000000")):
        arrives = FIRST_BATCH + dt.timedelta(hours=2, minutes=minute + number)
        message_id = f"<{minute}.{number}@versions.test>"
        raw = compose(
            "foxmail", subject=f"{unit}+智慧助老", text=f"第{number + 1}稿，请查收。", files=pair(unit, leader_phone=phone),
            sender=("王老师", f"v{minute}@versions.test"), message_id=message_id, date=arrives,
        )
        made.append(Expected(f"version {number} of {unit}", raw, unit=unit, arrives=arrives, message_id=message_id))
    return made


def chosen() -> tuple[list[Expected], list[Expected]]:
    """Mails with what must come of each, and mails that replace each other."""
    plain = [mail for number, mail in enumerate(mails()) if number % 2 == 0 or mail.name in ("zip", "sent twice")]
    pairs = [mail for minute, unit in enumerate(VERSIONED) for mail in versions(unit, minute * 3)]
    assert len(plain) + len(pairs) >= 34
    return plain, pairs


class Farm:
    """The daemon's machine is `world`; workers are processes with the same configuration."""

    def __init__(self, world: World, url: str) -> None:
        self.world = world
        world.database = url
        world.write_config()
        text = world.config.read_text("utf-8")
        world.config.write_text(text.replace("[workers]", "[workers]\nlocal = false"), "utf-8")

    def worker(self, *options: str) -> subprocess.Popen[bytes]:
        world = self.world
        log = (world.folder / f"run-worker-{len(world.processes)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", "baosong", "--config", str(world.config), "worker", *options],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=world.folder, env=world.environment,
        )
        world.processes.append(process)
        return process

    def workers(self) -> int:
        return self.world.count("SELECT count(*) FROM heartbeat WHERE name LIKE 'worker:%'")

    def held_by(self, process: subprocess.Popen[bytes]) -> int:
        """How many mails bear its mark."""
        return self.world.count(f"SELECT count(*) FROM message WHERE lease_owner LIKE '%:{process.pid}:%'")

    def readings(self) -> Counter[int]:
        """Message -> how often a worker began to read it."""
        return Counter(int(number) for number in re.findall(r"message (\d+): reading", self.world.log()))


@pytest.fixture
def farm(world: World, postgres_url: str) -> Farm:
    return Farm(world, postgres_url)


@contextlib.contextmanager
def single(world: World, folder: Path) -> Iterator[World]:
    """The same mailbox, worked through by a single process with a ledger of its own, and no letters."""
    folder.mkdir()
    alone = World(folder, world.dovecot, world.smtp, world.user)
    text = alone.config.read_text("utf-8")
    alone.config.write_text(text.replace('mode = "send"', 'mode = "draft"'), "utf-8")
    yield alone


def essence(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All of a record but its letters: which of them went out before the next mail came is a matter of time."""
    return sorted(({**record, "answers": None} for record in records), key=lambda record: str(record["message_id"]))


@pytest.mark.timeout(600)
def test_mails_of_a_day_by_two_workers_that_are_killed_and_stopped(farm: Farm, tmp_path: Path) -> None:
    """What the killed one had in hand is taken up at once: its heirs are of the same machine."""
    world = farm.world
    plain, pairs = chosen()
    everything = [*plain, *pairs]
    world.put(*everything)
    with world.running():
        world.wait(lambda: world.count("SELECT count(*) FROM message") == len(everything), "all mails fetched")
        assert world.decided() == 0, "the daemon leaves them to the workers"
        one, two = farm.worker("--processes", "1"), farm.worker("--processes", "1")
        world.wait(lambda: world.decided() >= 5, "some decisions")
        one.kill()
        assert one.wait(10) == -signal.SIGKILL
        held = farm.held_by(one)
        three = farm.worker("--processes", "1")
        world.wait(lambda: world.decided() >= 16, "more decisions")
        assert world.stop(two) == 0
        assert farm.held_by(two) == 0, "given back"
        due = sum(mail.letter is not None for mail in plain)
        known = {mail.message_id for mail in plain}
        world.wait(
            lambda: world.filed() == len(everything)
            and sum(str(letter["In-Reply-To"]) in known for letter in world.letters()) >= due, "all mails done",
        )
        assert world.stop(three) == 0
    records = world.records()
    mine = [letter for letter in world.letters() if str(letter["In-Reply-To"]) in known]
    assert compare([record for record in records if record["message_id"] in known], mine, plain) == []
    assert farm.workers() == 1, "the killed one is still listed, those that ended are not"
    readings = farm.readings()
    assert len(readings) == len(everything)
    assert sum(readings.values()) <= len(everything) + held + 2, "read anew: what the killed one held, what was given back"
    assert max(Counter(str(letter["Message-ID"]) for letter in world.letters()).values()) == 1
    with single(world, tmp_path / "alone") as alone:
        alone.once()
        assert essence(alone.records()) == essence(records), "down to the receipt numbers"


PLACES = [
    ("storage.ledger:Ledger.claim_next_message", "after"),
    ("intake.reading:DirectReader.submit", "after"),
    ("storage.deciding:Deciding.record", "before"),
    ("storage.deciding:Deciding.record", "after"),
    ("intake.pipeline:Pipeline._take", "after"),
]


@pytest.mark.parametrize(("place", "when"), PLACES, ids=lambda value: value.rpartition(".")[2])
def test_a_worker_killed_there_loses_and_doubles_nothing(farm: Farm, place: str, when: str) -> None:
    world, every = farm.world, mails()
    expected = [every[0], every[1], *(mail for mail in every if mail.name in ("no scan", "question"))]
    world.put(*expected)
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["tests.live.dying"])
    process = server.Process(target=work, args=(world.config, place, 2, when))
    process.start()
    process.join(150)
    assert process.exitcode == -signal.SIGKILL, f"{place} was never reached: {process.exitcode}"
    world.once()
    assert compare(world.records(), world.letters(), expected) == []


def setup_of(world: World) -> Setup:
    """As the command makes it."""
    return worker_setup(Context(world.config, False, False, program_version()), None)


def objection(world: World) -> str | None:
    """Why this machine must not work."""
    with Engine(setup_of(world)) as engine:
        return Worker(engine).objection()


def test_a_worker_that_does_not_fit_says_why(farm: Farm) -> None:
    world = farm.world
    result = world.command("worker", ok=False)
    assert (result.returncode, "尚未建立" in result.stderr) == (1, True)
    upgrade(database := open_database(world.database))
    database.close()
    world.sql("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(Failure, match="不同，处理机未启动"):
        setup_of(world)
    assert world.sql("SELECT version_num FROM alembic_version")[0][0] == "0001", "a worker changes no table"


def test_a_worker_with_another_configuration_or_without_the_blobs_is_refused_and_ends(farm: Farm) -> None:
    world = farm.world
    with Engine(engine_setup(load_configuration(world.config), program_version())) as engine:
        Daemon(engine)._publish()
    assert objection(world) is None
    true = world.config.read_text("utf-8")
    for other, told in ((true.replace("grace = 0", "grace = 5"), "[answers]"), (true.replace("[scan]", '[blobs]\npath = "elsewhere"\n[scan]'), "不是同一处存储")):
        world.config.write_text(other, "utf-8")
        assert told in (objection(world) or "")
    world.config.write_text(true, "utf-8")
    process = farm.worker("--processes", "1")
    world.wait(lambda: farm.workers() == 1, "a worker")
    world.sql("UPDATE heartbeat SET detail = jsonb_set(detail::jsonb, '{version}', '\"9.9\"') WHERE name = 'daemon'")
    assert process.wait(120) == 1, "the daemon's machine was upgraded: the old worker ends"
    assert "9.9" in world.log()
    assert "Traceback" not in world.log()


def test_on_sqlite_there_is_no_worker(world: World) -> None:
    result = world.command("worker", ok=False)
    assert result.returncode == 2
    assert "PostgreSQL" in result.stderr
    assert os.linesep + os.linesep not in result.stderr
