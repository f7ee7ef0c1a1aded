"""The papers that corpus and demo mails carry: filled forms, stamped scans, photos, exported PDFs, old Word files.

Everything depends on its arguments only, so that two runs make the same bytes; every file is kept small. For tests and
for `scripts/make-corpus`, `scripts/make-demo-mails`; uses none of the program's readers.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from tests.support import docx_pieces as x
from tests.support import form_builder
from tests.support import scan_ink as ink
from tests.support.corpus_pdf import cut, pdf, picture_object, picture_pdf, place_text, stream, typed_pdf
from tests.support.scan_builder import PAGE, draw_form, press

NAMES = {"case": "典型案例", "training": "典型培训项目", "course": "典型课程资源"}
_LEADERS = ("王建国", "刘秀兰", "张志强", "孙玉梅", "赵德明", "周海燕", "吴广林", "郑丽华", "冯学军", "陈淑芬")
_CONTACTS = ("李敏", "徐晓东", "高静", "马文涛", "林芳", "韩磊", "宋佳", "董雪", "潘亮", "袁梦")
_TEACHERS = ("杜春生 社区学院讲师", "任雅琴 开放大学副教授", "范立新 高级教师", "姚红 老年大学外聘教师")
_BASIC = (
    "{unit}自2019年起面向辖区60岁以上老年人开展智能技术应用教育，现有社区学习点12处、专兼职教师26人，建有体验教室3间。"
    "随着数字化服务加快普及，不少老年人在出行、就医、消费、办事时遇到“数字鸿沟”，学习需求十分迫切。"
)
_PRACTICE = (
    "（一）分层开课。按零基础、能使用、愿提高三个层次设班，每班不超过20人，配备2名助教手把手辅导。\n"
    "（二）送教上门。组织大学生志愿者与退休教师结对进社区、进养老院，全年送教168场。\n"
    "（三）编印口袋书。把扫码乘车、预约挂号、视频通话、防范诈骗等12个高频场景编成大字图解读本，免费发放。"
)
_EFFECT = "累计培训老年人3260人次，学员独立完成手机挂号的比例由11%提高到83%，经验做法在全市老年教育工作会议上交流推广。"


@dataclass(frozen=True)
class Paper:
    """One item as its form has it. `more`: field key -> text that replaces or adds to the usual values."""

    category: str
    unit: str
    title: str
    more: tuple[tuple[str, str], ...] = ()

    def having(self, **fields: str) -> Paper:
        """The same with other field values; an empty text leaves the cell empty."""
        return replace(self, more=(*self.more, *fields.items()))

    @property
    def number(self) -> int:
        """A number that depends on unit and title: picks names and telephone numbers."""
        return int(hashlib.sha256(f"{self.category}{self.unit}{self.title}".encode()).hexdigest()[:8], 16)

    def values(self) -> dict[str, str]:
        """Field key -> text as it stands in the cells."""
        n = self.number
        found = {
            "title": self.title,
            "applicant_unit": self.unit,
            "leader": _LEADERS[n % 10],
            "leader_phone": f"0531-8{n % 9000000 + 1000000:07d}",
            "contact": _CONTACTS[n // 10 % 10],
            "contact_phone": f"138{n % 100000000:08d}",
            "content": f"一、基本情况\n{_BASIC.format(unit=self.unit)}\n二、主要做法\n{_PRACTICE}\n三、经验效果\n{_EFFECT}",
        }
        if self.category == "training":
            teacher, _, post = _TEACHERS[n % 4].partition(" ")
            found |= {"teacher": teacher, "teacher_post": post, "training_runs": f"{n % 20 + 4}期",
                      "training_people": f"{n % 2000 + 260}人次", "content": _PRACTICE, "effect": _EFFECT}
        if self.category == "course":
            found |= {"course_type": "□教材（读本）\n☑视频资源，视频时长__45__分钟\n□其他", "consent": "同意",
                      "members": "、".join((_LEADERS[(n + 1) % 10], _CONTACTS[(n + 3) % 10], _CONTACTS[(n + 7) % 10])),
                      "awards": "", "content": "课程共8讲，每讲5至8分钟，从开机、联网、字体调大讲起，逐步学会微信、健康码、手机支付与防骗。"}
        return found | dict(self.more)

    def name(self, extension: str, tail: str = "") -> str:
        """The file name the notice asks for; `tail` behind it, e.g. （盖章扫描件）."""
        return f"{self.unit}+{NAMES[self.category]}{tail}{extension}"


# Word forms ----------------------------------------------------------------------------------------------------------


def word(paper: Paper, layout: str = "plain", **options: str) -> bytes:
    """The form as .docx in one of `form_builder.LAYOUTS`."""
    return settled(form_builder.build(paper.category, layout, paper.values(), **options))


def blank(category: str) -> bytes:
    """The empty form that the office hands out."""
    return (form_builder.BLANKS / f"form-{category}.docx").read_bytes()


def settled(data: bytes) -> bytes:
    """The same package with fixed dates inside and files in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name.startswith("docProps/thumbnail"):
                continue
            info = zipfile.ZipInfo(name, (2021, 11, 5, 9, 30, 0))
            info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 0
            new.writestr(info, old.read(name))
    return out.getvalue()


def pasted(pictures: Sequence[bytes], above: str = "盖章扫描件", form: Paper | None = None) -> bytes:
    """A .docx that holds pictures of pages instead of (or below) a form."""
    files = {f"rId{n + 10}": (f"media/image{n}.jpeg", data) for n, data in enumerate(pictures)}
    body = x.p(above) if form is None else _plain_body(form)
    body += "".join(x.p(x.picture(relation, 16.0, 22.6)) for relation in files)
    return settled(x.package(body, files=files))


def _plain_body(paper: Paper) -> str:
    values = paper.values()
    rows = [x.tr(*(cell for key, label in row for cell in (x.tc(label), x.tc(values.get(key, "")))))
            for row in form_builder.ROWS[paper.category]]  # fmt: skip
    return x.p(form_builder.HEADINGS[paper.category]) + x.tbl(*rows) + x.p()


def html_doc(paper: Paper, charset: str = "gb2312") -> bytes:
    """A web page that calls itself .doc, as office systems export it."""
    values = paper.values()
    rows = "".join(
        "<tr>" + "".join(f"<td>{label}</td><td>{values.get(key, '').replace(chr(10), '<br>')}</td>" for key, label in row) + "</tr>"
        for row in form_builder.ROWS[paper.category]
    )
    page = (
        f'<html xmlns:w="urn:schemas-microsoft-com:office:word"><head><meta http-equiv="Content-Type" content="text/html; '
        f'charset={charset}"><meta name=ProgId content=Word.Document></head><body><p align=center>'
        f"{form_builder.HEADINGS[paper.category]}</p><table border=1>{rows}</table></body></html>"
    )
    return page.encode("gb18030" if charset.lower().startswith("gb") else charset)


def rewritten(data: bytes, change: Callable[[str, str], str], names: Mapping[str, str] | None = None) -> bytes:
    """A package with every XML part put through `change(name, text)`, and parts renamed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith((".xml", ".rels")):
                content = change(name, content.decode()).encode()
            new.writestr((names or {}).get(name, name), content)
    return settled(out.getvalue())


def rtf(paper: Paper) -> bytes:
    """The form as RTF in GBK, one table row a line."""
    values = paper.values()

    def escaped(text: str) -> str:
        raw = "".join(char if char.isascii() else "".join(f"\\'{byte:02x}" for byte in char.encode("gb18030")) for char in text)
        return raw.replace("\n", "\\line ")

    rows = []
    for row in form_builder.ROWS[paper.category]:
        cells = [piece for key, label in row for piece in (label, values.get(key, ""))]
        edges = "".join(f"\\cellx{2200 * (n + 1)}" for n in range(len(cells)))
        rows.append("\\trowd" + edges + "".join(f"\\intbl {escaped(cell)}\\cell" for cell in cells) + "\\row")
    head = "{\\rtf1\\ansi\\ansicpg936\\deff0{\\fonttbl{\\f0\\fnil\\fcharset134 \\'cb\\'ce\\'cc\\'e5;}}\\f0\\fs24 "
    return (head + escaped(form_builder.HEADINGS[paper.category]) + "\\par\n" + "\n".join(rows) + "\n\\pard\\par}").encode("ascii")


# Scans ---------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def page_image(paper: Paper, *, seal: bool = True, dpi: int = 72, page: int = 0, skew: float = 0.6) -> np.ndarray:
    """One scanned page. Page 0 is the form's first page; where `seal`, the unit's seal lies on the opinion's cell."""
    rng = np.random.default_rng(paper.number + page)
    values = paper.values()
    rows = [
        tuple(piece for key, label in row for piece in (label, values.get(key, "")[:260]))
        for row in form_builder.ROWS[paper.category]
    ]
    rows += [("申报单位意见", "情况属实，同意申报。\n\n\n　　　　　　　　　　（盖章）\n　　　　　　　　　2021年11月5日"),
             ("省级教育行政部门意见", "\n　　　　　　　　　　（盖章）\n　　　　　　　　　年　月　日")]  # fmt: skip
    sheet, boxes = draw_form(form_builder.HEADINGS[paper.category] if page == 0 else "（续表）", rows, size=28)
    sheet = sheet.crop((0, 0, *PAGE))
    array = np.array(sheet)
    if seal:
        style = ink.SealStyle(name=paper.unit[:18], tilt=float(rng.uniform(-15, 15)))
        x0, y0, wide, high = boxes["申报单位意见"]
        centre = (x0 + wide * float(rng.uniform(0.45, 0.7)), min(y0 + high * 0.55, PAGE[1] - 220))
        press(array, ink.print_texture(ink.draw_seal(style, 200), rng, wear=0.2), centre, style.ink)
    size = (round(PAGE[0] * dpi / 200), round(PAGE[1] * dpi / 200))
    image = Image.fromarray(array).rotate(skew * float(rng.uniform(-1, 1)), Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS))


def letter_image(unit: str, heading: str, text: str, *, dpi: int = 72) -> np.ndarray:
    """A scanned letter that a unit wrote and sealed: heading, running text, name and date. No form."""
    sheet = Image.new("RGB", PAGE, (255, 255, 255))
    pen = ImageDraw.Draw(sheet)
    pen.text((PAGE[0] / 2, 300), heading, font=ink.font(56, bold=True), fill=(15, 15, 15), anchor="mm")
    lines = ["省教育厅：", *cut("　　" + text, 38), "　　特此函达。"]
    for n, line in enumerate(lines):
        pen.text((220, 460 + n * 62), line, font=ink.font(32), fill=(20, 20, 20))
    end = 560 + len(lines) * 62
    pen.text((1000, end), f"{unit}\n2021年11月5日", font=ink.font(32), fill=(20, 20, 20), spacing=24)
    array, style = np.array(sheet), ink.SealStyle(name=unit[:18])
    press(array, ink.print_texture(ink.draw_seal(style, 200), np.random.default_rng(len(text)), wear=0.2), (1180, end + 50), style.ink)
    small = Image.fromarray(array).resize((round(PAGE[0] * dpi / 200), round(PAGE[1] * dpi / 200)), Image.Resampling.LANCZOS)
    return np.asarray(small)


def jpeg(image: np.ndarray, quality: int = 30, *, turned: int = 0) -> bytes:
    """The picture's bytes; `turned` by quarters of a circle, counter-clockwise."""
    out = io.BytesIO()
    Image.fromarray(np.rot90(image, turned)).save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def photo(paper: Paper, page: int = 0, *, turned: int = 0, seal: bool = True, dpi: int = 72) -> bytes:
    """A page as a telephone's camera has it: warm light, a table around."""
    sheet = page_image(paper, page=page, seal=seal, skew=2.0, dpi=dpi)
    high, wide = sheet.shape[:2]
    table = np.empty((high + 60, wide + 60, 3), np.uint8)
    table[:] = (118, 92, 70)
    table[30:-30, 30:-30] = sheet
    light = np.linspace(1.0, 0.82, wide + 60, dtype=np.float32)[None, :, None] * np.array([1.0, 0.97, 0.9], np.float32)
    return jpeg((table * light).astype(np.uint8), 30, turned=turned)


def scan(paper: Paper, *, seal: bool = True, dpi: int = 72, pages: int = 1, quality: int = 30, producer: str = "CamScanner") -> bytes:
    """The stamped paper as a PDF of pictures. The seal is on the last page."""
    images = [page_image(paper, seal=seal and page == pages - 1, dpi=dpi, page=page) for page in range(pages)]
    return picture_pdf([jpeg(image, quality) for image in images], producer)


def joint_scan(papers: Sequence[Paper], *, dpi: int = 72) -> bytes:
    """One PDF that holds the stamped forms of several items."""
    return picture_pdf([jpeg(page_image(paper, dpi=dpi)) for paper in papers], "Canon iR-ADV C3530")


def tiff(paper: Paper) -> bytes:
    """The scan as fax machines and copiers save it: black and white TIFF would hide the seal, so colour with LZW."""
    out = io.BytesIO()
    small = Image.fromarray(page_image(paper, dpi=60)).quantize(16)
    small.save(out, "TIFF", compression="tiff_lzw")
    return out.getvalue()


def png(paper: Paper) -> bytes:
    """The scan as a screenshot tool saves it."""
    out = io.BytesIO()
    Image.fromarray(page_image(paper)).quantize(16).save(out, "PNG", optimize=True)
    return out.getvalue()


def snapshot(text: str, colour: tuple[int, int, int] = (96, 140, 90)) -> bytes:
    """A photo of an activity: no paper on it."""
    rng = np.random.default_rng(len(text))
    small = rng.normal(0, 40, (9, 12, 3)) + np.asarray(colour)
    image = Image.fromarray(np.clip(small, 0, 255).astype(np.uint8)).resize((640, 480), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=40)
    return out.getvalue()


def logo() -> bytes:
    """A school's logo as signatures carry it: small PNG."""
    mask = ink.disc_logo(72, np.random.default_rng(3))
    out = io.BytesIO()
    Image.fromarray((255 - mask * 200).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


# PDF -----------------------------------------------------------------------------------------------------------------


def exported(paper: Paper, producer: str = "WPS Office", *, seal: bool = False) -> bytes:
    """The Word form saved as PDF: ruled cells and text, nothing scanned. The font is not embedded, as WPS may do it.
    `seal`: a picture of the seal lies on it."""
    return typed_pdf(_form_commands(paper), producer, _seal_picture(paper) if seal else None)


def _seal_picture(paper: Paper) -> bytes:
    style = ink.SealStyle(name=paper.unit[:18])
    mask = ink.draw_seal(style, 110)[..., None]
    return jpeg((255 - mask * (255 - np.asarray(style.ink, np.float32))).astype(np.uint8), 70)


def _form_commands(paper: Paper) -> list[str]:
    values = paper.values()
    rows = [*form_builder.ROWS[paper.category], [("", "申报单位意见")], [("", "省级教育行政部门意见")]]
    commands, y = [place_text(form_builder.HEADINGS[paper.category], 150, 790, 15)], 770.0
    for row in rows:
        wide = 475 / len(row)
        cells = [(label, values.get(key, "")) for key, label in row]
        lines = [[piece for line in value.split("\n") for piece in cut(line, int((wide - 90) / 11))] or [""] for _, value in cells]
        high = max(24.0, max(len(own) for own in lines) * 14 + 10)
        for n, ((label, _), own) in enumerate(zip(cells, lines, strict=True)):
            left = 60 + n * wide
            commands.append(f"{left} {y - high} 80 {high} re S {left + 80} {y - high} {wide - 80} {high} re S")
            commands += [place_text(part, left + 3, y - 15 - 13 * k, 10) for k, part in enumerate(cut(label, 7))]
            commands += [place_text(part, left + 84, y - 15 - 14 * k, 10.5) for k, part in enumerate(own)]
        y -= high
    return commands


def searchable(paper: Paper) -> bytes:
    """A scan with its recognised text behind it, invisible (text rendering mode 3)."""
    lines = [value for value in paper.values().values() if value][:6]
    hidden = ["BT 3 Tr ET", *(place_text(line.replace("\n", " ")[:40], 120, 700 - 40 * n, 11) for n, line in enumerate(lines))]
    return typed_pdf(hidden, "Canon iR-ADV C3530", jpeg(page_image(paper)), full=True)


def stripes(paper: Paper, count: int = 8) -> bytes:
    """A scan whose page is cut into strips, as some copiers do."""
    pieces = np.array_split(page_image(paper), count)
    commands, objects, top = [], [], 842.0
    for n, piece in enumerate(pieces):
        high = 842 * len(piece) / sum(len(one) for one in pieces)
        top -= high
        commands.append(f"q 595 0 0 {high:.3f} 0 {top:.3f} cm /Im{n} Do Q")
        objects.append(picture_object(jpeg(np.ascontiguousarray(piece))))
    names = " ".join(f"/Im{n} {5 + n} 0 R" for n in range(count))
    page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /XObject << {names} >> >> /Contents 4 0 R >>".encode()
    start = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>", page]
    return pdf([*start, stream(b"", "\n".join(commands).encode()), *objects], "KONICA MINOLTA bizhub C308")


# Other files ---------------------------------------------------------------------------------------------------------


def video(seconds: int = 45) -> bytes:
    """The beginning of an MP4 file with a little noise behind it: enough to be one by content."""
    head = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"
    noise = np.random.default_rng(seconds).integers(0, 256, 3000, np.uint8).tobytes()
    return head + (len(noise) + 8).to_bytes(4, "big") + b"mdat" + noise


def macro_form(paper: Paper) -> bytes:
    """The form with a macro project in it (.docm)."""
    from tests.support.outlook_builder import ole_file, vba_module

    project = ole_file({("VBA", "ThisDocument"): vba_module("Sub AutoOpen()\r\nShell \"calc\"\r\nEnd Sub"), ("PROJECT",): b"ID=1"})
    kind = "application/vnd.ms-word.document.macroEnabled.main+xml"
    return settled(x.package(_plain_body(paper), main=kind, extra=[("word/vbaProject.bin", project)]))


def locked_form() -> bytes:
    """A .docx behind a password: an OLE file with the encrypted package in it."""
    from tests.support.outlook_builder import ole_file

    noise = np.random.default_rng(7).integers(0, 256, 6000, np.uint8).tobytes()
    return ole_file({("EncryptedPackage",): noise, ("EncryptionInfo",): b"\x04\x00\x04\x00\x40\x00\x00\x00" + b"<encryption/>" * 8})


def program() -> bytes:
    """A Windows program: the header only."""
    return b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + bytes(46) + b"\x80\x00\x00\x00" + bytes(64) + b"PE\x00\x00L\x01" + bytes(400)


def sheet(rows: Sequence[Sequence[str]]) -> bytes:
    """A small .xlsx, written by hand: inline strings only."""
    cells = "".join("<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row) + "</row>" for row in rows)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    pack = "http://schemas.openxmlformats.org/package/2006"
    files: Mapping[str, str] = {
        "[Content_Types].xml": f'<Types xmlns="{pack}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
        'package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName='
        '"/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{pack}/relationships"><Relationship Id="rId1" Type="{rel}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets><sheet name="汇总" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{pack}/relationships"><Relationship Id="rId1" Type="{rel}/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, text in files.items():
            package.writestr(name, text)
    return settled(out.getvalue())
