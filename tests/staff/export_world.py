"""A small ledger for exports: items of each category in each state, names that attack, blobs for every file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.campaign import Campaign
from core.facts import Link, LinkState
from core.findings import Finding, Severity
from core.ports import Blob
from core.records import AttachmentRecord, FileRef, ItemContent, ItemRecord, LinkRecord
from core.register import Register
from storage.blobs import FileBlobStore
from storage.database import Database, open_database
from storage.deciding import record_decision
from storage.migrate import upgrade
from tests.storage.samples import NOW, claim, decision, receive
from tests.support.shipped import campaign_named, register_of

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass
class World:
    """The parts, and short ways to put an item in."""

    database: Database
    blobs: FileBlobStore
    campaign: Campaign
    register: Register

    def put(self, words: str) -> Blob:
        return self.blobs.put([words.encode("utf-8", "replace")])

    def item(self, title: str | None = "银龄课堂", *, files: dict[str, str] | None = None, messages: dict[str, Any] | None = None,
             findings: tuple[Finding, ...] = (), links: tuple[Link, ...] = (), supersedes: tuple[int, ...] = (),
             **changes: Any) -> int:
        """An item of a message of its own. `files`: name -> role (word_form, scan, video, blocked ...), content = name +
        title. Returns the item's id."""
        row = receive(self.database)
        while claim(self.database).id != row:
            pass  # what staff touched is due again
        files = {"表.docx": "word_form", "盖章.pdf": "scan"} if files is None else files
        attachments, word, scans = [], None, []
        for name, role in files.items():
            blob = self.put(f"{name} {title}")
            kind = DOCX if name.endswith("docx") else "application/pdf"
            attachments.append(AttachmentRecord(name, (name,), blob.size, blob.sha256, kind, role))  # type: ignore[arg-type]
            ref = FileRef(row, (name,), blob.sha256, name)
            if role == "word_form":
                word = ref
            elif role == "scan":
                scans.append(ref)
        values: dict[str, Any] = {
            "campaign": self.campaign.key, "category": "case", "title": title, "applicant_unit": "历下区社区学院",
            "reporting_unit": "济南市教育局", "batch": 1, "state": "complete", "receipt_number": f"HL21-{row:07}",
            "sender": "zhang@jinan.test", "word": word, "scans": tuple(scans), "seal": "present",
            "fields": {"leader": "王芳", "leader_phone": "0531-82626712", "contact": "李雷", "contact_phone": "13800138000"},
        }
        record = decision(
            row, campaign=self.campaign.key, findings=findings, attachments=tuple(attachments), answers=(),
            links=tuple(LinkRecord(link, 0) for link in links), verdict="correction" if findings else "accepted",
            items=(ItemRecord(ItemContent(**{**values, **changes}), ("word",), supersedes=supersedes),), **(messages or {}),
        )
        return record_decision(self.database, record, "worker", NOW).items[0]


MISSING = Finding("scan.missing", Severity.ERROR, "未见盖章扫描件。", item=0)
COURSE_FIELDS = {
    "course_type": "video", "video_minutes": "45", "consent": True, "leader": "王芳", "leader_phone": "053182626712",
    "contact": "李雷", "contact_phone": "13800138000", "members": "张三、李四", "awards": "",
}
NETDISK = Link("baidu", "https://pan.baidu.com/s/1abcDEF", "ab12", state=LinkState.OK)


@cache
def _template() -> bytes:
    """An empty ledger: the migrations cost more than most tests."""
    with TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/baosong.db")
        upgrade(database)
        database.close()
        return (Path(folder) / "baosong.db").read_bytes()


def make_world(folder: Path) -> World:
    """An empty ledger with its blobs."""
    (folder / "baosong.db").write_bytes(_template())
    database = open_database(f"sqlite:///{folder / 'baosong.db'}")
    campaign = campaign_named("zhihui-zhulao")
    return World(database, FileBlobStore(folder / "blobs"), campaign, register_of("zhihui-zhulao"))
