"""`inspect`: what the parsers and rules see in a file. No database, no network, no configuration needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.campaign import SHANGHAI
from core.decide import Case, Decision, Rules, decide
from core.facts import EMPTY_FILE, FormFacts, Link, MessageFacts, PageFacts, Part, ScanFacts, Unreadable
from core.findings import Finding
from core.ports import ReadLimits
from core.problems import what_is_wrong
from core.roles import find_role
from core.submission import Item
from intake.importing import HEAD, header_time
from intake.reading import DirectReader, ReadSetup, read_one
from parsers.expand import expand_file
from parsers.kinds import sniff
from parsers.work_folder import sweep, work_folder
from storage.blobs import FileBlobStore

CHUNK = 2**20


@dataclass(frozen=True)
class Inspection:
    """How to look. `ocr`, `seals`: as in `[scan]`; `draw`: makes a picture of a scan with what was found."""

    rules: Rules
    limits: ReadLimits
    ocr: bool = False
    seals: bool = False
    draw: Callable[[Path, ScanFacts], object] | None = None


def inspect_file(path: Path, how: Inspection) -> dict[str, Any]:
    """One entry of `inspect --json` (tests/contract/inspect.schema.json). Never raises for what the file holds."""
    sweep()
    with work_folder() as folder:
        store = FileBlobStore(folder)
        with path.open("rb") as file:
            blob = store.put(iter(lambda: file.read(CHUNK), b""))
        local = store.path(blob.sha256)
        kind = sniff(local, path.name)
        setup = ReadSetup(how.rules.campaign, how.limits, folder, how.ocr, how.seals)
        if kind == "message/rfc822":
            return {"file": str(path), "type": kind, "links": [], **_mail(path, local, blob.sha256, setup, how, store)}
        found = tuple(read_one(setup, part) for part in expand_file(local, path.name, store, how.limits))
        if not found:
            told = what_is_wrong(Unreadable("damaged", EMPTY_FILE))
            return {"file": str(path), "type": kind, "error": "empty file", "error_text": told, "links": []}
        _draw(found, how, store)
        return {"file": str(path), **_file_entry(found, how)}


def _draw(parts: tuple[Part, ...], how: Inspection, store: FileBlobStore) -> None:
    """The first scan among the parts (a file, or what an archive or a mail holds), else the first file with pages."""
    pages = [(part, scan) for part in parts if (scan := part.scan or part.embedded) is not None]
    chosen = next((pair for pair in pages if pair[1].is_scan), pages[0] if pages else None)
    if how.draw is not None and chosen is not None:
        how.draw(store.path(chosen[0].sha256), chosen[1])


def _mail(
    path: Path, local: Path, sha256: str, setup: ReadSetup, how: Inspection, store: FileBlobStore
) -> dict[str, Any]:
    facts = DirectReader(setup).submit(sha256).result()
    _draw(facts.parts, how, store)
    with local.open("rb") as file:
        arrived = header_time(file.read(HEAD)) or datetime.fromtimestamp(path.stat().st_mtime, UTC)
    decision = decide(Case(0, facts, arrived), how.rules)
    record = mail_record(facts, decision, arrived, path.name)
    return {"message": record, "links": record["links"]}


def mail_record(facts: MessageFacts, decision: Decision, arrived: datetime, source: str) -> dict[str, Any]:
    """The message record of interface.md, without what only the database knows."""
    return {
        "message_id": facts.envelope.message_id,
        "received_at": arrived.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "sender": facts.envelope.sender,
        "subject": facts.envelope.subject,
        "kind": decision.kind,
        "verdict": decision.verdict,
        "reporting_unit": decision.unit.name if decision.unit else None,
        "batch": decision.batch,
        "receipt_number": decision.receipt_number or None,
        "source": source,
        "findings": [_finding(found) for found in decision.findings],
        "items": [_item(item) for item in decision.items],
        "links": [_link(link) for link in decision.links],
        "attachments": [
            {
                "name": part.name, "path": list(part.path), "size": part.size, "sha256": part.sha256,
                "type": part.media_type, "role": role.role, "category": role.category,
            }
            for part, role in zip(facts.parts, decision.roles, strict=True)
        ],
        "answers": [],
    }


def _finding(found: Finding) -> dict[str, Any]:
    return {
        "code": found.code, "severity": found.severity.value, "text": found.text, "item": found.item,
        "attachment": found.attachment, "field": found.field, "limit": found.limit, "actual": found.actual,
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "category": item.category, "title": item.title, "applicant_unit": item.applicant_unit, "state": item.state,
        "fields": dict(item.fields), "lengths": dict(item.lengths), "word": item.word.name if item.word else None,
        "scan": [ref.name for ref in item.scans], "seal": item.seal, "scan_matches_word": item.scan_matches_word,
        "seal_texts": [ring.text for read in item.scan_reads for ring in read.rings],
    }


def _link(link: Link) -> dict[str, Any]:
    return {
        "provider": link.provider, "url": link.url, "code": link.code, "state": link.state.value, "found_in": link.found_in
    }


def _file_entry(parts: tuple[Part, ...], how: Inspection) -> dict[str, Any]:
    first = parts[0]
    entry: dict[str, Any] = {"type": first.media_type, "error": _error(first), "error_text": _error_text(first)}
    if first.container or len(parts) > 1:  # documents hold files too
        entry["attachments"] = [
            {"name": p.name, "path": list(p.path), "size": p.size, "sha256": p.sha256, "type": p.media_type,
             "error": _error(p), "error_text": _error_text(p), "form": _form(p.form), "scan": _scan(p.scan or p.embedded)}
            for p in parts[1:]
        ]
    entry["form"] = _form(first.form)
    if len(first.forms) > 1:
        entry["forms"] = [_form(form) for form in first.forms]
    entry["scan"] = _scan(first.scan or first.embedded)
    entry["role"] = find_role(first, how.rules.campaign, how.rules.register).role
    entry["links"] = [_link(link) for part in parts for link in part.links]
    return entry


def _error(part: Part) -> str | None:
    if part.problem is None:
        return None
    what = "unreadable" if isinstance(part.problem, Unreadable) else "blocked"
    return f"{what}: {part.problem.reason}" + (f" ({part.problem.detail})" if part.problem.detail else "")


def _error_text(part: Part) -> str | None:
    """The same in words for people."""
    return None if part.problem is None else what_is_wrong(part.problem)


def _form(form: FormFacts | None) -> dict[str, Any] | None:
    if form is None:
        return None
    return {
        "category": form.category, "title": form.title, "applicant_unit": form.applicant_unit,
        "fields": dict(form.fields), "lengths": dict(form.lengths), "blank": form.blank,
    }


def _scan(scan: ScanFacts | None) -> dict[str, Any] | None:
    if scan is None:
        return None
    return {
        "pages": [_page(page) for page in scan.pages],
        "category": scan.form.category if scan.form else None,
        "title": scan.form.title if scan.form else None,
        "seal": scan.seal,
        "is_scan": scan.is_scan,
        "form": _form(scan.form),
        **({"forms": [_form(form) for form in scan.forms]} if scan.forms else {}),
        **({"form_pages": [[number + 1 for number in pages] for pages in scan.form_pages]} if scan.form_pages else {}),
    }


def _page(page: PageFacts) -> dict[str, Any]:
    seals = [
        {
            "x": s.x, "y": s.y, "width": s.width, "height": s.height, "shape": s.shape, "score": s.score, "grey": s.grey, "cut": s.cut,
            "text": s.text,
        }
        for s in page.seals
    ]
    return {"text": page.text, "rotation": page.rotation, "image": page.image, "seal": page.seal, "seals": seals}


