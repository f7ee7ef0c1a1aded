"""报送件, 来信, 待办: what they show, what may be done on them, and that the second of two people is told."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from starlette.testclient import TestClient

from staff.web.site import Site
from storage.desk import Act, Desk
from storage.outbox import Outbox
from storage.queries import AnswerFilter, ItemFilter, Queries
from storage.waiting import Waiting
from storage.whole import find_item, find_message, read_item, read_message
from tests.staff.web.browser import post

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def form_of(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form with this action."""
    found = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert found is not None, f"no form {action}"
    return dict(_HIDDEN.findall(found[1]))


def act(client: TestClient, page_url: str, action: str, more: Mapping[str, str | list[str]] | None = None) -> str:
    """Fill in the form with this action as the page shows it; where it leads."""
    fields = form_of(client.get(page_url).text, action)
    answer = client.post(action, data={**fields, **(more or {})})
    assert answer.status_code == 303, answer.text[:2000]
    return answer.headers["location"]


def current(site: Site, **wanted: object) -> list[int]:
    return sorted(row.id for row in Queries(site.database).items(ItemFilter(**wanted), 200).rows)  # type: ignore[arg-type]


def test_every_page_of_every_item_and_mail_opens(site: Site, viewer: TestClient, admin: TestClient) -> None:
    items = Queries(site.database).items(ItemFilter(versions=True), 200).rows
    mails = Queries(site.database).messages(limit=200).rows
    assert len(items) >= 15
    assert len(mails) >= 20
    for client in (viewer, admin):
        for row in items:
            answer = client.get(f"/items/{row.id}")
            assert answer.status_code == 200
            assert (row.content.title or "名称未填") in answer.text
            assert ('action="/items' in answer.text) == (client is admin)
        for mail in mails:
            answer = client.get(f"/messages/{mail.id}")
            assert answer.status_code == 200
            assert ('action="/messages' in answer.text) == (client is admin)
    for url in ("/items", "/messages", "/review", "/review?kind=draft", "/review?kind=held", "/review?kind=link"):
        assert viewer.get(url).status_code == 200
    for url in ("/items/9999", "/messages/9999", "/review/item/9999", "/review/nothing/1", "/review/link/999", "/review/draft/999"):
        assert viewer.get(url).status_code == 404


def test_lists_find_filter_and_page(site: Site, viewer: TestClient) -> None:
    row = Queries(site.database).items(limit=1).rows[0]
    for search in (row.content.title, row.content.fields.get("leader"), row.content.applicant_unit):
        assert f'href="/items/{row.id}"' in viewer.get("/items", params={"q": str(search)}).text
    number = row.content.receipt_number
    mine = [one.id for one in Queries(site.database).items(limit=200).rows if one.content.receipt_number == number]
    found = viewer.get("/items", params={"q": number})
    assert found.status_code == 303 if len(mine) == 1 else f'href="/items/{mine[0]}"' in found.text
    for name, value in (("category", "case"), ("state", "complete"), ("unit", "济南市教育局"), ("batch", "1")):
        page = viewer.get("/items", params={name: value}).text
        key = {"unit": "reporting_unit"}.get(name, name)
        wanted = current(site, **{key: int(value) if value == "1" else value})
        assert sorted({int(n) for n in re.findall(r'href="/items/(\d+)"', page)}) == wanted
    newest = [int(n) for n in re.findall(r'href="/items/(\d+)"', viewer.get("/items").text)]
    assert newest == sorted(newest, reverse=True)
    oldest = [int(n) for n in re.findall(r'href="/items/(\d+)"', viewer.get("/items?sort=old").text)]
    assert oldest == sorted(newest)
    assert "没有符合条件" in viewer.get("/items?q=根本没有这样的词语").text
    assert "没有符合条件" not in viewer.get("/messages?verdict=ignored").text


def test_accept_from_the_queue_and_the_next_one_opens(site: Site, editor: TestClient) -> None:
    for row in Queries(site.database).items(ItemFilter(state="incomplete"), 3).rows:
        Desk(site.database).reopen_item(row.id, Act("test", site.clock()))  # state review
    waiting = [row.id for row in Waiting(site.database).page("item", site.clock()).rows]
    assert len(waiting) >= 3
    first, second = waiting[:2]
    assert f"/review/item/{first}" in editor.get("/review?kind=item").text
    url = f"/review/item/{first}"
    assert act(editor, url, f"/items/{first}/accept", {"reason": "已电话核实", "why": "王科长"}) == f"/review/item/{second}"
    done = find_item(site.database, first)
    assert (done.staff_state, done.staff_by, done.staff_why) == ("accepted", "editor", "已电话核实；王科长")
    assert act(editor, f"/review/item/{second}", f"/items/{second}/reject", {"reason": "重复报送"}) == f"/review/item/{waiting[2]}"
    assert "不采纳须写明理由" in editor.get(act(editor, f"/items/{waiting[2]}", f"/items/{waiting[2]}/reject")).text
    assert find_item(site.database, waiting[2]).staff_state is None


def test_the_second_person_is_told_and_nothing_is_overwritten(site: Site, editor: TestClient, admin: TestClient) -> None:
    (number,) = current(site, state="complete")[:1]
    page = f"/items/{number}"
    late = form_of(admin.get(page).text, f"{page}/reject")
    act(editor, page, f"{page}/accept", {"reason": "已电话核实"})
    answer = admin.post(f"{page}/reject", data={**late, "why": "材料不符"})
    assert answer.status_code == 409
    assert "刚才已有人处理" in answer.text
    assert "editor" in answer.text
    assert "已电话核实" in answer.text
    assert "材料不符" in answer.text, "what was typed is not lost"
    assert find_item(site.database, number).staff_state == "accepted"
    # The program's own new decision in between is no conflict.
    fresh = form_of(admin.get(page).text, f"{page}/reopen")
    with site.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE item SET edit = edit + 5 WHERE id = {number}")
    assert admin.post(f"{page}/reopen", data=fresh).status_code == 303
    assert find_item(site.database, number).staff_state is None


def test_waive_and_take_back(site: Site, editor: TestClient, admin: TestClient) -> None:
    row = next(
        one for one in Queries(site.database).items(ItemFilter(state="incomplete"), 50).rows
        if read_item(site.database, one.id).findings
    )
    finding = next(one for one in read_item(site.database, row.id).findings if one.finding.severity == "error")
    action = f"/messages/{finding.message_id}/waive"
    late = form_of(admin.get(f"/items/{row.id}").text, action)
    act(editor, f"/items/{row.id}", action, {"reason": "程序判断有误"})
    again = next(one for one in read_item(site.database, row.id).findings if one.finding == finding.finding)
    assert (again.waived_by, again.waived_why) == ("editor", "程序判断有误")
    assert admin.post(action, data={**late, "reason": "x"}).status_code == 409
    assert any(entry.action == "waive" and entry.who == "editor" for entry in read_item(site.database, row.id).history)
    act(editor, f"/items/{row.id}", f"/messages/{finding.message_id}/unwaive")
    assert all(one.waived_at is None for one in read_item(site.database, row.id).findings)


def test_a_waiver_goes_to_the_item_that_was_meant(site: Site, editor: TestClient) -> None:
    """Seen: between page and click a decision had written the findings anew with two items in each other's places; the waiver
    went by the place, to the other item's fault."""
    item = next(
        row.id for row in Queries(site.database).items(ItemFilter(state="incomplete"), 50).rows
        if any(one.finding.item == 0 and one.finding.severity == "error" for one in read_item(site.database, row.id).findings)
    )
    finding = next(one for one in read_item(site.database, item).findings if one.finding.item == 0 and one.finding.severity == "error")
    mail, action = find_message(site.database, finding.message_id), f"/messages/{finding.message_id}/waive"
    other = next(number for number in current(site) if number != item)
    with site.database.write() as connection:  # the mail brought another one too
        connection.exec_driver_sql(f"INSERT INTO item_message VALUES ({mail.id}, 1, {other}, '[]')")
    late = form_of(editor.get(f"/items/{item}").text, action)
    gone = dict(late)
    with site.database.write() as connection:  # as a new decision writes them: new rows, and the items have changed places
        run = connection.exec_driver_sql
        run(f"UPDATE item_message SET position = position + 100 WHERE message_id = {mail.id}")
        run(f"UPDATE item_message SET position = CASE position WHEN 100 THEN 1 WHEN 101 THEN 0 ELSE position - 100 END WHERE message_id = {mail.id}")
        run(f"UPDATE finding SET id = id + 1000, item_index = CASE item_index WHEN 0 THEN 1 WHEN 1 THEN 0 ELSE item_index END WHERE message_id = {mail.id}")
        columns = "message_id, code, severity, text, attachment_index, field, \"limit\", actual, evidence"
        run(f"INSERT INTO finding ({columns}, position, item_index) SELECT {columns}, 900, 0 FROM finding WHERE id = {finding.id + 1000}")
    assert editor.post(action, data={**late, "reason": "已电话核实"}).status_code == 303
    waived = [one for one in read_message(site.database, mail.id).findings if one.waived_at is not None]
    assert [one.id for one in waived] == [int(late["finding"]) + 1000]
    with site.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE finding SET id = id + 1000, text = '别的事', waived_at = NULL WHERE message_id = {mail.id}")
        connection.exec_driver_sql("DELETE FROM audit WHERE action = 'waive'")
    assert editor.post(action, data={**gone, "reason": "已电话核实"}).status_code == 409, "what was seen is there no more"
    assert all(one.waived_at is None for one in read_message(site.database, mail.id).findings)


def test_reassign_merge_split_and_choose(site: Site, editor: TestClient) -> None:
    number, other = current(site, category="case")[:2]
    page = f"/items/{number}"
    act(editor, page, f"{page}/reassign", {"unit_new": "青岛市教育局", "batch_new": "2", "why": "电话更正"})
    changed = find_item(site.database, number).content
    assert (changed.reporting_unit, changed.batch) == ("青岛市教育局", 2)
    assert "名册中没有" in editor.get(act(editor, page, f"{page}/reassign", {"unit_new": "火星教育局"})).text
    fields = form_of(editor.get(page).text, f"{page}/merge")
    assert editor.post(f"{page}/merge", data={**fields, "other": str(other)}).status_code == 303
    assert find_item(site.database, other).superseded_by == number
    item = find_item(site.database, number)
    assert item.content.word is not None
    target = act(editor, page, f"{page}/split", {"mark": [item.content.word.sha256], "title_new": "分出的案例"})
    new = int(target.rsplit("/", 1)[1])
    assert find_item(site.database, new).content.title == "分出的案例"
    assert find_item(site.database, number).content.word is None
    assert "请勾选" in editor.get(act(editor, page, f"{page}/split", {"mark": ["nonsense"]})).text
    act(editor, f"/items/{other}", f"/items/{other}/choose")
    assert find_item(site.database, other).content.state != "superseded"
    assert find_item(site.database, number).superseded_by == other


def test_release_a_draft_and_the_next_one_opens(site: Site, editor: TestClient) -> None:
    with site.database.write() as connection:
        connection.exec_driver_sql("UPDATE answer SET state = 'draft', next_attempt_at = NULL WHERE id IN (1, 2)")
    assert [row.id for row in Queries(site.database).answers(AnswerFilter(state="draft")).rows] == [2, 1]
    assert act(editor, "/review/draft/1", "/review/letters/1/release") == "/review/draft/2"
    released = Outbox(site.database).find_answer(1)
    assert released is not None
    assert released.state == "waiting"
    late = {"queue": "draft"}
    assert "刚才已被" in post(editor, "/review/letters/1/release", late, follow=True).text
    seen = form_of(editor.get("/review/draft/2").text, "/review/letters/2/release")
    with site.database.write() as connection:  # as a new decision does to an unsent letter
        connection.exec_driver_sql("UPDATE answer SET edit = edit + 1 WHERE id = 2")
    told = editor.post("/review/letters/2/release", data=seen)
    assert told.headers["location"] == "/review/draft/2", "it stays, to be read"
    assert "内容刚有变化" in editor.get("/review/draft/2").text
    unread = Outbox(site.database).find_answer(2)
    assert unread is not None
    assert unread.state == "draft"
    act(editor, "/review/draft/2", "/review/letters/2/suppress", {"why": "已电话告知"})
    held = Outbox(site.database).find_answer(2)
    assert held is not None
    assert (held.state, held.reason) == ("suppressed", "已电话告知")


def test_an_ignored_mail_is_a_submission_after_all_and_the_reverse(site: Site, editor: TestClient) -> None:
    rows = Queries(site.database).messages(limit=200).rows
    ignored = next(row for row in rows if row.kind == "unrelated")
    page = f"/messages/{ignored.id}"
    act(editor, page, f"{page}/force", {"why": "附件在正文里"})
    assert read_message(site.database, ignored.id).message.staff_state == "accepted"
    act(editor, page, f"{page}/unsay")
    assert read_message(site.database, ignored.id).message.staff_state is None
    taken = next(row for row in rows if row.kind == "submission")
    act(editor, f"/messages/{taken.id}", f"/messages/{taken.id}/reject", {"why": "测试邮件"})
    assert read_message(site.database, taken.id).message.staff_state == "rejected"
    act(editor, f"/messages/{taken.id}", f"/messages/{taken.id}/reprocess")
    act(editor, f"/messages/{taken.id}", f"/messages/{taken.id}/note", {"text": "已回电"})
    assert "已回电" in editor.get(f"/messages/{taken.id}").text


def test_a_hint_about_a_file_is_no_fault_of_it(site: Site, viewer: TestClient) -> None:
    """Seen: remarks on file names stood in red under the attachments, waived faults too."""
    mail = next(row for row in Queries(site.database).messages(limit=200).rows if len(read_message(site.database, row.id).attachments) > 1)
    with site.database.write() as connection:
        for place, (severity, attachment, waived) in enumerate([("note", 0, "NULL"), ("error", 1, "NULL"), ("error", 0, "'2021-11-10 00:00:00'")]):
            connection.exec_driver_sql(
                "INSERT INTO finding (message_id, position, code, severity, text, attachment_index, waived_at) VALUES "
                f"({mail.id}, {900 + place}, 'attachment.name_irregular', '{severity}', '第{place}种说法', {attachment}, {waived})"
            )
    files = viewer.get(f"/messages/{mail.id}").text.split("<h2>附件</h2>")[1].split("</section>")[0]
    assert '<p class="small muted">提示：第0种说法</p>' in files
    assert '<p class="small bad-text">需补正：第1种说法</p>' in files
    assert "第2种说法" not in files


def test_settle_a_link(site: Site, editor: TestClient) -> None:
    link = next(row for row in Queries(site.database).links().rows if row.item_id is not None)
    page = f"/items/{link.item_id}"
    act(editor, page, f"/links/{link.id}/settle", {"state": "dead", "why": "打不开"})
    settled = next(row for row in read_item(site.database, link.item_id or 0).links if row.id == link.id)
    assert (settled.link.state.value, settled.settled_by) == ("dead", "editor")


def test_correction_is_asked_for_and_looked_at(site: Site, editor: TestClient, admin: TestClient) -> None:
    number = current(site, state="incomplete")[0]
    seen = form_of(editor.get(f"/items/{number}").text, f"/items/{number}/accept")
    url = f"/items/{number}/correct?seen={seen['seen']}&face={seen['face']}"
    page = editor.get(url).text
    fields = form_of(page, f"/items/{number}/correct")
    findings = re.findall(r'name="finding" value="(\d+)"', page)
    assert findings
    preview = editor.post("/letters/new/preview", data={**fields, "finding": findings, "words": "请尽快补报。"})
    assert "请尽快补报" in preview.text
    answer = editor.post(f"/items/{number}/correct", data={**fields, "finding": findings, "words": "请尽快补报。", "action": "draft"})
    assert answer.status_code == 303
    newest = Queries(site.database).answers(limit=1).rows[0]
    assert (newest.state, newest.written_by) == ("draft", "editor")
    assert "请尽快补报" in newest.text
    shown = editor.get(f"/items/{number}").text
    assert "已请对方补正" in shown
    with site.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE answer SET state = 'suppressed' WHERE id = {newest.id}")
    assert "已请对方补正" not in editor.get(f"/items/{number}").text, "taken back"
    with site.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE answer SET state = 'draft' WHERE id = {newest.id}")
    second = {**form_of(admin.get(url).text, f"/items/{number}/correct"), "finding": findings, "words": "另一位的话。"}
    assert admin.post(f"/items/{number}/correct", data=second).status_code == 409, "the second is told, and writes no second letter"
    assert Queries(site.database).answers(limit=1).rows[0].id == newest.id
    late_accept = admin.post(f"/items/{number}/accept", data={**form_of(admin.get(f"/items/{number}").text, f"/items/{number}/accept"), "seen": seen["seen"]})
    assert late_accept.status_code == 409
    Desk(site.database).accept_item(number, Act("boss", site.clock(), "x"))
    late = admin.post(f"/items/{number}/correct", data={**form_of(admin.get(url).text, f"/items/{number}/correct"), "finding": findings})
    assert late.status_code == 409


@pytest.mark.parametrize("name", ["accept", "reject", "reopen", "paper", "reassign", "merge", "split", "choose", "note", "correct"])
def test_a_viewer_may_do_nothing_and_no_form_goes_without_its_token(
    site: Site, viewer: TestClient, editor: TestClient, stranger: TestClient, name: str
) -> None:
    before = [find_item(site.database, number) for number in current(site)[:3]]
    for url in (f"/items/1/{name}", f"/messages/1/{'force' if name == 'accept' else 'reject'}", "/messages/1/waive", "/links/1/settle",
                "/review/letters/1/release", "/review/letters/1/suppress", "/messages/1/reprocess", "/messages/1/note"):
        assert post(viewer, url, {"why": "x", "text": "x", "state": "dead"}).status_code == 403, url
        assert editor.post(url, data={"why": "x", "text": "x", "state": "dead", "csrf": "0" * 64}).status_code == 403, url
        assert stranger.post(url, data={"why": "x"}).status_code in (303, 403), url
    assert viewer.get("/items/1/correct").status_code == 403
    assert [find_item(site.database, number) for number in current(site)[:3]] == before
