"""Verdicts on whole pages: a fixed small part of what docs/accuracy.md measures, and the edges."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.facts import SealFacts
from parsers.seal import find_seals
from tests.support import scan_builder as builder
from tests.support import scan_cases as one
from tests.support import scan_cases_two as two
from tests.support import scan_ink as ink

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
]
DOUBTFUL = [one.grey_copy, one.bitonal_copy, one.very_faint, two.very_faint, two.partial, two.fax_copy]
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
]


def made(maker: object, seed: int = 3) -> np.ndarray:
    """The picture a generator's kind makes; set 1 gives the seal's box too."""
    result = maker(np.random.default_rng([seed, 9]))  # type: ignore[operator]
    return result[0] if isinstance(result, tuple) else result


@pytest.mark.parametrize("maker", FOUND, ids=lambda m: f"{m.__module__[-5:]}-{m.__name__}")
def test_a_units_seal_is_present(maker: object) -> None:
    assert find_seals(made(maker)).verdict == "present"


@pytest.mark.parametrize("maker", DOUBTFUL, ids=lambda m: f"{m.__module__[-5:]}-{m.__name__}")
def test_a_doubtful_seal_is_never_absent(maker: object) -> None:
    assert find_seals(made(maker)).verdict in ("present", "uncertain")


@pytest.mark.parametrize("maker", BARE, ids=lambda m: f"{m.__module__[-5:]}-{m.__name__}")
def test_red_things_are_no_seal(maker: object) -> None:
    assert find_seals(made(maker)).verdict != "present"


@pytest.mark.parametrize(
    "maker", [one.plain, one.plain_tinted, one.plain_grey, two.clean_scan], ids=lambda m: m.__name__
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
    assert abs(seal.width / w - 1 / 1.12) < 0.03


def test_two_seals_that_overlap_are_two() -> None:
    found = find_seals(made(one.overlap))
    assert len([seal for seal in found.seals if seal.score > 0.5]) == 2


def test_shapes_and_marks_are_told() -> None:
    assert find_seals(made(one.oval)).seals[0].shape == "oval"
    assert find_seals(made(one.cut)).seals[0].cut
    assert find_seals(made(one.grey_copy)).seals[0].grey
    squares = [find_seals(made(one.name_seal, seed)).seals for seed in range(4)]
    assert any(seal.shape == "square" for seals in squares for seal in seals)


def test_a_square_alone_is_a_doubt_and_never_a_units_seal() -> None:
    for seed in range(3):
        assert find_seals(made(one.name_seal, seed)).verdict == "uncertain"


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
        for seal in find_seals(made(maker)).seals:
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
