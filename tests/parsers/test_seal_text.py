"""The words on drawn seals: usual, faint, oval, cut, photographed; and that nothing is read where nothing stands."""

from __future__ import annotations

import numpy as np
import pytest

from core.facts import SealFacts
from parsers import seal_text
from parsers.seal_text import read_seal_text, whole_box
from tests.support import scan_builder_two as two

SIDE = 900
Rng = np.random.Generator


def sheet(rng: Rng, name: str, *, place: tuple[int, int] = (450, 450), strength: float = 1.0, low: float = 0.6, high: float = 1.1, **shape: object) -> np.ndarray:
    """A piece of paper with one seal of 320 pixels."""
    page = np.full((SIDE, SIDE, 3), 0.97, np.float32)
    ink = two.seal_field(rng, name, 160, **shape)  # type: ignore[arg-type]
    two.apply(page, ink * two.pressure(ink.shape, rng, low, high, 0.05), place, "red", strength)
    return two.to_picture(np.clip(page + rng.normal(0, 0.006, page.shape), 0, 1).astype(np.float32))


def box(place: tuple[int, int] = (450, 450), *, squash: float = 1.0, cut: bool = False) -> SealFacts:
    x0, x1 = max(0, place[0] - 160), min(SIDE, place[0] + 160)
    y0, y1 = max(0, place[1] - 160 * squash), min(SIDE, place[1] + 160 * squash)
    return SealFacts(
        x0 / SIDE, y0 / SIDE, (x1 - x0) / SIDE, (y1 - y0) / SIDE, "round" if squash > 0.9 else "oval", 0.9, cut=cut
    )


@pytest.mark.parametrize("name", ["鲁东大学", "泰安市岱岳区教育局", "枣庄市薛城区周营镇成人教育中心学校"])
@pytest.mark.parametrize("turn", [-0.5, 0.0, 0.6])
def test_a_clear_ring_is_read_without_its_number(name: str, turn: float) -> None:
    rng = np.random.default_rng(5)
    assert read_seal_text(sheet(rng, name, turn=turn, code=True), box()) == name


def test_faint_oval_and_cut_rings_give_the_better_part_of_the_name() -> None:
    rng, name = np.random.default_rng(6), "日照市东港区社区教育学院"
    faint = read_seal_text(sheet(rng, name, low=0.2, high=0.5), box())
    oval = read_seal_text(sheet(rng, name, squash=0.7, star=False, bottom="财务专用章"), box(squash=0.7))
    place = (SIDE - 60, 450)
    cut = read_seal_text(sheet(rng, name, place=place), box(place, cut=True))
    for read in (faint, oval):
        assert read is not None
        assert sum(char in name for char in read) >= 0.8 * len(name)
    assert cut is not None
    assert len(cut) >= 4
    assert cut in name


def test_a_seal_cut_by_one_edge_is_taken_for_round() -> None:
    assert whole_box(box((60, 450), cut=True), SIDE, SIDE) == pytest.approx((-100, 290, 220, 610))
    assert whole_box(box((450, SIDE - 60), cut=True), SIDE, SIDE) == pytest.approx((290, 680, 610, 1000))


@pytest.mark.parametrize("kind", ["ring", "nothing", "noise"])
def test_a_ring_without_a_name_says_nothing(kind: str) -> None:
    rng = np.random.default_rng(7)
    page = sheet(rng, "　", star=True) if kind == "ring" else np.full((SIDE, SIDE, 3), 240, np.uint8)
    if kind == "noise":
        page = rng.integers(120, 250, (SIDE, SIDE, 3)).astype(np.uint8)
    assert read_seal_text(page, box()) is None


def test_seals_too_small_to_read_are_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal_text, "read_lines", lambda *_: pytest.fail("read"))
    assert read_seal_text(np.full((200, 200, 3), 240, np.uint8), SealFacts(0.1, 0.1, 0.15, 0.15, "round", 0.9)) is None
