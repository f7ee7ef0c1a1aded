"""Whether a waiting letter is still the one that a person had before them: they release the words they have read, no others."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from staff.letters import LetterOffice
from storage.outbox import Outbox
from storage.rows import AnswerRow


def letter_face(office: LetterOffice, row: AnswerRow) -> str:
    """What a person has before them: the letter's revision and the office's own words that it would go out in. Another face:
    another letter than the one that was read."""
    own = office.stationery.current().own
    return f"{row.edit}.{hashlib.sha256(repr(own).encode()).hexdigest()[:16]}"


def seen_edits(office: LetterOffice, faces: Mapping[int, str]) -> dict[int, int]:
    """Of these letters, by the face each had on the page, those that still have it, with the `edit` they must have when the
    act is written (`storage.outbox.unchanged`)."""
    outbox = Outbox(office.database)
    rows = [row for number in faces if (row := outbox.find_answer(number)) is not None]
    return {row.id: row.edit for row in rows if letter_face(office, row) == faces[row.id]}
