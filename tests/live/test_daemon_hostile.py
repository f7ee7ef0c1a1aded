"""The daemon and a mailbox full of hostile files: each is told for what it is, the right mails between them are answered as
ever, memory stays flat, the next mail is answered, and no process is left behind, however the daemon ends."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.live.daemon_mails import FIRST_BATCH, Expected, mails, pair
from tests.live.daemon_world import World, compare
from tests.support.hostile_files import FILES, Hostile
from tests.support.mail_builder import File, compose
from tests.support.processes import Watcher, alive, family

pytestmark = [pytest.mark.live, pytest.mark.slow]
DATA = Path(__file__).resolve().parents[1] / "data" / "forms"
MB = 1 << 20
SECONDS, MEMORY = 12, 900 * MB
LIMITS = f"[limits]\nseconds = {SECONDS}\nmemory = {MEMORY}\n"
COSTLY = {"流炸弹.pdf", "套表单.pdf"}  # each takes a reading process for its whole time, twice
CODES = {
    "blocked": {"attachment.blocked"},
    "unreadable:damaged": {"attachment.unreadable"},
    "fine": {""},
}
DOUBT = {"submission.unclear", "scan.unreadable", "form.unreadable"}


def hostile_mail(number: int, file: Hostile) -> Expected:
    unit, sender = f"山东第{number}职业学院", f"attacker{number}@evil.test"
    message_id = f"<evil{number}@evil.test>"
    files = [*pair(unit), File(file.name, file.make())]
    raw = compose("foxmail", subject=f"{unit}+智慧助老", text="附件", files=files, sender=("某", sender), message_id=message_id)
    return Expected(file.name, raw, sender=sender, arrives=FIRST_BATCH + dt.timedelta(minutes=number), message_id=message_id)


def due_codes(file: Hostile) -> set[str]:
    """Findings that may tell of this file; "" for none."""
    due: set[str] = set()
    for label in file.expected:
        due |= CODES.get(label, CODES.get(label.partition(":")[0], DOUBT))
    return due


def told(record: dict[str, Any]) -> set[str]:
    """Codes of findings about files other than the form and the scan."""
    about = {"attachment.blocked", "attachment.unreadable", *DOUBT}
    return {finding["code"] for finding in record["findings"] if finding["code"] in about and finding["attachment"] not in (0, 1)}


def test_a_mailbox_full_of_hostile_files(world: World) -> None:
    world.config.write_text(world.config.read_text("utf-8") + LIMITS, "utf-8")
    right = mails()[:8]
    chosen = [file for file in FILES if file.name not in COSTLY][::2] + [file for file in FILES if file.name in COSTLY]
    evil = {f"<evil{number}@evil.test>": file for number, file in enumerate(chosen)}
    bad = [hostile_mail(number, file) for number, file in enumerate(chosen)]
    mixed: list[Expected] = []
    for number, mail in enumerate(bad):  # right ones between hostile ones
        mixed.append(mail)
        if number % 5 == 0 and number // 5 < len(right) - 1:
            mixed.append(right[number // 5])
    world.put(*mixed)
    with world.running() as process, Watcher(process.pid) as watcher:
        world.wait(lambda: world.decided() >= len(mixed) // 4, "the first quarter", 240)
        begun = time.monotonic()
        world.wait(lambda: world.decided() >= len(mixed), "all mails", 420)
        ended = time.monotonic()
        world.put(right[-1])
        arrived = {mail.message_id for mail in right} & {mail.message_id for mail in [*mixed, right[-1]]}
        answers = lambda: {str(letter["In-Reply-To"]).strip() for letter in world.letters()}  # noqa: E731
        world.wait(lambda: arrived <= answers(), "the next right mail answered", 60)
        early = max(size for moment, size in watcher.own if moment <= begun)
        late = max(size for moment, size in watcher.own if moment >= (begun + ended) / 2)
        members = set(watcher.seen)
    records = {record["message_id"]: record for record in world.records()}
    assert compare([records[i] for i in arrived], [m for m in world.letters() if str(m["In-Reply-To"]).strip() in arrived],
                   [mail for mail in right if mail.message_id in arrived]) == []  # fmt: skip
    wrong = []
    for message_id, file in evil.items():
        record = records[message_id]
        codes = told(record) or {""}
        if record["verdict"] == "held" or not codes & due_codes(file) or not codes <= due_codes(file) | {"", *DOUBT}:
            wrong.append((file.name, record["verdict"], codes, due_codes(file)))
        (item,) = record["items"]
        if not item["word"] or not item["scan"]:
            wrong.append((file.name, "the form beside it suffered", item))
    assert wrong == []
    print(f"conductor {early // MB} MB early, {late // MB} MB late; largest other process {watcher.peak // MB} MB")
    assert late - early < 40 * MB, (early, late)
    assert watcher.peak < MEMORY + 100 * MB
    assert set(world.alerts()) <= {"answers.unusual"}  # forty letters in an hour are told, and nothing else
    assert alive(members) == set(), "processes are left behind"


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_daemon(world: World, how: signal.Signals) -> None:
    unit = "山东交通学院"
    files = [File(f"{unit}+典型案例.doc", (DATA / "case-word97.doc").read_bytes()), pair(unit)[1]]
    raw = compose("foxmail", subject=f"{unit}+智慧助老", text="附件", files=files, sender=("某", "a@b.test"), message_id="<old@b.test>")
    world.put(replace(mails()[0]), Expected("old", raw, arrives=FIRST_BATCH))
    process = world.start()
    world.wait(lambda: world.decided() == 2, "both mails", 120)
    members = set(family(process.pid))
    commands = b"\n".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in members)
    assert b"office_process.py" in commands, "LibreOffice is kept warm"
    assert len(members) >= 4
    os.kill(process.pid, how)
    process.wait(30)
    until = time.monotonic() + 20
    while alive(members) and time.monotonic() < until:
        time.sleep(0.1)
    left = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ") for pid in alive(members)}
    assert left == {}
