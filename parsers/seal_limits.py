"""The limits that make a verdict of what was measured, in one place and without any library: whoever draws a seal says
the same of it as whoever looked for it.

They come from the pages of generator set 1 and from pictures of real stamped paper; docs/accuracy.md has what they give
on pages they were not chosen on.
"""

from __future__ import annotations

PRESENT = 0.6  # score from which a ring is a seal
GREY_MOST = 0.45  # score of the clearest grey ring: a copy proves nothing, a person looks
WEAK = 0.04  # score from which a page can't be called free of seals
LINE = 0.2  # shape from which a ring forbids the same, whatever is inside
RING = 0.5  # shape from which a line is certainly a ring
LEAST_COVER, LEAST_ARC, MOST_SPREAD, MOST_STRAY = 0.55, 0.6, 0.032, 0.034  # beyond them a line is no ring, whatever else
OVAL = 0.82  # short over long axis below which a ring is oval
