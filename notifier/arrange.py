"""Turns a letter plan into what the letter shows (`LetterView`): opening, facts, sections in order, closing. Pure.

Two rules rule here. Nothing unfavourable is shown that is not one of the plan's problems: a file that is not there and
was not found missing is simply not mentioned. And every problem stands in the letter exactly once, with its number.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from core.campaign import SHANGHAI, UNIT_PLACEHOLDER, Campaign
from core.findings import Finding, Severity
from core.letter import LetterPlan, Thread
from notifier.items import fine_point, form_word, item_label, item_rows, paper_name
from notifier.plain import one_line, paragraphs, sentence
from notifier.view import Block, LetterView, Point, Row, Section, Tone
from notifier.wording import Wording, day, minute, numeral

_ORDER = ("subject", "unit", "mail", "attachment", "form", "scan", "course", "link", "deadline", "submission")
_ASKING = ("correction", "reminder", "link_dead")
_FREE_OF_FILES = ("subject.", "link.")
Groups = list[tuple[str, tuple[Row, ...], tuple[str, ...]]]


def arrange(
    plan: LetterPlan, thread: Thread, campaign: Campaign, now: datetime, blank_files: dict[str, str]
) -> LetterView:
    """The view of the letter. `blank_files`: category key -> name of the empty form that is really attached."""
    return _Arrangement(plan, thread, campaign, now, blank_files).view()


class _Arrangement:
    """One letter in the making; holds the inputs so that each section is a short method."""

    def __init__(
        self, plan: LetterPlan, thread: Thread, campaign: Campaign, now: datetime, blank_files: dict[str, str]
    ) -> None:
        self.plan, self.campaign, self.blank_files = plan, campaign, blank_files
        self.in_thread = bool(thread.message_id)
        self.today = now.astimezone(SHANGHAI).date()
        self.unit = one_line(plan.unit, 100)
        self.receipt = one_line(plan.receipt_number, 60)
        self.subject = one_line(plan.right_subject, 300)
        self.nameless = UNIT_PLACEHOLDER in self.subject
        self.batch = one_line(plan.batch_name, 60)
        self.problems = _shown(plan.problems)
        self.item_problems = [_shown(item.problems) for item in plan.items]
        self.count = len(self.problems) + sum(map(len, self.item_problems))
        self.words = paragraphs(plan.words)
        self.asks = self.count > 0 or (plan.kind == "correction" and bool(self.words))
        self.say = Wording(campaign.wording, self._values())

    def _values(self) -> dict[str, str]:
        office, plan, deadline = self.campaign.office, self.plan, self._open_deadline()
        return {
            "unit": self.unit,
            "campaign": self.campaign.name,
            "topic": self.campaign.topic,
            "office": office.name,
            "phone": office.phone,
            "contact": office.contact,
            "address": office.address,
            "mailbox": office.mailbox,
            "share": self.campaign.share_name,
            "batch": self.batch,
            "deadline": day(plan.deadline) if plan.deadline else "",
            "receipt": self.receipt,
            "subject": self.subject,
            "count": str(self.count),
            "items": str(len(plan.items)),
            "by": f"于{day(deadline)}前（含当日）" if deadline else "尽快",
        }

    def _open_deadline(self) -> date | None:
        deadline = self.plan.deadline
        return deadline if deadline and deadline >= self.today else None

    # The letter as a whole

    def view(self) -> LetterView:
        """Puts the parts together."""
        badge, tone = self._badge()
        return LetterView(
            kind=self.plan.kind,
            title=self.say(f"{self.plan.kind}_title"),
            badge=badge,
            tone=tone,
            salutation=self.say("salutation_unit" if self.unit else "salutation"),
            opening=tuple(filter(None, self._opening())),
            words=self.words,
            facts=tuple(self._facts()),
            sections=self._sections(),
            closing=tuple(filter(None, self._closing())),
            signature=self.campaign.office.signature or self.campaign.office.name,
            date=day(self.today),
        )

    def _badge(self) -> tuple[str, Tone]:
        kind = self.plan.kind
        if kind == "receipt":
            return self.say("checking_badge" if self.plan.checking else "receipt_badge"), "good"
        if kind == "correction":
            return (self.say("correction_badge" if self.count else "words_badge") if self.asks else ""), "attention"
        if kind == "reminder" and self.count:
            return self.say("reminder_badge_open"), "attention"
        return (self.say(f"{kind}_badge"), "attention") if kind != "free" else ("", "plain")

    def _opening(self) -> Iterable[str]:
        kind = self.plan.kind
        if kind == "receipt":
            yield self.say("checking_opening" if self.plan.checking else "receipt_opening")
        elif kind == "correction" and not self.count and self.asks:
            yield self.say("words_opening" if self.plan.items else "words_opening_mail")
        elif kind == "correction":
            yield self.say("correction_opening" if self.plan.items else "correction_opening_mail")
        elif kind == "reminder" and self.count:
            yield self.say("reminder_opening_open")
        elif kind == "reminder":
            yield self.say("reminder_opening" if self.plan.deadline else "reminder_opening_undated")
            yield self.say("reminder_exempt")
        elif kind == "link_dead":
            yield self.say("link_dead_opening")
        else:
            yield self.say("free_opening")
        if self.plan.late:
            told = [sentence(note.text) for note in self.plan.notes if note.code == "deadline.late"]
            yield from dict.fromkeys(told or [self.say("late" if self.batch else "late_no_batch")])

    def _facts(self) -> Iterable[Row]:
        plan, say = self.plan, self.say
        if self.receipt:
            yield Row(say("receipt_number"), self.receipt, copy=True)
        if plan.kind in ("receipt", "correction") or self.in_thread:
            yield Row(say("subject_received"), one_line(plan.subject_received, 200) or say("no_subject"))
        if plan.kind in ("receipt", "correction"):
            yield Row(say("received_at"), minute(plan.received_at))
        if plan.companions:
            yield Row(say("companions"), "；".join(one_line(s, 120) or say("no_subject") for s in plan.companions[:20]))
        deadline = self._open_deadline() if plan.kind != "link_dead" else None
        told_apart = deadline and (self.asks or plan.kind == "reminder")
        if self.batch:
            label = say("batch_reported" if plan.kind == "reminder" and not self.count else "batch")
            yield Row(label, say("batch_deadline") if plan.deadline and not told_apart else self.batch)
        if deadline and self.asks:
            yield Row(say("correct_by"), say("by_day"), "attention")
        elif deadline and plan.kind == "reminder":
            yield Row(say("report_by"), say("by_day"), "attention")
        if self.subject and not self._has_format() and self.subject != one_line(plan.subject_received, 200):
            yield Row(say("right_subject"), self.subject, copy=True)

    def _sections(self) -> tuple[Section, ...]:
        makers = (
            self._problem_section, self._format_section, self._blank_section, self._how_section, self._items_section,
            self._fine_section, self._paper_section, self._notes_section,
        )
        made = [section for maker in makers if (section := maker())]
        return tuple(
            Section(s.kind, numeral(number), s.heading, s.lead, s.blocks, s.tone) for number, s in enumerate(made, 1)
        )

    def _closing(self) -> Iterable[str]:
        office = self.campaign.office
        if self.plan.kind == "receipt" and self.plan.checking:
            yield self.say("checking_promise")
        elif self.plan.kind == "receipt" and self.receipt and not self.count:
            yield self.say("supplement")
        if office.phone:
            yield self.say("contact" if office.contact else "contact_phone")
        else:
            yield self.say("contact_reply")
        yield self.say("closing_receipt" if self.plan.kind == "receipt" else "closing")

    # Sections

    def _problem_section(self) -> Section | None:
        if not self.count:
            return None
        groups: Groups = []
        if self.problems:
            about_subject = all(f.code.startswith("subject.") for f in self.plan.problems)
            title = self.say("general_group_subject" if about_subject else "general_group")
            groups.append((title, (), self.problems))
        for index, problems in enumerate(self.item_problems):
            if problems:
                item = self.plan.items[index]
                rows = item_rows(item, self.campaign, self.say, self.plan)
                groups.append((item_label(item, self.say), rows, problems))
        blocks: list[Block] = []
        number = 0
        for position, (title, rows, problems) in enumerate(groups, 1):
            points = []
            for text in problems:
                number += 1
                points.append(Point(text or self.say("problem_unworded") + "。", number))
            blocks.append(Block(f"（{numeral(position)}）{title}", rows, tuple(points)))
        headings = {"link_dead": "problems_heading_links", "reminder": "problems_heading_open"}
        heading = self.say(headings.get(self.plan.kind, "problems_heading"))
        return Section("problems", "", heading, "", tuple(blocks), "attention")

    def _blank_section(self) -> Section | None:
        points = [
            Point(self.say("blank_point", form=one_line(self.campaign.category(key).form_name, 120), file=name))
            for key, name in self.blank_files.items()
        ]
        if not points:
            return None
        return Section("blank", "", self.say("blank_heading"), self.say("blank_lead"), (Block(points=tuple(points)),))

    def _has_format(self) -> bool:
        return bool(self.subject or self._names()) and (self.count > 0 or self.plan.kind == "reminder")

    def _names(self) -> tuple[tuple[str, str], ...]:
        """(label, file name) pairs to copy, each name once; none when only links or the subject are at fault."""
        names: dict[str, str] = {}
        for item in self.plan.items:
            if _about_files(item.problems):
                words = form_word(self.campaign, item.category)
                names.setdefault(one_line(item.right_word), self.say("word_form", form_word=words))
                names.setdefault(one_line(item.right_scan), self.say("stamped_scan"))
        if _about_files(self.plan.problems) or not self.count:
            for name in self.plan.right_names:
                names.setdefault(one_line(name), self._label_of(name))
        names.pop("", None)
        order = list(dict.fromkeys(names.values()))
        return tuple(sorted(((label, name) for name, label in names.items()), key=lambda pair: order.index(pair[0])))

    def _label_of(self, name: str) -> str:
        suffix = name.rpartition(".")[2].lower()
        if suffix in ("docx", "doc", "wps"):
            return self.say("word_form", form_word=form_word(self.campaign, None))
        return self.say("stamped_scan" if suffix in ("pdf", "jpg", "png") else "file_names")

    def _format_section(self) -> Section | None:
        if not self._has_format():
            return None
        rows = [Row(self.say("mail_subject"), self.subject, copy=True)] if self.subject else []
        label_above = ""
        for label, name in self._names():
            rows.append(Row("" if label == label_above else label, name, copy=True))
            label_above = label
        lead = self.say("format_lead" if self.count else "format_lead_report")
        if self.nameless or any(UNIT_PLACEHOLDER in name for _, name in self._names()):
            lead = self.say("format_lead_placeholder", placeholder=UNIT_PLACEHOLDER)
        heading = self.say("format_heading" if self._names() else "format_heading_subject")
        return Section("format", "", heading, lead, (Block(rows=tuple(rows)),))

    def _how_section(self) -> Section | None:
        if self.asks:
            heading, steps = "how_heading", self._steps_to_correct()
        elif self.plan.kind == "reminder":
            heading, steps = "how_heading_report", self._steps_to_report()
        else:
            return None
        points = _numbered(tuple(steps))
        return Section("how", "", self.say(heading), "", (Block(points=points),))

    def _steps_to_correct(self) -> Iterable[str]:
        codes = [f.code for f in (*self.plan.problems, *(f for item in self.plan.items for f in item.problems))]
        if codes and self.plan.items and self.subject and all(code.startswith("subject.") for code in codes):
            yield self.say("how_reply_only_format" if self.nameless else "how_reply_only_subject")
        else:
            yield self._how_to_send(codes)
        yield self.say("how_receipt" if self.receipt else "how_keep")
        if self._open_deadline() and self.plan.kind != "link_dead":
            following = self._next_batch()
            late = self.say("how_next_batch", next_batch=following) if following else ""
            yield self.say("how_deadline") + late

    def _how_to_send(self, codes: list[str]) -> str:
        if self.nameless:
            return self.say("how_reply_format")
        about_links = any(code.startswith("link.") for code in codes)
        way = "how_link" if about_links and all(code.startswith(_FREE_OF_FILES) for code in codes) else "how_reply"
        return self.say(f"{way}_subject" if self.subject else way)

    def _next_batch(self) -> str:
        deadline = self.plan.deadline
        later = [b for b in self.campaign.batches if deadline and b.deadline > deadline]
        return one_line(min(later, key=lambda b: b.deadline).name, 60) if later else ""

    def _steps_to_report(self) -> Iterable[str]:
        if self.campaign.office.mailbox:
            form = "how_report_format" if self.nameless else "how_report"
            yield self.say(form if self.subject else "how_report_no_subject")
        else:
            yield self.say("how_report_reply_subject" if self.subject else "how_report_reply")

    def _items_section(self) -> Section | None:
        """All items, in a letter that asks for nothing; where something is asked, items stand with their problems."""
        if self.count or not self.plan.items or self.plan.kind in _ASKING:
            return None
        blocks = tuple(
            Block(
                f"（{numeral(number)}）{item_label(item, self.say)}",
                item_rows(item, self.campaign, self.say, self.plan),
            )
            for number, item in enumerate(self.plan.items, 1)
        )
        return Section("items", "", self.say("items_heading"), "", blocks, "good")

    def _fine_section(self) -> Section | None:
        """What need not be sent again; said with reserve while a person still looks at something."""
        if self._items_section() or self.plan.kind == "link_dead" or (self.asks and not self.count):
            return None  # where staff ask in words of their own, the program does not know what may stay as it is
        texts = [fine_point(item, self.campaign, self.say, checking=self.plan.checking) for item in self.plan.items]
        points = tuple(Point(text) for text in texts if text)
        if not points:
            return None
        heading = self.say("fine_heading_checking" if self.plan.checking else "fine_heading")
        return Section("fine", "", heading, "", (Block(points=points),), "good")

    def _paper_section(self) -> Section | None:
        papers = dict.fromkeys(paper_name(i, self.campaign, self.say) for i in self.plan.items if i.paper_expected)
        if not papers or not self.campaign.office.address:
            return None
        office = self.campaign.office
        hint = self.say("paper_receipt_hint") if self.receipt else ""
        rows = [Row(self.say("paper_address"), office.address, copy=True)]
        if office.contact or office.phone:
            rows.append(Row(self.say("paper_recipient"), f"{office.contact} {office.phone}".strip()))
        lead = self.say("paper_lead", paper="、".join(papers), receipt_hint=hint)
        return Section("paper", "", self.say("paper_heading"), lead, (Block(rows=tuple(rows)),))

    def _notes_section(self) -> Section | None:
        general = [n for n in self.plan.notes if not (self.plan.late and n.code == "deadline.late")]
        texts = [Point(text) for text in _shown(general) if text]
        several = len(self.plan.items) > 1
        for item in self.plan.items:
            name = item_label(item, self.say)  # most remarks begin with it
            texts += [Point(text if not several or text.startswith(name) else f"{name}：{text}") for text in _shown(item.notes) if text]
        if not texts:
            return None
        lead = self.say("notes_lead_correction" if self.count else "notes_lead")
        return Section("notes", "", self.say("notes_heading"), lead, (Block(points=tuple(texts)),))


def _numbered(steps: tuple[str, ...]) -> tuple[Point, ...]:
    """Steps with their numbers; a single one needs none."""
    return tuple(Point(step, number if len(steps) > 1 else 0) for number, step in enumerate(steps, 1))


def _about_files(findings: Iterable[Finding]) -> bool:
    """Whether mending any of these means sending a file again."""
    return any(not f.code.startswith(_FREE_OF_FILES) for f in findings)


def _shown(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The sentences for the submitter, each once, in the order of the material. Review findings are for staff and
    never shown, even if a plan should hold one."""
    rank = {prefix: place for place, prefix in enumerate(_ORDER)}
    kept = [f for f in findings if f.severity is not Severity.REVIEW]
    kept.sort(key=lambda f: rank.get(f.code.partition(".")[0], len(rank)))
    return tuple(dict.fromkeys(sentence(f.text) for f in kept))
