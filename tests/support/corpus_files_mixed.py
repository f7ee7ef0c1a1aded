"""Corpus 240-255: forms, scans and archives mixed; broken, empty and misleading files."""

from __future__ import annotations

from tests.support import corpus_papers as papers
from tests.support.archive_builder import zip_bytes
from tests.support.corpus_files import Files
from tests.support.corpus_papers import Paper
from tests.support.corpus_world import Mail, at, both, form_file, mail, scan_file, scenario
from tests.support.mail_builder import File


@scenario("240-word-loose-and-scans-zipped")
def _() -> Mail:
    items = (Paper("case", "济南市平阴县社区学院", "玫瑰之乡银龄课"), Paper("training", "济南市商河县社区学院", "鼓子秧歌队学手机"))
    archive = zip_bytes([(file.name or "", file.data) for file in map(scan_file, items)], names="gbk+unicode")
    return mail("qq", "济南市教育局+智慧助老", *map(form_file, items), File("盖章扫描件.zip", archive))


@scenario("241-same-form-twice")
def _() -> Mail:
    """A .doc beside the .docx, and an archive beside the loose files: one item, not three."""
    paper = Paper("case", "日照市岚山区社区教育中心", "渔村数字课")
    form, scan = both(paper, "template")
    web = File(paper.name(".doc"), papers.html_doc(paper))
    return mail("foxmail", "日照市教育局+智慧助老", form, web, scan, File("打包.zip", zip_bytes([(form.name or "", form.data), (scan.name or "", scan.data)])),
                who="日照市")  # fmt: skip


@scenario("242-near-duplicate-titles")
def _() -> Mail:
    items = [Paper("case", "聊城市茌平区社区学院", f"智慧助老进社区第{n}期") for n in "一二"]
    files = [file for paper in items for file in (form_file(paper, name=paper.name(".docx", f"-{paper.title}")),
                                                  scan_file(paper, paper.name(".pdf", f"-{paper.title}")))]  # fmt: skip
    return mail("163", "聊城市教育和体育局+智慧助老", *reversed(files), who="聊城市")


@scenario("243-all-three-categories-of-a-university")
def _() -> Mail:
    items = (Paper("case", "山东开放大学", "全省开放大学体系助老"), Paper("training", "山东开放大学", "社区骨干教师助老能力培训"),
             Paper("course", "山东开放大学", "智能生活一点通"))  # fmt: skip
    text = "各位老师：\n我校报送案例、项目、课程各一。课程视频：https://pan.baidu.com/s/1sDkDx9TzQwErTyUiOpAsDf 提取码：kd01"
    files = [file for paper in items for file in both(paper)]
    return mail("coremail-edu", "山东开放大学+智慧助老", *files, text=text, who=("山东开放大学", "sdou@sdou.example.cn"))


@scenario("244-scan-named-by-title-only")
def _() -> Mail:
    items = (Paper("case", "青岛市黄岛区社区学院", "西海岸银龄数字港"), Paper("case", "青岛市市北区社区学院", "里院里的手机课"))
    files = [*map(form_file, items), *(scan_file(paper, f"{paper.title}.pdf") for paper in reversed(items))]
    return mail("foxmail", "青岛市教育局+智慧助老", *files, who="青岛市")


@scenario("245-one-scan-of-two-missing")
def _() -> Mail:
    one, two = Paper("case", "烟台市牟平区社区学院", "养马岛助老课"), Paper("training", "烟台市栖霞市社区学院", "苹果园里的手机班")
    return mail("foxmail", "烟台市教育局+智慧助老", *both(one), form_file(two), who="烟台市")


@scenario("246-mail-cut-off")
def _() -> Mail:
    """The connection broke while the mail was handed on: the last part ends in the middle and no closing line comes."""
    paper = Paper("case", "枣庄职业学院", "运河助老驿站")
    whole = mail("foxmail", "枣庄职业学院+智慧助老", *both(paper), who="高校")
    return whole[: int(len(whole) * 0.7)]


@scenario("247-empty-attachment")
def _() -> Mail:
    """QQ sends an empty file when the upload failed."""
    paper = Paper("case", "菏泽医学专科学校", "校地共建银龄健康课")
    return mail("qq", "菏泽医学专科学校+智慧助老", form_file(paper), File(paper.name(".pdf"), b""), who="高校")


@scenario("248-nothing-attached")
def _() -> Mail:
    return mail("163", "潍坊市教育局+智慧助老", text="各位老师：\n现报送我市智慧助老材料，请查收附件。", who="潍坊市")


@scenario("249-other-papers-only")
def _() -> Mail:
    """A submission's subject with files that hold none of the forms: a person must look, nothing may be claimed."""
    note = File("工作总结.docx", papers.settled(papers.x.package(papers.x.p("2021年老年教育工作总结") + papers.x.lines("一年来，我们……"))))
    return mail("foxmail", "淄博市教育局+智慧助老", note, text="见附件。", who="淄博市")


@scenario("250-png-screenshot-of-the-scan")
def _() -> Mail:
    paper = Paper("case", "淄博市沂源县社区学院", "沂河源头助老课")
    return mail("qq", "淄博市教育局+智慧助老", form_file(paper), File(paper.name(".png", "（盖章页）"), papers.png(paper)), who="淄博市")


@scenario("251-folder-per-unit-with-plain-names")
def _() -> Mail:
    """In a zip each unit has a folder; the files inside are all called the same."""
    items = [Paper("case", f"临沂市{area}社区学院", f"{area}数字助老") for area in ("郯城县", "兰陵县", "平邑县")]
    entries: Files = []
    for paper in items:
        form, scan = both(paper)
        entries += [(f"临沂/{paper.unit}/典型案例申报表.docx", form.data), (f"临沂/{paper.unit}/盖章扫描件.pdf", scan.data)]
    return mail("foxmail", "临沂市教育局+智慧助老", File("临沂市.zip", zip_bytes(entries, names="gbk")), who="临沂市")


@scenario("252-landscape-two-page-scan")
def _() -> Mail:
    paper = Paper("case", "山东协和学院", "协和银龄健康数字课")
    pages = [papers.jpeg(papers.page_image(paper, page=n, seal=n == 1), turned=1) for n in range(2)]
    return mail("outlook-exchange", "山东协和学院+智慧助老", form_file(paper), File(paper.name(".pdf"), papers.picture_pdf(pages, "RICOH MP C3004")), who="高校")


@scenario("253-wrong-category-on-the-scans-name")
def _() -> Mail:
    """Form of a training project, the only scan called a case: doubt for a person, no blame."""
    paper = Paper("training", "济宁学院", "圣城银龄营")
    return mail("163", "济宁学院+智慧助老", form_file(paper), scan_file(paper, "济宁学院+典型案例.pdf"), who="高校")


@scenario("254-eml-in-zip")
def _() -> Mail:
    paper = Paper("case", "德州市齐河县社区学院", "晏婴故里银龄课")
    inner = mail("foxmail", "齐河县材料", *both(paper), who=("齐河", "qihe@qihe.example.cn"), when="11-04 10:00", received=False)
    return mail("qq", "德州市教育和体育局+智慧助老", File("齐河县.zip", zip_bytes([("齐河县材料.eml", inner)], names="gbk")), who="德州市")


@scenario("255-wrong-date-header")
def _() -> Mail:
    """The sender's clock stands in 2019: arrival counts."""
    paper = Paper("case", "山东女子学院", "木兰银龄课堂")
    raw = mail("foxmail", "山东女子学院+智慧助老", *both(paper), who="高校", when="11-09 08:00")
    old = at("2019-01-01 08:00").strftime("%a, %d %b %Y %H:%M:%S +0800").encode()
    return raw.replace(b"\r\nDate: Tue, 09 Nov 2021 08:00:00 +0800", b"\r\nDate: " + old)


@scenario("284-one-pdf-for-two-forms-one-of-them-sealed")
def _() -> Mail:
    """Nobody reads the pages' text here: one of the two has no seal, a person says which."""
    items = (Paper("case", "泰安市肥城市社区学院", "桃乡银龄数字课"), Paper("case", "泰安市宁阳县社区学院", "彩山老年智学"))
    pages = [papers.jpeg(papers.page_image(paper, seal=n == 0)) for n, paper in enumerate(items)]
    joint = File("盖章扫描件（合订）.pdf", papers.picture_pdf(pages, "Canon iR-ADV C3530"))
    return mail("foxmail", "泰安市教育局+智慧助老", *(form_file(paper) for paper in items), joint, who="泰安市")


@scenario("285-photos-of-two-forms-one-of-them-sealed")
def _() -> Mail:
    """As before, photographed with a telephone."""
    items = (Paper("training", "威海市荣成市社区学院", "渔家银龄班"), Paper("training", "威海市乳山市社区学院", "母爱圣地助老班"))
    photos = [File(f"IMG_20211105_0910{n}.jpg", papers.photo(paper, seal=n == 1)) for n, paper in enumerate(items)]
    return mail("qq", "威海市教育局+智慧助老", *(form_file(paper) for paper in items), *photos, who="威海市")
