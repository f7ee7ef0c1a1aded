"""Exports and `inspect --json` held against the contract's schemas (tests/contract is the project's copy)."""

from __future__ import annotations

import io
import json
from pathlib import Path

import docx
import pytest
from jsonschema import Draft202012Validator
from PIL import Image
from referencing import Registry, Resource

from baosong.cli import main

CONTRACT = Path(__file__).parent / "contract"


def validator(name: str) -> Draft202012Validator:
    record = json.loads((CONTRACT / "record.schema.json").read_text(encoding="utf-8"))
    schema = json.loads((CONTRACT / name).read_text(encoding="utf-8"))
    registry: Registry = Registry().with_resource("record.schema.json", Resource.from_contents(record))
    return Draft202012Validator(schema, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = 0
    try:
        main(list(arguments))
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, capsys.readouterr().out


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    mail = b"From: a@b.cn\r\nSubject: =?utf-8?B?5L2g5aW9?=\r\nMessage-ID: <1@b.cn>\r\n\r\n"
    mail += b"https://pan.baidu.com/s/1bZPunhvLeUVEAGq3ba54RR pwd: ab12\r\n"
    (tmp_path / "a.eml").write_bytes(mail)
    document = docx.Document()
    document.add_paragraph("随便一段话")
    document.save(str(tmp_path / "b.docx"))
    Image.new("RGB", (1240, 1754), "white").save(tmp_path / "c.pdf")
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "red").save(out, "JPEG")
    (tmp_path / "d.jpg").write_bytes(out.getvalue())
    (tmp_path / "e.txt").write_text("链接：https://pan.baidu.com/s/1bZPunhvLeUVEAGq3ba54RR 提取码：ab12", encoding="gb18030")
    (tmp_path / "f.bin").write_bytes(bytes(range(256)))
    return {path.name: path for path in sorted(tmp_path.iterdir())}


def test_inspect_json(files: dict[str, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    status, printed = run(capsys, "--json", "inspect", *map(str, files.values()))
    assert status == 0
    entries = json.loads(printed)
    assert [Path(entry["file"]).name for entry in entries] == list(files)
    validator("inspect.schema.json").validate(entries)
    assert entries[0]["message"]["links"][0]["code"] == "ab12"
    record = entries[0]["message"]
    validator("record.schema.json").validate(record)
    assert entries[4]["links"][0]["url"] == "https://pan.baidu.com/s/1bZPunhvLeUVEAGq3ba54RR"
    again, other = run(capsys, "inspect", "--json", str(files["a.eml"]))
    assert (again, json.loads(other)) == (0, entries[:1])


def test_export_jsonl(files: dict[str, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text("[links]\ncheck = false\n[scan]\nocr = false\nseals = false\n", encoding="utf-8")
    assert run(capsys, "import", str(files["a.eml"]), "--received-at", "header")[0] == 0
    assert run(capsys, "export", "jsonl", "--out", "out.jsonl")[0] == 0
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 1
    for line in lines:
        validator("record.schema.json").validate(line)
    assert lines[0]["source"] == "a.eml"
