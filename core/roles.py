"""What each file of a mail is: Word form, stamped scan, video, archive, mere decoration.

By content first, by name where content is silent. A picture may be a photographed page or a souvenir photo: where
nothing tells, it is taken for a page and marked `unsure`, so that no clerk is asked for a scan that lies there.
"""

from __future__ import annotations

import re
from dataclasses import replace

from core.campaign import Campaign
from core.facts import Blocked, MessageFacts, Part, ScanFacts, Unreadable
from core.file_name import FileNameFacts, read_file_name
from core.register import Register
from core.submission import PartRole, Role

WORD_TYPES = frozenset(
    {
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/msword",
        "application/vnd.ms-works",
        "application/wps-office.wps",
        "application/vnd.oasis.opendocument.text",
        "application/rtf",
        "text/rtf",
        "application/vnd.uof.text",
        "application/vnd.ms-word.document.macroEnabled.12",
    }
)
PAGE_TYPES = frozenset({"application/pdf", "application/ofd", "application/vnd.ms-xpsdocument", "application/oxps"})
SMALL_PICTURE = 24 * 1024
"""Bytes. Pictures in the body below this are logos, buttons and signatures; a readable page is larger, though phones
and webmail shrink one to 40 KB."""

OTHER_PAPER = re.compile(
    r"推荐函|推荐表|推荐信|撤回|撤销|撤稿|退出申报|汇总表|一览表|登记表|证书|获奖|奖状|聘书|承诺书|授权书|营业执照|许可证|法人|身份证|简介|证明|"
    r"通知|课件|教案|讲义|封面|目录|新闻|报道|logo|二维码|合影|剪影|截图|海报|宣传|(?:活动|现场|培训|上课|课堂|风采)(?:照|图)",
    re.IGNORECASE,
)
"""Names of papers and pictures that accompany a form and are none."""

SCAN_WORDS = re.compile(r"扫描|盖章|签章|公章|纸质|扫瞄|scan", re.IGNORECASE)


def name_facts(part: Part, campaign: Campaign, register: Register) -> FileNameFacts:
    """The file's own name, read; category and unit taken from the folders or archives around it where it is silent."""
    own = read_file_name(part.name, campaign, register)
    if own.category is not None and own.unit_text:
        return own
    category, unit_text = own.category, own.unit_text
    for outer in reversed(part.path[:-1]):
        for piece in reversed(re.split(r"[\\/]", outer)):
            around = read_file_name(piece, campaign, register)
            category = category or around.category
            unit_text = unit_text or (around.unit_text if around.category else None)
    return FileNameFacts(unit_text, category, own.regular, own.words, own.role_hint, own.page, own.batch)


def has_scan(scan: ScanFacts | None) -> bool:
    """Pages that are pictures, or typed pages with a picture on them (a stamp may have been set electronically)."""
    return scan is not None and (scan.is_scan or scan.seal == "present")


def find_role(part: Part, campaign: Campaign, register: Register) -> PartRole:
    """The role of one part, looked at by itself."""
    names = name_facts(part, campaign, register)
    base = PartRole("other", names.category, names.unit_text, name_regular=names.regular)
    if part.problem is not None:
        return replace(base, role=_problem_role(part))
    if part.container:
        return replace(base, role="archive")
    if part.media_type.startswith("video/"):
        return replace(base, role="video")
    if part.form is not None and part.form.category is not None:
        base = replace(base, category=part.form.category)
        if part.media_type in WORD_TYPES:
            return replace(base, role="word_form")
        return replace(base, role="scan") if has_scan(part.scan) else replace(base, text_only=True)
    if has_scan(part.embedded) and part.media_type in WORD_TYPES and not OTHER_PAPER.search(part.name):
        return replace(base, role="scan", category=_form_category(part.embedded) or base.category)
    if part.scan is not None:
        return _pages_role(part, part.scan, names, base)
    return replace(base, role="inline" if part.inline else "other")


def _problem_role(part: Part) -> Role:
    if isinstance(part.problem, Blocked):
        return "blocked"
    # A legacy Word file that this machine cannot open is still the form; a broken one is not.
    broken = isinstance(part.problem, Unreadable) and part.problem.reason in ("damaged", "password")
    if not broken and part.media_type in WORD_TYPES and not OTHER_PAPER.search(part.name):
        return "word_form"
    return "unreadable"


def _form_category(scan: ScanFacts | None) -> str | None:
    return scan.form.category if scan and scan.form else None


def _pages_role(part: Part, scan: ScanFacts, names: FileNameFacts, base: PartRole) -> PartRole:
    """A PDF or picture without a form in its text layer."""
    found = _form_category(scan)
    beside = replace(base, role="inline" if part.inline else "other")
    if part.inline and part.size < SMALL_PICTURE:
        return beside
    if found is not None:
        # A form that could be read: a scan if it is a picture of a page, else typed text.
        base = replace(base, category=found)
        return replace(base, role="scan") if has_scan(scan) else replace(base, text_only=True)
    said = bool(SCAN_WORDS.search(part.name))
    if not has_scan(scan) or (OTHER_PAPER.search(part.name) and not said):
        return beside
    unsure = part.media_type.startswith("image/") and not said and names.category is None
    return replace(base, role="scan", unsure=unsure)


def unopened_parts(facts: MessageFacts) -> tuple[Part, ...]:
    """Files that could not be opened and may hold anything: locked, damaged, too large, in a format unknown here."""
    return tuple(
        part
        for part in facts.parts
        if part.problem is not None and (not part.inline or part.container)
        and not (isinstance(part.problem, Blocked) and part.problem.reason == "executable")
    )


def find_roles(facts: MessageFacts, campaign: Campaign, register: Register) -> tuple[PartRole, ...]:
    """Roles of all parts, in step with `facts.parts`. Unsure pictures are settled by `core.assemble`."""
    return tuple(find_role(part, campaign, register) for part in facts.parts)
