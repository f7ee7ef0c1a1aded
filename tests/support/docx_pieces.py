"""WordprocessingML written by hand, piece by piece, as Word, WPS and LibreOffice write it. No library of the program.

    package(p("标题") + tbl(tr(tc("负责人"), tc("张三"))))   # bytes of a .docx
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
)
_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Default Extension="jpeg" ContentType="image/jpeg"/>'
    '<Default Extension="png" ContentType="image/png"/>'
    '<Override PartName="/word/document.xml" ContentType="%s"/>'
    '<Override PartName="/word/header1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"/></Types>'
)
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def r(text: str, look: str = "") -> str:
    """A run; `look`: inside of w:rPr, e.g. "<w:b/>". A line break in the text is w:br."""
    properties = f"<w:rPr>{look}</w:rPr>" if look else ""
    lines = [f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n")]
    return f"<w:r>{properties}{'<w:br/>'.join(lines)}</w:r>"


def p(*content: str, style: str = "") -> str:
    """A paragraph of runs; plain text becomes a run."""
    inner = "".join(part if part.startswith("<") else r(part) for part in content)
    return f"<w:p>{style}{inner}</w:p>"


def lines(text: str) -> str:
    """One paragraph a line."""
    return "".join(p(line) if line else p() for line in text.split("\n"))


def sym(font: str, code: str) -> str:
    return f'<w:r><w:sym w:font="{font}" w:char="{code}"/></w:r>'


def tc(content: str = "", *, span: int = 1, down: str = "", across: str = "") -> str:
    """A cell. `down`, `across`: "restart" or "continue" of a merge; plain text becomes paragraphs."""
    properties = (f'<w:gridSpan w:val="{span}"/>' if span > 1 else "") + _merge("vMerge", down) + _merge("hMerge", across)
    inner = content if content.startswith("<") else lines(content)
    return f'<w:tc><w:tcPr><w:tcW w:w="2000" w:type="dxa"/>{properties}</w:tcPr>{inner}</w:tc>'


def _merge(name: str, kind: str) -> str:
    return {"": "", "continue": f"<w:{name}/>"}.get(kind, f'<w:{name} w:val="{kind}"/>')


def tr(*cells: str, skip: int = 0) -> str:
    properties = f'<w:trPr><w:gridBefore w:val="{skip}"/></w:trPr>' if skip else ""
    return f"<w:tr>{properties}{''.join(cells)}</w:tr>"


def tbl(*rows: str) -> str:
    return f'<w:tbl><w:tblPr><w:tblStyle w:val="a5"/></w:tblPr><w:tblGrid/>{"".join(rows)}</w:tbl>'


def control(content: str, properties: str = "") -> str:
    """A content control around block or inline content."""
    return f"<w:sdt><w:sdtPr><w:id w:val='-12'/>{properties}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"


def check_box(*, checked: bool) -> str:
    """An inline check box control, as Word writes it (☒ is its own mark for ticked)."""
    state = f'<w14:checkbox><w14:checked w14:val="{int(checked)}"/></w14:checkbox>'
    return control(r("☒" if checked else "☐", '<w:rFonts w:ascii="MS Gothic" w:hint="eastAsia"/>'), state)


def old_check_box(*, checked: bool) -> str:
    """FORMCHECKBOX, Word 97's form field."""
    data = f'<w:ffData><w:checkBox><w:sizeAuto/><w:default w:val="{int(checked)}"/></w:checkBox></w:ffData>'
    return (
        f'<w:r><w:fldChar w:fldCharType="begin">{data}</w:fldChar></w:r>'
        '<w:r><w:instrText xml:space="preserve"> FORMCHECKBOX </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def link(relation: str, text: str) -> str:
    return f'<w:hyperlink r:id="{relation}">{r(text)}</w:hyperlink>'


def field_link(address: str, text: str) -> str:
    """A hyperlink as a complex field."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> HYPERLINK {escape(quoteattr(address))} </w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{r(text)}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def vml_box(content: str) -> str:
    """A text box as WPS and Word 2003 draw it."""
    return (
        '<w:r><w:pict><v:shape type="#_x0000_t202" style="position:absolute;width:400pt;height:30pt"><v:textbox>'
        f"<w:txbxContent>{content}</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
    )


def modern_box(content: str) -> str:
    """A text box as Word 2010 writes it: the same twice, for new and old readers."""
    return (
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor><wp:extent cx="1000" cy="1000"/>'
        "<a:graphic><a:graphicData><wps:wsp><wps:txbx><w:txbxContent>"
        f"{content}</w:txbxContent></wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:shape><v:textbox><w:txbxContent>{content}</w:txbxContent></v:textbox></v:shape></w:pict>"
        "</mc:Fallback></mc:AlternateContent></w:r>"
    )


def picture(relation: str, wide_cm: float, high_cm: float) -> str:
    """An inline picture of this size on the page."""
    cx, cy = int(wide_cm * 360000), int(high_cm * 360000)
    return (
        f'<w:r><w:drawing><wp:inline><wp:extent cx="{cx}" cy="{cy}"/><a:graphic><a:graphicData><pic:pic><pic:blipFill>'
        f'<a:blip r:embed="{relation}"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
    )


def vml_picture(relation: str, wide_pt: float, high_pt: float) -> str:
    return (
        f'<w:r><w:pict><v:shape style="width:{wide_pt}pt;height:{high_pt}pt"><v:imagedata r:id="{relation}"/>'
        "</v:shape></w:pict></w:r>"
    )


def document(body: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document {NAMESPACES}><w:body>{body}'
        '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1440" w:right="1800" w:bottom="1440" w:left="1800"/>'
        "</w:sectPr></w:body></w:document>"
    )


def package(
    body: str,
    *,
    links: Mapping[str, str] | None = None,
    files: Mapping[str, tuple[str, bytes]] | None = None,
    header: str = "",
    main: str = MAIN,
    extra: Sequence[tuple[str, bytes]] = (),
    broken_relation: bool = False,
) -> bytes:
    """The bytes of a .docx. `links`: relation -> address; `files`: relation -> (name below word/, bytes)."""
    relations = [
        f'<Relationship Id="{key}" Type="{_REL}/hyperlink" Target={quoteattr(address)} TargetMode="External"/>'
        for key, address in (links or {}).items()
    ]
    relations += [
        f'<Relationship Id="{key}" Type="{_REL}/image" Target="{name}"/>' for key, (name, _) in (files or {}).items()
    ]
    if header:
        relations.append(f'<Relationship Id="rIdH" Type="{_REL}/header" Target="header1.xml"/>')
    if broken_relation:
        relations.append(f'<Relationship Id="rIdN" Type="{_REL}/image" Target="NULL"/>')
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("[Content_Types].xml", _TYPES % main)
        head = '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        out.writestr(
            "_rels/.rels",
            f'{head}<Relationship Id="rId1" Type="{_REL}/officeDocument" Target="word/document.xml"/></Relationships>',
        )
        out.writestr("word/document.xml", document(body))
        out.writestr("word/_rels/document.xml.rels", f"{head}{''.join(relations)}</Relationships>")
        if header:
            out.writestr("word/header1.xml", f'<w:hdr {NAMESPACES}>{header}</w:hdr>')
        for name, data in (files or {}).values():
            out.writestr(f"word/{name}", data)
        for name, data in extra:
            out.writestr(name, data)
    return buffer.getvalue()
