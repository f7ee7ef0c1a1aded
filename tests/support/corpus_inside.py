"""Corpus 273, 274 and 280-283: files inside documents, and forms in files of other programs."""

from __future__ import annotations

from tests.support import corpus_papers as papers
from tests.support.archive_builder import zip_bytes
from tests.support.corpus_papers import Paper
from tests.support.corpus_world import Mail, mail, scan_file, scenario
from tests.support.mail_builder import File
from tests.support.office_objects import native, packaged, pdf_with_files, with_members
from tests.support.outlook_builder import ole_file


@scenario("280-scan-inserted-into-word-as-an-object")
def _() -> Mail:
    """插入 › 对象 › 由文件创建: the scan lies behind an icon in the form."""
    paper = Paper("case", "济南市章丘区社区学院", "龙山黑陶银龄课")
    inside = packaged(paper.name(".pdf", "（盖章扫描件）"), papers.scan(paper))
    form = with_members(papers.word(paper, "plain"), {"word/embeddings/oleObject1.bin": inside})
    return mail("foxmail", "济南市教育局+智慧助老", File(paper.name(".docx"), papers.settled(form)))


@scenario("281-portfolio-of-form-and-scan")
def _() -> Mail:
    """A PDF that only wraps the two files."""
    paper = Paper("training", "青岛市崂山区社区学院", "崂山茶乡手机班")
    files = [(paper.name(".docx"), papers.word(paper, "plain")), (paper.name(".pdf"), papers.scan(paper))]
    return mail("qq", "青岛市教育局+智慧助老", File("报送材料.pdf", pdf_with_files(files)), who="青岛市")


@scenario("282-page-named-doc-without-offices-mark")
def _() -> Mail:
    """As 225, by a program that is not Microsoft's: Word opens it all the same, so it is the Word form."""
    paper = Paper("case", "淄博市博山区社区学院", "琉璃小镇助老课堂")
    page = papers.html_doc(paper).replace(b"urn:schemas-microsoft-com:office:word", b"http://www.w3.org/1999/xhtml")
    return mail("163", "淄博市教育局+智慧助老", File(paper.name(".doc"), page), scan_file(paper), who="淄博市")


@scenario("283-form-in-apples-pages")
def _() -> Mail:
    """Nothing here opens it, and it may be the form: staff look, the sender is asked for nothing."""
    paper = Paper("case", "威海市环翠区社区学院", "海草房里的数字课")
    pages = zip_bytes([("Index/Document.iwa", b"\0" * 300), ("preview.jpg", papers.logo()), ("Metadata/Properties.plist", b"bplist00")])
    return mail("gmail", "威海市教育局+智慧助老", File(paper.name(".pages"), pages), scan_file(paper), who="威海市")


@scenario("273-scan-inside-word-cut-off")
def _() -> Mail:
    """As 280, but the object broke off on its way: it may be the scan, so nobody is asked for one."""
    paper = Paper("case", "日照市东港区社区学院", "渔家老人识屏课")
    inside = ole_file({("\x01Ole10Native",): native(paper.name(".pdf", "（盖章扫描件）"), papers.scan(paper))[:-900]})
    form = with_members(papers.word(paper, "plain"), {"word/embeddings/oleObject1.bin": inside})
    return mail("foxmail", "日照市教育局+智慧助老", File(paper.name(".docx"), papers.settled(form)), who="日照市")


@scenario("274-lock-files-of-open-documents-attached")
def _() -> Mail:
    """All files of a folder were chosen, the hidden ones too: what Word keeps beside an open document, what a Mac keeps beside any."""
    paper = Paper("case", "滨州市沾化区社区学院", "枣乡银发网课")
    name = paper.name(".docx")
    beside = bytes.fromhex("0005160700020000") + b"Mac OS X        " + bytes(4000)
    hidden = [File(f"~${name[2:]}", b"\x06Admin" + bytes(156)), File(f"._{name}", beside)]
    return mail("foxmail", "滨州市教育局+智慧助老", File(name, papers.word(paper)), scan_file(paper), *hidden, who="滨州市")
