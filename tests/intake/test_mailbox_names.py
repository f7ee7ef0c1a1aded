"""Folder names: the wire's spelling, and which folder a configured name means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.folder_names import Folder, encode_name, find_decoded_name, find_folder, new_folder_wire

# As imap.163.com lists them (providers.md A4).
OF_163 = {
    "INBOX": "INBOX", "&g0l6P3ux-": "草稿箱", "&XfJT0ZAB-": "已发送", "&XfJSIJZk-": "已删除", "&V4NXPpCuTvY-": "垃圾邮件",
    "&dcVr0mWHTvZZOQ-": "病毒文件夹", "&Xn9USpCuTvY-": "广告邮件", "&i6KWBZCuTvY-": "订阅邮件",
}


def listed(*names: str, delimiter: str | None = "/", **flags: str) -> list[Folder]:
    return [Folder(name, encode_name(name), frozenset({flags[name]} if name in flags else ()), delimiter) for name in names]


@pytest.mark.parametrize(("wire", "name"), OF_163.items())
def test_names_of_163_both_ways(wire, name):
    assert find_decoded_name(wire) == name
    assert encode_name(name) == wire


@pytest.mark.parametrize(("name", "wire"), [("A&B", "A&-B"), ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"), ("", ""),
                                            ("𠀀", "&2EDcAA-"), ("tab\t", "tab&AAk-")])
def test_examples_of_the_rfc_and_beyond(name, wire):
    assert encode_name(name) == wire
    assert find_decoded_name(wire) == name


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_every_name_survives_the_wire(name):
    wire = encode_name(name)
    assert wire.isascii()
    assert wire.isprintable()
    assert find_decoded_name(wire) == name


@given(st.one_of(st.text(), st.text(alphabet="&-,+AbZ9=/")))
def test_any_wire_name_is_read_or_refused(wire):
    decoded = find_decoded_name(wire)
    assert decoded is None or isinstance(decoded, str)


@pytest.mark.parametrize("wire", ["&V4N", "&V4NXPpCuTv-", "&***-", "a & b", "&AGE", "&2EA-"])
def test_malformed_names_are_told_apart(wire):
    assert find_decoded_name(wire) is None


SIX = [*listed("INBOX", "草稿箱", "已发送", "已删除", "广告邮件", "订阅邮件"), Folder("垃圾邮件", encode_name("垃圾邮件"), frozenset({"\\junk"}))]
QQ = [*listed("INBOX", "Drafts", "Deleted Messages", "其他文件夹/报送"),
      Folder("Junk", "Junk", frozenset({"\\junk", "\\hasnochildren"})), Folder("Sent Messages", "Sent Messages", frozenset({"\\sent"})),
      Folder("其他文件夹", encode_name("其他文件夹"), frozenset({"\\noselect"}))]
COURIER = listed("INBOX", "INBOX.Sent", "INBOX.垃圾邮件", "INBOX.报送.第一批", delimiter=".")


@pytest.mark.parametrize(("asked", "folders", "found"), [
    ("inbox", SIX, "INBOX"),
    ("收件箱", SIX, "INBOX"),
    ("垃圾邮件", SIX, "垃圾邮件"),
    ("\\Junk", SIX, "垃圾邮件"),
    ("\\JUNK", SIX, "垃圾邮件"),
    ("\\Spam", SIX, "垃圾邮件"),
    ("&V4NXPpCuTvY-", SIX, "垃圾邮件"),
    ("Spam", SIX, "垃圾邮件"),
    (" 广告 邮件 ", SIX, "广告邮件"),
    ("\\Sent", SIX, "已发送"),
    ("已发送邮件", SIX, "已发送"),
    ("病毒文件夹", SIX, None),
    ("\\Archive", SIX, None),
    ("\\Nonsense", SIX, None),
    ("", SIX, None),
    ("垃圾邮件", QQ, "Junk"),
    ("junk", QQ, "Junk"),
    ("已删除", QQ, "Deleted Messages"),
    ("已发送", QQ, "Sent Messages"),
    ("报送", QQ, "其他文件夹/报送"),
    ("其他文件夹/报送", QQ, "其他文件夹/报送"),
    ("其他文件夹", QQ, None),  # holds folders, no mails
    ("垃圾邮件", COURIER, "INBOX.垃圾邮件"),
    ("INBOX/垃圾邮件", COURIER, "INBOX.垃圾邮件"),
    ("INBOX/报送/第一批", COURIER, "INBOX.报送.第一批"),
    ("第一批", listed("甲/第一批", "乙/第一批"), None),  # no guess between two
    ("Junk", listed("INBOX", "Junk", "JUNK"), "Junk"),
    ("junk", listed("INBOX", "Junk", "JUNK"), None),
    ("anything", [], None),
])
def test_configured_names(asked, folders, found):
    folder = find_folder(asked, folders)
    assert (folder.name if folder else None) == found


@given(st.text(), st.lists(st.builds(Folder, st.text(), st.text(), st.frozensets(st.sampled_from(["\\junk", "\\noselect"])),
                                     st.sampled_from(["/", ".", None]))))
def test_resolving_never_raises_and_only_names_what_is_there(asked, folders):
    found = find_folder(asked, folders)
    assert found is None or (found in folders and found.selectable)


@pytest.mark.parametrize(("name", "folders", "wire"), [
    ("已处理", SIX, encode_name("已处理")),
    ("已处理/第一批", SIX, encode_name("已处理/第一批")),
    ("已处理/第一批", COURIER, "INBOX." + encode_name("已处理.第一批")),
    ("INBOX/done", COURIER, "INBOX.done"),
    ("done", listed("INBOX", delimiter="."), "done"),
    ("a/b", listed("INBOX", "x", delimiter=None), "a/b"),
    ("done", [], "done"),
])
def test_where_a_new_folder_goes(name, folders, wire):
    assert new_folder_wire(name, folders) == wire
