"""Each reason why a file was not opened has words of its own, and asks for what mends it."""

from __future__ import annotations

from datetime import datetime

import pytest

from baosong.config import load_campaign, load_register
from core.campaign import SHANGHAI
from core.facts import EMPTY_FILE, INSIDE, Blocked, Envelope, MessageFacts, Part, Unreadable
from core.problems import how_to_mend, what_is_wrong
from core.rules.file_rules import file_named
from core.subject import read_subject
from core.submission import PartRole, Role, Submission


@pytest.mark.parametrize(
    ("problem", "wrong", "mend"),
    [
        (Unreadable("damaged", EMPTY_FILE), "空文件", "检查原文件"),
        (Unreadable("damaged", "the end is missing"), "已损坏", "检查原文件"),
        (Unreadable("password"), "设有密码", "取消密码"),
        (Unreadable("limit", INSIDE), "插入在Word或PDF文档中", ""),
        (Unreadable("timeout"), "读取超时", ""),
        (Blocked("executable", ".exe"), "可执行程序", "改以Word文档"),
        (Blocked("executable", "application/x-ms-shortcut"), "快捷方式", "原文件作为附件"),
        (Blocked("executable", "application/x-iso9660-image"), "光盘映像", "改以Word文档"),
        (Blocked("macro", ".docm"), "宏代码", "不含宏的.docx"),
        (Blocked("size", "> 1 bytes"), "大小上限", "上传至百度网盘"),
    ],
)
def test_words(problem: Unreadable | Blocked, wrong: str, mend: str) -> None:
    part = Part("x", ("x",), 1, "", "application/octet-stream", problem=problem)
    assert wrong in what_is_wrong(problem)
    assert mend in how_to_mend(part, "百度网盘")


@pytest.mark.parametrize(
    ("name", "kind", "role", "right"),
    [
        ("扫描件", "application/pdf", "scan", ".pdf"),
        ("申报表", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "word_form", ".docx"),
        ("盖章页.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "scan", ".pdf"),
        ("IMG_1.HEIC", "image/heic", "scan", ".HEIC"),
    ],
)
def test_the_name_that_is_asked_for_has_the_extension_it_needs(name: str, kind: str, role: Role, right: str) -> None:
    campaign = load_campaign("zhihui-zhulao")
    part = Part(name, (name,), 1, "", kind)
    s = Submission(
        1, MessageFacts(Envelope(None, "", None), parts=(part,)), campaign, datetime(2021, 11, 8, tzinfo=SHANGHAI),
        read_subject("济南市教育局+智慧助老", campaign, load_register(campaign)), None, None,  # type: ignore[arg-type]
        roles=(PartRole(role, "case", "济南市教育局", name_regular=False),),
    )
    (found,) = file_named(s)
    assert f"“济南市教育局+典型案例{right}”" in found.text
