"""Generator set 1: scanned application forms, with seals drawn in many ways and with red things that are no seal.

`cases(seed)` yields labelled pages, the same ones for the same seed. The seal search was tuned on these; judge it by
`scan_builder_two`.
"""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tests.support import scan_ink as ink

DPI = 200
PAGE = (1654, 2339)
UNITS = (
    "济南市社区教育指导服务中心",
    "青岛市市南区教育和体育局",
    "烟台开放大学",
    "山东大学继续教育学院",
    "德州市德城区老年大学",
    "临沂市兰山区社区学院",
    "威海市文登区教育局",
    "潍坊职业学院",
    "聊城市东昌府区柳园街道社区教育学校",
)
WORDS = (
    "老年人运用智能技术困难问题日益突出我们围绕出行就医消费文娱办事等高频事项开展培训组织志愿者进社区手把手教学"
    "编写读本录制视频课程建立学习团队形成长效机制取得明显成效受到群众欢迎并在全市推广经验做法"
)


@dataclass(frozen=True)
class Case:
    """One page. `truth`: has it a unit's seal? `box`: x, y, w, h in fractions of the page, of the first seal."""

    name: str
    kind: str
    image: np.ndarray
    truth: bool
    box: tuple[float, float, float, float] | None = None


Rows = list[tuple[str, ...]]


@dataclass(frozen=True)
class Filled:
    """What was written into a form: category, title of the paper, rows, and the fields a reader should find."""

    category: str
    heading: str
    rows: Rows
    fields: dict[str, str | bool]


PEOPLE = ("张建国", "李秀英", "王文静", "赵志强", "孙丽娜", "周海波", "吴晓东", "郑玉兰", "欧阳明", "于洪涛")
TOPICS = (
    "银龄课堂",
    "智能手机微课",
    "夕阳红数字乐园",
    "耆乐无忧出行",
    "长者网约车",
    "老年人防诈骗",
    "乐享云端",
    "社区智慧驿站",
)


def fill_form(rng: np.random.Generator, category: str = "case") -> Filled:
    """A form of the category with made-up content."""
    unit = UNITS[int(rng.integers(0, len(UNITS)))]
    title = (
        TOPICS[int(rng.integers(0, len(TOPICS)))]
        + ("实践案例", "培训项目", "系列课程")[("case", "training", "course").index(category)]
    )
    leader, contact = (PEOPLE[int(k)] for k in rng.choice(len(PEOPLE), 2, replace=False))
    phones = [
        f"1{int(rng.integers(30, 99))}{int(rng.integers(0, 10**8)):08d}",
        f"053{int(rng.integers(1, 9))}-{int(rng.integers(10**6, 10**7))}8",
    ]
    text = "".join(rng.permutation(list(WORDS)).tolist() * 6)
    people: Rows = [("负责人", leader, "联系电话", phones[0]), ("联系人", contact, "联系电话", phones[1])]
    opinions: Rows = [
        ("申报单位意见", "\n\n\n　　　　　　　　　　（盖章）\n　　　　　　　　　2021年11月5日"),
        ("省级教育行政部门意见", "\n\n　　　　　　　　　　（盖章）\n　　　　　　　　　年　月　日"),
    ]
    fields: dict[str, str | bool] = {
        "title": title,
        "applicant_unit": unit,
        "leader": leader,
        "leader_phone": phones[0],
        "contact": contact,
        "contact_phone": phones[1],
    }
    if category == "case":
        body = "一、基本情况\n" + text[:160] + "\n二、主要做法\n" + text[160:420] + "\n三、经验效果\n" + text[420:520]
        return Filled(
            category,
            "“智慧助老”专题典型案例申报表",
            [("案例名称", title), ("申报单位", unit), *people, ("案例内容", body), *opinions],
            fields,
        )
    if category == "training":
        runs, persons = str(int(rng.integers(2, 40))), str(int(rng.integers(100, 9000)))
        fields |= {"training_runs": runs, "training_people": persons}
        rows = [
            ("项目名称", title),
            ("申报单位", unit),
            *people,
            ("授课人", contact, "单位及职务(职称)", "讲师"),
            ("培训期数", runs, "培训人次", persons),
            ("培训内容", text[:300]),
            ("培训效果", text[300:480]),
            *opinions,
        ]
        return Filled(category, "“智慧助老”专题典型教育培训项目申报表", rows, fields)
    kind, consent = int(rng.integers(0, 3)), bool(rng.random() < 0.6)
    boxes = ["☑" if k == kind else "□" for k in range(3)]
    minutes = str(int(rng.integers(5, 90))) if kind == 1 else "　　"
    resource = f"{boxes[0]}教材（读本）　{boxes[1]}视频资源，视频时长{minutes}分钟\n{boxes[2]}其他"
    agree = "☑同意　　□不同意" if consent else "□同意　　☑不同意"
    fields |= {"consent": consent, "course_type": ("textbook", "video", "other")[kind]}
    rows = [
        ("课程名称", title),
        ("课程资源类型", resource),
        ("申报单位", unit),
        ("是否同意纳入全国老年教育课程资源库共享", agree),
        *people,
        ("核心成员", "、".join(PEOPLE[:3])),
        ("曾获奖项", "无"),
        ("课程主要内容", text[:300]),
        *opinions,
    ]
    return Filled(category, "“智慧助老”专题典型课程资源申报表", rows, fields)


def form_rows(rng: np.random.Generator, unit: str) -> tuple[str, Rows]:
    """Title and rows of a filled-in 附件2 form."""
    text = "".join(rng.permutation(list(WORDS)).tolist() * 6)
    rows: Rows = [
        ("案例名称", f"{unit[:4]}智慧助老行动案例"),
        ("申报单位", unit),
        ("负责人", "张建国", "联系电话", "0531-82626712"),
        ("联系人", "李秀英", "联系电话", "13805310000"),
        (
            "案例内容",
            "一、基本情况\n" + text[:160] + "\n二、主要做法\n" + text[160:420] + "\n三、经验效果\n" + text[420:520],
        ),
        ("申报单位意见", "\n\n\n　　　　　　　　　　（盖章）\n　　　　　　　　　2021年11月5日"),
        ("省级教育行政部门意见", "\n\n　　　　　　　　　　（盖章）\n　　　　　　　　　年　月　日"),
    ]
    return "“智慧助老”专题典型案例申报表", rows


def draw_form(
    title: str,
    rows: Rows,
    rng: np.random.Generator | None = None,
    *,
    size: int = 30,
    frame: tuple[int, int, int] = (20, 20, 20),
) -> tuple[Image.Image, dict[str, tuple[int, int, int, int]]]:
    """The form on white paper at 200 dpi, and the pixel box of each row's value cell by the row's first label."""
    page = Image.new("RGB", PAGE, (255, 255, 255))
    pen = ImageDraw.Draw(page)
    serif = bool(rng.integers(0, 2)) if rng is not None else True
    face = ink.font(size, serif=serif)
    pen.text(
        (PAGE[0] / 2, 180),
        title,
        font=ink.font(int(size * 1.4), bold=True, serif=serif),
        fill=(15, 15, 15),
        anchor="mm",
    )
    x0, x1, y = 160, PAGE[0] - 160, 260
    boxes: dict[str, tuple[int, int, int, int]] = {}
    for row in rows:
        label_width = 250
        cells = [row] if len(row) == 2 else [row[:2], row[2:]]
        span = (x1 - x0) // len(cells)
        wrapped = [_wrap(cell[1], (span - label_width - 24) // size) for cell in cells]
        height = max(78, max(len(lines) for lines in wrapped) * int(size * 1.5) + 30)
        for k, (cell, lines) in enumerate(zip(cells, wrapped, strict=True)):
            left = x0 + k * span
            pen.rectangle((left, y, left + label_width, y + height), outline=frame, width=2)
            pen.rectangle((left + label_width, y, left + span, y + height), outline=frame, width=2)
            label = _wrap(cell[0], (label_width - 20) // size)
            for n, line in enumerate(label):
                pen.text(
                    (left + label_width / 2, y + height / 2 + (n - (len(label) - 1) / 2) * size * 1.3),
                    line,
                    font=face,
                    fill=(20, 20, 20),
                    anchor="mm",
                )
            for n, line in enumerate(lines):
                _write(pen, left + label_width + 14, y + 16 + n * int(size * 1.5), line, face, size)
            boxes.setdefault(cell[0], (left + label_width, y, span - label_width, height))
        y += height
    return page, boxes


def _write(pen: ImageDraw.ImageDraw, x: float, y: float, line: str, face: ImageFont.FreeTypeFont, size: int) -> None:
    """One line; □ and ☑ are drawn, since few fonts have them."""
    for piece in re.split("([□☑])", line):
        if piece not in ("□", "☑"):
            pen.text((x, y), piece, font=face, fill=(25, 25, 25))
            x += pen.textlength(piece, font=face)
            continue
        top, side = y + size * 0.38, size * 0.72
        pen.rectangle((x + 3, top, x + 3 + side, top + side), outline=(25, 25, 25), width=2)
        if piece == "☑":
            pen.line(
                [(x + 6, top + side * 0.5), (x + side * 0.45, top + side * 0.85), (x + side * 1.05, top - side * 0.05)],
                fill=(25, 25, 25),
                width=3,
            )
        x += size


def _wrap(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for part in text.split("\n"):
        chunk = ""
        length = 0.0
        for char in part:
            step = 1.0 if ord(char) > 255 else 0.55
            if length + step > width:
                lines.append(chunk)
                chunk, length = "", 0.0
            chunk += char
            length += step
        lines.append(chunk)
    return lines


def press(
    page: np.ndarray, mask: np.ndarray, centre: tuple[float, float], colour: tuple[int, int, int], strength: float = 1.0
) -> tuple[float, float, float, float]:
    """Put ink on the page in place (light is absorbed twice where ink lies on print); the box in page fractions."""
    h, w = mask.shape
    x, y = int(centre[0] - w / 2), int(centre[1] - h / 2)
    px0, py0, px1, py1 = max(x, 0), max(y, 0), min(x + w, page.shape[1]), min(y + h, page.shape[0])
    if px1 <= px0 or py1 <= py0:
        return 0.0, 0.0, 0.0, 0.0
    part = mask[py0 - y : py1 - y, px0 - x : px1 - x, None] * strength
    light = 1 - part * (1 - np.asarray(colour, np.float32) / 255)
    region = page[py0:py1, px0:px1].astype(np.float32)
    page[py0:py1, px0:px1] = np.clip(region * light, 0, 255).astype(np.uint8)
    return px0 / page.shape[1], py0 / page.shape[0], (px1 - px0) / page.shape[1], (py1 - py0) / page.shape[0]


def scan(
    page: np.ndarray,
    rng: np.random.Generator,
    *,
    paper: tuple[float, float, float] = (1.0, 1.0, 1.0),
    quality: int = 80,
    noise: float = 3.0,
    skew: float | None = None,
    fringe: bool = False,
    scale: float = 1.0,
) -> np.ndarray:
    """A flatbed's or a copier's picture of the page."""
    h, w = page.shape[:2]
    angle = rng.uniform(-1.5, 1.5) if skew is None else skew
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), angle, 1.0)
    out = cv2.warpAffine(page, turn, (w, h), borderValue=(255, 255, 255), flags=cv2.INTER_LINEAR)
    if scale != 1.0:
        out = cv2.resize(out, (int(w * scale), int(h * scale)), interpolation=cv2.INTER_AREA)
    if fringe:
        out = np.dstack([np.roll(out[..., 0], 1, 1), out[..., 1], np.roll(out[..., 2], -1, 1)])
    values = out.astype(np.float32) * np.asarray(paper, np.float32)
    values += rng.normal(0, noise, values.shape[:2])[..., None] + rng.normal(0, noise * 0.5, values.shape)
    return jpeg(np.clip(values, 0, 255).astype(np.uint8), quality)


def photo(page: np.ndarray, rng: np.random.Generator, *, quality: int = 75) -> np.ndarray:
    """A phone's picture: perspective, a table around, uneven light with a shadow, wrong white balance, some blur."""
    h, w = page.shape[:2]
    scale = rng.uniform(0.55, 0.8)
    out_w, out_h = int(w * scale), int(h * scale)
    margin = rng.uniform(0.02, 0.1)
    corners = np.array(
        [[margin, margin], [1 - margin, margin], [1 - margin, 1 - margin], [margin, 1 - margin]]
    ) + rng.uniform(-0.05, 0.05, (4, 2))
    target = (corners * [out_w, out_h]).astype(np.float32)
    source = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    table = np.array(
        [[120, 90, 70], [60, 60, 65], [180, 175, 170], [140, 100, 60]][int(rng.integers(0, 4))], np.float32
    )
    ground = np.clip(
        table + cv2.GaussianBlur(rng.normal(0, 30, (out_h, out_w, 1)).astype(np.float32), (0, 0), 3)[..., None] * 3,
        0,
        255,
    ).astype(np.uint8)
    warp = cv2.getPerspectiveTransform(source, target)
    inside = cv2.warpPerspective(np.full((h, w), 255, np.uint8), warp, (out_w, out_h))
    sheet = cv2.warpPerspective(page, warp, (out_w, out_h), flags=cv2.INTER_AREA)
    out = np.where(inside[..., None] > 127, sheet, ground).astype(np.float32)
    y, x = np.mgrid[0:out_h, 0:out_w].astype(np.float32)
    angle = rng.uniform(0, 2 * math.pi)
    slope = (x / out_w - 0.5) * math.cos(angle) + (y / out_h - 0.5) * math.sin(angle)
    light = 0.85 + 0.25 * slope
    if rng.random() < 0.6:
        light *= 1 - 0.35 / (1 + np.exp(-(slope - rng.uniform(-0.2, 0.3)) * 30))
    balance = np.array([rng.uniform(0.85, 1.08), rng.uniform(0.9, 1.0), rng.uniform(0.75, 1.08)], np.float32)
    out = out * light[..., None] * balance
    out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.5, 1.1))
    out += rng.normal(0, 4, out.shape)
    return jpeg(np.clip(out, 0, 255).astype(np.uint8), quality)


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """The picture after JPEG compression."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))


def filled_page(
    rng: np.random.Generator, unit: str | None = None
) -> tuple[np.ndarray, dict[str, tuple[int, int, int, int]], str]:
    """A filled-in form without a seal, the cell boxes, and the unit's name."""
    name = unit or UNITS[int(rng.integers(0, len(UNITS)))]
    title, rows = form_rows(rng, name)
    page, boxes = draw_form(title, rows, rng)
    return np.array(page), boxes, name


def seal_place(boxes: dict[str, tuple[int, int, int, int]], rng: np.random.Generator) -> tuple[float, float]:
    """Where the clerk presses: on 盖章 in the applicant unit's opinion cell, more or less."""
    x, y, w, h = boxes["申报单位意见"]
    return x + w * rng.uniform(0.3, 0.75), y + h * rng.uniform(0.4, 0.75)


def random_style(rng: np.random.Generator, unit: str) -> ink.SealStyle:
    """A usual round seal with the small differences of real ones."""
    reds = ((214, 40, 50), (230, 30, 40), (196, 30, 60), (220, 70, 70), (205, 50, 45))
    return ink.SealStyle(
        name=unit,
        diameter=rng.uniform(38, 45),
        ring=rng.uniform(0.9, 1.5),
        tilt=rng.uniform(-25, 25),
        star=rng.uniform(0.8, 1.1),
        serif=bool(rng.random() < 0.8),
        ink=reds[int(rng.integers(0, len(reds)))],
        code="3701000" + str(int(rng.integers(100000, 999999))) if rng.random() < 0.4 else "",
    )
