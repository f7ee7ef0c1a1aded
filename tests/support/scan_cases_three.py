"""The labelled pictures of generator set 3 (held out): what phones, chats, screens and scanners make of sealed papers, and what else
people send that is red, round or printed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import cv2
import numpy as np

from tests.support import scan_builder_three as b
from tests.support.scan_builder_three import MM, REDS, SPOT, H, Picture, Rng, W
from tests.support.scan_builder_two import Page
from tests.support.scan_things_three import UNSEALED_THINGS

Maker = Callable[[Rng], Picture]
RADIUS = 21 * MM  # of a seal of 42 mm, in pixels of the page


def _sealed(rng: Rng, page: Picture | None = None, *, dry: float | None = None, rgb: tuple[int, int, int] | None = None, strength: float = 0.9,
            at: tuple[float, float] | None = None, cover: float = 0.25, radius: float = RADIUS, **stamp: object) -> Picture:
    sheet = page if page is not None else (b.letter(rng) if rng.random() < 0.5 else b.table(rng))
    mask = b.stamp_mask(b.random_stamp(rng, **stamp), int(radius * rng.uniform(0.95, 1.05)))
    worn = b.press_wear(mask, rng, float(rng.uniform(0.05, 0.35)) if dry is None else dry)
    place = at or (SPOT[0] + rng.uniform(-60, 60), SPOT[1] + rng.uniform(-50, 30))
    b.lay(sheet, worn, place, rgb or REDS[int(rng.integers(0, 5))], strength, cover)
    return sheet


def scanned(rng: Rng) -> Picture:
    return b.flatbed(_sealed(rng), rng, int(rng.integers(55, 92)))


def on_a_table(rng: Rng) -> Picture:
    return b.camera(_sealed(rng), rng)


def on_a_red_cloth(rng: Rng) -> Picture:
    return b.camera(_sealed(rng), rng, table_colour=(168, 42, 46), fill=0.8)


def warm_lamp(rng: Rng) -> Picture:
    return b.camera(_sealed(rng), rng, light=(1.0, float(rng.uniform(0.68, 0.8)), float(rng.uniform(0.35, 0.55))))


def red_lamp(rng: Rng) -> Picture:
    return b.camera(_sealed(rng), rng, light=(1.0, 0.42, 0.36))


def blue_shade(rng: Rng) -> Picture:
    return b.camera(_sealed(rng), rng, light=(0.62, 0.78, 1.05))


def from_a_monitor(rng: Rng) -> Picture:
    return b.monitor(_sealed(rng), rng)


def messenger(rng: Rng) -> Picture:
    """Sent on twice by a chat program."""
    small = cv2.resize(b.camera(_sealed(rng), rng), None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    return b.jpeg(b.jpeg(small, 28), 20)


def brown_and_old(rng: Rng) -> Picture:
    return b.flatbed(_sealed(rng, rgb=(170, 100, 80), strength=0.55, dry=0.35), rng)


def orange(rng: Rng) -> Picture:
    return b.flatbed(_sealed(rng, rgb=(238, 122, 52)), rng)


def violet(rng: Rng) -> Picture:
    return b.flatbed(_sealed(rng, rgb=(142, 66, 138)), rng)


def dark_on_text(rng: Rng) -> Picture:
    return b.flatbed(_sealed(rng, b.letter(rng), at=(float(rng.uniform(350, 900)), float(rng.uniform(620, 850))), rgb=(150, 28, 36), cover=0.0), rng)


def pale(rng: Rng) -> Picture:
    return b.flatbed(_sealed(rng, strength=float(rng.uniform(0.25, 0.45)), dry=0.4), rng)


def pale_photo(rng: Rng) -> Picture:
    return b.camera(_sealed(rng, strength=float(rng.uniform(0.35, 0.5)), dry=0.35), rng)


def oval(rng: Rng) -> Picture:
    change = {"aspect": float(rng.uniform(0.64, 0.78)), "star": 0.0, "foot": "发票专用章", "rim": 0.05}
    page = _sealed(rng, **change)  # type: ignore[arg-type]
    return b.flatbed(page, rng) if rng.random() < 0.5 else b.camera(page, rng)


def half_on_the_sheet(rng: Rng) -> Picture:
    return b.flatbed(_sealed(rng, at=(float(rng.choice([0, W])) + float(rng.uniform(-20, 20)), float(rng.uniform(400, 1400)))), rng)


def across_sheets(rng: Rng) -> Picture:
    """A sheet's share of a seal that was pressed over the edges of several."""
    out = RADIUS * rng.uniform(0.55, 0.8)
    page = _sealed(rng, at=(W + out, float(rng.uniform(500, 1250))), dry=0.1)
    return b.flatbed(page, rng) if rng.random() < 0.5 else b.camera(page, rng, fill=0.85)


def far_away(rng: Rng) -> Picture:
    return b.camera(_sealed(rng), rng, fill=float(rng.uniform(0.5, 0.62)), size=2400)


def award(rng: Rng) -> Picture:
    page = _sealed(rng, b.certificate(rng), at=(H * 0.72, W * 0.72))
    return b.camera(page, rng) if rng.random() < 0.5 else b.flatbed(page, rng)


def red_headed(rng: Rng) -> Picture:
    page = _sealed(rng, b.letter(rng, red_head=True))
    return b.camera(page, rng) if rng.random() < 0.5 else b.flatbed(page, rng)


def pressed_twice(rng: Rng) -> Picture:
    page = b.letter(rng)
    mask = b.stamp_mask(b.random_stamp(rng), int(RADIUS))
    for strength in (0.9, 0.45):
        b.lay(page, b.press_wear(mask, rng, 0.2), (SPOT[0] + rng.uniform(-4, 4), SPOT[1] + rng.uniform(-4, 4)), REDS[0], strength)
    return b.flatbed(page, rng)


def smeared(rng: Rng) -> Picture:
    page = b.letter(rng)
    mask = b.press_wear(b.stamp_mask(b.random_stamp(rng), int(RADIUS)), rng, 0.1)
    kernel = np.zeros((13, 13), np.float32)
    cv2.line(kernel, (0, int(rng.integers(3, 10))), (12, 6), 1.0, 1)
    b.lay(page, np.clip(cv2.filter2D(mask, -1, kernel / kernel.sum()) * 1.25, 0, 1), SPOT, REDS[1])
    return b.flatbed(page, rng)


def folded(rng: Rng) -> Picture:
    return b.camera(b.fold(_sealed(rng, at=(W * 0.6, H * 0.66)), rng), rng)


def side_by_side(rng: Rng) -> Picture:
    page = _sealed(rng, b.letter(rng), at=(W * 0.3, SPOT[1]))
    return b.flatbed(_sealed(rng, page), rng)


def finance(rng: Rng) -> Picture:
    return b.flatbed(_sealed(rng, star=0.0, foot="合同专用章", radius=19 * MM), rng)


def chat_picture(rng: Rng) -> Picture:
    """A phone's screenshot in which the paper is a small picture."""
    screen = np.full((1800, 860, 3), 237, np.uint8)
    screen[:120] = (246, 246, 246)
    b.write(screen, (430, 66), "报送工作群(126)", 34, 1, anchor="mm")
    paper = cv2.resize(b.flatbed(_sealed(rng), rng), (520, 736), interpolation=cv2.INTER_AREA)
    screen[300:1036, 170:690] = paper
    cv2.circle(screen, (90, 340), 44, (90, 140, 200), -1, cv2.LINE_AA)
    screen[1150:1240, 300:780] = (149, 236, 105)
    b.write(screen, (320, 1176), "收到，请补充盖章页", 34, 1)
    return b.jpeg(screen, 80)


def grey_photo(rng: Rng) -> Picture:
    """A photograph of a black-and-white copy."""
    grey = cv2.cvtColor(_sealed(rng, strength=1.0, dry=0.1), cv2.COLOR_RGB2GRAY)
    return b.camera(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), rng)


def blue_seal(rng: Rng) -> Picture:
    return b.flatbed(_sealed(rng, rgb=(50, 70, 170)), rng)


# ---- without a seal ----------------------------------------------------------------------------------------------------


def bare_scan(rng: Rng) -> Picture:
    return b.flatbed(b.letter(rng) if rng.random() < 0.5 else b.table(rng), rng, int(rng.integers(55, 92)))


def bare_photo(rng: Rng) -> Picture:
    return b.camera(b.letter(rng) if rng.random() < 0.5 else b.table(rng), rng)


def bare_warm_lamp(rng: Rng) -> Picture:
    return b.camera(b.table(rng), rng, light=(1.0, 0.75, 0.45))


def bare_monitor(rng: Rng) -> Picture:
    return b.monitor(b.letter(rng), rng)


def bare_folded(rng: Rng) -> Picture:
    return b.camera(b.fold(b.letter(rng), rng), rng)


def bare_messenger(rng: Rng) -> Picture:
    return b.jpeg(b.jpeg(cv2.resize(b.camera(b.table(rng), rng), None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA), 28), 20)


def bare_red_head(rng: Rng) -> Picture:
    page = b.letter(rng, red_head=True)
    return b.flatbed(page, rng) if rng.random() < 0.6 else b.camera(page, rng)


def bare_award(rng: Rng) -> Picture:
    page = b.certificate(rng)
    medal = b.stamp_mask(b.Stamp(name="", rim=0.1, star=0.55), 90)
    b.lay(page, medal, (H * 0.5, 120.0), (214, 40, 40), 1.0, 1.0)
    return b.camera(page, rng) if rng.random() < 0.5 else b.flatbed(page, rng)


def bare_newspaper(rng: Rng) -> Picture:
    page = b.newspaper(rng)
    return b.camera(page, rng) if rng.random() < 0.5 else b.flatbed(page, rng)


def marked_exam(rng: Rng) -> Picture:
    """Ticks, crosses and circles of a teacher's red pen."""
    page = b.table(rng)
    for _ in range(int(rng.integers(4, 14))):
        x, y = float(rng.uniform(150, W - 200)), float(rng.uniform(150, H - 150))
        t = np.linspace(0, 2 * math.pi * rng.uniform(0.8, 1.15), 60)
        grow = rng.uniform(25, 110) * (1 + 0.06 * np.sin(2 * t + rng.uniform(0, 6)) + 0.03 * t)
        loop = np.stack([x + grow * np.cos(t), y + grow * rng.uniform(0.45, 1) * np.sin(t)], 1)
        tick = np.array([[x, y], [x + 18, y + 30], [x + 75, y - 45]])
        points = loop if rng.random() < 0.5 else tick
        cv2.polylines(page, [points.astype(np.int32)], False, (216, 40, 52), int(rng.integers(3, 6)), cv2.LINE_AA)
    return b.flatbed(page, rng) if rng.random() < 0.5 else b.camera(page, rng)


def red_signature(rng: Rng) -> Picture:
    page = b.letter(rng)
    t = np.linspace(0, 1, 220)
    for k in range(3):
        x = SPOT[0] - 150 + 110 * k + 50 * np.cos(t * rng.uniform(9, 20)) + 40 * t
        y = SPOT[1] + 45 * np.sin(t * rng.uniform(12, 26) + k)
        cv2.polylines(page, [np.stack([x, y], 1).astype(np.int32)], False, (200, 36, 60), 3, cv2.LINE_AA)
    return b.flatbed(page, rng)


def tea_ring(rng: Rng) -> Picture:
    page = b.letter(rng)
    y, x = np.mgrid[0:H, 0:W].astype(np.float32)
    at = (rng.uniform(300, 900), rng.uniform(300, 1400))
    rho = np.hypot(x - at[0], (y - at[1]) * rng.uniform(0.95, 1.05)) / rng.uniform(120, 230)
    stain = (np.exp(-((rho - 1) / 0.03) ** 2) * 0.5 + 0.1 * (rho < 1)).astype(np.float32)
    b.lay(page, stain, (W / 2, H / 2), (176, 118, 74), 1.0, 0.0)
    return b.flatbed(page, rng)


SEALED: tuple[Maker, ...] = (
    scanned, on_a_table, on_a_red_cloth, warm_lamp, red_lamp, blue_shade, from_a_monitor, messenger, brown_and_old, orange, violet,
    dark_on_text, pale, pale_photo, oval, half_on_the_sheet, across_sheets, far_away, award, red_headed, pressed_twice, smeared, folded,
    side_by_side, finance, chat_picture, grey_photo, blue_seal,
)
UNSEALED: tuple[Maker, ...] = (
    bare_scan, bare_photo, bare_warm_lamp, bare_monitor, bare_folded, bare_messenger, bare_red_head, bare_award, bare_newspaper, marked_exam,
    red_signature, tea_ring, *UNSEALED_THINGS,
)


def pages(seed: int, each: int, *, sealed: bool | None = None) -> Iterator[Page]:
    """`each` pictures of every kind, the same for the same seed; `sealed`: only those with a seal, or only those without."""
    for truth, makers in ((True, SEALED), (False, UNSEALED)):
        for maker in makers if sealed in (None, truth) else ():
            for k in range(each):
                rng = np.random.default_rng([seed, k, 3, sum(map(ord, maker.__name__))])
                yield Page(f"{maker.__name__}-{k}", maker.__name__, maker(rng), truth)
