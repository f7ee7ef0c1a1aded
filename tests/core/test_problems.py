"""Each reason why a file was not opened has words of its own, and asks for what mends it."""

from __future__ import annotations

import pytest

from core.facts import EMPTY_FILE, INSIDE, Blocked, Part, Unreadable
from core.problems import how_to_mend, what_is_wrong


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
