"""Which passwords are accepted, how they are kept and compared."""

from __future__ import annotations

import pytest

from staff import passwords


@pytest.mark.parametrize(("password", "word"), [
    ("short", "至少"), ("123456789", "至少"), ("x" * 201, "最多"), ("limin", "至少"), ("liminliminlimin", "简单|常见|用户名"),
    ("limin12345", "用户名"), ("LiMin2021!", "用户名"), ("aaaaaaaaaa", "简单"), ("abababababab", "简单|常见"), ("1234567890", "常见"),
    ("0987654321", "常见"), ("qwertyuiop", "常见"), ("abcdefghijkl", "常见"), ("password123", "常见"), ("PASSWORD1234", "常见"),
    ("woaini1314", "常见"), ("zhihuizhulao", "常见"), ("baosong2021", "常见"), ("１２３４５６７８９０", "常见"), ("qwer123456", "常见"),
])
def test_refused(password: str, word: str) -> None:
    fault = passwords.find_fault(password, "limin")
    assert fault is not None
    assert any(each in fault for each in word.split("|")), fault


@pytest.mark.parametrize("password", [
    "correct horse 9", "一只猫坐在窗台上看雪", "nJ7!kq0-Zw", "limin likes green tea", "wandering-clouds-4417",
])
def test_accepted(password: str) -> None:
    assert passwords.find_fault(password, "limin") is None


def test_new_passwords_are_accepted_and_never_the_same() -> None:
    made = {passwords.new_password() for _ in range(50)}
    assert len(made) == 50
    assert all(passwords.find_fault(password, "limin") is None for password in made)
    assert not any(set(password) & set("il1o0") for password in made), "nothing that is read wrongly"


def test_kept_as_argon2_and_compared() -> None:
    kept = passwords.hash_password("一只猫坐在窗台上")
    assert kept.startswith("$argon2id$")
    assert passwords.fits(kept, "一只猫坐在窗台上")
    assert not passwords.fits(kept, "一只猫坐在窗台")
    assert kept != passwords.hash_password("一只猫坐在窗台上"), "salted"
    assert passwords.fits(passwords.hash_password("ＡＢＣ１２３４５６７"), "ABC1234567"), "full width is the same"


@pytest.mark.parametrize("kept", ["", "x", "plain", "$argon2id$broken", "!"])
def test_what_is_no_hash_fits_nothing(kept: str) -> None:
    assert not passwords.fits(kept, kept)


@pytest.mark.parametrize(("name", "fine"), [
    ("李敏", True), ("li.min@office", True), ("ｌｉｍｉｎ", True), ("", False), ("  ", False), ("a b", False), ("<b>", False),
    ("x" * 61, False), ("a\nb", False), ("阿卜杜拉·热合曼", True),
])
def test_names(name: str, fine: bool) -> None:
    assert (passwords.find_name_fault(name) is None) is fine
