"""What a person sees of a scan that was really read: the seal framed on the picture of its page, and the Word form against
the scan with what differs. Seals are sought and text is read as the program does it."""

from __future__ import annotations

import email
import email.policy
import io
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from baosong.demo_command import sample_mails
from core.facts import SealFacts
from storage.ledger import Ledger
from storage.queries import Queries
from tests.live.browser import DESKTOP, PHONE, Desk, check_page, desk_at
from tests.support.once import made_once
from tests.support.page_world import fill

pytestmark = pytest.mark.live

TYPED = {"张志强": "张志伟", "0531-86067722": "0531-86067788"}
"""What the Word form says instead of the paper that was printed, stamped and scanned."""
FRAME = (0, 130, 60)
"""The green of the frame around a seal that was found (parsers.page_picture)."""


def with_another_word_form(raw: bytes) -> bytes:
    """The mail, its Word form retyped in `TYPED`."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    for part in message.iter_attachments():
        if not (part.get_filename() or "").endswith(".docx"):
            continue
        old, new = io.BytesIO(part.get_payload(decode=True)), io.BytesIO()  # type: ignore[arg-type]
        with zipfile.ZipFile(old) as source, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as target:
            for name in source.namelist():
                text = source.read(name)
                for said, typed in TYPED.items():
                    text = text.replace(said.encode(), typed.encode())
                target.writestr(name, text)
        part.set_content(
            new.getvalue(), "application", "vnd.openxmlformats-officedocument.wordprocessingml.document", filename=part.get_filename(),
        )
    return message.as_bytes()


@pytest.fixture(scope="module")
def read_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One submission, its scan read: the form typed differs from the form stamped."""
    raws = [with_another_word_form(sample_mails()[0].raw)]
    return made_once(tmp_path_factory, "read", lambda folder: fill(folder, raws, ocr=True, seals=True))


@pytest.fixture
def read_desk(chromium: Browser, read_ledger: Path, tmp_path: Path) -> Iterator[Desk]:
    with desk_at(chromium, read_ledger, tmp_path) as made:
        yield made


def the_seal(desk: Desk) -> tuple[int, int, SealFacts]:
    """The item, the page of its scan (from 0) that bears a seal, and the seal."""
    (row,) = Queries(desk.site.database).items(limit=10).rows
    (message,) = row.messages
    facts = Ledger(desk.site.database).find_facts(message)
    assert facts is not None
    scan = next(part.scan for part in facts.parts if part.scan is not None)
    number, page = next((number, page) for number, page in enumerate(scan.pages) if page.seals)
    assert len(page.seals) == 1
    return row.id, number, page.seals[0]


def green(page: Page, selector: str) -> list[float] | None:
    """The box (left, top, right, bottom in fractions) around everything of the frame's green in this picture; None: none."""
    found: list[float] | None = page.evaluate(
        """([selector, colour]) => {
            const image = document.querySelector(selector), width = image.naturalWidth, height = image.naturalHeight
            const canvas = document.createElement('canvas')
            canvas.width = width; canvas.height = height
            const pen = canvas.getContext('2d')
            pen.drawImage(image, 0, 0)
            const data = pen.getImageData(0, 0, width, height).data
            let left = width, top = height, right = -1, bottom = -1
            for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
                const at = 4 * (y * width + x)
                if (Math.abs(data[at] - colour[0]) + Math.abs(data[at + 1] - colour[1]) + Math.abs(data[at + 2] - colour[2]) > 60) continue
                left = Math.min(left, x); right = Math.max(right, x); top = Math.min(top, y); bottom = Math.max(bottom, y)
            }
            return right < 0 ? null : [left / width, top / height, (right + 1) / width, (bottom + 1) / height]
        }""",
        [selector, FRAME],
    )
    return found


def wait_for_picture(page: Page, selector: str) -> None:
    page.locator(selector).scroll_into_view_if_needed()
    for _ in range(150):  # the content policy forbids wait_for_function
        if page.evaluate("s => { const e = document.querySelector(s); return e.complete && e.naturalWidth > 0 }", selector):
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{selector} was not drawn")


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_the_seal_is_framed_on_the_picture_of_its_page(read_desk: Desk, width: int) -> None:
    item, number, seal = the_seal(read_desk)
    page = read_desk.open("viewer", width=width)
    page.goto(read_desk.url(f"/items/{item}"))
    expect(page.locator("main")).to_contain_text("公章：有公章")
    big = ".sheet .page img"
    wait_for_picture(page, big)
    expect(page.locator(big)).to_have_attribute("alt", f"济南市历下区社区教育学院+典型案例.pdf 第{number + 1}页，已标出印章1处")
    frame = green(page, big)
    assert frame is not None, "no frame"
    wanted = (seal.x, seal.y, seal.x + seal.width, seal.y + seal.height)
    for seen, where in zip(frame, wanted, strict=True):
        assert abs(seen - where) < 0.03, (frame, wanted)
    small = ".thumbs img"
    wait_for_picture(page, small)
    assert green(page, small) is None, "the other page bears no seal"
    check_page(page)
    if width == DESKTOP:
        page.locator(".sheet .page").evaluate("e => e.scrollIntoView()")
        read_desk.picture(page, "page-item-seal")


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_word_against_scan(read_desk: Desk, width: int) -> None:
    item, _, _ = the_seal(read_desk)
    page = read_desk.open("editor", width=width)
    page.goto(read_desk.url(f"/items/{item}"))
    expect(page.locator("main")).to_contain_text(f"扫描件与Word：同一材料，{len(TYPED)}栏不同")
    differs = page.locator(".fields .differs")
    assert differs.count() == len(TYPED)
    for (said, typed), row in zip(TYPED.items(), differs.all(), strict=True):
        word, scan = row.locator(".reading").all()
        expect(word).to_have_text(f"Word：{typed}")
        expect(scan).to_have_text(f"扫描件：{said}")
        marked = ["".join(reading.locator("mark").all_inner_texts()) for reading in (word, scan)]
        assert marked == ["".join(a for a, b in zip(one, other, strict=True) if a != b) for one, other in ((typed, said), (said, typed))]
    expect(page.locator("main")).to_contain_text("标出的是Word版与扫描件不同之处")
    check_page(page)
    if width == DESKTOP:
        differs.first.evaluate("e => e.scrollIntoView({block: 'center'})")
        read_desk.picture(page, "page-item-differs")
