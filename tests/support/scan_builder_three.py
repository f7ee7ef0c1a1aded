"""Generator set 3: sealed and unsealed papers and pictures as they come from phones, chats and screens.

Made by other means than sets 1 and 2: a seal's characters are laid on the ring one by one by affine maps, its wear comes from
distance fields (ink that spread or failed), ink is mixed between covering and absorbing; pages are letters, certificates,
newspapers and forms; cameras see them on tables, under lamps, on screens and through messengers. `scan_cases_three` names the kinds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

Rng = np.random.Generator
Picture = np.ndarray  # uint8, RGB
Mask = np.ndarray  # float32, 0..1
W, H = 1240, 1754  # A4 at 150 dpi
MM = 150 / 25.4
UNITS = ("章丘区老年大学", "莒县教育和体育局", "山东交通学院", "邹平市黄山街道社区教育中心", "沂源县职业教育中心学校", "聊城大学继续教育学院", "龙口市教育和体育局")
REDS = ((206, 44, 52), (225, 55, 60), (190, 30, 48), (232, 70, 62), (200, 60, 70))
SENTENCES = (
    "各县市区教育和体育局，各高等院校：为贯彻落实积极应对人口老龄化国家战略，现就有关事项通知如下。",
    "一要提高认识，加强组织领导，确保各项任务落到实处；二要突出重点，面向老年群体开展智能技术运用培训。",
    "三要注重实效，及时总结推广典型经验，请于本月底前将有关材料报送至指定邮箱，逾期不再受理。",
    "学校成立工作专班，联合街道社区建立学习点二十六处，聘请兼职教师四十余名，编写图文并茂的口袋书。",
)


@lru_cache(maxsize=64)
def letters(size: int, which: int = 0) -> ImageFont.FreeTypeFont:
    """Debian's CJK fonts: 0 serif, 1 sans, 2 serif bold, 3 sans bold."""
    name = ("Serif", "Sans")[which % 2] + "CJK-" + ("Regular", "Bold")[which // 2]
    return ImageFont.truetype(f"/usr/share/fonts/opentype/noto/Noto{name}.ttc", size, index=2)


@dataclass(frozen=True)
class Stamp:
    """What is on a seal; lengths in shares of its radius."""

    name: str = UNITS[0]
    aspect: float = 1.0
    rim: float = 0.06
    star: float = 0.3
    foot: str = ""
    code: str = ""
    sweep: float = 4.4  # radians the name takes
    turn: float = 0.0


def stamp_mask(stamp: Stamp, radius: int) -> Mask:
    """The clean stamp on a square of 2.2 radii."""
    big = 2 if radius < 160 else 1
    r = radius * big
    side = int(2.2 * r)
    canvas = np.zeros((side, side), np.float32)
    c = side / 2
    cv2.ellipse(canvas, (int(c), int(c)), (int(r * (1 - stamp.rim / 2)), int(r * (stamp.aspect - stamp.rim / 2))), 0, 0, 360, 1.0,
                max(1, int(stamp.rim * r)), cv2.LINE_AA)
    count = len(stamp.name)
    high = min(0.34, 1.5 * stamp.sweep / max(count, 5) * 0.72) * r * (0.8 if stamp.aspect < 0.9 else 1.0)
    for k, char in enumerate(stamp.name):
        share = (k / max(count - 1, 1) - 0.5) if count > 1 else 0.0
        _stand(canvas, char, -math.pi / 2 + share * stamp.sweep, c, r * (1 - stamp.rim - 0.08), stamp.aspect, high, 0.72, 2)
    for k, char in enumerate(stamp.code):
        share = k / max(len(stamp.code) - 1, 1) - 0.5
        _stand(canvas, char, math.pi / 2 - share * 1.3, c, r * (1 - stamp.rim - 0.14), stamp.aspect, 0.1 * r, 0.7, 1, outward=False)
    if stamp.star:
        angles = -math.pi / 2 + np.arange(10) * math.pi / 5
        reach = stamp.star * r * np.where(np.arange(10) % 2 == 0, 1, 0.39)
        points = np.stack([c + reach * np.cos(angles), c + reach * np.sin(angles)], 1)
        cv2.fillPoly(canvas, [points.astype(np.int32)], 1.0, cv2.LINE_AA)
    if stamp.foot:
        image = Image.fromarray((canvas * 255).astype(np.uint8))
        size = int(min(0.24, 1.2 / len(stamp.foot)) * r)
        at = c + (0.52 * r * stamp.aspect if stamp.star else 0.05 * r)
        ImageDraw.Draw(image).text((c, at), stamp.foot, font=letters(size, 2), fill=255, anchor="mm")
        canvas = np.asarray(image, np.float32) / 255
    turn = cv2.getRotationMatrix2D((c, c), math.degrees(stamp.turn), 1 / big)
    turn[:, 2] += (int(2.2 * radius) - side) / 2
    out = int(2.2 * radius)
    return np.clip(cv2.warpAffine(canvas, turn, (out, out), flags=cv2.INTER_AREA), 0, 1)


def _stand(canvas: Mask, char: str, angle: float, c: float, reach: float, aspect: float, high: float, squeeze: float, face: int,
           *, outward: bool = True) -> None:
    """Put one character on the ring, its head (or foot) outwards, by an affine map."""
    tile = Image.new("L", (100, 100), 0)
    ImageDraw.Draw(tile).text((50, 50), char, font=letters(92, face), fill=255, anchor="mm")
    ex, ey = math.cos(angle), math.sin(angle)
    top = np.array([c + reach * ex, c + reach * aspect * ey])
    normal = np.array([ex / 1.0, ey / aspect])
    normal /= np.hypot(*normal)
    along = np.array([-normal[1], normal[0]])
    low = top - normal * high
    half = along * high * squeeze / 2
    corners = [top - half, top + half, low - half] if outward else [low + half, low - half, top + half]
    source = np.array([[0, 0], [100, 0], [0, 100]], np.float32)
    warp = cv2.getAffineTransform(source, np.array(corners, np.float32))
    drawn = cv2.warpAffine(np.asarray(tile, np.float32) / 255, warp, canvas.shape[::-1], flags=cv2.INTER_AREA)
    np.maximum(canvas, drawn, out=canvas)


def random_stamp(rng: Rng, **change: object) -> Stamp:
    """A usual round seal of a unit."""
    given: dict[str, object] = {
        "name": UNITS[int(rng.integers(0, len(UNITS)))],
        "rim": float(rng.uniform(0.045, 0.075)),
        "star": float(rng.uniform(0.27, 0.34)),
        "turn": float(rng.normal(0, 0.3)),
        "sweep": float(rng.uniform(3.9, 4.9)),
        "code": "37" + "".join(str(d) for d in rng.integers(0, 10, 11)) if rng.random() < 0.4 else "",
    }
    return Stamp(**(given | change))  # type: ignore[arg-type]


def press_wear(mask: Mask, rng: Rng, dry: float) -> Mask:
    """Ink by distance from the stamp's face: it spreads over its edge in places, fails in others; `dry` 0..1."""
    face = (mask > 0.5).astype(np.uint8)
    inside, outside = cv2.distanceTransform(face, cv2.DIST_L2, 3), cv2.distanceTransform(1 - face, cv2.DIST_L2, 3)
    small = rng.random((9, 9)).astype(np.float32)
    uneven = cv2.resize(small, mask.shape[::-1], interpolation=cv2.INTER_CUBIC)
    edge = inside - outside + 1.6 * (uneven - 0.35 - 0.55 * dry)
    speckle = cv2.GaussianBlur(rng.normal(0, 1, mask.shape).astype(np.float32), (0, 0), 1.4)
    holes = 1 / (1 + np.exp(-(speckle / max(float(speckle.std()), 1e-3) + 2.4 - 3.0 * dry + 1.2 * (uneven - 0.5)) * 4))
    return (np.clip(edge + 0.5, 0, 1) * (1 - dry * 0.4 + dry * 0.4 * uneven) * holes).astype(np.float32)


def lay(page: Picture, mask: Mask, at: tuple[float, float], rgb: tuple[int, int, int], strength: float = 0.9, cover: float = 0.25) -> None:
    """Ink on the page in place: `cover` 0 lets all print shine through, 1 hides it."""
    h, w = mask.shape
    x, y = int(at[0] - w / 2), int(at[1] - h / 2)
    x0, y0, x1, y1 = max(0, x), max(0, y), min(page.shape[1], x + w), min(page.shape[0], y + h)
    if x1 <= x0 or y1 <= y0:
        return
    part = (mask[y0 - y : y1 - y, x0 - x : x1 - x] * strength)[..., None]
    under = page[y0:y1, x0:x1].astype(np.float32)
    colour = np.asarray(rgb, np.float32)
    mixed = cover * colour + (1 - cover) * under * colour / 255
    page[y0:y1, x0:x1] = np.clip(under * (1 - part) + mixed * part, 0, 255).astype(np.uint8)


def write(page: Picture, at: tuple[float, float], text: str, size: int, which: int = 0, fill: tuple[int, int, int] = (30, 30, 32),
          anchor: str = "la") -> None:
    """Text on the page in place."""
    image = Image.fromarray(page)
    ImageDraw.Draw(image).text(at, text, font=letters(size, which), fill=fill, anchor=anchor)
    page[:] = np.asarray(image)


def body(page: Picture, rng: Rng, box: tuple[int, int, int, int], size: int, which: int = 0) -> None:
    """Running text in x0, y0, x1, y1."""
    image = Image.fromarray(page)
    pen = ImageDraw.Draw(image)
    x0, y0, x1, y1 = box
    text = "".join(SENTENCES[int(k)] for k in rng.integers(0, 4, 60))
    per = max(1, (x1 - x0) // size)
    for k, y in enumerate(range(y0, y1 - size, int(size * 1.65))):
        pen.text((x0, y), text[k * per : (k + 1) * per], font=letters(size, which), fill=(32, 32, 34))
    page[:] = np.asarray(image)


def letter(rng: Rng, *, red_head: bool = False) -> Picture:
    """An official letter; its place for the seal is SPOT."""
    page = np.full((H, W, 3), 253, np.uint8)
    if red_head:
        write(page, (W / 2, 170), "莒县教育和体育局文件"[: int(rng.integers(8, 11))], int(rng.integers(66, 92)), 2, (222, 28, 36), "mm")
        cv2.line(page, (110, 300), (W - 110, 300), (222, 28, 36), int(rng.integers(3, 6)))
    write(page, (W / 2, 390), "关于报送典型案例的情况说明", 42, 2, anchor="mm")
    body(page, rng, (130, 470, W - 130, int(rng.integers(1000, 1330))), int(rng.integers(21, 29)), int(rng.integers(0, 2)))
    write(page, (W * 0.62, SPOT[1] - 30), UNITS[int(rng.integers(0, 3))], 26)
    write(page, (W * 0.64, SPOT[1] + 20), "2022年4月8日", 26)
    return page


def table(rng: Rng) -> Picture:
    """A form of ruled cells."""
    page = np.full((H, W, 3), 254, np.uint8)
    write(page, (W / 2, 130), "典型培训项目申报表", 40, 2, anchor="mm")
    y = 200
    for k, height in enumerate((70, 70, 70, 70, 480, 330, 260)):
        cv2.rectangle(page, (110, y), (W - 110, y + height), (40, 40, 40), 2)
        cv2.line(page, (300, y), (300, y + height), (40, 40, 40), 2)
        write(page, (205, y + height / 2), ("项目名称", "申报单位", "负责人", "联系人", "培训内容", "申报单位意见", "省级意见")[k], 24, anchor="mm")
        if k == 4:
            body(page, rng, (316, y + 10, W - 130, y + height - 10), 23)
        elif k < 4:
            write(page, (320, y + 20), SENTENCES[k][:14], 24)
        else:
            write(page, (W * 0.62, y + height - 100), "（盖章）　年　月　日", 24)
        y += height
    return page


def certificate(rng: Rng, colour: tuple[int, int, int] = (200, 30, 40)) -> Picture:
    """An award with a printed border, lying."""
    page = np.full((W, H, 3), (252, 248, 236), np.uint8)
    for k, wide in ((40, 22), (74, 4)):
        cv2.rectangle(page, (k, k), (H - k, W - k), colour, wide)
    for x in range(90, H - 90, 60):
        for y in (88, W - 88):
            cv2.circle(page, (x, y), 12, colour, 3, cv2.LINE_AA)
    write(page, (H / 2, 260), "荣 誉 证 书", 110, 2, (196, 30, 36), "mm")
    body(page, rng, (260, 420, H - 260, 760), 38)
    return page


def newspaper(rng: Rng) -> Picture:
    """Columns, a red masthead, a picture."""
    page = np.full((H, W, 3), (236, 233, 224), np.uint8)
    write(page, (300, 110), "中国教育報", 90, 2, (205, 32, 38), "mm")
    write(page, (W / 2 + 180, 240), "积极应对人口老龄化 各地在行动", 48, 3, anchor="mm")
    for k in range(4):
        body(page, rng, (60 + k * 285, 330, 325 + k * 285, H - 60), 16)
    x, y = int(rng.integers(60, 500)), int(rng.integers(400, 1200))
    page[y : y + 330, x : x + 540] = scenery(rng, 540, 330)
    return page


def scenery(rng: Rng, w: int, h: int) -> Picture:
    """Something like a photograph: blobs of light, edges, discs."""
    out = cv2.resize(rng.random((4, 5, 3)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    for _ in range(int(rng.integers(15, 50))):
        colour = [float(v) for v in rng.random(3)]
        at = (int(rng.integers(0, w)), int(rng.integers(0, h)))
        size = int(rng.integers(max(3, w // 60), max(6, w // 8)))
        if rng.random() < 0.5:
            cv2.ellipse(out, at, (size, int(size * rng.uniform(0.4, 1))), float(rng.uniform(0, 180)), 0, 360, colour, int(rng.choice([-1, 2, 5])), cv2.LINE_AA)
        else:
            cv2.rectangle(out, at, (at[0] + size * 2, at[1] + size), colour, -1)
    texture = cv2.GaussianBlur(rng.normal(0, 0.25, (h, w, 1)).astype(np.float32), (0, 0), 1.5)
    return np.clip((out + texture.reshape(h, w, 1)) * 255, 0, 255).astype(np.uint8)


SPOT = (W * 0.7, H * 0.82)


def jpeg(image: Picture, quality: int) -> Picture:
    """Compressed and opened again."""
    data = cv2.imencode(".jpg", np.ascontiguousarray(image[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


def flatbed(page: Picture, rng: Rng, quality: int = 78) -> Picture:
    """A scanner with a slightly warm lamp and grain."""
    h, w = page.shape[:2]
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), float(rng.normal(0, 0.7)), 1)
    out = cv2.warpAffine(page, turn, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    out = cv2.GaussianBlur(out, (0, 0), float(rng.uniform(0.4, 0.8))) * np.array([1.0, 0.985, 0.965], np.float32)
    out += rng.normal(0, 3.5, out.shape).astype(np.float32)
    return jpeg(np.clip(out, 0, 255).astype(np.uint8), quality)


def camera(page: Picture, rng: Rng, *, fill: float = 0.9, light: tuple[float, float, float] = (1.0, 1.0, 1.0), quality: int = 72,
           table_colour: tuple[int, int, int] | None = None, size: int = 1600) -> Picture:
    """The page on a table: `fill` share of the picture's height, under `light` (R, G, B)."""
    h, w = page.shape[:2]
    oh, ow = (size, int(size * 0.75)) if h > w else (int(size * 0.75), size)
    colours = ((96, 70, 52), (190, 188, 182), (44, 46, 50), (150, 112, 74), (70, 90, 80))
    base = np.asarray(table_colour or colours[int(rng.integers(0, 5))], np.float32)
    grain = cv2.resize(rng.random((oh // 6, 8)).astype(np.float32), (ow, oh), interpolation=cv2.INTER_CUBIC)[..., None]
    out = base * (0.8 + 0.4 * grain)
    scale = fill * min(oh / h, ow / w)
    corners = np.array([[-w, -h], [w, -h], [w, h], [-w, h]], np.float32) * scale / 2 * (1 + rng.uniform(-0.06, 0.06, (4, 2)))
    a = float(rng.normal(0, 0.06))
    corners = corners @ np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]]) + [ow / 2, oh / 2]
    warp = cv2.getPerspectiveTransform(np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32), corners.astype(np.float32))
    soft = cv2.GaussianBlur(page, (0, 0), max(0.4, 0.45 / scale))
    seen = cv2.warpPerspective(soft, warp, (ow, oh), flags=cv2.INTER_LINEAR)
    where = cv2.warpPerspective(np.ones((h, w), np.float32), warp, (ow, oh))[..., None]
    out = out * (1 - where) + seen * where
    y, x = np.mgrid[0:oh, 0:ow].astype(np.float32)
    tilt = 1 + rng.uniform(-0.22, 0.22) * (x / ow - 0.5) + rng.uniform(-0.22, 0.22) * (y / oh - 0.5)
    out = out * tilt[..., None] * np.asarray(light, np.float32) * rng.uniform(0.8, 1.0)
    out += rng.normal(0, 1, out.shape).astype(np.float32) * np.sqrt(np.clip(out, 4, 255)) * 0.35
    return jpeg(np.clip(out, 0, 255).astype(np.uint8), quality)


def monitor(page: Picture, rng: Rng) -> Picture:
    """Photographed from a screen: sub-pixels, then the camera's own grid makes waves of colour."""
    h, w = page.shape[:2]
    lines = np.ones((h, w, 3), np.float32)
    for channel in range(3):
        lines[:, channel::3, channel] = 1.28
        lines[:, (channel + 1) % 3 :: 3, channel] = 0.86
    lit = np.clip(page * lines * np.array([0.93, 0.98, 1.06]), 0, 255).astype(np.float32)
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), float(rng.uniform(-3, 3)), float(rng.uniform(0.8, 0.97)))
    out = cv2.warpAffine(lit, turn, (w, h), flags=cv2.INTER_LINEAR, borderValue=(18, 18, 20))
    out = cv2.GaussianBlur(out, (0, 0), 0.6) + rng.normal(0, 4, out.shape)
    return jpeg(np.clip(out, 0, 255).astype(np.uint8), 70)


def fold(page: Picture, rng: Rng) -> Picture:
    """Creases with their shade."""
    h, w = page.shape[:2]
    shade = np.ones((h, w), np.float32)
    for share in (0.5,) if rng.random() < 0.5 else (0.33, 0.66):
        at = int(h * share)
        y = np.arange(h)[:, None]
        shade *= 1 - 0.18 * np.exp(-np.abs(y - at) / 14) + 0.05 * (y > at)
    return np.clip(page * shade[..., None], 0, 255).astype(np.uint8)
