"""Which pages are which form's, by what was read on each page alone."""

from __future__ import annotations

import numpy as np
import pytest

from core.facts import PageFacts
from parsers import scan
from parsers.scan_forms import divide_pages, opinion_labels
from tests.support.facts import campaign, form

ONE, TWO = form(title="银龄智能手机课堂（一）"), form(title="银龄智能手机课堂（二）")
OTHER = form("training", title="孝德培训班")


@pytest.mark.parametrize(
    ("forms", "begun", "count", "expected"),
    [
        ((ONE, OTHER), {0: (ONE,), 1: (), 2: (OTHER,), 3: ()}, 4, ((0, 1), (2, 3))),
        ((ONE, TWO), {0: (ONE,), 1: (TWO,)}, 2, ((0,), (1,))),
        ((ONE, TWO), {0: (ONE,), 1: (ONE,), 2: (TWO,)}, 4, ((0, 1), (2, 3))),
        ((ONE, TWO), {1: (ONE,), 3: (TWO,)}, 5, ((1, 2), (3, 4))),
        ((ONE, TWO), {0: (ONE,), 2: (OTHER,)}, 4, ()),
        ((ONE, TWO), {0: (ONE, TWO)}, 2, ()),
        ((ONE, TWO), {0: (ONE,)}, 2, ()),
        ((ONE, TWO), {0: (TWO,), 1: (ONE,)}, 2, ()),
        ((ONE, TWO), {0: (ONE,), 1: (TWO,), 2: (OTHER,)}, 3, ()),
    ],
    ids=["two kinds", "a page each, near duplicates", "the head again", "a letter before", "another form", "two on a page", "one not found",
         "another order", "one too many"],
)  # fmt: skip
def test_forms_run_from_where_they_begin(
    forms: tuple[object, ...], begun: dict[int, tuple[object, ...]], count: int, expected: tuple[tuple[int, ...], ...]
) -> None:
    assert divide_pages(forms, begun, count) == expected  # type: ignore[arg-type]


def test_the_units_own_opinion_is_meant_not_the_offices() -> None:
    for category in ("case", "training", "course"):
        labels = opinion_labels(form(category), campaign())
        assert "申报单位意见" in labels
        assert not any("省级" in label for label in labels)


def test_no_page_before_the_first_form_is_read_once_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty pages of letters before the forms cost the whole file its reader."""
    def read(*_: object) -> bool:
        raise AssertionError("read although the time is over")

    monkeypatch.setattr(scan, "divide_pages", lambda *_: ((3,), (4,)))
    monkeypatch.setattr(scan, "shows_opinion", read)
    pages = [scan._Page(PageFacts(image=True), "absent") for _ in range(5)]
    load = lambda _index, _dpi: np.zeros((10, 10, 3), np.uint8)  # noqa: E731
    assert scan._divide(pages, (ONE, TWO), load, campaign(), scan._Clock(0.0)) == ()
