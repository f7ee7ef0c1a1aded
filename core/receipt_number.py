"""Receipt numbers: made for an item, printed in every answer, found again in subjects and bodies.

`HL21-000037K` is the campaign's letters, the year, a running number and a check character. Clerks copy numbers by hand
and read them out on the telephone, so the letters are those that cannot be taken for a digit, and the check catches
every single wrong character and every swap of two.
"""

from __future__ import annotations

import re

from core.text import normalise

ALPHABET = "0123456789ACDEFGHJKLMNPQRTUVWXY"
"""31 symbols, a prime number: no B I O S Z, which look like 8 1 0 5 2."""

LETTERS = ALPHABET[10:]
_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}
_SIZE = len(ALPHABET)
_ROOT = 3  # a primitive root of 31: its powers give every position another weight
_DIGITS = 6
_GAP = r"[ \t]{0,2}"
_SHAPE = re.compile(
    rf"(?<![A-Za-z0-9])([{LETTERS}](?:{_GAP}[{LETTERS}]){{1,3}}{_GAP}\d{_GAP}\d){_GAP}-?{_GAP}"
    rf"(\d(?:{_GAP}\d){{{_DIGITS - 1}}}{_GAP}[{ALPHABET}])(?![A-Za-z0-9])",
    re.IGNORECASE | re.ASCII,
)


def _check(symbols: str) -> str:
    """The check character for these symbols: weighted sum modulo 31, weights counted from the right."""
    total = sum(_VALUE[symbol] * pow(_ROOT, place, _SIZE) for place, symbol in enumerate(reversed(symbols), start=1))
    return ALPHABET[-total % _SIZE]


def _prefix(key: str) -> str:
    """Two to four letters for a campaign: its key if that is such a word, else two letters computed from it."""
    word = normalise(key).upper()
    if 2 <= len(word) <= 4 and all(letter in LETTERS for letter in word):
        return word
    number = 0
    for character in word:
        number = (number * 131 + ord(character)) % 1_000_003
    return LETTERS[number // len(LETTERS) % len(LETTERS)] + LETTERS[number % len(LETTERS)]


def make_receipt_number(campaign_key: str, year: int, sequence: int) -> str:
    """The receipt number for the `sequence`-th item (1..999999) that a campaign received in a year.

    `campaign_key`: the campaign's key, or two to four letters of `LETTERS` to be used as they are.
    Raises ValueError if `sequence` is out of range.
    """
    if not 0 < sequence < 10**_DIGITS:
        raise ValueError(f"sequence must lie between 1 and {10**_DIGITS - 1}, not {sequence}")
    head = f"{_prefix(campaign_key)}{year % 100:02d}"
    body = f"{sequence:0{_DIGITS}d}"
    return f"{head}-{body}{_check(head + body)}"


def find_receipt_numbers(text: str) -> tuple[str, ...]:
    """The valid receipt numbers in a text, each once, in order, in their printed form.

    Full-width forms, blanks, lower case and a missing dash are tolerated; a wrong check character is not.
    """
    found: dict[str, None] = {}
    for match in _SHAPE.finditer(normalise(text)):
        head, tail = (re.sub(r"[ \t]", "", group).upper() for group in match.groups())
        if _check(head + tail[:-1]) == tail[-1]:
            found[f"{head}-{tail}"] = None
    return tuple(found)


def without_receipt_numbers(text: str) -> str:
    """The normalised text with every valid receipt number blanked out, so that its letters are taken for nothing else."""

    def blank(match: re.Match[str]) -> str:
        return " " * len(match.group()) if find_receipt_numbers(match.group()) else match.group()

    return _SHAPE.sub(blank, normalise(text))


def is_receipt_number(text: str) -> bool:
    """Whether the text is one valid receipt number and nothing else (blanks around it aside)."""
    match = _SHAPE.fullmatch(normalise(text).strip())
    return match is not None and bool(find_receipt_numbers(match.group()))
