"""The labelled pages of generator set 1: kinds of seals, kinds of red things that are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import cv2
import numpy as np

from tests.support import scan_ink as ink
from tests.support.scan_builder import (
    DPI,
    PAGE,
    Case,
    filled_page,
    photo,
    press,
    random_style,
    scan,
    seal_place,
)

Rng = np.random.Generator
Made = tuple[np.ndarray, tuple[float, float, float, float] | None]
RED = (215, 35, 40)


def _sealed(
    rng: Rng,
    *,
    wear: float = 0.25,
    strength: float = 0.95,
    change: Callable[[ink.SealStyle], ink.SealStyle] | None = None,
    place: tuple[float, float] | None = None,
) -> Made:
    page, boxes, unit = filled_page(rng)
    style = random_style(rng, unit)
    if change:
        style = change(style)
    mask = ink.print_texture(ink.draw_seal(style, DPI), rng, wear=wear)
    box = press(page, mask, place or seal_place(boxes, rng), style.ink, strength)
    return page, box


def standard(rng: Rng) -> Made:
    page, box = _sealed(rng, wear=float(rng.uniform(0, 0.4)))
    return scan(page, rng, quality=int(rng.integers(60, 95)), fringe=bool(rng.random() < 0.3)), box


def yellow_paper(rng: Rng) -> Made:
    page, box = _sealed(rng)
    paper = (float(rng.uniform(0.95, 1)), float(rng.uniform(0.88, 0.96)), float(rng.uniform(0.65, 0.85)))
    return scan(page, rng, paper=paper), box


def blue_paper(rng: Rng) -> Made:
    page, box = _sealed(rng)
    return scan(page, rng, paper=(0.82, 0.9, 1.0)), box


def faint(rng: Rng) -> Made:
    page, box = _sealed(rng, wear=float(rng.uniform(0.5, 0.8)), strength=float(rng.uniform(0.3, 0.5)))
    return scan(page, rng), box


def very_faint(rng: Rng) -> Made:
    page, box = _sealed(rng, wear=float(rng.uniform(0.5, 0.85)), strength=float(rng.uniform(0.1, 0.2)))
    return scan(page, rng, quality=85), box


def oval(rng: Rng) -> Made:
    page, box = _sealed(rng, change=ink.oval)
    return scan(page, rng), box


def cut(rng: Rng) -> Made:
    side = float(rng.uniform(-0.2, 0.25)) * 340
    place = (side, rng.uniform(400, 1900)) if rng.random() < 0.5 else (PAGE[0] - side, rng.uniform(400, 1900))
    page, box = _sealed(rng, place=place)
    return scan(page, rng, skew=0.0), box


def low_jpeg(rng: Rng) -> Made:
    page, box = _sealed(rng)
    return scan(page, rng, quality=int(rng.integers(12, 30)), scale=0.6), box


def photographed(rng: Rng) -> Made:
    page, box = _sealed(rng, wear=float(rng.uniform(0.1, 0.5)))
    return photo(page, rng), box


def faint_photo(rng: Rng) -> Made:
    page, box = _sealed(rng, wear=0.5, strength=float(rng.uniform(0.35, 0.55)))
    return photo(page, rng), box


def over_text(rng: Rng) -> Made:
    page, boxes, unit = filled_page(rng)
    style = random_style(rng, unit)
    x, y, w, h = boxes["案例内容"]
    mask = ink.print_texture(ink.draw_seal(style, DPI), rng, wear=0.3)
    box = press(page, mask, (x + w * rng.uniform(0.2, 0.8), y + h * 0.5), style.ink)
    return scan(page, rng), box


def overlap(rng: Rng) -> Made:
    page, box = _sealed(rng)
    x, y, w, h = box
    other = ink.print_texture(ink.draw_seal(random_style(rng, "山东省老年大学协会"), DPI), rng, wear=0.3)
    press(
        page,
        other,
        ((x + w * rng.uniform(0.7, 1.1)) * PAGE[0], (y + h * rng.uniform(0.3, 0.8)) * PAGE[1]),
        (210, 45, 50),
    )
    return scan(page, rng), box


def inks(rng: Rng) -> Made:
    colours = ((240, 110, 40), (150, 60, 140), (235, 110, 150), (180, 30, 30), (245, 80, 90))
    page, box = _sealed(rng, change=lambda s: replace(s, ink=colours[int(rng.integers(0, len(colours)))]))
    return scan(page, rng), box


def borders(rng: Rng) -> Made:
    def change(style: ink.SealStyle) -> ink.SealStyle:
        kind = int(rng.integers(0, 3))
        if kind == 0:
            return replace(style, ring=1.0, inner_ring=0.4)
        return replace(style, ring=2.2) if kind == 1 else replace(style, ring=0.5)

    page, box = _sealed(rng, change=change)
    return scan(page, rng), box


def no_star(rng: Rng) -> Made:
    page, box = _sealed(rng, change=lambda s: replace(s, star=0.0, line="业务专用章" if rng.random() < 0.7 else ""))
    return scan(page, rng), box


def electronic(rng: Rng) -> Made:
    page, box = _sealed(rng, wear=0.0, change=lambda s: replace(s, ink=(255, 0, 0), tilt=0.0))
    return page, box


def rotated(rng: Rng) -> Made:
    page, _ = _sealed(rng)
    turned = np.ascontiguousarray(np.rot90(page, int(rng.integers(1, 4))))
    return scan(turned, rng, skew=float(rng.uniform(-6, 6))), None


def small_picture(rng: Rng) -> Made:
    page, box = _sealed(rng)
    return scan(page, rng, scale=float(rng.uniform(0.33, 0.5)), quality=70), box


def crop(rng: Rng) -> Made:
    mask = ink.print_texture(ink.draw_seal(random_style(rng, "淄博市教育局"), DPI), rng, wear=0.3)
    page = np.full(
        (mask.shape[0] + int(rng.integers(4, 200)), mask.shape[1] + int(rng.integers(4, 200)), 3), 255, np.uint8
    )
    box = press(page, mask, (page.shape[1] / 2, page.shape[0] / 2), RED)
    return scan(page, rng, skew=0.0), box


def grey_copy(rng: Rng) -> Made:
    page, box = _sealed(rng, wear=0.2)
    grey = cv2.cvtColor(scan(page, rng), cv2.COLOR_RGB2GRAY)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), box


def bitonal_copy(rng: Rng) -> Made:
    page, box = _sealed(rng, wear=0.2)
    grey = cv2.cvtColor(scan(page, rng), cv2.COLOR_RGB2GRAY)
    return cv2.cvtColor(np.where(grey > 170, 255, 0).astype(np.uint8), cv2.COLOR_GRAY2RGB), box


# ---- no seal -------------------------------------------------------------------------------------------------------


def _bare(rng: Rng, draw: Callable[[np.ndarray], None]) -> Made:
    page, _, _ = filled_page(rng)
    draw(page)
    picture = photo(page, rng) if rng.random() < 0.25 else scan(page, rng, fringe=bool(rng.random() < 0.3))
    return picture, None


def plain(rng: Rng) -> Made:
    page, _, _ = filled_page(rng)
    return scan(page, rng, quality=int(rng.integers(40, 95)), fringe=bool(rng.random() < 0.3)), None


def plain_tinted(rng: Rng) -> Made:
    page, _, _ = filled_page(rng)
    return scan(page, rng, paper=(0.98, 0.93, float(rng.uniform(0.7, 0.9)))), None


def plain_photo(rng: Rng) -> Made:
    return photo(filled_page(rng)[0], rng), None


def plain_grey(rng: Rng) -> Made:
    grey = cv2.cvtColor(scan(filled_page(rng)[0], rng), cv2.COLOR_RGB2GRAY)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), None


def red_head(rng: Rng) -> Made:
    def draw(page: np.ndarray) -> None:
        page[:160] = 255
        mask = ink.text_mask("山东省教育厅文件"[: int(rng.integers(4, 9))], int(rng.integers(70, 130)))
        press(page, mask, (PAGE[0] / 2, 130), RED)
        page[240:244, 160:-160] = RED

    return _bare(rng, draw)


def red_star(rng: Rng) -> Made:
    return _bare(rng, lambda page: void(press(page, ink.star_mask(int(rng.integers(80, 400))), _spot(rng), RED)))


def logo(rng: Rng) -> Made:
    return _bare(rng, lambda page: void(press(page, ink.disc_logo(int(rng.integers(120, 380)), rng), _spot(rng), RED)))


def finger(rng: Rng) -> Made:
    return _bare(
        rng,
        lambda page: void(press(page, ink.fingerprint(int(rng.integers(110, 170)), rng), _spot(rng), (200, 50, 50))),
    )


def pen(rng: Rng) -> Made:
    return _bare(
        rng,
        lambda page: void(press(page, ink.scribble(int(rng.integers(250, 500)), 160, rng), _spot(rng), (220, 40, 60))),
    )


def pen_circle(rng: Rng) -> Made:
    side = int(rng.integers(150, 400))
    return _bare(
        rng,
        lambda page: void(
            press(page, ink.scribble(side, int(side * rng.uniform(0.6, 1)), rng, loop=True), _spot(rng), (220, 40, 60))
        ),
    )


def printed_circle(rng: Rng) -> Made:
    def draw(page: np.ndarray) -> None:
        x, y = _spot(rng)
        cv2.circle(page, (int(x), int(y)), int(rng.integers(60, 200)), RED, int(rng.integers(2, 9)), cv2.LINE_AA)

    return _bare(rng, draw)


def date_stamp(rng: Rng) -> Made:
    words = ("2021年11月5日", "已 收 讫", "作 废", "急  件", "附件已收")
    mask = ink.text_mask(words[int(rng.integers(0, 5))], 60, border=5)
    return _bare(rng, lambda page: void(press(page, ink.print_texture(mask, rng, wear=0.3), _spot(rng), RED)))


def name_seal(rng: Rng) -> Made:
    mask = ink.square_seal("张建国", int(rng.integers(110, 180)), filled=bool(rng.integers(0, 2)))
    return _bare(rng, lambda page: void(press(page, ink.print_texture(mask, rng, wear=0.3), _spot(rng), RED)))


def red_table(rng: Rng) -> Made:
    def draw(page: np.ndarray) -> None:
        for k in range(12):
            y = 700 + k * 60
            page[y : y + 3, 200:-200] = RED
        for k in range(8):
            x = 200 + k * (PAGE[0] - 400) // 7
            page[700:1363, x : x + 3] = RED

    return _bare(rng, draw)


def picture(rng: Rng) -> Made:
    def draw(page: np.ndarray) -> None:
        h, w = int(rng.integers(300, 700)), int(rng.integers(400, 900))
        small = rng.random((int(rng.integers(4, 14)), int(rng.integers(4, 14)), 3)).astype(np.float32)
        small[..., 0] = np.clip(small[..., 0] + 0.2, 0, 1)
        image = cv2.resize(small, (w, h), interpolation=cv2.INTER_CUBIC)
        for _ in range(6):
            colour = tuple(float(v) for v in rng.random(3))
            cv2.circle(
                image,
                (int(rng.integers(0, w)), int(rng.integers(0, h))),
                int(rng.integers(20, 150)),
                colour,
                -1,
                cv2.LINE_AA,
            )
        page[900 : 900 + h, 300 : 300 + w] = np.clip(image * 255, 0, 255).astype(np.uint8)

    return _bare(rng, draw)


def flag(rng: Rng) -> Made:
    def draw(page: np.ndarray) -> None:
        h = int(rng.integers(120, 300))
        page[500 : 500 + h, 400 : 400 + h * 3 // 2] = (222, 41, 16)
        press(page, ink.star_mask(h // 3), (400 + h // 3, 500 + h // 3), (255, 222, 0), -0.0 or 1.0)

    return _bare(rng, draw)


def screenshot(rng: Rng) -> Made:
    page = np.full((1000, 1600, 3), 250, np.uint8)
    page[:80] = (200, 30, 35)
    for k in range(8):
        page[140 + k * 90 : 200 + k * 90, 60:900] = (235, 238, 242)
    for _ in range(5):
        centre = (int(rng.integers(1000, 1500)), int(rng.integers(150, 950)))
        cv2.circle(page, centre, int(rng.integers(15, 70)), (230, 60, 60), -1 if rng.random() < 0.6 else 3, cv2.LINE_AA)
    press(page, ink.text_mask("通知公告", 48, serif=False), (300, 110), (255, 255, 255))
    return page, None


def void(_: object) -> None:
    """Drop a value inside a lambda."""


def _spot(rng: Rng) -> tuple[float, float]:
    return float(rng.uniform(300, PAGE[0] - 300)), float(rng.uniform(300, PAGE[1] - 300))


SEALED: tuple[Callable[[Rng], Made], ...] = (
    standard,
    yellow_paper,
    blue_paper,
    faint,
    very_faint,
    oval,
    cut,
    low_jpeg,
    photographed,
    faint_photo,
    over_text,
    overlap,
    inks,
    borders,
    no_star,
    electronic,
    rotated,
    small_picture,
    crop,
    grey_copy,
    bitonal_copy,
)
UNSEALED: tuple[Callable[[Rng], Made], ...] = (
    plain,
    plain_tinted,
    plain_photo,
    plain_grey,
    red_head,
    red_star,
    logo,
    finger,
    pen,
    pen_circle,
    printed_circle,
    date_stamp,
    name_seal,
    red_table,
    picture,
    flag,
    screenshot,
)


def cases(seed: int, each: int, *, sealed: bool | None = None) -> Iterator[Case]:
    """`each` pages of every kind, made from `seed`; `sealed`: only those with a seal, or only those without."""
    for truth, makers in ((True, SEALED), (False, UNSEALED)):
        for maker in makers if sealed in (None, truth) else ():
            for k in range(each):
                rng = np.random.default_rng([seed, k, len(maker.__name__), sum(map(ord, maker.__name__))])
                image, box = maker(rng)
                yield Case(f"{maker.__name__}-{k}", maker.__name__, image, truth, box)
