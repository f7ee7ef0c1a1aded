"""Passwords of the staff accounts: what is accepted, how they are kept (argon2id), how they are compared. The only file
that imports argon2."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from functools import cache
from importlib import resources

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 200
_HASHER = PasswordHasher()  # RFC 9106, second recommended option: 64 MiB, three rounds
_AT_ONCE = threading.BoundedSemaphore(2)
"""A hash needs 64 MiB: a hundred log-ins at once must not need 6 GB."""


def hash_password(password: str) -> str:
    """The text to keep."""
    with _AT_ONCE:
        return _HASHER.hash(_plain(password))


def fits(kept: str, password: str) -> bool:
    """Whether this is the password. Takes the same time for a right and a wrong one; a `kept` that is no hash (an
    account without a password) fits none."""
    if len(password) > LONGEST:
        return False
    try:
        with _AT_ONCE:
            return _HASHER.verify(kept, _plain(password))
    except (VerificationError, InvalidHashError):
        return False


def waste_time(password: str) -> None:
    """As long as `fits` takes: who asks for an account that does not exist must not learn it from the clock."""
    fits(_nobody(), password)


def find_fault(password: str, name: str) -> str | None:
    """Why this password is not accepted for this account, as a Chinese sentence; None if it is."""
    plain = _plain(password)
    low = plain.casefold()
    if len(plain) < SHORTEST:
        return f"密码至少需要{SHORTEST}个字符。"
    if len(plain) > LONGEST:
        return f"密码最多{LONGEST}个字符。"
    own = _plain(name).casefold()
    bare = low.strip("0123456789!@#.")
    if own and (bare in (own, own[::-1]) or (bare and bare == own * (len(bare) // len(own)))):
        return "密码不能由用户名变化而来。"
    if len(set(low)) < 4:
        return "密码过于简单：请使用更多不同的字符。"
    if _is_run(low) or low in _common() or low.strip("0123456789!@#._-") in _common():
        return "这个密码太常见，容易被猜中，请换一个。"
    return None


def tidy_name(name: str) -> str:
    """A user name as it is kept and compared: one form of every character, no blanks around it."""
    return unicodedata.normalize("NFKC", name).strip()


def find_name_fault(name: str) -> str | None:
    """Why this name is none for an account, as a Chinese sentence; None if it is."""
    tidy = tidy_name(name)
    if not tidy or len(tidy) > 60:
        return "用户名应为1至60个字符。"
    if not all(character.isalnum() or character in "._-@·" for character in tidy):
        return "用户名只能用汉字、字母、数字和 . _ - @ ·"
    return None


def new_password() -> str:
    """A random password that can be read aloud and typed: 16 characters in groups, about 79 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def _plain(password: str) -> str:
    """The same text from every keyboard: an input method may type full-width letters."""
    return unicodedata.normalize("NFKC", password)


def _is_run(text: str) -> bool:
    """1234567890, abcdefghij, qwertyuiop and the like, also backwards and repeated."""
    for row in ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "qazwsxedcrfvtgbyhnujmikolp"):
        for line in (row * 3, row[::-1] * 3):
            if text in line:
                return True
    half = len(text) // 2
    return len(text) % 2 == 0 and text[:half] == text[half:] and len(set(text)) < 6


@cache
def _common() -> frozenset[str]:
    text = (resources.files("staff") / "common-passwords.txt").read_text(encoding="utf-8")
    return frozenset(line.strip().casefold() for line in text.splitlines() if line.strip())


@cache
def _nobody() -> str:
    """The hash of a password nobody knows; made at the first log-in, for it takes as long as one."""
    return hash_password(secrets.token_hex(16))
