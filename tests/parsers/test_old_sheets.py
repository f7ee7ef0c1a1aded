"""Old workbooks: their words and addresses, whatever state they are in."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baosong.config import load_campaign
from core.facts import Part
from core.ports import ReadLimits
from parsers.kinds import sniff
from parsers.old_sheets import read_old_sheet_text
from parsers.part import read_part
from tests.support.office_objects import old_workbook, workbook

LIMITS = ReadLimits()
SHARE = "https://pan.baidu.com/s/1AbCdEfGhIjKlMnOpQrStUv"
CELLS = ["报送单位", "济南市教育局", "银龄数字课堂" * 20, f"链接：{SHARE} 提取码：ab12", "智慧助老"]


@pytest.fixture
def read(tmp_path: Path):
    def run(data: bytes, name: str = "名单.xls") -> Part:
        path = tmp_path / "blob"
        path.write_bytes(data)
        part = Part(name, (name,), len(data), "a" * 64, sniff(path, name))
        return read_part(path, part, load_campaign("zhihui-zhulao"), LIMITS)

    return run


@pytest.mark.parametrize("cut", [None, 2, 40, 150])
@pytest.mark.parametrize("name", ["名单.xls", "名单.et"])
def test_cells_and_links(read, name: str, cut: int | None) -> None:
    part = read(workbook(CELLS, ["https://pan.baidu.com/s/1XyZdEfGhIjKlMnOpQrStUv?pwd=zz12"], cut=cut), name)
    assert part.problem is None
    assert part.text.split("\n")[:6] == ["名单", *CELLS]
    assert [(link.url, link.code) for link in part.links] == [(SHARE, "ab12"), ("https://pan.baidu.com/s/1XyZdEfGhIjKlMnOpQrStUv", "zz12")]


def test_excel_95(read) -> None:
    part = read(old_workbook(CELLS))
    assert part.text.split("\n") == CELLS
    assert [link.code for link in part.links] == ["ab12"]


def test_a_locked_one_is_no_fault(read) -> None:
    """Excel locks what is only "recommended read-only" too; a list is not asked for."""
    part = read(workbook(CELLS, locked=True))
    assert (part.problem, part.text) == (None, "")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 8000), piece=st.binary(min_size=1, max_size=6))
def test_any_bytes(tmp_path: Path, at: int, piece: bytes) -> None:
    data = bytearray(workbook(CELLS, [SHARE], cut=40))
    at %= len(data)
    data[at : at + len(piece)] = piece
    path = tmp_path / "a.xls"
    path.write_bytes(data)
    assert len(read_old_sheet_text(path, ReadLimits(text_chars=500))) <= 500
