"""Whole pipeline without OCR, mails a second, side by side in one run with

(a) the naive loop: imap-tools fetches and parses, python-docx and pdfplumber read, a row is committed;
(b) bare fetch + sha256 + fsync + commit, which is what durability alone costs on this machine.

Same mails, same Dovecot on loopback (TLS). Prints the ratios; goals: ours >= 2 x (a), ours >= 1/3 of (b).
Usage: .venv/bin/python -m bench.pipeline [--mails 120]
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import sqlite3
import ssl
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import docx
import imap_tools
import pdfplumber
from PIL import Image, ImageDraw, ImageFilter

from baosong.config import load_campaign, load_register
from core.settings import AnswerSettings, LinkSettings, MailboxSettings, ScanSettings, Settings
from intake.engine import Engine, Setup
from intake.mailbox import Mailbox
from tests.support.dovecot import Dovecot
from tests.support.plain_blobs import PlainBlobs

BLANK = Path(__file__).parent.parent / "core" / "data" / "forms" / "form-case.docx"
DOCX = "vnd.openxmlformats-officedocument.wordprocessingml.document"


CITIES = "济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 滨州 菏泽"
UNITS = [f"{city}市教育局" for city in CITIES.split()]


def make_form(number: int) -> bytes:
    """A filled case form."""
    document = docx.Document(str(BLANK))
    values = {"案例名称": f"银龄数字课堂第{number}期", "申报单位": f"第{number}社区教育学院", "负责人": "王建国", "联系人": "李敏"}
    for row in document.tables[0].rows:
        cells = row.cells
        label = "".join(cells[0].text.split())
        if label in values:
            cells[1].text = values[label]
        if "".join(cells[2].text.split()) == "联系电话" and cells[2] is not cells[1]:
            cells[3].text = "0531-82345678"
        if label == "案例内容":
            cells[1].text = "一、基本情况：" + "情况" * 150 + "\n二、主要做法：" + "做法" * 500 + "\n三、经验效果：" + "效果" * 300
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def make_scan(number: int) -> bytes:
    """Three grey-noise pages with a red ring, as a scanner's PDF: about 600 KB."""
    pages = []
    for page in range(3):
        image = Image.effect_noise((1240, 1754), 40).convert("RGB").filter(ImageFilter.GaussianBlur(1))
        draw = ImageDraw.Draw(image)
        draw.text((100, 100 + page), f"page {number}-{page}", fill=0)
        draw.ellipse((700, 1200, 1000, 1500), outline=(210, 30, 30), width=10)
        pages.append(image)
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], quality=40)
    return out.getvalue()


def make_mail(number: int, scan: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = f"clerk{number}@jinan.test", "office@example.test"
    mail["Subject"], mail["Message-ID"] = f"{UNITS[number % len(UNITS)]}+智慧助老", f"<{number}@jinan.test>"
    mail["Date"] = "Mon, 8 Nov 2021 10:00:00 +0800"
    mail.set_content("您好，材料见附件。\n济南市教育局")
    name = f"第{number}社区教育学院+典型案例"
    mail.add_attachment(make_form(number), maintype="application", subtype=DOCX, filename=f"{name}.docx")
    mail.add_attachment(scan + f"%{number}".encode(), maintype="application", subtype="pdf", filename=f"{name}.pdf")
    return mail.as_bytes()


def naive(dovecot: Dovecot, user: str, folder: Path) -> int:
    """What a script of fifty lines would do."""
    context = ssl.create_default_context(cafile=dovecot.ca_file)
    rows = sqlite3.connect(folder / "naive.db")
    rows.execute("PRAGMA journal_mode=WAL")
    rows.execute("CREATE TABLE mail (subject TEXT, text TEXT)")
    count = 0
    with imap_tools.MailBox(dovecot.host, dovecot.imaps_port, ssl_context=context).login(user, "secret") as box:
        for message in box.fetch(mark_seen=False):
            texts = []
            for part in message.attachments:
                if part.filename.endswith(".docx"):
                    document = docx.Document(io.BytesIO(part.payload))
                    texts += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
                else:
                    with pdfplumber.open(io.BytesIO(part.payload)) as pdf:
                        texts += [page.extract_text() for page in pdf.pages]
                (folder / hashlib.sha256(part.payload).hexdigest()).write_bytes(part.payload)
            rows.execute("INSERT INTO mail VALUES (?, ?)", (message.subject, "\n".join(texts)))
            rows.commit()
            count += 1
    return count


def bare(settings: MailboxSettings, folder: Path) -> int:
    """Fetch, hash, fsync, commit: nothing is read."""
    rows = sqlite3.connect(folder / "bare.db")
    rows.execute("PRAGMA journal_mode=WAL")
    rows.execute("PRAGMA synchronous=FULL")
    rows.execute("CREATE TABLE mail (sha256 TEXT)")
    count = 0
    with Mailbox(settings, "bench") as box:
        box.open_folder("INBOX")
        for outcome in box.fetch_many(box.uids(), PlainBlobs(folder / "bare")):
            rows.execute("INSERT INTO mail VALUES (?)", (outcome.blob.sha256,))  # type: ignore[union-attr]
            rows.commit()
            count += 1
    return count


def ours(settings: MailboxSettings, folder: Path) -> tuple[int, float]:
    """The real engine: commit 1, isolated reading, decisions, letters, commit 2, flags."""
    campaign = load_campaign("zhihui-zhulao")
    setup = Setup(
        Settings(
            mailbox=replace(settings, since=datetime(2021, 1, 1, tzinfo=UTC)), answers=AnswerSettings(mode="draft"),
            links=LinkSettings(check=False), scan=ScanSettings(ocr=False, seals=False),
        ),
        campaign, load_register(campaign), f"sqlite:///{folder / 'ours.db'}", folder / "ours", "bench",
        dict.fromkeys(("case", "training", "course"), b""),
    )
    with Engine(setup) as engine:
        # The daemon starts its reading processes once; this is not part of a mail's cost.
        engine.import_files([], "now")
        raw = engine.blobs.put([make_mail(0, b"%PDF-1.4 warm")])
        engine.reader.submit(raw.sha256).result()
        start = time.monotonic()
        return engine.once(send=False).processed, time.monotonic() - start


def timed(work: Callable[[], int]) -> tuple[int, float]:
    start = time.monotonic()
    return work(), time.monotonic() - start


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--mails", type=int, default=120)
    wanted = options.parse_args().mails
    scans = [make_scan(number) for number in range(4)]
    with Dovecot() as dovecot, tempfile.TemporaryDirectory() as place:
        user, folder = "office@example.test", Path(place)
        dovecot.add_user(user, "secret")
        mails = [make_mail(number, scans[number % 4]) for number in range(wanted)]
        for raw in mails:
            dovecot.append(user, raw)
        (folder / "bare").mkdir()
        settings = MailboxSettings(
            host=dovecot.host, port=dovecot.imaps_port, ca_file=dovecot.ca_file, user=user, password="secret"
        )
        mean = sum(map(len, mails)) // wanted
        print(f"{wanted} mails, mean {mean:,} bytes, Dovecot over TLS on loopback, {os.cpu_count()} cores")
        results = {
            "(a) naive loop": timed(lambda: naive(dovecot, user, folder)),
            "(b) bare fetch+hash+fsync+commit": timed(lambda: bare(settings, folder)),
            "baosong": ours(settings, folder),
        }
        rate = {name: count / seconds for name, (count, seconds) in results.items()}
        for name, (count, seconds) in results.items():
            print(f"{name:34} {count:5} mails  {seconds:6.1f} s  {rate[name]:6.1f} mails/s")
        mine = rate["baosong"]
        print(f"baosong / (a) = {mine / rate['(a) naive loop']:.2f} (goal >= 2)")
        print(f"baosong / (b) = {mine / rate['(b) bare fetch+hash+fsync+commit']:.2f} (goal >= 0.33)")


if __name__ == "__main__":
    main()
