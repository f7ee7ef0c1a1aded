"""The whole program as its users run it: a configuration file, the command as a process of its own, a real mailbox and
a real SMTP server on loopback. Tests look at it from outside: records by `export jsonl`, letters at the SMTP server."""

from __future__ import annotations

import contextlib
import datetime as dt
import email
import email.policy
import imaplib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from baosong.config import load_configuration
from baosong.engine_setup import engine_setup
from intake.engine import Engine, Report, utc_now
from intake.reading import DirectReader, ReadSetup
from storage.database import open_database
from storage.exports import export_records
from tests.live.daemon_mails import Expected
from tests.support.dovecot import Dovecot
from tests.support.smtp_server import SmtpServer

ROOT = Path(__file__).resolve().parents[2]
OFFICE = "office@example.test"

CONFIG = """
[mailbox]
host = "localhost"
port = {imap_port}
tls = "{imap_tls}"
ca_file = "{ca_file}"
user = "{user}"
password = "{password}"
since = 2021-10-01T00:00:00+08:00
interval = 10
timeout = 5
[smtp]
host = "127.0.0.1"
port = {smtp_port}
tls = "{smtp_tls}"
ca_file = "{smtp_ca}"
user = "office@example.test"
password = "secret-code"
timeout = 5
[database]
url = "{database}"
[answers]
mode = "send"
grace = 0
per_hour = 1000
per_day = 1000
[links]
check = false
[scan]
ocr = false
seals = false
[staff]
enabled = false
[workers]
processes = 2
"""


@dataclass
class World:
    """One installation. `folder` holds its configuration, database and blobs."""

    folder: Path
    dovecot: Dovecot
    smtp: SmtpServer
    user: str
    imap_port: int = 0
    imap_tls: str = "tls"
    password: str = "code-123"
    database: str = ""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.database = self.database or f"sqlite:///{self.folder}/baosong.db"
        self.write_config()

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def write_config(self, **changes: object) -> None:
        """Writes the configuration file anew."""
        values: dict[str, object] = {
            "imap_port": self.imap_port or self.dovecot.imaps_port, "imap_tls": self.imap_tls, "ca_file": self.dovecot.ca_file,
            "user": self.user, "password": self.password, "smtp_port": self.smtp.port, "smtp_tls": self.smtp.tls,
            "smtp_ca": self.smtp.ca_file, "database": self.database,
        }
        self.config.write_text(CONFIG.format(**{**values, **changes}), "utf-8")

    # The mailbox --------------------------------------------------------------------------------------------------

    def put(self, *mails: Expected) -> None:
        """These mails arrive, each at its time."""
        client = self.dovecot.admin(self.user)
        try:
            for mail in mails:
                client.literal = mail.raw
                stamp = mail.arrives.strftime('"%d-%b-%Y %H:%M:%S +0800"')
                status, data = client._simple_command("APPEND", '"INBOX"', stamp)
                assert status == "OK", data
        finally:
            client.logout()

    def flags(self) -> dict[int, set[str]]:
        """UID -> flags of the mails in INBOX."""
        client = self.dovecot.admin(self.user)
        try:
            client.select("INBOX", readonly=True)
            _, lines = client.uid("FETCH", "1:*", "(FLAGS)")
            found: dict[int, set[str]] = {}
            for line in lines:
                if isinstance(line, bytes) and (uid := re.search(rb"UID (\d+)", line)):
                    found[int(uid[1])] = {flag.decode() for flag in imaplib.ParseFlags(line)}
            return found
        finally:
            client.logout()

    # The program --------------------------------------------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BAOSONG_")}
        return {**kept, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}

    def command(self, *arguments: str, ok: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end. `ok`: it must succeed."""
        result = subprocess.run(
            [sys.executable, "-m", "baosong", "--config", str(self.config), *arguments],
            capture_output=True, text=True, encoding="utf-8", cwd=self.folder, env=self.environment, timeout=120, check=False,
        )
        assert "Traceback" not in result.stderr, result.stderr
        if ok:
            assert result.returncode == 0, result.stderr + result.stdout
        return result

    def once(self, later: dt.timedelta = dt.timedelta()) -> Report:
        """`baosong once` in this very process and without reading processes: a tenth of the time. Raises as it does.
        `later`: as if so much time had gone by since (leases of killed processes run out)."""
        configuration = load_configuration(self.config)
        settings = configuration.settings
        reader = DirectReader(ReadSetup(configuration.campaign, settings.limits, configuration.path(settings.blobs.path)))
        configuration.path(settings.blobs.path).mkdir(parents=True, exist_ok=True)
        setup = replace(engine_setup(configuration, "test"), clock=lambda: utc_now() + later)
        with Engine(setup, reader) as engine:
            return engine.once()

    def records(self) -> list[dict[str, Any]]:
        """Everything recorded, as `export jsonl` tells it."""
        database = open_database(self.database)
        try:
            return json.loads(json.dumps(list(export_records(database))))  # type: ignore[no-any-return]
        finally:
            database.close()

    def start(self) -> subprocess.Popen[bytes]:
        """The daemon."""
        log = (self.folder / f"run-{len(self.processes)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", "baosong", "--config", str(self.config), "run"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, env=self.environment,
        )
        self.processes.append(process)
        return process

    def stop(self, process: subprocess.Popen[bytes]) -> int:
        """SIGTERM, and wait; its exit status."""
        process.send_signal(signal.SIGTERM)
        return process.wait(30)

    @contextlib.contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """The daemon, stopped cleanly at the end."""
        process = self.start()
        yield process
        assert process.poll() is None, self.log()
        assert self.stop(process) == 0, self.log()
        assert "Traceback" not in self.log(), self.log()

    def close(self) -> None:
        """Whatever a failed test left running."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait(10)

    def log(self) -> str:
        """What the daemons logged."""
        return "".join(path.read_text("utf-8", "replace") for path in sorted(self.folder.glob("run-*.log")))

    def sql(self, query: str) -> list[Any]:
        """Rows of the database, looked at from outside (or changed: to let time pass)."""
        database = open_database(self.database)
        try:
            with database.write() as connection:
                result = connection.execute(sa.text(query))
                return list(result) if result.returns_rows else []
        finally:
            database.close()

    def count(self, query: str) -> int:
        """One number; 0 while there is no such table yet."""
        try:
            return int(self.sql(query)[0][0])
        except Exception:  # the daemon may not have made its tables yet
            return 0

    def decided(self) -> int:
        return self.count("SELECT count(*) FROM message WHERE decided_at IS NOT NULL")

    def filed(self) -> int:
        return self.count("SELECT count(*) FROM message WHERE filed_at IS NOT NULL")

    def alerts(self) -> dict[str, str]:
        """Open alerts: code -> text."""
        return dict(self.sql("SELECT code, text FROM alert WHERE resolved_at IS NULL"))

    def let_letters_be_due(self) -> None:
        """As if the pause before the next try had gone by."""
        self.sql("UPDATE answer SET next_attempt_at = created_at WHERE next_attempt_at IS NOT NULL")

    def wait(self, happened: Callable[[], bool], what: str, seconds: float = 150) -> None:
        """Until it happens; fails with the log if it does not."""
        until = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > until:
                raise AssertionError(f"not within {seconds} s: {what}\n{self.log()[-6000:]}")
            time.sleep(0.1)

    # The letters --------------------------------------------------------------------------------------------------

    def letters(self) -> list[EmailMessage]:
        """What the SMTP server took."""
        found = []
        for delivered in self.smtp.delivered:
            letter = email.message_from_bytes(delivered.raw, policy=email.policy.default)
            assert isinstance(letter, EmailMessage)
            found.append(letter)
        return found


def compare(records: list[dict[str, Any]], letters: list[EmailMessage], expected: list[Expected], office: str = OFFICE) -> list[str]:
    """Every difference between what came of the mails and what must; empty when all is right."""
    wrong: list[str] = []
    if len(records) != len(expected):
        wrong.append(f"{len(records)} records for {len(expected)} mails")
    by_id: dict[str, list[EmailMessage]] = {}
    for letter in letters:
        by_id.setdefault(str(letter["In-Reply-To"]).strip(), []).append(letter)
    for mail in expected:
        found = [r for r in records if r["message_id"] == mail.message_id and (r["kind"] == "duplicate") == (mail.kind == "duplicate")]
        if len(found) != 1:
            wrong.append(f"{mail.name}: {len(found)} records")
            continue
        wrong += [f"{mail.name}: {line}" for line in _compare_record(found[0], mail)]
        if mail.kind != "duplicate":
            wrong += [f"{mail.name}: {line}" for line in _compare_letters(by_id.pop(mail.message_id or "", []), found[0], mail, office)]
    wrong += [f"a letter too many: {letter['To']} {letter['Subject']}" for rest in by_id.values() for letter in rest]
    return wrong


def _compare_record(record: dict[str, Any], mail: Expected) -> Iterator[str]:
    errors = {finding["code"] for finding in record["findings"] if finding["severity"] == "error"}
    facts = {
        "kind": (record["kind"], mail.kind),
        "verdict": (record["verdict"], mail.verdict),
        "unit": (record["reporting_unit"], mail.unit),
        "batch": (record["batch"], mail.batch),
        "errors": (errors, set(mail.codes)),
        "received_at": (record["received_at"], mail.arrives.isoformat()),
        "items": (sorted(item["category"] for item in record["items"]), sorted(mail.items)),
    }
    for name, (got, due) in facts.items():
        if got != due:
            yield f"{name} is {got}, expected {due}; {[(f['code'], f['severity']) for f in record['findings']]}"
    answered = [answer["kind"] for answer in record["answers"] if answer["state"] == "sent"]
    if answered != ([mail.letter] if mail.letter else []):
        yield f"answers {record['answers']}, expected {mail.letter}"


def _compare_letters(letters: list[EmailMessage], record: dict[str, Any], mail: Expected, office: str) -> Iterator[str]:
    if len(letters) != (1 if mail.letter else 0):
        yield f"{len(letters)} letters"
    for letter in letters[:1]:
        if letter["To"].addresses[0].addr_spec != mail.sender or len(letter["To"].addresses) != 1:
            yield f"letter to {letter['To']}, not to {mail.sender}"
        if letter["From"].addresses[0].addr_spec != office:
            yield f"letter from {letter['From']}"
        if letter["Auto-Submitted"] != "auto-replied" or mail.message_id not in str(letter["References"]):
            yield "letter is not marked as an automatic answer in its thread"
        if str(letter["Message-ID"]) not in {answer["message_id"] for answer in record["answers"]}:
            yield "letter's Message-ID is not the recorded one"
        plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
        if plain is None or html is None:
            yield "letter lacks plain text or HTML"
            continue
        must = [record["receipt_number"], mail.unit, *mail.says]
        must += [f["text"] for f in record["findings"] if f["severity"] == "error"] if not mail.says else []
        missing = [text for text in must if text and _bare(text) not in _bare(plain.get_content())]
        if missing:
            yield f"letter does not say {missing}"


def _bare(text: str) -> str:
    return "".join(text.split())
