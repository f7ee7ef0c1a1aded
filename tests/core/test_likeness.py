"""Titles from a scan against those of Word forms, where neither is a title."""

from __future__ import annotations

import time

from core.likeness import relate


def test_a_cell_that_repeats_itself_holds_up_no_decision() -> None:
    """Seen: 800 characters took 2.4 s of processor time, in the transaction of the decision; the time grows with the third power."""
    begun = time.process_time()
    assert relate("老人" * 400, "老人老老人人" * 133 + "学") == "unsure"
    assert time.process_time() - begun < 1
