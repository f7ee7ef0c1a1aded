"""Verdicts on whole pages: a fixed small part of what docs/accuracy.md measures, and the edges."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import cv2
import numpy as np
import pytest

from core.facts import SealFacts
from parsers.seal import PageSeals, find_seals
from tests.support import scan_builder as builder
from tests.support import scan_builder_three as three_builder
from tests.support import scan_cases as one
from tests.support import scan_cases_three as three
from tests.support import scan_cases_two as two
from tests.support import scan_ink as ink
from tests.support import scan_things_three as things

FOUND = [
    one.standard,
    one.yellow_paper,
    one.faint,
    one.oval,
    one.cut,
    one.low_jpeg,
    one.photographed,
    one.over_text,
    one.inks,
    one.borders,
    one.no_star,
    one.rotated,
    one.crop,
    two.standard,
    two.oval,
    two.photo,
    two.photo_oval,
    two.small,
    two.on_text,
    two.starless,
    three.on_a_table,
    three.on_a_red_cloth,
    three.warm_lamp,
    three.messenger,
    three.dark_on_text,
    three.far_away,
    three.chat_picture,
]
DOUBTFUL = [one.grey_copy, one.bitonal_copy, one.very_faint, two.very_faint, two.partial, two.fax_copy, two.grey_copy,
            three.red_lamp, three.across_sheets, three.grey_photo, three.blue_seal]
BARE = [
    one.red_head,
    one.red_star,
    one.logo,
    one.finger,
    one.pen,
    one.pen_circle,
    one.printed_circle,
    one.date_stamp,
    one.name_seal,
    one.red_table,
    one.picture,
    one.flag,
    one.screenshot,
    two.heading,
    two.round_logo,
    two.emblem,
    two.ring_only,
    two.thumb,
    two.personal_seal,
    two.web_page,
    three.tea_ring,
    three.marked_exam,
    things.emblem_on_a_licence,
    things.school_badge_letterhead,
    things.traffic_sign,
    things.coin,
    things.postmark,
    three.bare_award,
]


def made(maker: object, seed: int = 3) -> np.ndarray:
    """The picture a generator's kind makes; set 1 gives the seal's box too."""
    result = maker(np.random.default_rng([seed, 9]))  # type: ignore[operator]
    return result[0] if isinstance(result, tuple) else result


@cache
def looked(maker: Callable[..., Any], seed: int = 3) -> PageSeals:
    """What is found on it; a page costs ten times as much to make as to look at, so each is made once."""
    return find_seals(made(maker, seed))


@pytest.mark.parametrize("maker", FOUND, ids=lambda m: f"{m.__module__[-5:]}-{m.__name__}")
def test_a_units_seal_is_present(maker: Callable[..., Any]) -> None:
    assert looked(maker).verdict == "present"


@pytest.mark.parametrize("maker", DOUBTFUL, ids=lambda m: f"{m.__module__[-5:]}-{m.__name__}")
def test_a_doubtful_seal_is_never_absent(maker: Callable[..., Any]) -> None:
    assert looked(maker).verdict in ("present", "uncertain")


@pytest.mark.parametrize("maker", BARE, ids=lambda m: f"{m.__module__[-5:]}-{m.__name__}")
def test_red_things_are_no_seal(maker: Callable[..., Any]) -> None:
    assert looked(maker).verdict != "present"


@pytest.mark.parametrize(
    "maker", [one.plain_tinted, three.bare_scan], ids=lambda m: m.__name__
)
def test_a_good_scan_without_a_seal_is_absent(maker: object) -> None:
    found = find_seals(made(maker))
    assert (found.verdict, found.seals) == ("absent", ())


def test_the_box_lies_where_the_seal_was_pressed() -> None:
    rng = np.random.default_rng(5)
    page, boxes, unit = builder.filled_page(rng)
    mask = ink.draw_seal(builder.random_style(rng, unit), builder.DPI)
    x, y, w, h = builder.press(page, mask, builder.seal_place(boxes, rng), (214, 40, 50))
    (seal,) = find_seals(builder.scan(page, rng, skew=0.0)).seals
    assert seal.shape == "round"
    assert not seal.cut
    assert not seal.grey
    # The mask has a margin of 6 % on each side.
    assert abs(seal.x + seal.width / 2 - (x + w / 2)) < 0.01
    assert abs(seal.y + seal.height / 2 - (y + h / 2)) < 0.01
    assert abs(seal.width / w - 0.97 / 1.12) < 0.02  # measured along the middle of its line


def test_two_seals_that_overlap_are_two() -> None:
    found = looked(one.overlap)
    assert len([seal for seal in found.seals if seal.score > 0.5]) == 2


def test_shapes_and_marks_are_told() -> None:
    assert looked(one.oval).seals[0].shape == "oval"
    assert looked(one.cut).seals[0].cut
    assert looked(one.grey_copy).seals[0].grey


def test_a_square_alone_is_a_doubt_and_never_a_units_seal() -> None:
    found = [looked(one.name_seal, seed) for seed in range(3)]
    assert {page.verdict for page in found} == {"uncertain"}
    assert any(seal.shape == "square" for page in found for seal in page.seals)


@pytest.mark.parametrize("side", [10, 40, 120])
def test_tiny_pictures_are_doubtful(side: int) -> None:
    assert find_seals(np.full((side, side, 3), 255, np.uint8)).verdict == "uncertain"


@pytest.mark.parametrize("seed", range(6))
def test_noise_and_blank_pictures_never_raise_and_hold_no_seal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = (int(rng.integers(24, 900)), int(rng.integers(24, 900)))
    noise = rng.integers(0, 256, (*size, 3)).astype(np.uint8)
    smooth = cv2.GaussianBlur(noise, (0, 0), float(rng.uniform(1, 12)))
    for picture in (noise, smooth, np.zeros_like(noise), np.full_like(noise, (255, 0, 0))):
        assert find_seals(picture).verdict != "present"


def test_a_dark_or_blurred_page_is_not_called_free_of_seals() -> None:
    page = made(one.plain)
    assert find_seals((page * 0.25).astype(np.uint8)).verdict == "uncertain"
    assert find_seals(cv2.GaussianBlur(page, (0, 0), 12)).verdict == "uncertain"
    assert find_seals(cv2.resize(page, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)).verdict == "uncertain"


def test_scores_and_boxes_stay_in_their_range() -> None:
    for maker in (one.cut, one.overlap, one.photographed, one.grey_copy):
        for seal in looked(maker).seals:
            assert isinstance(seal, SealFacts)
            assert 0 <= seal.score <= 1
            assert seal.x >= 0
            assert seal.y >= 0
            assert seal.x + seal.width <= 1.001
            assert seal.y + seal.height <= 1.001
            assert not (seal.grey and seal.score >= 0.5)


def test_a_black_and_white_copy_is_never_called_free_of_seals() -> None:
    """A copy in two tones may have dropped the pale seal; shrinking it makes greys, which once hid that."""
    page = made(one.plain)
    hard = np.where(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY) > 170, 255, 0).astype(np.uint8)
    found = find_seals(cv2.cvtColor(hard, cv2.COLOR_GRAY2RGB))
    assert found.verdict == "uncertain"
    assert "black and white only" in found.reasons


@pytest.mark.parametrize("maker", [one.standard, two.very_faint, two.on_text, three.pale_photo], ids=lambda m: m.__name__)
def test_a_grey_copy_is_never_called_free_of_seals(maker: object) -> None:
    """Not all pale seals show as a ring in grey, so a copy without colour proves nothing, sealed or not."""
    for picture in (made(maker), made(one.plain)):
        grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        found = find_seals(grey)
        assert found.verdict == "uncertain"
        assert "no colour in the picture" in found.reasons


def test_print_across_the_ring_does_not_hide_it() -> None:
    """The hull of seal and date together fits no ring; once its poor fit kept the right one from being measured."""
    page = np.full((1500, 1100, 3), 250, np.uint8)
    mask = ink.draw_seal(builder.random_style(np.random.default_rng(4), "济南市社区教育指导服务中心"), 150)
    builder.press(page, mask, (600, 1100), (214, 40, 50))
    date = ink.text_mask("2022年4月12日", 26)
    builder.press(page, date, (735, 1105), (214, 40, 50))  # in the seal's own colour: one patch with it
    found = find_seals(page)
    assert found.verdict == "present"
    assert found.seals[0].x + found.seals[0].width / 2 == pytest.approx(600 / 1100, abs=0.01)


def test_a_red_rule_and_heading_are_certain_but_a_sliver_of_a_seal_is_not() -> None:
    page = three_builder.flatbed(three_builder.letter(np.random.default_rng(5), red_head=True), np.random.default_rng(5))
    assert find_seals(page).verdict == "absent"
    height, width = page.shape[:2]
    sliver = page.copy()
    cv2.circle(sliver, (width - 40 + 120, height // 2), 128, (210, 60, 66), 6, cv2.LINE_AA)  # 8 pixels and an arc of a ring
    assert find_seals(sliver).verdict == "uncertain"


def test_a_lamp_that_swallows_red_leaves_a_doubt() -> None:
    page = (made(one.plain) * np.array([1.0, 0.4, 0.35])).astype(np.uint8)
    assert "strong colour cast" in find_seals(page).reasons


@pytest.mark.parametrize("size", [(140, 1600), (2600, 1080), (1000, 400)])
def test_what_has_not_the_shape_of_a_page_is_not_sworn_on(size: tuple[int, int]) -> None:
    page = np.random.default_rng(1).normal(248, 3, (*size, 3)).astype(np.uint8)
    page[::40] = 30
    assert find_seals(page).verdict == "uncertain"


def test_a_line_of_square_characters_is_no_row_of_name_seals() -> None:
    page = np.full((1600, 1130, 3), 252, np.uint8)
    for k in range(5):
        builder.press(page, ink.square_seal("张建国", 90, filled=True), (200 + 150 * k, 200), (214, 40, 50))
    assert not [seal for seal in find_seals(page).seals if seal.shape == "square"]
    alone = np.full((1600, 1130, 3), 252, np.uint8)
    builder.press(alone, ink.square_seal("张建国", 90, filled=True), (500, 1200), (214, 40, 50))
    assert [seal.shape for seal in find_seals(alone).seals] == ["square"]


def typed(width: int = 1130, height: int = 1600, *, seed: int = 1) -> np.ndarray:
    """A page of black lines in a colour scanner's grain: certain before anything is laid over it."""
    rng = np.random.default_rng(seed)
    page = rng.normal(246, 1.5, (height, width, 3))
    for y in range(height // 12, height * 11 // 12, height // 40):
        for x in range(width // 10, width * 9 // 10, 14):
            page[y : y + 14, x : x + int(rng.integers(4, 10))] = 40
    return np.clip(page, 0, 255).astype(np.uint8)


def lamp(page: np.ndarray, most: float = 0.16) -> np.ndarray:
    """A warm lamp beside the sheet: brighter and redder towards one edge, as on photographs of real papers."""
    height, width = page.shape[:2]
    fall = np.clip((np.linspace(0, 1, width)[None, :] + np.linspace(0, 0.4, height)[:, None] - 0.7) / 0.6, 0, 1)[..., None]
    shade = 1 - 0.18 * np.linspace(0, 1, height)[:, None, None]
    return np.clip(page * shade * np.exp(-fall * np.array([0.0, most, 1.6 * most])), 0, 255).astype(np.uint8)


def test_the_tint_of_a_lamp_is_no_doubt_but_the_lines_of_a_pale_seal_are() -> None:
    page = typed()
    assert find_seals(lamp(page)).verdict == "absent"
    mask = ink.draw_seal(builder.random_style(np.random.default_rng(4), "济南市社区教育指导服务中心"), 150)
    builder.press(page, mask, (760, 1150), (214, 60, 70), 0.14)
    assert find_seals(lamp(page)).verdict != "absent"


def test_blue_print_makes_nothing_around_it_red() -> None:
    page = typed()
    page[700:900, 200:900] = (40, 110, 200)
    page[715:885, 215:885] = 246
    page[740:860, 240:420] = (70, 130, 210)
    assert find_seals(page).verdict == "absent"


@pytest.mark.parametrize("maker", [two.on_text, three.dark_on_text, three.oval], ids=lambda m: m.__name__)
def test_a_grey_copy_photographed_under_a_lamp_is_not_free_of_seals(maker: object) -> None:
    """The lamp gives the copy a colour, so its grey ring alone tells: it lies across print, or is an oval."""
    page = made(maker, 555)
    size = (round(page.shape[1] * 1600 / max(page.shape)), round(page.shape[0] * 1600 / max(page.shape)))
    grey = cv2.cvtColor(cv2.resize(page, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    found = find_seals(lamp(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), 0.05))
    assert found.verdict == "uncertain"
    assert any(seal.grey for seal in found.seals)


def test_a_very_pale_seal_on_such_a_copy_is_seen_beside_print_many_times_darker() -> None:
    page = typed()
    page[950:1350] = page[20:120].repeat(4, axis=0)
    mask = ink.draw_seal(builder.random_style(np.random.default_rng(4), "济南市社区教育指导服务中心"), 150)
    builder.press(page, mask, (760, 1150), (120, 120, 120), 0.08)
    assert find_seals(lamp(page, 0.05)).verdict == "uncertain"


def test_a_page_as_viewers_export_it_at_72_dpi_is_large_enough() -> None:
    assert find_seals(typed(595, 842)).verdict == "absent"
    assert "picture too small" in find_seals(typed(424, 600)).reasons


def test_fringes_of_screen_type_are_no_name_seals() -> None:
    """Sub-pixel type has a red side and a cyan side: square characters once passed for name seals."""
    page = typed(800, 990)
    glyph = np.asarray(ink.text_mask("国", 34), np.float32)
    where = glyph / max(float(glyph.max()), 1.0) > 0.4
    height, width = where.shape
    for channel, shift in ((0, 1), (1, 0), (2, -1)):
        part = page[60 : 60 + height, 400 + shift : 400 + shift + width, channel]
        part[where] = 30
    assert not [seal for seal in find_seals(page).seals if seal.shape == "square"]


def test_small_red_rings_are_letters_and_no_seals() -> None:
    page = typed()
    for k in range(3):
        cv2.circle(page, (300 + 120 * k, 60), 13, (206, 60, 66), 2, cv2.LINE_AA)
    assert find_seals(page).verdict == "absent"
    cv2.circle(page, (800, 1300), 60, (206, 60, 66), 3, cv2.LINE_AA)
    assert find_seals(page).verdict == "uncertain"
