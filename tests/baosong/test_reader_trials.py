"""`baosong check` tries what the readers need from this machine, and says what becomes of such files where it is missing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from baosong import reader_trials
from baosong.reader_trials import Trial, trials
from core.ports import ReadLimits
from core.settings import ScanSettings, Settings, WorkerSettings
from parsers import native_archives, ocr, seal
from parsers.office import OFFICE

NAMES = ("扫描件查找印章", "扫描件文字识别", "旧格式文档（.doc .wps .odt .rtf）", "旧格式文档的后备（antiword）", "RAR、7z等压缩包")
SEALS, TEXTS, OLD, ANTIWORD, ARCHIVES = NAMES


def run(*, ocr: bool = False, seals: bool = True, limits: ReadLimits | None = None, processes: int = 2) -> dict[str, Trial]:
    scan = ScanSettings(ocr=ocr, seals=seals)
    found = list(trials(Settings(scan=scan, limits=limits or ReadLimits(), workers=WorkerSettings(processes=processes))))
    assert tuple(name for name, _, _ in found) == NAMES
    return {trial[0]: trial for trial in found}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None or shutil.which("antiword") is None, reason="the readers are not installed")
def test_what_is_there_is_tried_and_works() -> None:
    found = run()
    assert [works for _, works, _ in found.values()] == [True] * 5, found
    assert "常驻" in found[OLD][2]
    assert OFFICE.pid is None, "the trial leaves nothing running"


def broken(*_: object) -> object:
    raise ImportError("libGL.so.1: cannot open shared object file")


def test_with_an_empty_path_each_line_says_what_becomes_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(native_archives, "libarchive", None)
    monkeypatch.setattr(ocr, "check_ocr", lambda: "no model")
    monkeypatch.setattr(seal, "find_seals", broken)
    found = run(ocr=True)
    assert [works for _, works, _ in found.values()] == [False] * 5
    for _, _, text in found.values():
        assert "待核" in text
    assert "libGL" in found[SEALS][2]
    assert "apt-get install libreoffice-writer-nogui" in found[OLD][2]
    assert "apt-get install antiword" in found[ANTIWORD][2]
    assert "libarchive13" in found[ARCHIVES][2]
    assert "ZIP" in found[ARCHIVES][2]


def script(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_a_program_that_is_there_but_does_not_run_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path, "soffice", "echo 'libfoo.so: cannot open shared object file' >&2; exit 127")
    script(tmp_path, "antiword", "exit 127")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = run()
    assert not found[OLD][1]
    assert "cannot open shared object file" in found[OLD][2]
    assert not found[ANTIWORD][1]


def test_the_engine_for_scans_is_loaded_only_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(reader_trials, "_free_memory", lambda: None)
    called = []
    monkeypatch.setattr(ocr, "check_ocr", lambda: called.append(1))
    monkeypatch.setattr(seal, "find_seals", lambda page: called.append(2))
    off = run(seals=False)
    assert "未启用" in off[TEXTS][2]
    assert "未启用" in off[SEALS][2]
    assert called == []
    assert run(ocr=True, seals=False)[TEXTS][1]
    assert called == [1]


def test_memory_that_will_not_do_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(ocr, "check_ocr", lambda: None)
    monkeypatch.setattr(reader_trials, "_free_memory", lambda: 4000 * 2**20)
    assert run(ocr=True, processes=3)[TEXTS][1]
    for found, option in ((run(ocr=True, processes=4), "workers.processes"), (run(ocr=True, limits=ReadLimits(memory=2**30)), "limits.memory")):
        _, works, text = found[TEXTS]
        assert not works
        assert option in text
        assert "待核" in text


@pytest.mark.parametrize("library", ["cv2", "rapidocr"])
def test_without_the_libraries_for_pictures_it_is_told_and_a_scan_is_a_doubt(tmp_path: Path, library: str) -> None:
    """Seen: `check` and `inspect` ended with a traceback where OpenCV is not installed."""
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.modules[{library!r}] = None\n")
    Image.new("RGB", (1000, 1400), "white").save(tmp_path / "scan.pdf")
    root = Path(__file__).resolve().parents[2]
    program = (
        "import contextlib, io, json, pathlib\nfrom baosong.cli import main\nfrom baosong.reader_trials import _seals, _texts\n"
        "from core.settings import ScanSettings, Settings\nsettings = Settings(scan=ScanSettings(ocr=True))\n"
        "trials, out = [_seals(settings), _texts(settings)], io.StringIO()\n"
        "with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):\n"
        "    main(['inspect', '--ocr', '--json', 'scan.pdf'])\n"
        "with contextlib.suppress(SystemExit):\n"
        "    main(['inspect', '--picture', 'a.png', 'no-such-file'])\n"
        "print(json.dumps([trials, json.loads(out.getvalue())]))\n"
    )
    env = {"PATH": "", "PYTHONPATH": f"{tmp_path}:{root}", "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, env=env, check=False)
    assert "Traceback" not in done.stderr
    ((_, seals_work, seals), (_, texts_work, texts)), (entry,) = json.loads(done.stdout.splitlines()[-1])
    assert not texts_work
    assert "待核" in texts
    assert seals_work == (library == "rapidocr"), seals
    assert entry["scan"]["seal"] == "uncertain", "a blank page proves nothing, nor does one that nobody could look at"
    assert ("无法画出页面" in done.stderr) == (library == "cv2")


def test_the_scripts_install_what_is_tried() -> None:
    root = Path(__file__).resolve().parents[2]
    for file in (root / "scripts" / "test", root / "Dockerfile"):
        text = file.read_text("utf-8")
        for package in ("libreoffice-writer-nogui", "antiword", "libarchive13"):
            assert package in text, (file.name, package)


def test_the_program_starts_without_any_of_them(tmp_path: Path) -> None:
    """`inspect` of an old document with a PATH of nothing: told, not broken."""
    root = Path(__file__).resolve().parents[2]
    old = root / "tests" / "data" / "forms" / "case-word97.doc"
    done = subprocess.run([sys.executable, "-m", "baosong", "--json", "inspect", str(old)], capture_output=True, text=True, cwd=tmp_path,
                          env={"PATH": str(tmp_path), "PYTHONPATH": str(root), "HOME": str(tmp_path)}, check=False)  # fmt: skip
    assert "no_converter" in done.stdout
    assert "Traceback" not in done.stderr
