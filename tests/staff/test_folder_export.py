"""The experts' folder on a disk and as a zip: names, second runs, what never goes in."""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import staff.folder_export as folder_export
from staff import folder_export_zip
from staff.folder_export import Before, NoSpace, Report, write_folder
from staff.folder_export_index import INDEX, MANIFEST
from staff.folder_export_names import MAX_BYTES, MAX_UNITS, Names, safe_ending, safe_name
from staff.folder_export_plan import Wanted
from staff.folder_export_zip import zip_blocks
from storage.desk import Act, Desk
from tests.staff.export_world import COURSE_FIELDS, MISSING, NETDISK, World, make_world
from tests.storage.samples import NOW


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.database.close()


def export(world: World, target: Path, batch: int | None = None, *, complete: bool = False) -> Report:
    wanted = Wanted(world.database, world.campaign, world.register, batch, complete)
    return write_folder(wanted, world.blobs, target, NOW)


def tree(target: Path) -> list[str]:
    return sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file())


PLACE = "第一批/济南市教育局/典型案例/历下区社区学院+典型案例-银龄课堂"


def test_names_as_the_notice_has_them(world: World, tmp_path: Path) -> None:
    world.item()
    world.item("智能生活", category="course", fields=COURSE_FIELDS, links=(NETDISK,), reporting_unit="青岛市教育局", batch=2,
               files={"申报.docx": "word_form", "1.jpg": "scan", "2.jpg": "scan", "课.mp4": "video"})
    done = export(world, tmp_path / "out")
    course = "第二批/青岛市教育局/典型课程资源/历下区社区学院+典型课程资源-智能生活"
    name = "历下区社区学院+典型课程资源"
    assert tree(tmp_path / "out") == sorted([
        INDEX, MANIFEST, f"{PLACE}/历下区社区学院+典型案例.docx", f"{PLACE}/历下区社区学院+典型案例（盖章扫描件）.pdf",
        f"{course}/{name}.docx", f"{course}/{name}（盖章扫描件1）.jpg", f"{course}/{name}（盖章扫描件2）.jpg",
        f"{course}/{name}（附件1）.mp4", f"{course}/网盘链接.txt",
    ])
    assert (done.items, done.files, done.added) == (2, 7, 7)
    links = (tmp_path / "out" / course / "网盘链接.txt").read_bytes()
    assert links.startswith(b"\xef\xbb\xbf")
    assert "提取码：ab12\r\n" in links.decode("utf-8-sig")
    for line in (tmp_path / "out" / MANIFEST).read_text().splitlines():
        sha256, path = line.split("  ", 1)
        assert hashlib.sha256((tmp_path / "out" / path).read_bytes()).hexdigest() == sha256


def test_index_links_lead_to_the_files(world: World, tmp_path: Path) -> None:
    world.item("<b>&\"引号\"#百分%25?", applicant_unit="某<script>单位")
    world.item("二", state="incomplete", findings=(MISSING,))
    export(world, tmp_path / "out")
    page = (tmp_path / "out" / INDEX).read_text()
    assert "<script>" not in page
    assert "不齐全（缺盖章扫描件）" in page
    links = [unquote(link) for link in re.findall(r'href="([^"]+)"', page)]
    assert len(links) == 1 + 2 * 3
    for link in links:
        assert not link.startswith(("/", "http"))
        assert (tmp_path / "out" / link).exists(), link


def test_second_run_only_adds(world: World, tmp_path: Path) -> None:
    one = world.item()
    out = tmp_path / "out"
    export(world, out)
    stamps = {path: (out / path).stat().st_mtime_ns for path in tree(out) if path not in (INDEX, MANIFEST)}
    world.item("另一件", reporting_unit="青岛市教育局")
    again = export(world, out)
    assert (again.added, again.changed, again.gone) == (2, 0, [])
    assert {path: (out / path).stat().st_mtime_ns for path in stamps} == stamps
    Desk(world.database).reassign_item(one, {"title": "改名"}, Act("li", NOW))
    third = export(world, out)
    assert third.added == 2
    assert third.gone == sorted(stamps)
    assert all((out / path).is_file() for path in stamps)
    assert "现已不属本次材料" in (out / INDEX).read_text()
    assert export(world, out).gone == sorted(stamps), "told again as long as they lie there"
    (out / min(stamps)).unlink()
    assert export(world, out).gone == sorted(stamps)[1:]


def test_a_damaged_file_is_written_anew(world: World, tmp_path: Path) -> None:
    world.item()
    export(world, tmp_path / "out")
    victim = tmp_path / "out" / f"{PLACE}/历下区社区学院+典型案例.docx"
    victim.write_bytes(b"short")
    assert export(world, tmp_path / "out").changed == 1
    assert victim.read_bytes() == "表.docx 银龄课堂".encode()


def test_what_never_goes_in(world: World, tmp_path: Path) -> None:
    old = world.item("旧", files={"旧.docx": "word_form"})
    world.item("新", files={"新.docx": "word_form", "病毒.exe": "blocked", "宏.docm": "blocked", "坏.pdf": "unreadable", "包.zip": "archive"},
               supersedes=(old,))
    refused = world.item("不采纳")
    Desk(world.database).reject_item(refused, Act("li", NOW))
    world.item("未完", state="incomplete", findings=(MISSING,))
    export(world, tmp_path / "out")
    names = [path.rsplit("/", 1)[1] for path in tree(tmp_path / "out") if "/" in path]
    assert len(names) == 3
    assert {path.split("/")[3] for path in tree(tmp_path / "out") if "/" in path} == {
        "历下区社区学院+典型案例-新", "历下区社区学院+典型案例-未完",
    }
    export(world, tmp_path / "complete", complete=True)
    assert len(tree(tmp_path / "complete")) == 3
    assert export(world, tmp_path / "none", 3).items == 0


def test_files_of_another_item_of_the_mail_are_not_mixed_in(world: World, tmp_path: Path) -> None:
    """Two items with the same name and unit, too: each keeps its own folder."""
    world.item()
    world.item()
    export(world, tmp_path / "out")
    folders = {path.split("/")[3] for path in tree(tmp_path / "out") if "/" in path}
    assert len(folders) == 2
    assert {name.split("（")[0] for name in folders} == {"历下区社区学院+典型案例-银龄课堂"}


def test_missing_and_damaged_blobs_are_told(world: World, tmp_path: Path) -> None:
    world.item()
    world.item("另一件")
    blobs = sorted(world.blobs.all())
    place = world.blobs.path(blobs[0])
    place.unlink()
    other = world.blobs.path(blobs[1])
    other.chmod(0o600)
    other.write_bytes(b"x" * other.stat().st_size)
    done = export(world, tmp_path / "out")
    assert len(done.missing) == 2
    assert (tmp_path / "out" / INDEX).read_text().count("原件缺失") == 2
    assert len(tree(tmp_path / "out")) == 2 + 2
    assert not list((tmp_path / "out").rglob(".*"))


def test_too_small_a_disk_is_told_before_anything_is_written(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world.item()
    monkeypatch.setattr(folder_export, "MARGIN", 1 << 60)
    with pytest.raises(NoSpace) as told:
        export(world, tmp_path / "out")
    assert told.value.needed > 0
    assert tree(tmp_path / "out") == []


def test_a_list_that_was_tampered_with_stays_inside(world: World, tmp_path: Path) -> None:
    world.item()
    out = tmp_path / "out"
    export(world, out)
    (tmp_path / "outside.txt").write_text("x")
    with (out / MANIFEST).open("a") as file:
        file.write(f"{'0' * 64}  ../outside.txt\n{'0' * 64}  /etc/passwd\n{'z' * 64}  {INDEX}\n")
    assert export(world, out).gone == []


def test_the_list_of_earlier_runs(tmp_path: Path) -> None:
    wanted = {f"{number % 7}/文件{number}.docx": f"{number:064x}" for number in range(300)}
    gone = {"0/文件7.docx", "3/文件10.docx"}
    lines = [f"{'# ' if path in gone else ''}{sha256}  {path}\n" for path, sha256 in wanted.items()]
    (tmp_path / MANIFEST).write_text("".join(reversed(lines)) + "no line of it\n")
    before = Before(tmp_path / MANIFEST)
    assert all(before.has(path, sha256) for path, sha256 in wanted.items())
    assert not before.has("0/文件0.docx", wanted["1/文件1.docx"])
    assert not before.has("0/文件0.docx", None)
    assert not before.has("9/别的.docx", "0" * 64)
    for path in wanted.keys() - gone:
        before.see(path)
    before.see("9/别的.docx")
    assert {path for path, _ in before.unseen()} == gone
    assert not Before(tmp_path / "no such list").has("a", "0" * 64)


def test_zip_holds_the_same(world: World, tmp_path: Path) -> None:
    world.item()
    world.item("智能生活", category="course", fields=COURSE_FIELDS, links=(NETDISK,))
    export(world, tmp_path / "out")
    wanted = Wanted(world.database, world.campaign, world.register)
    data = b"".join(zip_blocks(wanted, world.blobs, NOW, "材料"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = [info.filename for info in archive.infolist()]
        assert sorted(names) == sorted(f"材料/{path}" for path in tree(tmp_path / "out"))
        assert all(info.flag_bits & 0x800 for info in archive.infolist() if not info.filename.isascii())
        for path in tree(tmp_path / "out"):
            if path not in (INDEX, MANIFEST):
                assert archive.read(f"材料/{path}") == (tmp_path / "out" / path).read_bytes()
        assert sorted(archive.read(f"材料/{MANIFEST}").splitlines()) == sorted((tmp_path / "out" / MANIFEST).read_bytes().splitlines())


def test_the_list_at_a_zips_end_comes_in_blocks_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a line for each file, and the zip writes it in one go."""
    monkeypatch.setattr(folder_export_zip, "_BLOCK", 100)
    world.item()
    blocks = list(zip_blocks(Wanted(world.database, world.campaign, world.register), world.blobs, NOW, "材料"))
    data = b"".join(blocks)
    listed = len(data) - data.index(b"PK\x01\x02")
    assert listed > 300
    assert max(map(len, blocks[-(listed // 100):])) <= 100


def test_a_zip_nobody_wants_the_rest_of_holds_no_list(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen: of a download broken off, the list of all files so far was written into memory as one block."""
    pipes: list[folder_export_zip._Pipe] = []

    class Kept(folder_export_zip._Pipe):
        def __init__(self) -> None:
            super().__init__()
            pipes.append(self)

    monkeypatch.setattr(folder_export_zip, "_Pipe", Kept)
    world.item()
    blocks = zip_blocks(Wanted(world.database, world.campaign, world.register), world.blobs, NOW, "材料")
    assert next(block for block in blocks if block)
    blocks.close()  # type: ignore[attr-defined]
    assert pipes[0].fetch() == b""


def test_a_file_that_changed_on_the_disk_is_named_as_missing_not_vouched_for(world: World) -> None:
    world.item()
    wanted = Wanted(world.database, world.campaign, world.register)
    with zipfile.ZipFile(io.BytesIO(b"".join(zip_blocks(wanted, world.blobs, NOW, "材料")))) as archive:
        digest = archive.read(f"材料/{MANIFEST}").decode().split()[0]
    path = world.blobs.path(digest)
    path.chmod(0o600)
    path.write_bytes(b"rot")
    with zipfile.ZipFile(io.BytesIO(b"".join(zip_blocks(wanted, world.blobs, NOW, "材料")))) as archive:
        assert hashlib.sha256(b"rot").hexdigest() not in archive.read(f"材料/{MANIFEST}").decode()
        assert "原件缺失，未放入" in archive.read(f"材料/{INDEX}").decode()


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "name"), [
    ("a/b\\c", "a／b＼c"), ("..", "未命名"), ("../../etc/passwd", "／..／etc／passwd"), ("CON", "_CON"), ("con.txt", "_con.txt"), ("LPT¹", "_LPT¹"),
    ("COM10", "COM10"), ("名称. . ", "名称"), ("  名称", "名称"), (".hidden", "hidden"), ("a\u202egpj.exe", "agpj.exe"), ("a\nb\tc", "a b c"),
    ("cafe\u0301", "caf\u00e9"), ("", "未命名"), ("\x00", "未命名"), ('<>:"|?*', "＜＞：”｜？＊"), ("\ud800x", "x"),
])
def test_safe_names(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(st.text(st.characters(), max_size=400))
@example("0 \x1b\x850")
def test_names_fit_every_system(text: str) -> None:
    name = safe_name(text)
    assert name
    assert len(name.encode()) <= MAX_BYTES + 1
    assert len(name.encode("utf-16-le")) // 2 <= MAX_UNITS + 1
    assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', name)
    assert name == name.rstrip(". ")
    assert not name.startswith(".")
    assert safe_name(name) == name or name.startswith("_")
    assert unicodedata.normalize("NFC", name) == name or not text.isascii()


def test_long_names_keep_their_beginning() -> None:
    assert safe_name("长" * 300).startswith("长" * 50)
    assert safe_name("𪚥" * 300).endswith("…")
    assert len(safe_name("a" * 300)) == MAX_UNITS


def test_equal_names_are_told_apart() -> None:
    names = Names()
    given_out = [names.give("名称", mark="HL1"), names.give("名称", mark="HL2"), names.give("名称", mark="HL2"), names.give("ＡBC"), names.give("ａbc".upper())]
    assert given_out[:3] == ["名称", "名称（HL2）", "名称（HL2-2）"]
    assert len({name.casefold() for name in given_out}) == 5
    names = Names()
    long = [names.give("长" * 200, ".docx", "HL1") for _ in range(12)]
    assert len(set(long)) == 12
    assert all(len(name.encode()) <= MAX_BYTES + 1 and name.endswith(".docx") for name in long)


@pytest.mark.parametrize(("name", "kind", "ending"), [
    ("a.DOCX", "x/y", ".docx"), ("a.exe", "application/pdf", ".pdf"), ("a.pdf.scr", "x/y", ".bin"), ("无", "image/jpeg", ".jpg"),
    ("a.html", "text/html", ".bin"), ("a.", "x/y", ".bin"), (".docx", "x/y", ".bin"), ("a.wps", "application/octet-stream", ".wps"),
])
def test_endings(name: str, kind: str, ending: str) -> None:
    assert safe_ending(name, kind) == ending
