"""导出: what the page offers, and the files as a browser gets them."""

from __future__ import annotations

import io
import json
import zipfile

import openpyxl
from starlette.testclient import TestClient

from staff.web.site import Site
from storage.export_marks import last_export
from tests.staff.web.browser import post


def test_page(viewer: TestClient, editor: TestClient) -> None:
    page = viewer.get("/exports?batch=1")
    assert page.status_code == 200
    assert "导出：第一批" in page.text
    assert "尚未正式导出" in page.text
    assert "正式导出</button>" not in page.text
    assert "正式导出</button>" in editor.get("/exports?batch=1").text
    assert "全部批次" in viewer.get("/exports?batch=all").text
    assert viewer.get("/exports?batch=99'").status_code == 200


def test_strangers_get_nothing(stranger: TestClient) -> None:
    for address in ("/exports", "/exports/summary.xlsx", "/exports/folder.zip", "/exports/records.jsonl"):
        assert stranger.get(address).status_code == 303
    assert stranger.post("/exports/summary.xlsx").status_code in (303, 403)


def test_workbook(viewer: TestClient, editor: TestClient, site: Site) -> None:
    look = viewer.get("/exports/summary.xlsx?batch=1")
    assert look.status_code == 200
    assert look.headers["Cache-Control"] == "no-store"
    assert "filename*=UTF-8''%E6%99%BA" in look.headers["Content-Disposition"]
    assert last_export(site.database, site.campaign.key, 1) is None
    assert viewer.post("/exports/summary.xlsx", data={"batch": "1"}).status_code == 403
    made = post(editor, "/exports/summary.xlsx", {"batch": "1"})
    assert made.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(made.content))
    assert book.sheetnames[0] == "典型案例"
    assert book["典型案例"].max_row > 3
    mark = last_export(site.database, site.campaign.key, 1)
    assert mark is not None
    assert mark.who == "editor"
    assert "上次正式导出" in viewer.get("/exports?batch=1").text


def test_zip(viewer: TestClient) -> None:
    answer = viewer.get("/exports/folder.zip?batch=1")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert all(name.startswith("第一批材料/") for name in names)
        assert "第一批材料/目录.html" in names
        assert any(name.endswith("（盖章扫描件）.pdf") for name in names)
    with zipfile.ZipFile(io.BytesIO(viewer.get("/exports/folder.zip?batch=1&complete=1").content)) as archive:
        assert 2 < len(archive.namelist()) < len(names)


def test_records(viewer: TestClient) -> None:
    lines = viewer.get("/exports/records.jsonl?batch=all").text.splitlines()
    assert len(lines) > 10
    assert all(json.loads(line)["batch"] == 1 for line in viewer.get("/exports/records.jsonl?batch=1").text.splitlines())
