"""What is in a share: folders looked into within bounds, what was not seen is not called absent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.facts import Link
from core.link_report import LinkReport
from core.settings import LinkSettings
from intake.link_check import LinkChecker
from tests.support.fake_share import FakeShareService
from tests.support.shares import Node, Share, video

ID = "1QvwfHXf0r-hfBEDkFR3tbp"
URL = f"https://pan.baidu.com/s/{ID}"


@pytest.fixture
def service() -> Iterator[FakeShareService]:
    fake = FakeShareService()
    with fake.running():
        yield fake


def look(service: FakeShareService, *tree: Node, **share: object) -> LinkReport:
    service.add(Share(ID, "ab12", tree=list(tree), **share))  # type: ignore[arg-type]
    settings = LinkSettings(base_url=service.url, per_minute=10_000, timeout=2)
    report = LinkChecker(settings, sleep=lambda _: None).check(Link("baidu", URL, "ab12"))
    assert report.outcome == "good", report
    return report


def folder(name: str, *children: Node) -> Node:
    return Node(name, children=list(children))


@pytest.mark.parametrize("form", ["locals-data", "shell", "mset"])
def test_a_video_two_folders_down(service: FakeShareService, form: str) -> None:
    report = look(service, folder("智慧助老", folder("视频", video("第一讲.mp4"))), form=form)
    assert report.has_video is True
    assert "第一讲.mp4" in [file.name for file in report.files]


def test_no_video_in_any_folder(service: FakeShareService) -> None:
    report = look(service, folder("课件", Node("教案.docx"), Node("讲义.pdf")), folder("图片", Node("封面.jpg", category=3)))
    assert (report.has_video, report.complete, report.file_count) == (False, True, 3)
    assert {"教案.docx", "讲义.pdf", "封面.jpg"} <= {file.name for file in report.files}


@pytest.mark.parametrize("name", ["课程.zip", "课程.rar", "课程.7z.001", "课程", "第一讲.mp4.baiduyun.p.downloading"])
def test_what_may_hold_a_video_is_not_called_none(service: FakeShareService, name: str) -> None:
    report = look(service, Node(name), Node("教案.docx"))
    assert (report.has_video, report.complete) == (None, True)
    assert not report.empty


@pytest.mark.parametrize("tree", [(), (folder("新建文件夹"),), (folder("甲", folder("乙")),)])
def test_empty(service: FakeShareService, tree: tuple[Node, ...]) -> None:
    report = look(service, *tree)
    assert report.empty
    assert report.has_video is False


@pytest.mark.parametrize("fault", ["-62", "html", "http500", "garbage", "2"])
def test_a_list_that_was_not_told_is_no_empty_one(service: FakeShareService, fault: str) -> None:
    """The page is there and names no file; whether there is none nobody said."""
    service.faults = {"list": fault, "wxlist": fault}
    service.add(Share(ID, "ab12", tree=[]))
    settings = LinkSettings(base_url=service.url, per_minute=10_000, timeout=2)
    report = LinkChecker(settings, sleep=lambda _: None).check(Link("baidu", URL, "ab12"))
    assert not report.empty
    assert report.has_video is None


def test_a_folder_that_is_not_told_leaves_the_question_open(service: FakeShareService) -> None:
    service.faults["list"] = "2"
    report = look(service, Node("教案.docx"), folder("视频", video()))
    assert (report.has_video, report.complete) == (None, False)


def test_within_bounds(service: FakeShareService) -> None:
    report = look(service, *(folder(f"第{n}讲", Node("讲义.pdf")) for n in range(40)))
    assert (report.has_video, report.complete) == (None, False)
    assert service.paths().count("GET /share/list") <= 8
