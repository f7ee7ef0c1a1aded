"""`baosong check` tries what the readers need from this machine, and says what becomes of such files where it is missing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from baosong import reader_trials
from baosong.reader_trials import Trial, trials
from parsers import native_archives
from parsers.office import OFFICE

NAMES = ("扫描件文字识别", "旧格式文档（.doc .wps .odt .rtf）", "旧格式文档的后备（antiword）", "RAR、7z等压缩包")


def run(**asked: bool) -> dict[str, Trial]:
    found = list(trials(ocr=asked.get("ocr", False), seals=asked.get("seals", False)))
    assert tuple(name for name, _, _ in found) == NAMES
    return {trial[0]: trial for trial in found}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None or shutil.which("antiword") is None, reason="the readers are not installed")
def test_what_is_there_is_tried_and_works() -> None:
    found = run()
    assert [works for _, works, _ in found.values()] == [True] * 4, found
    assert "常驻" in found[NAMES[1]][2]
    assert OFFICE.pid is None, "the trial leaves nothing running"


def test_with_an_empty_path_each_line_says_what_becomes_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(native_archives, "libarchive", None)
    monkeypatch.setattr(reader_trials, "check_ocr", lambda: "no model")
    found = run(ocr=True)
    assert [works for _, works, _ in found.values()] == [False] * 4
    for _, _, text in found.values():
        assert "待核" in text
    assert "apt-get install libreoffice-writer-nogui" in found[NAMES[1]][2]
    assert "apt-get install antiword" in found[NAMES[2]][2]
    assert "libarchive13" in found[NAMES[3]][2]
    assert "ZIP" in found[NAMES[3]][2]


def script(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_a_program_that_is_there_but_does_not_run_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path, "soffice", "echo 'libfoo.so: cannot open shared object file' >&2; exit 127")
    script(tmp_path, "antiword", "exit 127")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = run()
    assert not found[NAMES[1]][1]
    assert "cannot open shared object file" in found[NAMES[1]][2]
    assert not found[NAMES[2]][1]


def test_the_engine_for_scans_is_loaded_only_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    called = []
    monkeypatch.setattr(reader_trials, "check_ocr", lambda: called.append(1))
    assert "未启用" in run(seals=True)[NAMES[0]][2]
    assert called == []
    assert run(ocr=True)[NAMES[0]][1]
    assert called == [1]


def test_the_scripts_install_what_is_tried() -> None:
    root = Path(__file__).resolve().parents[2]
    for file in (root / "scripts" / "test", root / "Dockerfile"):
        text = file.read_text("utf-8")
        for package in ("libreoffice-writer-nogui", "antiword", "libarchive13"):
            assert package in text, (file.name, package)


def test_the_program_starts_without_any_of_them(tmp_path: Path) -> None:
    """`inspect` of an old document with a PATH of nothing: told, not broken."""
    import sys

    root = Path(__file__).resolve().parents[2]
    old = root / "tests" / "data" / "forms" / "case-word97.doc"
    done = subprocess.run([sys.executable, "-m", "baosong", "--json", "inspect", str(old)], capture_output=True, text=True, cwd=tmp_path,
                          env={"PATH": str(tmp_path), "PYTHONPATH": str(root), "HOME": str(tmp_path)}, check=False)  # fmt: skip
    assert "no_converter" in done.stdout
    assert "Traceback" not in done.stderr
