"""Values that travel between the stages: what a mail, a form, a scan and a link turned out to say.

Facts only: nothing here judges. Words are the glossary's (docs/glossary.md). Every value is frozen, made of
plain types, and can be turned into JSON and back by `core.codec`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Literal
from urllib.parse import urlsplit

FieldValue = str | bool | None
Seal = Literal["present", "absent", "uncertain"]
SealShape = Literal["round", "oval", "square", "other"]
EMPTY: Mapping[str, str] = MappingProxyType({})


class LinkState(StrEnum):
    """What is known about a share link. `UNCHECKED` covers "not asked yet" and "could not be asked"."""

    OK = "ok"
    CODE_MISSING = "code_missing"
    CODE_WRONG = "code_wrong"
    DEAD = "dead"
    EXPIRED = "expired"
    NOT_PERMANENT = "not_permanent"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Link:
    """One address found in a mail.

    `provider`: baidu, quark, aliyun, 123, 115, tianyi, weiyun, mail_large_file, web ...; `url` is canonical for
    Baidu (`https://pan.baidu.com/s/1...`, no query). `code`: extraction code or None. `other_code`: a second code
    that stood beside the link and differs from `code` (URL says one, text another); the checker may try both.
    `found_in`: "body", "subject" or the attachment's name. `quoted`: stood in quoted history only.
    `expires`: the expiry as printed beside a mail provider's large-file link, None if not printed. `doubtful`: its address
    or code was read from a picture of text, where l, 1 and I look alike, or the address seems cut off: it proves no fault.
    """

    provider: str
    url: str
    code: str | None = None
    found_in: str = "body"
    other_code: str | None = None
    quoted: bool = False
    expires: str | None = None
    state: LinkState = LinkState.UNCHECKED
    doubtful: bool = False

    @property
    def is_homepage(self) -> bool:
        """A bare home page, as it stands in signatures: no place where a video lies."""
        address = urlsplit(self.url)
        return self.provider == "web" and address.path in ("", "/") and not address.query


@dataclass(frozen=True, slots=True)
class FormFacts:
    """What a form says, whether read from Word, from a PDF's text or from a scan.

    `category`: key of the campaign's category or None if the form is none of them. `fields`: field key -> text as
    written (trimmed, inner line breaks kept), or True/False/None for a yes/no choice; a field that the form has but
    that is empty is present with "" (or None for a choice); a field whose label was not found at all is absent.
    `lengths`: section key -> number of characters without blanks and without the template's guidance. `blank`: the
    untouched template. `text`: the whole text, for search and comparison.
    """

    category: str | None
    title: str | None
    applicant_unit: str | None
    fields: Mapping[str, FieldValue]
    lengths: Mapping[str, int]
    blank: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class SealFacts:
    """A seal on a page; x, y, width, height in fractions of the page (0..1, origin top left); score 0..1."""

    x: float
    y: float
    width: float
    height: float
    shape: SealShape
    score: float
    grey: bool = False
    cut: bool = False
    text: str | None = None


@dataclass(frozen=True, slots=True)
class PageFacts:
    """One page. `text`: its visible text (layer or OCR). `image`: it is a picture of a page (a scan) rather than
    typed text. `rotation`: clockwise degrees by which the picture must be turned to be upright. `seal`: what this page
    alone says; None if nobody looked. `opinion`: the place where the unit gives its opinion and sets its seal was read on
    it (False: not read, or not sought)."""

    text: str = ""
    image: bool = False
    rotation: Literal[0, 90, 180, 270] = 0
    seals: tuple[SealFacts, ...] = ()
    has_picture: bool = False  # typed page that also carries a picture (an electronic seal is possible)
    seal: Seal | None = None
    opinion: bool = False


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """Pages of a PDF or a picture, read as a possible stamped scan.

    `seal` is None while nobody looked for seals. `form` holds what could be read of the form on the pages; `forms`
    all of them when one file holds several. `form_pages`: the pages (from 0) of each of `forms`, in their order; () if it
    could not be told. `text_sought`: OCR was run where there was no text layer.
    """

    pages: tuple[PageFacts, ...]
    seal: Seal | None = None
    form: FormFacts | None = None
    forms: tuple[FormFacts, ...] = ()
    page_count: int = 0
    text_sought: bool = False
    form_pages: tuple[tuple[int, ...], ...] = ()

    @property
    def is_scan(self) -> bool:
        """True if at least one page is a picture of a page; a form exported from Word is not."""
        return any(page.image for page in self.pages)


VOLUME = "one volume of several"
"""Detail of an `Unreadable` archive whose other volumes are not in the same mail."""

APPLE = "made by Apple's Pages, Numbers or Keynote"
"""Detail of an `Unreadable` file that only Apple's programs open."""

EMPTY_FILE = "empty"
"""Detail of a damaged `Unreadable` file of no bytes."""

INSIDE = "an object inside a document, too large or damaged"
"""Detail of an `Unreadable` file that could not be taken out of the Word or PDF document it lies in."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file whose content could not be read. `reason`: damaged, password, timeout, memory, no_converter, limit."""

    reason: Literal["damaged", "password", "timeout", "memory", "no_converter", "limit"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Blocked:
    """A file that is kept but never opened. `reason`: executable, macro, bomb, size, depth, count."""

    reason: Literal["executable", "macro", "bomb", "size", "depth", "count"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One attachment, or one file inside an attached archive or mail.

    `path`: names of the containers from outside in, own name last. `media_type` is by content. `inline`: shown inside
    the body (a logo, a pasted picture), not attached as a file. `container`: archive or mail whose inner files are
    parts of their own. `form` from a Word file (or a Word form exported as PDF: then `scan.is_scan` is False).
    `forms`: all forms when one file holds several, else empty. `embedded`: pictures pasted into a Word file that fill
    a page, read as scans. `name_given`: False if the mail gave no name and one was made up from the content.
    """

    name: str
    path: tuple[str, ...]
    size: int
    sha256: str
    media_type: str
    inline: bool = False
    container: bool = False
    name_given: bool = True
    form: FormFacts | None = None
    forms: tuple[FormFacts, ...] = ()
    scan: ScanFacts | None = None
    embedded: ScanFacts | None = None
    problem: Unreadable | Blocked | None = None
    links: tuple[Link, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Header facts. Addresses are bare and lower-case; `headers` maps lower-case names to their last value, decoded,
    for the few names that decide whether a mail may be answered (`core.loop_guard.HEADERS`)."""

    message_id: str | None
    subject: str
    sender: str | None
    sender_name: str = ""
    reply_to: str | None = None
    return_path: str | None = None
    to: tuple[str, ...] = ()
    date: datetime | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    content_type: str = ""
    mailer: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """One mail, read. `text`: what the sender wrote now; `quoted`: history below it; `forwarded`: the text is empty
    or a cover note and the quoted part is a forwarded mail, so the quoted part counts as material. `defects`: what was
    broken in the MIME structure. `lost`: a part could not be decoded and something was lost."""

    envelope: Envelope
    text: str = ""
    quoted: str = ""
    forwarded: bool = False
    parts: tuple[Part, ...] = ()
    links: tuple[Link, ...] = ()
    defects: tuple[str, ...] = ()
    lost: bool = False
    sha256: str = ""
    size: int = 0
