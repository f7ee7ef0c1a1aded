"""OFD and XPS files as their producers write them: converters of typed documents, scanners, dual-layer OCR, seal servers.

    typed_ofd([(20, 30, 4, "案例名称"), ...])              # a converter: template page, resources, DeltaX, page blocks
    scanned_ofd([jpeg, jpeg], hidden="识别文字")            # a scanner with OCR: text below the picture
    stamped_ofd(words, seal_png)                          # a signature with StampAnnot and the seal inside SignedValue.dat
    coded_ofd()                                           # glyph numbers without characters
    scanned_xps([jpeg]), typed_xps(words)
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'
Words = Sequence[tuple[float, float, float, str]]  # left, baseline, size (mm), text


def zipped(files: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in files.items():
            out.writestr(name, data)
    return buffer.getvalue()


def _root(documents: int = 1, signatures: str = "") -> str:
    bodies = "".join(
        f"<ofd:DocBody><ofd:DocInfo><ofd:DocID>x</ofd:DocID><ofd:Creator>x</ofd:Creator></ofd:DocInfo><ofd:DocRoot>Doc_{n}/Document.xml</ofd:DocRoot>"
        f"{f'<ofd:Signatures>{signatures}</ofd:Signatures>' if signatures else ''}</ofd:DocBody>"
        for n in range(documents)
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><ofd:OFD {NS} Version="1.0" DocType="OFD">{bodies}</ofd:OFD>'


def _document(pages: int, extra: str = "", tail: str = "", box: str = "0 0 210 297") -> str:
    listed = "".join(f'<ofd:Page ID="{n + 1}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(pages))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><ofd:Document {NS}><ofd:CommonData><ofd:MaxUnitID>999</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>{box}'
        f"</ofd:PhysicalBox></ofd:PageArea>{extra}</ofd:CommonData><ofd:Pages>{listed}</ofd:Pages>{tail}</ofd:Document>"
    )


def _page(content: str, head: str = "") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><ofd:Page {NS}>{head}<ofd:Content><ofd:Layer ID="900" Type="Body">{content}</ofd:Layer></ofd:Content></ofd:Page>'


def text(number: int, left: float, base: float, size: float, words: str, *, scaled: bool = False, attributes: str = "") -> str:
    """A text object. `scaled`: written at another size and brought to this one by its matrix, as some converters do."""
    shown, ctm = (size / 0.5, ' CTM="0.5 0 0 0.5 0 0"') if scaled else (size, "")
    wide = len(words)
    deltas = f' DeltaX="g {wide - 1} {shown:.3f}"' if wide > 1 else ""
    return (
        f'<ofd:TextObject ID="{number}" Boundary="{left} {base - size} {size * wide:.2f} {size * 1.2:.2f}" Font="3" Size="{shown}"{ctm}{attributes}>'
        f'<ofd:TextCode X="0" Y="{shown}"{deltas}>{escape(words)}</ofd:TextCode></ofd:TextObject>'
    )


def typed_ofd(words: Words, *, template: Words = (), documents: int = 1, scaled: bool = False, block: bool = False, header: str = "") -> bytes:
    """A converter's file: the printed form as a template page, what was filled in as the page's own."""
    files: dict[str, bytes | str] = {"OFD.xml": _root(documents)}
    for n in range(documents):
        body = "".join(text(10 + k, *word, scaled=scaled) for k, word in enumerate(words))
        body = f'<ofd:PageBlock ID="800">{body}</ofd:PageBlock>' if block else body
        extra = '<ofd:PublicRes>PublicRes.xml</ofd:PublicRes><ofd:TemplatePage ID="70" BaseLoc="Tpls/Tpl_0/Content.xml"/>'
        files |= {
            f"Doc_{n}/Document.xml": _document(1, extra),
            f"Doc_{n}/PublicRes.xml": f'<ofd:Res {NS} BaseLoc="Res"><ofd:Fonts><ofd:Font ID="3" FontName="SimSun"/></ofd:Fonts></ofd:Res>',
            f"Doc_{n}/Tpls/Tpl_0/Content.xml": _page("".join(text(300 + k, *word) for k, word in enumerate(template))),
            f"Doc_{n}/Pages/Page_0/Content.xml": _page(body, '<ofd:Template TemplateID="70" ZOrder="Background"/>' + header),
        }
    return zipped(files)


def scanned_ofd(pictures: Sequence[bytes], *, hidden: str = "", turned: bool = False, ending: str = "jpg", hide_by: str = "order", composite: bool = False) -> bytes:
    """A scanner's file. `hidden`: its OCR's text (`hide_by`: lies under the picture, or is transparent in front of it)."""
    media = "".join(
        f'<ofd:MultiMedia ID="{50 + n}" Type="Image" Format="{ending.upper()}"><ofd:MediaFile>image_{n}.{ending}</ofd:MediaFile></ofd:MultiMedia>'
        for n in range(len(pictures))
    )
    ctm = "0 297 -210 0 210 0" if turned else "210 0 0 297 0 0"
    units = ""
    files: dict[str, bytes | str] = {"OFD.xml": _root(), "Doc_0/Document.xml": _document(len(pictures), "<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>")}
    for n, data in enumerate(pictures):
        image = f'<ofd:ImageObject ID="{200 + n}" Boundary="0 0 210 297" CTM="{ctm}" ResourceID="{50 + n}"/>'
        words = text(300 + n, 20, 40, 5, hidden, attributes=' Alpha="0"' if hide_by == "alpha" else "") if hidden else ""
        if composite:
            units += f'<ofd:CompositeGraphicUnit ID="{700 + n}" Width="210" Height="297"><ofd:Content>{image}</ofd:Content></ofd:CompositeGraphicUnit>'
            image = f'<ofd:CompositeObject ID="{750 + n}" Boundary="0 0 210 297" ResourceID="{700 + n}"/>'
        files[f"Doc_0/Pages/Page_{n}/Content.xml"] = _page(image + words if hide_by == "alpha" else words + image)
        files[f"Doc_0/Res/image_{n}.{ending}"] = data
    files["Doc_0/DocumentRes.xml"] = (
        f'<ofd:Res {NS} BaseLoc="Res"><ofd:MultiMedias>{media}</ofd:MultiMedias><ofd:CompositeGraphicUnits>{units}</ofd:CompositeGraphicUnits></ofd:Res>'
    )
    return zipped(files)


def stamped_ofd(words: Words, seal: bytes, place: str = "120 200 42 42", *, base: bytes | None = None) -> bytes:
    """A seal server's file; `base`: an OFD that is stamped, else a typed one."""
    with zipfile.ZipFile(io.BytesIO(base or typed_ofd(words))) as old:
        files: dict[str, bytes | str] = {name: old.read(name) for name in old.namelist()}
    files["OFD.xml"] = _root(signatures="/Doc_0/Signs/Signatures.xml")
    files["Doc_0/Signs/Signatures.xml"] = f'<ofd:Signatures {NS}><ofd:MaxSignId>1</ofd:MaxSignId><ofd:Signature ID="1" Type="Seal" BaseLoc="/Doc_0/Signs/Sign_0/Signature.xml"/></ofd:Signatures>'
    files["Doc_0/Signs/Sign_0/Signature.xml"] = (
        f'<ofd:Signature {NS}><ofd:SignedInfo><ofd:StampAnnot ID="1" PageRef="1" Boundary="{place}"/></ofd:SignedInfo>'
        "<ofd:SignedValue>/Doc_0/Signs/Sign_0/SignedValue.dat</ofd:SignedValue></ofd:Signature>"
    )
    files["Doc_0/Signs/Sign_0/SignedValue.dat"] = b"\x30\x82\x10\x00\x02\x01\x04\x16\x02ES\x16\x03png\x04\x82\x20\x00" + seal + b"\x03\x41\x00" + bytes(64)
    return zipped(files)


def coded_ofd() -> bytes:
    """Glyph numbers of an embedded subset font, no characters."""
    body = "".join(
        f'<ofd:TextObject ID="{n}" Boundary="20 {20 + 8 * n} 100 6" Font="3" Size="5"><ofd:CGTransform CodePosition="0" CodeCount="9" GlyphCount="9"><ofd:Glyphs>'
        f'{" ".join(map(str, range(40 + n, 49 + n)))}</ofd:Glyphs></ofd:CGTransform><ofd:TextCode X="0" Y="5"> </ofd:TextCode><ofd:CGTransform/></ofd:TextObject>'
        for n in range(20)
    )
    return zipped({"OFD.xml": _root(), "Doc_0/Document.xml": _document(1), "Doc_0/Pages/Page_0/Content.xml": _page(body)})


def annotated_ofd(words: Words, picture: bytes, boundary: str) -> bytes:
    """A stamp set as an annotation with a picture, without a signature."""
    with zipfile.ZipFile(io.BytesIO(typed_ofd(words))) as old:
        files: dict[str, bytes | str] = {name: old.read(name) for name in old.namelist()}
    extra = "<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>"
    files["Doc_0/Document.xml"] = _document(1, extra, "<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>")
    files["Doc_0/DocumentRes.xml"] = f'<ofd:Res {NS} BaseLoc="Res"><ofd:MultiMedias><ofd:MultiMedia ID="61" Type="Image"><ofd:MediaFile>seal.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias></ofd:Res>'
    files["Doc_0/Res/seal.png"] = picture
    files["Doc_0/Annots/Annotations.xml"] = f'<ofd:Annotations {NS}><ofd:Page PageID="1"><ofd:FileLoc>Page_0/Annotation.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>'
    _, _, width, height = boundary.split()
    files["Doc_0/Annots/Page_0/Annotation.xml"] = (
        f'<ofd:PageAnnot {NS}><ofd:Annot ID="80" Type="Stamp" Creator="x"><ofd:Appearance Boundary="{boundary}">'
        f'<ofd:ImageObject ID="81" Boundary="0 0 {width} {height}" ResourceID="61"/></ofd:Appearance></ofd:Annot></ofd:PageAnnot>'
    )
    return zipped(files)


XPS = 'xmlns="http://schemas.microsoft.com/xps/2005/06"'


def _xps(pages: Sequence[str], files: dict[str, bytes | str], *, listed: bool = True) -> bytes:
    out: dict[str, bytes | str] = {"[Content_Types].xml": "<Types/>", "_rels/.rels": "<Relationships/>", "FixedDocumentSequence.fdseq": f"<FixedDocumentSequence {XPS}/>"}
    order = list(range(len(pages)))
    names = {n: f"Documents/1/Pages/{len(pages) - n if listed else n + 1}.fpage" for n in order}
    if listed:
        contents = "".join(f'<PageContent Source="{names[n].rpartition("1/")[2]}"/>' for n in order)
        out["Documents/1/FixedDocument.fdoc"] = f"<FixedDocument {XPS}>{contents}</FixedDocument>"
    out |= {names[n]: f'<FixedPage {XPS} Width="793.7" Height="1122.5">{page}</FixedPage>' for n, page in enumerate(pages)}
    return zipped(out | files)


def scanned_xps(pictures: Sequence[bytes], *, listed: bool = True) -> bytes:
    pages = [
        f'<Canvas RenderTransform="0.5,0,0,0.5,0,0"><Path Data="M 0,0 L 1587,0 1587,2245 0,2245 Z"><Path.Fill><ImageBrush ImageSource="/Resources/Images/{n}.jpg" '
        f'Viewbox="0,0,800,1100" ViewboxUnits="Absolute" Viewport="0,0,1587.4,2245" ViewportUnits="Absolute" TileMode="None"/></Path.Fill></Path></Canvas>'
        for n in range(len(pictures))
    ]
    return _xps(pages, {f"Resources/Images/{n}.jpg": data for n, data in enumerate(pictures)}, listed=listed)


def typed_xps(words: Words, *, coded: bool = False) -> bytes:
    glyphs = "".join(
        f'<Canvas><Canvas.RenderTransform><MatrixTransform Matrix="3.7795,0,0,3.7795,0,0"/></Canvas.RenderTransform><Glyphs OriginX="{left}" OriginY="{base}" FontRenderingEmSize="{size}" '
        f'{"" if coded else f"UnicodeString={chr(34)}{escape(line)}{chr(34)} "}Indices="12;13;14" FontUri="/f.odttf" Fill="#FF000000"/></Canvas>'
        for left, base, size, line in words
    )
    return _xps([glyphs], {})
