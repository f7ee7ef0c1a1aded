"""Generator set 3: red and round things that are no seal (signs, logos, coins, buttons, maps, plates), on their own or on a page."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np

from tests.support import scan_builder_three as b
from tests.support.scan_builder_three import SPOT, H, Picture, Rng, W


def _lit(image: Picture, rng: Rng) -> Picture:
    """As a camera sees it: soft, noisy, unevenly lit."""
    h, w = image.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    light = 1 + rng.uniform(-0.3, 0.3) * (x / w - 0.5) + rng.uniform(-0.3, 0.3) * (y / h - 0.5)
    out = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.6, 1.4))) * light[..., None] + rng.normal(0, 4, (h, w, 3))
    return b.jpeg(np.clip(out, 0, 255).astype(np.uint8), int(rng.integers(50, 88)))


def _badge(rng: Rng, radius: int, ring: tuple[int, int, int], ground: tuple[int, int, int], words: str, *, upper: str = "", inner: bool = True) -> Picture:
    """A round emblem in full colours on its own square: border, ground, letters on the round, a figure in the middle."""
    side = int(2.1 * radius)
    image = np.full((side, side, 3), 255, np.uint8)
    c = side // 2
    cv2.circle(image, (c, c), radius, ground, -1, cv2.LINE_AA)
    cv2.circle(image, (c, c), radius, ring, max(3, radius // 12), cv2.LINE_AA)
    if inner:
        cv2.circle(image, (c, c), int(radius * 0.6), ring, max(2, radius // 25), cv2.LINE_AA)
    if upper:
        mask = b.stamp_mask(b.Stamp(name=upper, rim=0.01, star=0.0, sweep=3.6), radius)
        b.lay(image, mask, (c, c), ring, 1.0, 1.0)
    b.write(image, (c, c), words, int(radius * 0.5), 3, ring, "mm")
    return image


def _paste(page: Picture, thing: Picture, x: int, y: int) -> None:
    h, w = thing.shape[:2]
    part = page[y : y + h, x : x + w]
    thing = thing[: part.shape[0], : part.shape[1]]
    inside = (thing < 250).any(axis=2)
    part[inside] = thing[inside]


def traffic_sign(rng: Rng) -> Picture:
    scene = b.scenery(rng, 1200, 1600)
    thing = _badge(rng, int(rng.integers(120, 420)), (200, 24, 30), (245, 245, 245), str(rng.choice(["60", "禁鸣", "限高", "停"])), inner=False)
    _paste(scene, thing, int(rng.integers(0, 350)), int(rng.integers(0, 700)))
    return _lit(scene, rng)


def shop_sign(rng: Rng) -> Picture:
    scene = b.scenery(rng, 1600, 1200)
    scene[300:620, 100:1500] = (196, 26, 30)
    b.write(scene, (800, 460), "老百姓大药房", 170, 3, (250, 240, 200), "mm")
    _paste(scene, _badge(rng, 130, (250, 230, 120), (190, 20, 26), "福"), 120, 330)
    return _lit(scene, rng)


def lantern(rng: Rng) -> Picture:
    scene = (b.scenery(rng, 1200, 1600) * 0.5).astype(np.uint8)
    for _ in range(int(rng.integers(2, 6))):
        at = (int(rng.integers(150, 1050)), int(rng.integers(150, 1400)))
        size = int(rng.integers(60, 190))
        cv2.ellipse(scene, at, (size, int(size * 0.85)), 0, 0, 360, (214, 30, 26), -1, cv2.LINE_AA)
        for k in range(-3, 4):
            cv2.ellipse(scene, at, (max(2, abs(k) * size // 4), int(size * 0.85)), 0, 0, 360, (240, 150, 60), 3, cv2.LINE_AA)
    return _lit(scene, rng)


def coin(rng: Rng) -> Picture:
    scene = np.full((1200, 1600, 3), (206, 200, 190), np.uint8)
    for _ in range(int(rng.integers(2, 7))):
        thing = _badge(rng, int(rng.integers(80, 220)), (150, 96, 40), (196, 148, 84), "1", upper="中国人民银行2019", inner=bool(rng.random() < 0.5))
        _paste(scene, thing, int(rng.integers(0, 1150)), int(rng.integers(0, 750)))
    return _lit(scene, rng)


def emblem_on_a_licence(rng: Rng) -> Picture:
    """The printed arms above a licence's title: red, gold, round."""
    page = np.full((W, H, 3), (250, 244, 228), np.uint8)
    cv2.rectangle(page, (50, 50), (H - 50, W - 50), (170, 150, 90), 24)
    r = int(rng.integers(70, 120))
    side = int(2.2 * r)
    arms = np.full((side, side, 3), 255, np.uint8)
    cv2.circle(arms, (side // 2, side // 2), r, (222, 170, 50), -1, cv2.LINE_AA)
    cv2.circle(arms, (side // 2, side // 2), int(r * 0.8), (212, 26, 26), -1, cv2.LINE_AA)
    for k in range(5):
        star = b.stamp_mask(b.Stamp(name="", rim=0.001, star=1.0), max(6, int(r * (0.3 if k == 0 else 0.12))))
        b.lay(arms, star, (side / 2 + (0 if k == 0 else (k - 2.5) * r * 0.3), side / 2 - r * (0.35 if k == 0 else 0.1)), (250, 220, 90), 1.0, 1.0)
    _paste(page, arms, H // 2 - r, 70)
    b.write(page, (H / 2, 400), "营 业 执 照", 110, 2, (196, 140, 40), "mm")
    b.body(page, rng, (240, 520, H - 240, 980), 32)
    return b.camera(page, rng) if rng.random() < 0.5 else b.flatbed(page, rng)


def banknote(rng: Rng) -> Picture:
    scene = np.full((900, 1700, 3), (238, 196, 190), np.uint8)
    y, x = np.mgrid[0:900, 0:1700].astype(np.float32)
    for _ in range(6):
        at = (int(rng.integers(200, 1500)), int(rng.integers(150, 750)))
        wave = np.hypot(x - at[0], y - at[1]) + 8 * np.sin(np.arctan2(y - at[1], x - at[0]) * int(rng.integers(6, 18)))
        line = (np.sin(wave / rng.uniform(3, 7)) > 0.6) & (np.hypot(x - at[0], y - at[1]) < rng.uniform(90, 260))
        scene[line] = (196, 52, 66)
    b.write(scene, (300, 420), "100", 190, 3, (190, 40, 56), "mm")
    b.write(scene, (850, 90), "中国人民银行", 80, 2, (170, 40, 50), "mm")
    return _lit(scene, rng)


def map_sheet(rng: Rng) -> Picture:
    page = np.full((1400, 1400, 3), (244, 242, 232), np.uint8)
    for _ in range(40):
        points = np.cumsum(rng.normal(0, 60, (14, 2)), 0) + rng.uniform(0, 1400, 2)
        cv2.polylines(page, [points.astype(np.int32)], False, [(220, 90, 70), (240, 200, 90), (130, 170, 210)][int(rng.integers(0, 3))], int(rng.integers(2, 9)), cv2.LINE_AA)
    for _ in range(30):
        at = (int(rng.integers(50, 1350)), int(rng.integers(50, 1350)))
        cv2.circle(page, at, int(rng.integers(8, 26)), (214, 40, 44), int(rng.choice([2, 4, -1])), cv2.LINE_AA)
        b.write(page, (at[0] + 20, at[1] - 12), "章丘"[: int(rng.integers(1, 3))], 24, 1)
    return b.jpeg(page, 80)


def poster(rng: Rng) -> Picture:
    page = np.full((1700, 1200, 3), (206, 24, 30), np.uint8)
    cv2.circle(page, (600, 620), 420, (250, 214, 100), 14, cv2.LINE_AA)
    mask = b.stamp_mask(b.Stamp(name="热烈庆祝老年教育周隆重开幕", rim=0.001, star=0.3, sweep=4.6), 400)
    b.lay(page, mask, (600, 620), (255, 228, 130), 1.0, 1.0)
    b.write(page, (600, 1250), "银龄风采", 200, 2, (255, 236, 160), "mm")
    return _lit(page, rng) if rng.random() < 0.5 else b.jpeg(page, 75)


def white_poster(rng: Rng) -> Picture:
    """Large red letters and discs with white characters on white."""
    page = np.full((1700, 1200, 3), 252, np.uint8)
    for k, char in enumerate("报名从速"):
        at = (170 + 285 * k, 330)
        cv2.circle(page, at, 125, (218, 34, 40), -1, cv2.LINE_AA)
        b.write(page, at, char, 150, 3, (255, 255, 255), "mm")
    for k in range(6):
        cv2.circle(page, (150, 620 + 150 * k), 46, (218, 34, 40), 6, cv2.LINE_AA)
        b.write(page, (150, 620 + 150 * k), str(k + 1), 50, 3, (218, 34, 40), "mm")
        b.write(page, (230, 590 + 150 * k), b.SENTENCES[k % 4][:22], 40, 1)
    return b.flatbed(page, rng) if rng.random() < 0.5 else b.camera(page, rng)


def plates(rng: Rng) -> Picture:
    """Round signs on white walls: a house number, a fire point, an exit."""
    scene = np.full((1400, 1400, 3), (226, 224, 220), np.uint8)
    for _ in range(int(rng.integers(1, 4))):
        thing = _badge(rng, int(rng.integers(110, 240)), (204, 30, 34), (246, 246, 244), str(rng.choice(["消防", "安全", "28号"])), upper="禁止吸烟违者罚款" if rng.random() < 0.5 else "", inner=bool(rng.random() < 0.6))
        _paste(scene, thing, int(rng.integers(50, 900)), int(rng.integers(50, 900)))
    return _lit(scene, rng)


def school_badge_letterhead(rng: Rng) -> Picture:
    """A university's round badge in red at the head of its paper."""
    page = b.letter(rng)
    r = int(rng.integers(55, 95))
    ring = (190, 30, 44)
    thing = _badge(rng, r, ring, (255, 255, 255), "山", upper="山东交通学院", inner=True)
    cv2.circle(thing, (thing.shape[1] // 2, thing.shape[0] // 2), int(r * 0.5), ring, -1, cv2.LINE_AA)
    _paste(page, thing, int(rng.integers(120, 400)), int(rng.integers(100, 200)))
    return b.flatbed(page, rng) if rng.random() < 0.6 else b.camera(page, rng)


def postmark(rng: Rng) -> Picture:
    """A black round postmark: a ring with characters, but no seal of a unit."""
    page = b.letter(rng)
    mask = b.press_wear(b.stamp_mask(b.Stamp(name="山东济南", foot="2022.04.08", star=0.0, rim=0.03), 85), rng, 0.3)
    b.lay(page, mask, (rng.uniform(200, 1000), rng.uniform(150, 400)), (40, 40, 48))
    return b.flatbed(page, rng)


def app_screen(rng: Rng) -> Picture:
    screen = np.full((1800, 830, 3), 248, np.uint8)
    screen[:150] = (224, 46, 50)
    b.write(screen, (415, 90), "我的报名", 44, 1, (255, 255, 255), "mm")
    for k in range(7):
        y = 230 + 200 * k
        cv2.circle(screen, (110, y), 56, [float(v) for v in rng.integers(60, 240, 3)], -1, cv2.LINE_AA)
        b.write(screen, (200, y - 30), b.SENTENCES[k % 4][:12], 36, 1)
        cv2.circle(screen, (760, y), int(rng.integers(18, 40)), (232, 60, 60), int(rng.choice([3, -1])), cv2.LINE_AA)
    cv2.circle(screen, (415, 1690), 70, (232, 50, 60), -1, cv2.LINE_AA)
    return b.jpeg(screen, 85)


def identity_card(rng: Rng) -> Picture:
    card = np.full((640, 1010, 3), (222, 232, 236), np.uint8)
    y, x = np.mgrid[0:640, 0:1010].astype(np.float32)
    card[(np.sin(np.hypot(x - 500, y - 900) / 5) > 0.75)] = (236, 206, 206)
    cv2.circle(card, (150, 150), 88, (200, 40, 40), -1, cv2.LINE_AA)
    cv2.circle(card, (150, 150), 70, (226, 120, 90), 5, cv2.LINE_AA)
    b.write(card, (600, 130), "中华人民共和国", 70, 0, anchor="mm")
    b.write(card, (600, 250), "居民身份证", 100, 2, anchor="mm")
    return b.camera(card, rng, fill=0.8)


def pie_chart(rng: Rng) -> Picture:
    page = b.letter(rng)
    at, r = (620, 1180), int(rng.integers(110, 230))
    page[1180 - r - 40 : 1180 + r + 40, 100:1140] = 253
    angle = 0.0
    for k in range(5):
        step = float(rng.uniform(40, 90))
        cv2.ellipse(page, at, (r, r), 0, angle, min(360, angle + step), [(214, 50, 50), (240, 140, 60), (90, 150, 210), (240, 200, 80), (200, 60, 90)][k], -1, cv2.LINE_AA)
        angle += step
    cv2.circle(page, at, r, (200, 30, 40), 4, cv2.LINE_AA)
    return b.flatbed(page, rng)


def dial(rng: Rng) -> Picture:
    """A clock's face: a red rim, numbers around."""
    scene = np.full((1300, 1300, 3), (232, 230, 226), np.uint8)
    r = int(rng.integers(250, 480))
    cv2.circle(scene, (650, 650), r, (250, 250, 248), -1, cv2.LINE_AA)
    cv2.circle(scene, (650, 650), r, (206, 30, 36), int(r * rng.uniform(0.04, 0.12)), cv2.LINE_AA)
    for k in range(12):
        angle = k * math.pi / 6 - math.pi / 2
        b.write(scene, (650 + 0.78 * r * math.cos(angle), 650 + 0.78 * r * math.sin(angle)), str(k or 12), int(r * 0.16), 3, anchor="mm")
    cv2.line(scene, (650, 650), (650 + int(0.5 * r), 650 - int(0.2 * r)), (30, 30, 30), 12, cv2.LINE_AA)
    return _lit(scene, rng)


def target(rng: Rng) -> Picture:
    page = np.full((1400, 1100, 3), 250, np.uint8)
    for k in range(6):
        cv2.circle(page, (550, 650), 70 + 75 * k, (208, 34, 40), int(rng.integers(4, 12)), cv2.LINE_AA)
        b.write(page, (550, 650 - 70 - 75 * k + 34), str(10 - k), 34, 3, (208, 34, 40), "mm")
    return b.flatbed(page, rng)


def sticker(rng: Rng) -> Picture:
    """Round price and quality stickers on a page."""
    page = b.letter(rng)
    for _ in range(3):
        thing = _badge(rng, int(rng.integers(50, 120)), (250, 240, 240), (216, 34, 42), "合格", upper="检验中心", inner=bool(rng.random() < 0.5))
        _paste(page, thing, int(rng.integers(50, 950)), int(rng.integers(900, 1500)))
    return b.flatbed(page, rng)


def photograph(rng: Rng) -> Picture:
    return _lit(b.scenery(rng, 1500, 1100), rng)


def book_cover(rng: Rng) -> Picture:
    page = np.full((H, W, 3), [int(v) for v in rng.integers(150, 255, 3)], np.uint8)
    at = (int(rng.integers(400, 850)), int(rng.integers(500, 1100)))
    cv2.circle(page, at, int(rng.integers(150, 380)), (206, 36, 44), int(rng.choice([-1, 12, 30])), cv2.LINE_AA)
    b.write(page, (W / 2, 300), "智慧助老读本", 120, 2, (40, 30, 30), "mm")
    b.write(page, at, "老年", 100, 3, (250, 246, 230), "mm")
    return b.camera(page, rng)


def red_form(rng: Rng) -> Picture:
    """A receipt form printed in red: rules, labels, and a round box for a seal printed in dots."""
    page = np.full((1000, 1500, 3), 252, np.uint8)
    red = (214, 60, 64)
    for k in range(9):
        cv2.line(page, (100, 200 + 80 * k), (1400, 200 + 80 * k), red, 2)
    for x in (100, 420, 700, 980, 1400):
        cv2.line(page, (x, 200), (x, 840), red, 2)
    b.write(page, (750, 110), "山东省行政事业单位收费收据", 56, 2, red, "mm")
    for k in range(0, 360, 8):
        angle = math.radians(k)
        cv2.circle(page, (int(1200 + 120 * math.cos(angle)), int(700 + 120 * math.sin(angle))), 2, red, -1, cv2.LINE_AA)
    b.write(page, (1200, 700), "收款单位盖章", 30, 1, red, "mm")
    return b.flatbed(page, rng) if rng.random() < 0.6 else b.camera(page, rng)


def printed_star(rng: Rng) -> Picture:
    page = b.letter(rng, red_head=True)
    star = b.stamp_mask(b.Stamp(name="", rim=0.001, star=1.0), int(rng.integers(30, 110)))
    b.lay(page, star, (W / 2, rng.uniform(260, 340)), (222, 28, 36), 1.0, 1.0)
    b.write(page, SPOT, "（此件公开发布）", 28, anchor="mm")
    return b.flatbed(page, rng)


UNSEALED_THINGS: tuple[Callable[[Rng], Picture], ...] = (
    traffic_sign, shop_sign, lantern, coin, emblem_on_a_licence, banknote, map_sheet, poster, white_poster, plates, school_badge_letterhead, postmark,
    app_screen, identity_card, pie_chart, dial, target, sticker, photograph, book_cover, red_form, printed_star,
)
