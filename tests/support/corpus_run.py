"""Runs scenarios of the corpus through the real engine and compares the records with what is expected beside them.

One scenario, one ledger of its own. The clock goes from mail to mail as they arrive, letters go out when they are due
(into a list instead of a server), so that grace period, companions, versions and batches come out as in life.
"""

from __future__ import annotations

import email
import email.policy
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from baosong.config import load_blank_form
from core.campaign import SHANGHAI
from core.ports import Sent
from core.settings import (
    AnswerSettings,
    LinkSettings,
    MailboxSettings,
    ScanSettings,
    Settings,
    SmtpSettings,
    StaffSettings,
)
from intake.engine import Engine, Setup
from intake.importing import header_time
from intake.reading import DirectReader, ReadSetup
from storage.exports import export_records
from tests.support.migrated import database_at
from tests.support.shipped import campaign_named, register_of

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
GRACE = timedelta(minutes=15)
START = datetime(2021, 10, 1, tzinfo=SHANGHAI)

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Scenario:
    """`mails`: files in order of arrival; `expected`: one table a mail; `letters`: kinds of all letters sent, in order."""

    name: str
    mails: tuple[Path, ...]
    expected: tuple[Json, ...]
    letters: tuple[str, ...] | None = None
    needs: str | None = None
    hostile: bool = False


def find_scenarios(folder: Path = CORPUS) -> list[Scenario]:
    """All scenarios by name: NNN-name.eml with NNN-name.toml, or folders with numbered mails and expected.toml."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.suffix == ".eml":
            found.append(_read(path.stem, (path,), path.with_suffix(".toml")))
        elif path.is_dir() and any(path.glob("*.eml")):
            found.append(_read(path.name, tuple(sorted(path.glob("*.eml"))), path / "expected.toml"))
    return found


def _read(name: str, mails: tuple[Path, ...], expected: Path) -> Scenario:
    told = tomllib.loads(expected.read_text(encoding="utf-8"))
    each = tuple(told["mail"]) if "mail" in told else (told,)
    letters = tuple(told["letters"]) if "letters" in told else None
    return Scenario(name, mails, each, letters, told.get("needs"), told.get("hostile", False))


@dataclass
class Letters:
    """Stands where the SMTP server would: takes every letter and keeps it."""

    sent: list[EmailMessage] = field(default_factory=list)

    def send(self, raw: bytes, to: list[str]) -> Sent:
        letter = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(letter, EmailMessage)
        assert letter["To"]
        assert to
        self.sent.append(letter)
        return Sent("250 ok")

    def close(self) -> None:
        """Nothing to let go."""


@dataclass(frozen=True)
class Outcome:
    """What the engine recorded and sent."""

    records: list[dict[str, Any]]
    letters: list[EmailMessage]

    def letter(self, record: Json) -> EmailMessage | None:
        """The letter that was sent in answer to this very message."""
        ids = {answer["message_id"] for answer in record["answers"] if answer["state"] == "sent"}
        return next((letter for letter in self.letters if letter["Message-ID"] in ids), None)


def settings_for(*, ocr: bool = False, seals: bool = False) -> Settings:
    """No network; letters are sent as soon as they are due."""
    return replace(
        Settings(),
        mailbox=MailboxSettings(user="sdsqedu@163.com", since=START),
        smtp=SmtpSettings(from_address="sdsqedu@163.com"),
        answers=AnswerSettings(mode="send", grace=int(GRACE.total_seconds() // 60)),
        links=LinkSettings(check=False),
        scan=ScanSettings(ocr=ocr, seals=seals),
        staff=StaffSettings(enabled=False),
    )


def run(mails: Sequence[Path], folder: Path, *, ocr: bool = False, seals: bool = False) -> Outcome:
    """Let these mails arrive one after another. `folder`: an empty one, for the ledger and the blobs. `ocr`: some three
    seconds a page, so that only a choice of mails is read with it (test_scans_read.py)."""
    settings = settings_for(ocr=ocr, seals=seals)
    campaign = campaign_named(settings.campaign.name)
    now = [START]
    blanks = {spec.key: load_blank_form(campaign, spec.key) for spec in campaign.categories if spec.form.blank_file}
    setup = Setup(
        settings, campaign, register_of(settings.campaign.name), database_at(folder / "ledger.db"), folder / "blobs", "test",
        blank_forms=blanks, clock=lambda: now[0],
    )
    reader = DirectReader(ReadSetup(campaign, settings.limits, setup.blobs, ocr, seals))
    letters = Letters()
    with Engine(setup, reader) as engine:
        engine.sender = letters  # type: ignore[assignment]
        for moment, path in _moments(mails):
            now[0] = moment
            if path is not None:
                imported = list(engine.import_files([path], "header"))
                assert all(one.error is None for one in imported), imported
            engine.once(fetch=False)
        records = list(export_records(engine.database))
    return Outcome(records, letters.sent)


def _moments(mails: Sequence[Path]) -> Iterator[tuple[datetime, Path | None]]:
    """A minute after each arrival, and after each grace period in between: when the daemon would work."""
    arrivals = [(header_time(path.read_bytes()[:200_000]) or START) for path in mails]
    for arrived, path, later in zip(arrivals, mails, [*arrivals[1:], None], strict=True):
        yield arrived + timedelta(seconds=50), path
        due = arrived + GRACE + timedelta(minutes=1)
        if later is None or later > due:
            yield due, None


# Comparing -----------------------------------------------------------------------------------------------------------


def differences(expected: Json, record: Json, letter: EmailMessage | None) -> list[str]:
    """Where a record departs from what is expected; only keys that are given are compared."""
    wrong: list[str] = []

    def same(what: str, want: Any, got: Any) -> None:
        if want != got:
            wrong.append(f"{what}: expected {want!r}, got {got!r}")

    for key, name in (("kind", "kind"), ("verdict", "verdict"), ("received_at", "received_at")):
        if key in expected:
            same(key, expected[key], record[name])
    if "unit" in expected:
        same("unit", expected["unit"] or None, record["reporting_unit"])
    if "batch" in expected:
        same("batch", expected["batch"] or None, record["batch"])
    for severity in ("error", "review"):
        if f"{severity}s" in expected:
            same(f"{severity}s", sorted(expected[f"{severity}s"]), sorted(codes(record, severity, expected[f"{severity}s"])))
    got = {found["code"] for found in record["findings"]}
    wanted = (*expected.get("notes", ()), *expected.get("some", ()))
    wrong += [f"finding {code} is missing (found: {sorted(got)})" for code in wanted if code not in got]
    wrong += [f"finding {code} must not be there" for code in expected.get("not_notes", ()) if code in got]
    if "items" in expected:
        wrong += _items(expected["items"], record["items"])
    if "links" in expected:
        want = sorted((link["url"], link.get("code") or None) for link in expected["links"])
        same("links", want, sorted((link["url"], link["code"]) for link in record["links"] if link["provider"] != "web"))
    roles = {part["name"]: part["role"] for part in record["attachments"]}
    for name, role in expected.get("roles", {}).items():
        same(f"role of {name}", role, roles.get(name))
    if "answers" in expected:
        same("answers", expected["answers"], [[a["kind"], a["state"]] for a in record["answers"] if a["state"] != "suppressed"])
    return wrong + _letter(expected, letter)


def codes(record: Json, severity: str, shape: Sequence[str]) -> list[str]:
    """Codes of this severity; with `/field` where the expectation names fields of that code."""
    fields = {code.split("/")[0] for code in shape if "/" in code}
    return [
        f"{found['code']}/{found['field']}" if found["code"] in fields else found["code"]
        for found in record["findings"] if found["severity"] == severity
    ]


def _items(expected: Sequence[Json], items: Sequence[Json]) -> list[str]:
    wrong = [] if len(expected) == len(items) else [f"items: expected {len(expected)}, got {[_short(i) for i in items]}"]
    left = list(items)
    for want in expected:
        key = (want.get("category"), want.get("title"))
        got = next((i for i in left if (i["category"], i["title"]) == key), None) or next(
            (i for i in left if i["category"] == want["category"]), None
        )
        if got is None:
            wrong.append(f"item {key} is missing (found: {[_short(i) for i in items]})")
            continue
        left.remove(got)
        wrong += _item(want, got)
    return wrong


def _short(item: Json) -> str:
    return f"{item['category']}《{item['title']}》{item['applicant_unit']} {item['state']}"


def _item(want: Json, got: Json) -> list[str]:
    wrong = []
    named = {"unit": "applicant_unit", "title": "title", "state": "state", "word": "word", "scan": "scan", "batch": "batch"}
    for key, name in named.items():
        if key in want and (want[key] or None) != (got[name] or None):
            wrong.append(f"item 《{got['title']}》 {key}: expected {want[key]!r}, got {got[name]!r}")
    if "scans" in want and len(got["scan"]) != want["scans"]:
        wrong.append(f"item 《{got['title']}》 scans: expected {want['scans']}, got {got['scan']}")
    for key, value in want.get("fields", {}).items():
        found = got["fields"].get(key)
        if (found if isinstance(value, bool) else "".join(str(found or "").split())) != (
            value if isinstance(value, bool) else "".join(value.split())
        ):
            wrong.append(f"item 《{got['title']}》 field {key}: expected {value!r}, got {found!r}")
    for key, value in want.get("lengths", {}).items():
        if abs(got["lengths"].get(key, -100) - value) > 8:
            wrong.append(f"item 《{got['title']}》 length {key}: expected about {value}, got {got['lengths'].get(key)}")
    return wrong


def _letter(expected: Json, letter: EmailMessage | None) -> list[str]:
    """`letter_has`, `letter_lacks`: words of the letter's plain text; `letter_files`: how many files hang on it."""
    if not any(key in expected for key in ("letter_has", "letter_lacks", "letter_files")):
        return []
    if letter is None:
        return ["no letter was sent for this mail"]
    body = letter.get_body(("plain",))
    text = "".join((body.get_content() if body is not None else "").split())
    wrong = [f"letter lacks {words!r}" for words in expected.get("letter_has", ()) if "".join(words.split()) not in text]
    wrong += [f"letter must not say {words!r}" for words in expected.get("letter_lacks", ()) if "".join(words.split()) in text]
    files = sum(1 for _ in letter.iter_attachments())
    if "letter_files" in expected and files != expected["letter_files"]:
        wrong.append(f"files on the letter: expected {expected['letter_files']}, got {files}")
    return wrong
