"""Every page there is opens for whom it is meant, is well-formed, and loads nothing from elsewhere."""

from __future__ import annotations

import re

from starlette.testclient import TestClient

from tests.staff.web.browser import post


def test_a_stranger_is_sent_to_the_log_in_and_comes_back(stranger: TestClient) -> None:
    answer = stranger.get("/account?x=1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2Faccount%3Fx%3D1"
    assert 'value="/account?x=1"' in stranger.get(answer.headers["location"]).text


def test_log_in_look_and_log_out(viewer: TestClient) -> None:
    page = viewer.get("/")
    assert page.status_code == 200
    assert "概览" in page.text
    assert 'aria-current="page">概览' in page.text
    assert post(viewer, "/logout").headers["location"] == "/login"
    assert viewer.get("/").status_code == 303


def test_nothing_comes_from_elsewhere(viewer: TestClient) -> None:
    page = viewer.get("/").text
    assert re.findall(r'(?:src|href)="(?!/|#)', page) == []
    assert "style=" not in page
    assert "<script>" not in page
    for name in re.findall(r'"(/static/[^"]+)"', page):
        answer = viewer.get(name)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_error_pages_are_pages(viewer: TestClient, stranger: TestClient) -> None:
    for client in (viewer, stranger):
        missing = client.get("/nothing-here")
        assert missing.status_code == 404
        assert "没有这个页面" in missing.text
        assert "frame-ancestors 'none'" in missing.headers["content-security-policy"]
    wrong = viewer.put("/account")
    assert wrong.status_code == 405
    assert "不能这样访问" in wrong.text


def test_a_form_without_its_token_does_nothing(viewer: TestClient) -> None:
    assert viewer.post("/logout", data={}).status_code == 403
    assert viewer.get("/").status_code == 200
