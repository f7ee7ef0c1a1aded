"""Generator set 2, held out: the same subjects made by other means than set 1, only ever used to measure.

Seals here are signed-distance fields evaluated on polar coordinates, with the unit's name laid out flat and bent by
`warpPolar`; ink follows Beer and Lambert with three absorptions and a pressure field; scanners add dust, banding, a lid
shadow and show-through; the phone has lens distortion, vignetting, sensor noise before a colour matrix, and curled paper.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

Rng = np.random.Generator
Field = np.ndarray
FACES = ("NotoSansCJK-Bold.ttc", "NotoSerifCJK-Bold.ttc", "NotoSerifCJK-Regular.ttc", "NotoSansCJK-Regular.ttc")
INKS = {  # absorption in red, green, blue
    "red": (0.10, 1.55, 1.25),
    "crimson": (0.22, 1.9, 1.3),
    "vermilion": (0.05, 1.0, 1.7),
    "orange": (0.04, 0.62, 1.6),
    "pink": (0.06, 0.75, 0.5),
    "purple": (0.5, 1.3, 0.55),
    "old": (0.35, 1.3, 1.2),
    "screen": (0.0, 3.0, 3.0),
}
NAMES = (
    "日照市东港区社区教育学院",
    "菏泽市牡丹区教育和体育局",
    "鲁东大学",
    "东营市老年大学",
    "枣庄市薛城区周营镇成人教育中心学校",
    "滨州职业学院继续教育学院",
    "泰安市岱岳区教育局",
)
LINES = (
    "为深入贯彻落实国家关于切实解决老年人运用智能技术困难的实施方案，我单位面向辖区老年居民开展了系列培训活动。",
    "培训采取集中授课、入户辅导、线上直播相结合的方式，累计举办一百二十余期，受益老年学员超过六千人次。",
    "通过建立志愿者服务队、编印口袋读本、拍摄微课视频等做法，形成了可复制可推广的工作经验，现予以申报推荐。",
)


@dataclass(frozen=True)
class Page:
    """One labelled picture of set 2."""

    name: str
    kind: str
    image: np.ndarray
    truth: bool


@lru_cache(maxsize=32)
def face(which: int, size: int) -> ImageFont.FreeTypeFont:
    """Debian's CJK fonts by number."""
    return ImageFont.truetype(f"/usr/share/fonts/opentype/noto/{FACES[which % 4]}", size, index=2)


def strip(text: str, height: int, which: int, spacing: float) -> Field:
    """A flat line of characters, ink 0..1."""
    font = face(which, int(height * 0.95))
    step = int(height * spacing)
    image = Image.new("L", (max(1, step * len(text)), height), 0)
    pen = ImageDraw.Draw(image)
    for k, char in enumerate(text):
        pen.text((k * step + step / 2, height / 2), char, font=font, fill=255, anchor="mm")
    return np.asarray(image, np.float32) / 255


def seal_field(
    rng: Rng,
    name: str,
    radius: float,
    *,
    squash: float = 1.0,
    star: bool = True,
    code: bool = False,
    bottom: str = "",
    rim: float = 0.055,
    second: float = 0.0,
    turn: float = 0.0,
) -> Field:
    """Ink of a seal on a square of about 2.3 radii."""
    side = int(radius * 2.3)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    c = side / 2
    dx, dy = (x - c) / radius, (y - c) / radius
    co, si = math.cos(turn), math.sin(turn)
    u, v = dx * co + dy * si, (dy * co - dx * si) / squash
    rho = np.hypot(u, v)
    soft = 1.2 / radius
    ink = _line(rho, 1 - rim / 2, rim, soft)
    if second:
        ink = np.maximum(ink, _line(rho, 1 - rim - 0.06, second, soft))
    inner = 1 - rim - (0.1 + second if second else 0.0)
    height = 0.25 if len(name) < 12 else 0.21
    ink = np.maximum(
        ink,
        _bent(
            u,
            v,
            rho,
            name,
            inner - 0.07,
            height,
            start=-math.pi / 2,
            span=min(4.6, 0.52 * len(name)),
            which=int(rng.integers(0, 3)),
        ),
    )
    if code:
        digits = "37" + "".join(str(d) for d in rng.integers(0, 10, 11))
        ink = np.maximum(
            ink, _bent(u, v, rho, digits[::-1], inner - 0.04, 0.09, start=math.pi / 2, span=1.5, which=3, flip=True)
        )
    if star:
        ink = np.maximum(ink, _star(u, v + (0.03 if bottom else 0.0), 0.33 if squash > 0.9 else 0.22, soft))
    if bottom:
        ink = np.maximum(ink, _flat(u, v, bottom, 0.45 if star else 0.02, 0.2))
    return np.clip(ink, 0, 1).astype(np.float32)


def _line(rho: Field, at: float, width: float, soft: float) -> Field:
    return np.clip((width / 2 - np.abs(rho - at)) / soft + 0.5, 0, 1)


def _star(u: Field, v: Field, size: float, soft: float) -> Field:
    angle = np.arctan2(u, -v)
    sector = 2 * math.pi / 5
    folded = np.abs((angle + sector / 2) % sector - sector / 2)
    rho = np.hypot(u, v)
    px, py = rho * np.cos(folded), rho * np.sin(folded)
    tip, notch = (
        np.array([size, 0.0]),
        np.array([size * 0.382 * math.cos(sector / 2), size * 0.382 * math.sin(sector / 2)]),
    )
    edge = notch - tip
    normal = np.array([edge[1], -edge[0]]) / np.hypot(*edge)
    if normal[0] < 0:
        normal = -normal
    distance = (px - tip[0]) * normal[0] + (py - tip[1]) * normal[1]
    return np.clip(-distance / soft + 0.5, 0, 1)


def _bent(
    u: Field,
    v: Field,
    rho: Field,
    text: str,
    top: float,
    height: float,
    *,
    start: float,
    span: float,
    which: int,
    flip: bool = False,
) -> Field:
    flat = strip(text, 96, which, 1.0)
    theta = (np.arctan2(v, u) - start + math.pi) % (2 * math.pi) - math.pi
    across = theta / span + 0.5
    down = (top - rho) / height
    if flip:
        across, down = across, 1 - down
        flat = flat[:, :]
    mx = (1 - across if flip else across) * (flat.shape[1] - 1)
    my = down * (flat.shape[0] - 1)
    if flip:  # read from the middle outward, left to right along the bottom
        mx = (across) * (flat.shape[1] - 1)
        flat = np.ascontiguousarray(strip(text[::-1], 96, which, 1.0))
        mx = (1 - across) * (flat.shape[1] - 1)
    return cv2.remap(
        flat,
        mx.astype(np.float32),
        my.astype(np.float32),
        cv2.INTER_AREA if False else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )


def _flat(u: Field, v: Field, text: str, at: float, height: float) -> Field:
    flat = strip(text, 96, 0, 1.0)
    width = height * flat.shape[1] / flat.shape[0]
    width = min(width, 1.3)
    mx = (u / width + 0.5) * (flat.shape[1] - 1)
    my = ((v - at) / height + 0.5) * (flat.shape[0] - 1)
    return cv2.remap(
        flat,
        mx.astype(np.float32),
        my.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )


def pressure(shape: tuple[int, int], rng: Rng, low: float, high: float, holes: float) -> Field:
    """How much ink reached the paper: a tilted stamp, a pad with dry spots, paper grain."""
    h, w = shape
    field = np.zeros(shape, np.float32)
    for scale, weight in ((3, 0.5), (6, 0.3), (14, 0.2)):
        field += weight * cv2.resize(
            rng.random((scale, scale)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC
        )
    field = (field - field.min()) / max(float(np.ptp(field)), 1e-3)
    level = low + (high - low) * field
    grain = cv2.GaussianBlur(rng.random(shape).astype(np.float32), (0, 0), 1.1)
    cutoff = np.quantile(grain, holes) if holes > 0 else -1.0
    return (level * np.clip((grain - cutoff) * 25 + 0.2, 0, 1)).astype(np.float32)


def apply(page: Field, ink: Field, centre: tuple[float, float], colour: str, strength: float = 1.0) -> None:
    """Absorb light in place; `page` is linear reflectance 0..1."""
    h, w = ink.shape
    x, y = int(centre[0]) - w // 2, int(centre[1]) - h // 2
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + w, page.shape[1]), min(y + h, page.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    part = ink[y0 - y : y1 - y, x0 - x : x1 - x, None] * strength
    page[y0:y1, x0:x1] *= np.exp(-part * np.asarray(INKS[colour], np.float32))


def sheet(rng: Rng, dpi: int = 200) -> Field:
    """A printed sheet: a two-column form with thin rules or running text with an opinion box; reflectance 0..1."""
    scale = dpi / 200
    w, h = int(1654 * scale), int(2339 * scale)
    image = Image.new("L", (w, h), 255)
    pen = ImageDraw.Draw(image)
    which = int(rng.integers(0, 4))
    size = int(rng.integers(26, 34) * scale)
    font, head = face(which, size), face(0, int(size * 1.5))
    left, right = int(w * 0.1), int(w * 0.9)
    pen.text(
        (w / 2, h * 0.07), "典型课程资源申报表" if rng.random() < 0.5 else "情况说明", font=head, fill=10, anchor="mm"
    )
    y = int(h * 0.11)
    form = rng.random() < 0.7
    for k in range(6 if form else 0):
        pen.rectangle((left, y, right, y + int(size * 2.2)), outline=30, width=max(1, int(2 * scale)))
        pen.line(
            (left + int(w * 0.18), y, left + int(w * 0.18), y + int(size * 2.2)), fill=30, width=max(1, int(2 * scale))
        )
        pen.text(
            (left + 12, y + size * 0.5),
            ("课程名称", "资源类型", "申报单位", "负责人", "联系电话", "核心成员")[k],
            font=font,
            fill=20,
        )
        pen.text(
            (left + int(w * 0.18) + 16, y + size * 0.5), LINES[k % 3][: int(rng.integers(6, 20))], font=font, fill=25
        )
        y += int(size * 2.2)
    top = y
    per = max(8, (right - left - 40) // size)
    body = "".join(LINES[int(i)] for i in rng.integers(0, 3, 14))
    for k in range(0, len(body), per):
        if y > h * 0.66:
            break
        pen.text((left + 20, y + 14), body[k : k + per], font=font, fill=25)
        y += int(size * 1.7)
    if form:
        pen.rectangle((left, top, right, int(h * 0.88)), outline=30, width=max(1, int(2 * scale)))
        pen.line((left, int(h * 0.69), right, int(h * 0.69)), fill=30, width=max(1, int(2 * scale)))
    pen.text((w * 0.62, h * 0.76), "（单位公章）", font=font, fill=30)
    pen.text((w * 0.60, h * 0.80), "2022年4月12日", font=font, fill=30)
    grey = np.asarray(image, np.float32) / 255
    return np.repeat((0.04 + 0.93 * grey)[..., None], 3, axis=2)


def to_picture(page: Field, gamma: float = 1.0) -> np.ndarray:
    """Reflectance to 8 bits."""
    return np.clip(np.power(np.clip(page, 0, 1), gamma) * 255 + 0.5, 0, 255).astype(np.uint8)


def compress(image: np.ndarray, quality: int) -> np.ndarray:
    """JPEG through OpenCV (other subsampling than Pillow's at high quality)."""
    ok, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert ok
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


def scanner(
    page: Field,
    rng: Rng,
    *,
    paper: tuple[float, float, float] = (1, 1, 1),
    quality: int = 75,
    angle: float | None = None,
) -> np.ndarray:
    """Flatbed: show-through of the back, dust, banding, slight blur, a dark lid edge now and then."""
    h, w = page.shape[:2]
    out = page * np.asarray(paper, np.float32)
    back = cv2.GaussianBlur(page[:, ::-1].mean(axis=2), (0, 0), 4)
    out *= (1 - 0.05 * rng.random() * (1 - back))[..., None]
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), rng.normal(0, 0.8) if angle is None else angle, 1)
    out = cv2.warpAffine(out, turn, (w, h), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.3, 0.9))
    out *= 1 + 0.012 * np.sin(np.arange(h) / rng.uniform(3, 30))[:, None, None].astype(np.float32)
    for _ in range(int(rng.integers(0, 25))):
        cv2.circle(
            out, (int(rng.integers(0, w)), int(rng.integers(0, h))), int(rng.integers(1, 3)), (0.3, 0.3, 0.3), -1
        )
    out += rng.normal(0, 0.012, out.shape).astype(np.float32)
    if rng.random() < 0.3:
        out[:, : int(rng.integers(4, 30))] *= 0.25
    return compress(to_picture(out, rng.uniform(0.85, 1.1)), quality)


def phone(page: Field, rng: Rng, *, quality: int = 70) -> np.ndarray:
    """Camera: curled paper on a desk, perspective, lens, vignette, lamp colour, noise, sharpening."""
    h, w = page.shape[:2]
    ow, oh = (int(w * 0.75), int(h * 0.75))
    y, x = np.mgrid[0:oh, 0:ow].astype(np.float32)
    nx, ny = x / ow * 2 - 1, y / oh * 2 - 1
    r2 = nx * nx + ny * ny
    k = rng.uniform(-0.04, 0.04)
    nx, ny = nx * (1 + k * r2), ny * (1 + k * r2)
    tilt, lean, zoom = rng.uniform(-0.12, 0.12), rng.uniform(-0.12, 0.12), rng.uniform(1.0, 1.35)
    depth = 1 + tilt * nx + lean * ny
    a = rng.uniform(-0.12, 0.12)
    px = (nx * math.cos(a) - ny * math.sin(a) * 0.9) * zoom / depth
    py = (ny * math.cos(a) + nx * math.sin(a) * 0.9) * zoom / depth
    py = py + rng.uniform(-0.02, 0.02) * np.cos(px * 2.5)
    mx, my = ((px + 1) / 2 * w).astype(np.float32), ((py + 1) / 2 * h).astype(np.float32)
    soft = cv2.GaussianBlur(page, (0, 0), 0.7)
    seen = cv2.remap(soft, mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(-1, -1, -1))
    desk = np.asarray(
        [(0.35, 0.22, 0.13), (0.5, 0.5, 0.52), (0.12, 0.12, 0.13), (0.62, 0.45, 0.28), (0.25, 0.33, 0.3)][
            int(rng.integers(0, 5))
        ],
        np.float32,
    )
    wood = desk * (1 + 0.25 * np.sin(x / rng.uniform(20, 90) + 2 * np.sin(y / 150)))[..., None]
    out = np.where((seen[..., :1] < 0), wood, seen)
    light = 1 - 0.28 * r2 / 2 + 0.2 * (nx * rng.uniform(-1, 1) + ny * rng.uniform(-1, 1))
    if rng.random() < 0.5:
        hand = cv2.GaussianBlur(
            ((x - ow * rng.uniform(0, 1)) ** 2 + (y - oh * rng.uniform(0, 1)) ** 2 < (0.35 * ow) ** 2).astype(
                np.float32
            ),
            (0, 0),
            40,
        )
        light = light * (1 - 0.4 * hand)
    lamp = np.asarray(
        [(1.05, 0.97, 0.78), (0.92, 1.0, 1.06), (1.0, 0.98, 0.93), (0.98, 1.02, 0.9)][int(rng.integers(0, 4))],
        np.float32,
    )
    out = out * light[..., None] * lamp * rng.uniform(0.75, 1.0)
    out = out + rng.normal(0, 1, out.shape).astype(np.float32) * np.sqrt(np.clip(out, 0.01, 1)) * rng.uniform(
        0.01, 0.035
    )
    mix = np.array([[1.2, -0.15, -0.05], [-0.08, 1.15, -0.07], [0.0, -0.15, 1.15]], np.float32)
    out = np.clip(out @ mix.T, 0, 1)
    out = np.clip(out + 0.5 * (out - cv2.GaussianBlur(out, (0, 0), 1.5)), 0, 1)
    return compress(to_picture(out, 0.9), quality)
