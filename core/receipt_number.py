"""Receipt numbers: made for an item, printed in every answer, found again in subjects and bodies.

`ZHZ21-000037K` is the campaign's letters, the year, a running number and a check character. Clerks copy numbers by hand
and read them out on the telephone, so no letter stands where it could be taken for a digit, and the check catches every
single wrong character and every swap of two.
"""

from __future__ import annotations

import re

from core.text import normalise

ALPHABET = "0123456789ACDEFGHJKLMNPQRTUVWXY"
"""31 check characters, a prime number: no B I O S Z, which look like 8 1 0 5 2."""

_SIZE = len(ALPHABET)
# A digit is worth itself and a letter before it 1..26: never nothing, so that a letter left out is noticed too.
_VALUE = {**{str(digit): digit for digit in range(10)}, **{chr(64 + value): value for value in range(1, 27)}}
_ROOT = 3  # a primitive root of 31: its powers give every position another weight
_DIGITS = 6
_GAP, _SPACE = r"[ \t]{0,2}", r"[ \t]{1,2}"
# Blanks may part a number, but its letters only if they part all of it (Z H Z 2 1 ...): else a letter lost to a blank
# would leave a shorter number that might be valid by chance.
_SHAPE = re.compile(
    rf"(?<![A-Za-z0-9])(?P<head>[A-Z]{{2,3}}{_GAP}\d\d|[A-Z](?:{_SPACE}[A-Z]){{1,2}}(?:{_SPACE}\d){{2}}){_GAP}-?{_GAP}"
    rf"(?P<tail>\d(?:{_GAP}\d){{{_DIGITS - 1}}}{_GAP}[{ALPHABET}])(?![A-Za-z0-9])",
    re.IGNORECASE | re.ASCII,
)


def _check(symbols: str) -> str:
    """The check character for letters and digits: weighted sum modulo 31, weights counted from the right."""
    total = sum(_VALUE[symbol] * pow(_ROOT, place, _SIZE) for place, symbol in enumerate(reversed(symbols), start=1))
    return ALPHABET[-total % _SIZE]


def _prefix(key: str) -> str:
    """Two or three letters for a campaign: its key if that is such a word, else two letters computed from it."""
    word = normalise(key).upper()
    if re.fullmatch(r"[A-Z]{2,3}", word):
        return word
    number = 0
    for character in word:
        number = (number * 131 + ord(character)) % 1_000_003
    return chr(65 + number // 26 % 26) + chr(65 + number % 26)


def make_receipt_number(campaign_key: str, year: int, sequence: int) -> str:
    """The receipt number for the `sequence`-th item (1..999999) that a campaign received in a year.

    `campaign_key`: two or three Latin letters to be used as they are, or any key to compute two letters from.
    Raises ValueError if `sequence` is out of range.
    """
    if not 0 < sequence < 10**_DIGITS:
        raise ValueError(f"sequence must lie between 1 and {10**_DIGITS - 1}, not {sequence}")
    head = f"{_prefix(campaign_key)}{year % 100:02d}"
    body = f"{sequence:0{_DIGITS}d}"
    return f"{head}-{body}{_check(head + body)}"


def _printed(match: re.Match[str]) -> str | None:
    """The number as it is printed, None if its check character is wrong."""
    head, tail = (re.sub(r"[ \t]", "", match[part]).upper() for part in ("head", "tail"))
    return f"{head}-{tail}" if _check(head + tail[:-1]) == tail[-1] else None


def find_receipt_numbers(text: str) -> tuple[str, ...]:
    """The valid receipt numbers in a text, each once, in order, in their printed form.

    Full-width forms, blanks, lower case and a missing dash are tolerated; a wrong check character is not.
    """
    found = (_printed(match) for match in _SHAPE.finditer(normalise(text)))
    return tuple(dict.fromkeys(number for number in found if number is not None))


def without_receipt_numbers(text: str) -> str:
    """The normalised text with every valid receipt number blanked out, so that its letters are taken for nothing else."""
    return _SHAPE.sub(lambda match: " " * len(match.group()) if _printed(match) else match.group(), normalise(text))


def is_receipt_number(text: str) -> bool:
    """Whether the text is one valid receipt number and nothing else (blanks around it aside)."""
    match = _SHAPE.fullmatch(normalise(text).strip())
    return match is not None and _printed(match) is not None
