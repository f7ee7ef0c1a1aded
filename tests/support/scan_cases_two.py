"""The labelled pictures of generator set 2 (held out)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import cv2
import numpy as np

from tests.support.scan_builder_two import (
    INKS,
    NAMES,
    Field,
    Page,
    Rng,
    apply,
    compress,
    phone,
    pressure,
    scanner,
    seal_field,
    sheet,
    strip,
    to_picture,
)

Maker = Callable[[Rng], np.ndarray]


def _pressed(
    rng: Rng,
    *,
    low: float = 0.6,
    high: float = 1.1,
    holes: float = 0.05,
    strength: float = 1.0,
    colour: str = "red",
    place: tuple[float, float] | None = None,
    radius: float | None = None,
    **shape: object,
) -> Field:
    page = sheet(rng)
    h, w = page.shape[:2]
    size = radius or float(rng.uniform(145, 178))
    given: dict[str, object] = {"code": bool(rng.random() < 0.5), "turn": float(rng.normal(0, 0.25))}
    given.update(shape)
    ink = seal_field(rng, NAMES[int(rng.integers(0, len(NAMES)))], size, **given)  # type: ignore[arg-type]
    ink = ink * pressure(ink.shape, rng, low, high, holes)
    apply(page, ink, place or (w * rng.uniform(0.55, 0.75), h * rng.uniform(0.74, 0.82)), colour, strength)
    return page


def standard(rng: Rng) -> np.ndarray:
    colour = ("red", "crimson", "vermilion", "old")[int(rng.integers(0, 4))]
    return scanner(_pressed(rng, colour=colour), rng, quality=int(rng.integers(55, 92)))


def yellow(rng: Rng) -> np.ndarray:
    return scanner(_pressed(rng), rng, paper=(0.97, float(rng.uniform(0.84, 0.93)), float(rng.uniform(0.55, 0.8))))


def faint(rng: Rng) -> np.ndarray:
    return scanner(_pressed(rng, low=0.12, high=0.45, holes=0.25), rng)


def very_faint(rng: Rng) -> np.ndarray:
    return scanner(_pressed(rng, low=0.03, high=0.14, holes=0.3), rng)


def partial(rng: Rng) -> np.ndarray:
    """One side of the stamp hardly touched the paper."""
    page = sheet(rng)
    h, w = page.shape[:2]
    ink = seal_field(rng, NAMES[int(rng.integers(0, len(NAMES)))], 165, code=True)
    y, x = np.mgrid[0 : ink.shape[0], 0 : ink.shape[1]].astype(np.float32) / ink.shape[0] - 0.5
    angle = rng.uniform(0, 2 * math.pi)
    slope = np.clip(0.55 + 2.2 * (x * math.cos(angle) + y * math.sin(angle)), 0, 1)
    apply(page, ink * slope * pressure(ink.shape, rng, 0.5, 1, 0.1), (w * 0.65, h * 0.78), "red")
    return scanner(page, rng)


def oval(rng: Rng) -> np.ndarray:
    return scanner(
        _pressed(
            rng,
            radius=float(rng.uniform(160, 185)),
            squash=float(rng.uniform(0.62, 0.78)),
            star=False,
            bottom="财务专用章",
        ),
        rng,
    )


def cut(rng: Rng) -> np.ndarray:
    radius = 165.0
    depth = float(rng.uniform(-0.15, 0.6)) * radius
    side = int(rng.integers(0, 3))
    place = [(depth, 1400.0), (1654 - depth, 1700.0), (1000.0, 2339 - depth)][side]
    return scanner(_pressed(rng, radius=radius, place=place), rng, angle=0.0)


def photo(rng: Rng) -> np.ndarray:
    return phone(_pressed(rng), rng, quality=int(rng.integers(50, 85)))


def photo_faint(rng: Rng) -> np.ndarray:
    return phone(_pressed(rng, low=0.2, high=0.5, holes=0.2), rng)


def photo_oval(rng: Rng) -> np.ndarray:
    return phone(_pressed(rng, radius=170.0, squash=0.7, star=False, bottom="合同专用章"), rng)


def two(rng: Rng) -> np.ndarray:
    page = _pressed(rng, place=(1050.0, 1820.0))
    ink = seal_field(rng, NAMES[0], 160, code=True)
    apply(
        page,
        ink * pressure(ink.shape, rng, 0.6, 1.1, 0.05),
        (1050 + rng.uniform(60, 250), 1820 + rng.uniform(-120, 120)),
        "red",
    )
    return scanner(page, rng)


def on_text(rng: Rng) -> np.ndarray:
    return scanner(_pressed(rng, place=(float(rng.uniform(500, 1200)), float(rng.uniform(900, 1400)))), rng)


def inks(rng: Rng) -> np.ndarray:
    return scanner(_pressed(rng, colour=("orange", "pink", "purple")[int(rng.integers(0, 3))]), rng)


def rims(rng: Rng) -> np.ndarray:
    kind = int(rng.integers(0, 3))
    rim, second = ((0.028, 0.0), (0.1, 0.0), (0.05, 0.02))[kind]
    return scanner(_pressed(rng, rim=rim, second=second), rng)


def starless(rng: Rng) -> np.ndarray:
    return scanner(_pressed(rng, star=False, bottom="教务处"), rng)


def electronic(rng: Rng) -> np.ndarray:
    return to_picture(_pressed(rng, low=1.0, high=1.0, holes=0.0, colour="screen", turn=0.0))


def turned(rng: Rng) -> np.ndarray:
    return np.ascontiguousarray(
        np.rot90(scanner(_pressed(rng), rng, angle=float(rng.uniform(-7, 7))), int(rng.integers(1, 4)))
    )


def small(rng: Rng) -> np.ndarray:
    image = scanner(_pressed(rng), rng)
    factor = rng.uniform(0.3, 0.45)
    return compress(
        cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), int(rng.integers(25, 60))
    )


def grey_copy(rng: Rng) -> np.ndarray:
    grey = cv2.cvtColor(scanner(_pressed(rng), rng), cv2.COLOR_RGB2GRAY)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)


def fax_copy(rng: Rng) -> np.ndarray:
    grey = cv2.cvtColor(scanner(_pressed(rng), rng), cv2.COLOR_RGB2GRAY)
    hard = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 31, 12)
    return cv2.cvtColor(hard, cv2.COLOR_GRAY2RGB)


# ---- without a unit's seal ---------------------------------------------------------------------------------------------


def _with(rng: Rng, ink: Field | None, colour: str = "red", *, camera: bool | None = None) -> np.ndarray:
    page = sheet(rng)
    if ink is not None:
        apply(page, ink, (rng.uniform(0.25, 0.8) * page.shape[1], rng.uniform(0.15, 0.85) * page.shape[0]), colour)
    use_camera = rng.random() < 0.3 if camera is None else camera
    return phone(page, rng) if use_camera else scanner(page, rng)


def clean_scan(rng: Rng) -> np.ndarray:
    return _with(rng, None, camera=False)


def clean_photo(rng: Rng) -> np.ndarray:
    return _with(rng, None, camera=True)


def clean_grey(rng: Rng) -> np.ndarray:
    return cv2.cvtColor(cv2.cvtColor(_with(rng, None, camera=False), cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def heading(rng: Rng) -> np.ndarray:
    page = sheet(rng)
    page[:230] = 0.97
    apply(
        page,
        strip(
            "山东省教育厅处室函件"[: int(rng.integers(5, 10))],
            int(rng.integers(90, 150)),
            int(rng.integers(0, 2)),
            1.15,
        ),
        (827, 130),
        "red",
    )
    page[222:228, 150:-150] *= np.exp(-np.asarray(INKS["red"], np.float32))
    return scanner(page, rng) if rng.random() < 0.7 else phone(page, rng)


def round_logo(rng: Rng) -> np.ndarray:
    r = float(rng.uniform(60, 150))
    side = int(r * 2.2)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    rho = np.hypot(x - side / 2, y - side / 2) / r
    ink = (rho < 1).astype(np.float32)
    ink[(rho < 0.72) & (np.abs(x - side / 2) < 0.12 * r)] = 0
    ink[(rho < 0.5) & (y > side / 2)] = 0
    return _with(rng, ink)


def emblem(rng: Rng) -> np.ndarray:
    """A school's badge: two rings with letters between them and a building inside, in red."""
    ink = seal_field(rng, "山东大学继续教育", float(rng.uniform(90, 150)), star=False, rim=0.03)
    side = ink.shape[0]
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    r = side / 2.3
    rho = np.hypot(x - side / 2, y - side / 2) / r
    ink = np.maximum(ink, (np.abs(rho - 0.6) < 0.015).astype(np.float32))
    ink[(rho < 0.45) & (np.abs(x - side / 2) % (0.2 * r) < 0.1 * r)] = 1
    return _with(rng, ink)


def ring_only(rng: Rng) -> np.ndarray:
    r = float(rng.uniform(50, 190))
    side = int(r * 2.2)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    rho = np.hypot(x - side / 2, y - side / 2) / r
    return _with(rng, (np.abs(rho - 0.97) < rng.uniform(0.01, 0.05)).astype(np.float32))


def pen_marks(rng: Rng) -> np.ndarray:
    side = int(rng.uniform(250, 500))
    canvas = np.zeros((side, side), np.float32)
    t = np.linspace(0, 1, 200)
    for _ in range(int(rng.integers(1, 4))):
        radius = side * rng.uniform(0.15, 0.42)
        wob = radius * (1 + 0.08 * np.sin(2 * math.pi * t * 2 + rng.uniform(0, 6)) + 0.1 * t)
        points = np.stack(
            [
                side / 2 + wob * np.cos(2 * math.pi * t * rng.uniform(0.7, 1.6)),
                side / 2 + wob * np.sin(2 * math.pi * t * 1.05) * rng.uniform(0.5, 1),
            ],
            1,
        )
        cv2.polylines(canvas, [points.astype(np.int32)], False, 1.0, int(rng.integers(2, 7)), cv2.LINE_AA)
    return _with(rng, canvas, "crimson")


def thumb(rng: Rng) -> np.ndarray:
    side = int(rng.uniform(110, 170))
    noise = cv2.GaussianBlur(rng.normal(0, 1, (side * 2, side * 2)).astype(np.float32), (0, 0), 18)
    y, x = np.mgrid[0 : side * 2, 0 : side * 2].astype(np.float32)
    phase = np.hypot((x - side) * 1.2, y - side * 1.15) / rng.uniform(1.3, 1.8) + noise * 60
    body = np.clip(1.2 - np.hypot((x - side) / (side * 0.45), (y - side) / (side * 0.62)), 0, 0.2) * 5
    return _with(rng, (0.5 + 0.5 * np.tanh(3 * np.sin(phase))) * body, "old")


def boxed_stamp(rng: Rng) -> np.ndarray:
    ink = strip(("收文专用", "已核验", "2022.04.15", "复印无效")[int(rng.integers(0, 4))], 70, 1, 1.1)
    ink = np.pad(ink, 18)
    cv2.rectangle(ink, (4, 4), (ink.shape[1] - 5, ink.shape[0] - 5), 1.0, 5)
    return _with(rng, ink * pressure(ink.shape, rng, 0.5, 1, 0.1))


def personal_seal(rng: Rng) -> np.ndarray:
    side = int(rng.uniform(110, 190))
    ink = np.zeros((side, side), np.float32)
    glyphs = np.vstack([strip("王明", 70, 1, 1.0), strip("印信", 70, 1, 1.0)])
    ink[6:-6, 6:-6] = cv2.resize(glyphs, (side - 12, side - 12))
    cv2.rectangle(ink, (2, 2), (side - 3, side - 3), 1.0, 5)
    if rng.random() < 0.5:
        ink = 1 - ink
    return _with(rng, ink * pressure(ink.shape, rng, 0.6, 1, 0.05))


def red_grid(rng: Rng) -> np.ndarray:
    ink = np.zeros((900, 1200), np.float32)
    for k in range(0, 900, int(rng.integers(40, 90))):
        ink[k : k + 3] = 1
    for k in range(0, 1200, int(rng.integers(60, 200))):
        ink[:, k : k + 3] = 1
    return _with(rng, ink)


def colour_photo(rng: Rng) -> np.ndarray:
    page = sheet(rng)
    h, w = int(rng.integers(350, 700)), int(rng.integers(500, 1000))
    scene = np.zeros((h, w, 3), np.float32)
    for channel in range(3):
        scene[..., channel] = cv2.resize(rng.random((5, 7)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    for _ in range(25):
        centre = (int(rng.integers(0, w)), int(rng.integers(0, h)))
        cv2.ellipse(
            scene,
            centre,
            (int(rng.integers(10, 90)), int(rng.integers(10, 90))),
            0,
            0,
            360,
            [float(v) for v in rng.random(3)],
            int(rng.choice([-1, 4])),
            cv2.LINE_AA,
        )
    page[1000 : 1000 + h, 300 : 300 + w] = np.clip(scene, 0, 1)
    return scanner(page, rng)


def web_page(rng: Rng) -> np.ndarray:
    page = np.ones((900, 1500, 3), np.float32)
    page[:60] = (0.75, 0.1, 0.12)
    for k in range(10):
        page[100 + k * 75 : 150 + k * 75, 40 : int(rng.integers(500, 1000))] = 0.93
    for _ in range(8):
        cv2.circle(
            page,
            (int(rng.integers(1050, 1450)), int(rng.integers(100, 850))),
            int(rng.integers(10, 80)),
            (0.9, 0.2, 0.2),
            int(rng.choice([-1, 2, 6])),
            cv2.LINE_AA,
        )
    return to_picture(page)


SEALED: tuple[Maker, ...] = (
    standard,
    yellow,
    faint,
    very_faint,
    partial,
    oval,
    cut,
    photo,
    photo_faint,
    photo_oval,
    two,
    on_text,
    inks,
    rims,
    starless,
    electronic,
    turned,
    small,
    grey_copy,
    fax_copy,
)
UNSEALED: tuple[Maker, ...] = (
    clean_scan,
    clean_photo,
    clean_grey,
    heading,
    round_logo,
    emblem,
    ring_only,
    pen_marks,
    thumb,
    boxed_stamp,
    personal_seal,
    red_grid,
    colour_photo,
    web_page,
)


def pages(seed: int, each: int, *, sealed: bool | None = None) -> Iterator[Page]:
    """`each` pictures of every kind, the same for the same seed; `sealed`: only those with a seal, or only those without."""
    for truth, makers in ((True, SEALED), (False, UNSEALED)):
        for maker in makers if sealed in (None, truth) else ():
            for k in range(each):
                rng = np.random.default_rng([seed, k, 7, sum(map(ord, maker.__name__))])
                yield Page(f"{maker.__name__}-{k}", maker.__name__, maker(rng), truth)
