"""Searching in Chinese without a word list: the form in which text is searched, and the grams by which it is indexed.

Pure. Both databases index the same grams: every character and every pair of neighbouring characters, so that a term of
two characters (济南, 王芳), the commonest of all, is one look-up. Letters and digits have so few different pairs that
those of a telephone number stand in nearly every mail: they are indexed by threes and fours as well.
"""

from __future__ import annotations

import re
from operator import add

from core.text import normalise

MAX_TERMS = 8
MAX_TERM = 100
_MAX_WORD = 200  # of letters and digits; what is longer is no word (base64)

_NOT_WORD = re.compile(r"[\W_]+")
_IDLE_BLANK = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
_LONG_WORD = re.compile(rf"([a-z0-9]{{{_MAX_WORD}}})[a-z0-9]+")
_TELEPHONE = re.compile(
    r"(?<!\d)(?:1\d\d[ -]?\d{4}[ -]?\d{4}|\(?0\d{2,3}\)?[ -]{0,2}\d{3,4}[ -]?\d{4})(?!\d)", re.ASCII
)
_NOT_DIGIT = re.compile(r"\D+")
_ASCII_WORD = re.compile(r"[a-z0-9]{3,}")
_DIGITS = range(7, 17)  # of a telephone number, with or without its area code


def searchable(text: str) -> str:
    """The text as it is searched: folded, simplified, lower case, without punctuation; a blank stays between two words
    of letters or digits only. So 教育\\n指导 in a scan is found by 教育指导. Telephone numbers written in groups (138 0013
    8000) stand once more behind it, in one."""
    folded = normalise(text, casefold=True, simplify=True)
    words = _LONG_WORD.sub(r"\1", _IDLE_BLANK.sub("", _NOT_WORD.sub(" ", folded).strip()))
    spaced = (found.group() for found in _TELEPHONE.finditer(folded))
    numbers = sorted({_NOT_DIGIT.sub("", number) for number in spaced if not number.isdigit()})
    return "\n".join((words, *numbers)) if numbers else words


def search_terms(search: str) -> tuple[str, ...] | None:
    """What must all be found, as it stands in searchable text; None if nothing can be (only punctuation was given)."""
    terms = []
    for word in search.split()[: 4 * MAX_TERMS]:
        term = searchable(word[: 4 * MAX_TERM]).partition("\n")[0]
        digits = term.replace(" ", "")
        if digits.isdigit() and len(digits) in _DIGITS:
            term = digits
        if term:
            terms.append(term[:MAX_TERM])
    return tuple(dict.fromkeys(terms[:MAX_TERMS])) or None


def grams(text: str) -> set[str]:
    """The grams of searchable text."""
    found: set[str] = set()
    for run in text.split():
        found.update(run, map(add, run, run[1:]))
    for word in set(_ASCII_WORD.findall(text)):
        for size in (3, 4):
            found.update(word[at : at + size] for at in range(len(word) - size + 1))
    return found


def needed_grams(term: str) -> list[str]:
    """The grams that searchable text must have if the term stands in it: the fewest that say most."""
    needed: dict[str, None] = {}
    for word in term.split():
        at = 0
        while at < len(word):
            run = _ASCII_WORD.match(word, at)
            if run is not None:
                size = min(4, len(run.group()))
                for start in range(at, run.end() - size + 1):
                    needed[word[start : start + size]] = None
                at = run.end()
                if at < len(word):
                    needed[word[at - 1 : at + 1]] = None
                continue
            if at + 1 < len(word):
                needed[word[at : at + 2]] = None
            elif len(word) == 1:
                needed[word] = None
            at += 1
    return list(needed)


def is_exact(term: str) -> bool:
    """Whether having the needed grams is the same as having the term: no look at the text is needed then."""
    return needed_grams(term) == [term]
