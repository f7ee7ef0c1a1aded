"""信件: the list, one letter in its frame, drafts in bulk, writing, reminding, wording. Clients without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from staff.web.site import Site
from storage.queries import AnswerFilter, Queries
from storage.rows import AnswerRow
from tests.staff.web.browser import post


def rows(site: Site, **wanted: object) -> list[AnswerRow]:
    return list(Queries(site.database).answers(AnswerFilter(**wanted), 500).rows)  # type: ignore[arg-type]


@pytest.fixture
def site(site: Site, tmp_path: Path) -> Site:
    """With a folder for the office's own wording, which need not be there."""
    return replace(site, templates=tmp_path / "templates")


@pytest.fixture
def drafts(site: Site) -> list[AnswerRow]:
    """All letters as drafts: the demo's were sent."""
    with site.database.write() as connection:
        connection.exec_driver_sql("UPDATE answer SET state = 'draft', sent_at = NULL, raw_sha256 = NULL WHERE state IN ('sent', 'waiting')")
    return rows(site, state="draft")


def faces(client: TestClient) -> dict[str, str]:
    """What the list's form says of each letter that may still go."""
    return dict(re.findall(r'name="(face_\d+)" value="([^"]+)"', client.get("/letters").text))


def group_form(client: TestClient, key: str) -> dict[str, str]:
    """The hidden fields of the form in which this sentence stands."""
    page = client.get("/letters/wording").text
    form = next(part for part in page.split("<form")[1:] if f'name="s_{key}"' in part)
    return dict(re.findall(r'type="hidden" name="(group|face)" value="([^"]*)"', form))


def file_form(client: TestClient, name: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(face)" value="([^"]*)"', client.get(f"/letters/wording/{name}").text))


def test_the_list_by_state_and_kind(viewer: TestClient, site: Site, drafts: list[AnswerRow]) -> None:
    page = viewer.get("/letters").text
    assert all(f"/letters/{row.id}" in page for row in drafts[:20])
    assert 'type="checkbox"' not in page, "who may only look has nothing to tick"
    corrections = viewer.get("/letters?kind=correction&state=draft").text
    for row in drafts:
        assert (f'"/letters/{row.id}"' in corrections) is (row.kind == "correction")
    assert viewer.get("/letters?state=nonsense&kind=%3Cscript%3E&before=x").status_code == 200
    assert drafts[0].to in viewer.get(f"/letters?q={drafts[0].to}").text


def test_one_letter_and_its_frame(viewer: TestClient, drafts: list[AnswerRow]) -> None:
    row = drafts[0]
    page = viewer.get(f"/letters/{row.id}")
    assert row.to in page.text
    assert f'src="/letters/{row.id}/html"' in page.text
    assert "sandbox" in page.text
    frame = viewer.get(f"/letters/{row.id}/html")
    policy = frame.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "材料" in frame.text
    assert viewer.get("/letters/999999").status_code == 404
    assert viewer.get("/letters/999999/html").status_code == 404


def test_a_sent_letter_is_shown_as_it_went_out(viewer: TestClient, site: Site) -> None:
    sent = rows(site, state="sent")
    if not sent or sent[0].raw_sha256 is None:
        pytest.skip("the demo's engine kept no bytes")
    assert "<h1" in viewer.get(f"/letters/{sent[0].id}/html").text


def test_drafts_in_bulk(editor: TestClient, viewer: TestClient, site: Site, drafts: list[AnswerRow]) -> None:
    ids = [str(row.id) for row in drafts[:3]]
    assert post(viewer, "/letters/change", {"id": ids, "action": "release"}).status_code == 403
    shown = faces(editor)
    assert "未处理" in post(editor, "/letters/change", {"id": ids, "action": "release"}, follow=True).text, "nothing says what was seen"
    answer = post(editor, "/letters/change", {**shown, "id": ids, "action": "release", "next": "/letters?state=draft"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/letters?state=draft"
    assert {str(row.id) for row in rows(site, state="waiting")} == set(ids)
    assert "已改为草稿2封，另有1封" in post(editor, "/letters/change", {**faces(editor), "id": [*ids[:2], "999"], "action": "hold"}, follow=True).text
    post(editor, "/letters/change", {**faces(editor), "id": ids[:1], "action": "withdraw", "why": "对方已来电"})
    (taken,) = [row for row in rows(site, state="suppressed") if str(row.id) == ids[0]]
    assert taken.reason == "对方已来电"
    assert post(editor, "/letters/change", {"action": "release"}, follow=True).text.count("请先勾选信件") == 1
    assert post(editor, "/letters/change", {"id": "1", "action": "explode"}).status_code == 303
    away = post(editor, "/letters/change", {"id": ids, "action": "hold", "next": "https://evil.example/letters"})
    assert away.headers["location"] == "/letters"


def test_a_draft_in_other_words_is_not_released(editor: TestClient, admin: TestClient, site: Site, drafts: list[AnswerRow], folder: Path) -> None:
    """Seen: the page was open while a new decision, a colleague or another wording changed the letter; it went out unread."""
    first, second = drafts[0], next(row for row in drafts if row.kind == "correction" and row.id != drafts[0].id)
    shown = faces(editor)
    assert post(admin, f"/letters/{second.id}/words", {"words": "同事改过的话。", "edit": str(second.edit)}).status_code == 303
    page = post(editor, "/letters/change", {**shown, "id": [str(first.id), str(second.id)], "action": "release"}, follow=True)
    assert "已放行1封，另有1封未处理" in page.text
    assert [row.id for row in rows(site, state="waiting")] == [first.id]
    shown = faces(editor)
    post(admin, "/letters/wording", {**group_form(admin, "closing"), "s_closing": "此致敬礼。"})
    assert "已放行0封" in post(editor, "/letters/change", {**shown, "id": str(second.id), "action": "release"}, follow=True).text
    assert "已放行1封" in post(editor, "/letters/change", {**faces(editor), "id": str(second.id), "action": "release"}, follow=True).text


def test_own_words_in_a_draft(editor: TestClient, viewer: TestClient, site: Site, drafts: list[AnswerRow]) -> None:
    row = next(row for row in drafts if row.kind == "correction")
    words = '请于周五前补来。\n<script>alert(1)</script>'
    seen = post(editor, f"/letters/{row.id}/preview", {"words": words})
    assert "请于周五前补来。" in seen.text
    assert "<script>alert" not in seen.text
    assert seen.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "请于周五前补来" not in editor.get(f"/letters/{row.id}").text, "a preview changes nothing"
    assert post(viewer, f"/letters/{row.id}/words", {"words": "x", "edit": str(row.edit)}).status_code == 403
    assert post(editor, f"/letters/{row.id}/words", {"words": words, "edit": str(row.edit)}).status_code == 303
    assert "请于周五前补来。" in editor.get(f"/letters/{row.id}/html").text
    assert post(editor, f"/letters/{row.id}/words", {"words": "别的话", "edit": str(row.edit)}).status_code == 409, "the second is told"
    assert post(editor, f"/letters/{row.id}/words", {"words": "字" * 20_000, "edit": "1"}).status_code == 422


def test_writing_a_letter(editor: TestClient, viewer: TestClient, site: Site) -> None:
    row = next(row for row in rows(site) if row.message_id)
    assert viewer.get("/letters/new").status_code == 403
    assert "来信或报送件编号" in editor.get("/letters/new").text
    assert "没有编号" in editor.get("/letters/new?to=m99999").text
    assert "不是编号" in editor.get("/letters/new?to=%27%22").text
    page = editor.get(f"/letters/new?to=m{row.message_id}").text
    assert f"m{row.message_id}" in page
    fields = {"to": f"m{row.message_id}", "kind": "free", "words": "材料已转评审组。"}
    seen = post(editor, "/letters/new/preview", fields)
    assert "材料已转评审组。" in seen.text
    assert "收件人：" in seen.text
    assert not rows(site, kind="free")
    assert "请填写信件正文" in post(editor, "/letters/new/preview", {**fields, "words": " "}).text
    again = post(editor, "/letters/new", {**fields, "words": ""})
    assert again.status_code == 422
    assert "请填写信件正文" in again.text
    done = post(editor, "/letters/new", {**fields, "action": "draft"})
    (made,) = rows(site, kind="free")
    assert done.headers["location"] == f"/letters/{made.id}"
    assert (made.state, made.written_by) == ("draft", "editor")
    assert "未再写入" in post(editor, "/letters/new", fields, follow=True).text
    assert len(rows(site, kind="free")) == 1


def test_asking_for_a_correction(editor: TestClient, site: Site, drafts: list[AnswerRow]) -> None:
    row = next(row for row in drafts if row.kind == "correction")
    page = editor.get(f"/letters/new?to=m{row.message_id}&kind=correction").text
    numbers = re.findall(r'name="finding" value="(\d+)"', page)
    assert numbers
    assert 'value="correction" checked' in page
    done = post(editor, "/letters/new", {"to": f"m{row.message_id}", "kind": "correction", "finding": numbers[:1], "words": "请尽快。"})
    assert done.status_code == 303
    newest = max(rows(site, kind="correction"), key=lambda one: one.id)
    assert (newest.state, newest.written_by) == ("waiting", "editor")
    assert next(one for one in rows(site) if one.id == row.id).state == "suppressed", "the program's own gives way"


def test_reminders_are_seen_before_they_are_written(editor: TestClient, viewer: TestClient, site: Site) -> None:
    assert viewer.get("/letters/remind").status_code == 403
    assert "批次" in editor.get("/letters/remind").text
    page = editor.get("/letters/remind?batch=2&which=missing&words=%E8%AF%B7%E7%95%99%E6%84%8F%E3%80%82").text
    units = re.findall(r'name="unit" value="([^"]+)"', page)
    assert units
    assert page.count("<article") == len(units)
    assert "请留意。" in page
    assert "请电话联系" in page
    assert not rows(site, kind="reminder")
    done = post(editor, "/letters/remind", {"batch": "2", "which": "missing", "words": "请留意。", "unit": units[:1]}, follow=True)
    assert "写出1封催报信（草稿）" in done.text
    (made,) = rows(site, kind="reminder")
    assert (made.unit, made.batch, made.state) == (units[0], 2, "draft")
    assert "写出0封" in post(editor, "/letters/remind", {"batch": "2", "which": "missing", "unit": units[:1]}, follow=True).text
    assert "请先勾选" in post(editor, "/letters/remind", {"batch": "2"}, follow=True).text
    assert "没有批次9" in editor.get("/letters/remind?batch=9").text
    assert "火星" in post(editor, "/letters/remind", {"batch": "2", "unit": "火星大学"}, follow=True).text


# Wording ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(site: Site) -> Path:
    assert site.templates is not None
    return site.templates


def test_wording_is_for_the_administrator(editor: TestClient, viewer: TestClient, admin: TestClient, folder: Path) -> None:
    assert viewer.get("/letters/wording").status_code == 403
    assert "readonly" in editor.get("/letters/wording").text
    assert editor.get("/letters/wording/wording.toml").status_code == 403
    assert post(editor, "/letters/wording", {"s_closing": "x"}).status_code == 403
    assert post(editor, "/letters/wording/wording.toml", {"text": ""}).status_code == 403
    assert "readonly" not in admin.get("/letters/wording").text
    assert not folder.exists(), "looking writes nothing"


def test_a_sentence_is_changed_checked_and_taken_back(admin: TestClient, site: Site, folder: Path) -> None:
    both = {"s_how_receipt": "回复时保留本信。", "s_closing": "此致敬礼。"}
    bad = post(admin, "/letters/wording", {**group_form(admin, "how_receipt"), **both})
    assert bad.status_code == 422
    assert "{receipt}" in bad.text
    assert "回复时保留本信。" in bad.text, "what was typed is not lost"
    assert not (folder / "wording.toml").exists()
    seen = post(admin, "/letters/wording/preview", {"s_closing": "此致敬礼。", "sample": "2"})
    assert "此致敬礼。" in seen.text
    assert not (folder / "wording.toml").exists()
    assert "已保存1句" in post(admin, "/letters/wording", {**group_form(admin, "closing"), "s_closing": "此致敬礼。"}, follow=True).text
    assert 'closing = "此致敬礼。"' in (folder / "wording.toml").read_text("utf-8")
    assert "已改" in admin.get("/letters/wording").text
    assert "没有改动" in post(admin, "/letters/wording", {**group_form(admin, "closing"), "s_closing": "此致敬礼。"}, follow=True).text
    bad = post(admin, "/letters/wording", {**group_form(admin, "how_receipt"), "s_how_receipt": "回复时保留本信。", "s_closing": ""})
    assert bad.status_code == 422
    assert not re.search(r'name="s_closing"[^>]*>此致敬礼。', bad.text), "that it was taken back is not lost either"
    post(admin, "/letters/wording", {**group_form(admin, "closing"), "s_closing": ""})
    assert "此致敬礼" not in admin.get("/letters/wording").text
    history = [row for row in Queries(site.database).audit(limit=50).rows if row.object_kind == "template"]
    assert [row.who for row in history] == ["boss", "boss"]


def test_two_administrators_at_once(open_browser: Callable[[str | None], TestClient], admin: TestClient, site: Site, folder: Path) -> None:
    """Seen: the later one won, and the other's words were gone without a word."""
    other = open_browser("boss")
    late, elsewhere = group_form(other, "closing"), group_form(other, "how_receipt")
    assert late["group"] != elsewhere["group"]
    assert post(admin, "/letters/wording", {**group_form(admin, "closing"), "s_closing": "此致敬礼。"}).status_code == 303
    told = post(other, "/letters/wording", {**late, "s_closing": "顺颂时祺。"})
    assert told.status_code == 409
    assert "同事已另行保存" in told.text
    assert "顺颂时祺。" in told.text, "what was typed is not lost"
    assert "现在是：此致敬礼。" in told.text
    assert 'closing = "此致敬礼。"' in (folder / "wording.toml").read_text("utf-8")
    assert post(other, "/letters/wording", {**elsewhere, "s_how_receipt": "请保留编号{receipt}。"}).status_code == 303, "another group"
    assert 'closing = "此致敬礼。"' in (folder / "wording.toml").read_text("utf-8")
    name, good = "receipt.txt.j2", '{% extends "base.txt.j2" %}{# one #}'
    stale = file_form(other, name)
    assert post(admin, f"/letters/wording/{name}", {**file_form(admin, name), "text": good}).status_code == 303
    for fields in ({"text": good.replace("one", "two")}, {"action": "remove"}):
        assert post(other, f"/letters/wording/{name}", {**stale, **fields}).status_code == 409
    assert (folder / name).read_text("utf-8") == good


def test_a_file_is_changed_checked_and_removed(admin: TestClient, folder: Path) -> None:
    page = admin.get("/letters/wording/receipt.txt.j2").text
    assert "extends" in page
    good = '{% extends "base.txt.j2" %}\r\n{% block closing %}{{ super() }}　　附注。{% endblock %}'
    assert post(admin, "/letters/wording/receipt.txt.j2", {**file_form(admin, "receipt.txt.j2"), "text": good}).status_code == 303
    assert (folder / "receipt.txt.j2").read_text("utf-8").count("\r") == 0
    bad = post(admin, "/letters/wording/receipt.txt.j2", {**file_form(admin, "receipt.txt.j2"), "text": "{{ nothing }}"})
    assert bad.status_code == 422
    assert "第1行" in bad.text
    assert "附注" in (folder / "receipt.txt.j2").read_text("utf-8"), "the good one stays"
    assert post(admin, "/letters/wording/receipt.txt.j2", {**file_form(admin, "receipt.txt.j2"), "action": "remove"}).status_code == 303
    assert not (folder / "receipt.txt.j2").exists()


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "x.j2", "config.toml", "%2e%2e"])
def test_no_other_file_is_reached(admin: TestClient, name: str) -> None:
    seen = admin.get(f"/letters/wording/{name}")
    assert "root:" not in seen.text
    assert "<textarea name=\"text\"" not in seen.text
    assert post(admin, f"/letters/wording/{name}", {"text": "x"}).status_code in (404, 405)


def test_a_forged_form_changes_nothing(editor: TestClient, site: Site, drafts: list[AnswerRow]) -> None:
    answer = editor.post("/letters/change", data={"id": str(drafts[0].id), "action": "release", "csrf": "0" * 64}, follow_redirects=False)
    assert answer.status_code == 403
    assert not rows(site, state="waiting")
