"""Corpus 301-349: forms in every layout, fields missing and present, ticks, consent, resources of courses."""

from __future__ import annotations

from tests.support import corpus_papers as papers
from tests.support import docx_pieces as x
from tests.support.corpus_papers import Paper
from tests.support.corpus_world import Mail, both, mail, scan_file, scenario
from tests.support.form_builder import HEADINGS, ROWS
from tests.support.mail_builder import File

LINK = "https://pan.baidu.com/s/1fRm9kLqW3eTyU6iOpZxCvB"
WITH_LINK = f"视频链接：{LINK}\n提取码：f0r1\n请查收。"
CASE = Paper("case", "济南市济阳区社区学院", "黄河北岸的银龄课堂")
COURSE = Paper("course", "潍坊市青州市社区学院", "古州老人学用智能手机")

LAYOUTS = {
    "301-layout-merged-course": (COURSE, "merged", WITH_LINK),
    "302-layout-nested-training": (Paper("training", "济南市钢城区社区学院", "钢城工匠助老班"), "nested", "请查收。"),
    "303-layout-controls-course": (COURSE, "controls", WITH_LINK),
    "304-layout-two-tables-case": (CASE, "two_tables", "请查收。"),
    "305-layout-wps-course": (COURSE, "wps", WITH_LINK),
    "306-layout-word97-training": (Paper("training", "济南市市中区社区学院", "经四路手机课"), "word97", "请查收。"),
    "307-layout-below-case": (CASE, "below", "请查收。"),
    "308-layout-sideways-case": (CASE, "sideways", "请查收。"),
    "309-layout-plain-course": (COURSE, "plain", WITH_LINK),
    "310-layout-template-training": (Paper("training", "济南市莱芜区社区学院", "嬴牟大地银龄班"), "template", "请查收。"),
}


def unit_of(paper: Paper) -> tuple[str, str]:
    city = paper.unit[:3]
    return f"{city}教育局+智慧助老", city


def _layout(name: str) -> None:
    paper, layout, text = LAYOUTS[name]

    @scenario(name)
    def _() -> Mail:
        subject, city = unit_of(paper)
        return mail("foxmail", subject, *both(paper, layout), text=text, who=city)


for _name in LAYOUTS:
    _layout(_name)


def table_form(paper: Paper, cells: dict[str, str], heading: str = "") -> bytes:
    """A form in four columns whose cells are XML where `cells` has them, else the paper's text."""
    values = paper.values()
    rows = []
    for row in ROWS[paper.category]:
        pieces = []
        for key, label in row:
            pieces += [x.tc(label), x.tc(cells.get(key, values.get(key, "")), span=3 if len(row) == 1 else 1)]
        rows.append(x.tr(*pieces))
    rows.append(x.tr(x.tc("申报单位意见"), x.tc("（盖章）\n年    月    日", span=3)))
    rows.append(x.tr(x.tc("省级教育行政部门意见"), x.tc("（盖章）\n年    月    日", span=3)))
    return papers.settled(x.package(x.p("附件4") + x.p(heading or HEADINGS[paper.category]) + x.tbl(*rows) + x.p()))


def filled(paper: Paper, cells: dict[str, str], *more: File, text: str = "请查收。", client: str = "foxmail", heading: str = "") -> Mail:
    subject, city = unit_of(paper)
    form = File(paper.name(".docx"), table_form(paper, cells, heading))
    return mail(client, subject, form, scan_file(paper), *more, text=text, who=city)


GUIDED = (
    "主要围绕以下三方面内容：\n一、基本情况：（500字以内）。\n{0}\n二、主要做法：（1500字以内）。\n{1}\n三、经验效果：（1000字以内）。\n{2}"
)


@scenario("311-guidance-left-in")
def _() -> Mail:
    content = GUIDED.format("学院现有学习点15个。", "开设手机班、送教上门。", "受益老人2600人次。")
    return filled(CASE.having(content=content), {})


@scenario("312-guidance-only")
def _() -> Mail:
    return filled(CASE.having(content=GUIDED.format("", "", "")), {})


@scenario("313-two-fields-empty")
def _() -> Mail:
    return filled(CASE.having(leader_phone="", contact=""), {})


@scenario("314-phone-wrong")
def _() -> Mail:
    return filled(CASE.having(contact_phone="1385311234"), {})


@scenario("315-phones-of-all-kinds")
def _() -> Mail:
    return filled(CASE.having(leader_phone="（0531）82626712转801", contact_phone="138 5311 2345 / 82626712"), {})


@scenario("316-section-too-long")
def _() -> Mail:
    content = "一、基本情况\n" + "学院办学条件较好，" * 80 + "\n二、主要做法\n送教上门。\n三、经验效果\n效果良好。"
    return filled(CASE.having(content=content), {})


@scenario("317-long-but-within-limits")
def _() -> Mail:
    content = "一、基本情况\n" + "学院办学条件较好，" * 50 + "\n二、主要做法\n" + "送教上门，手把手教，" * 130 + "\n三、经验效果\n" + "效果良好，" * 180
    return filled(CASE.having(content=content), {})


def ticked(mark: str, empty: str = "□") -> str:
    return f"{empty}教材（读本）\n{mark}视频资源，视频时长 38 分钟\n{empty}其他"


@scenario("318-tick-root-sign")
def _() -> Mail:
    return filled(COURSE.having(course_type=ticked("√")), {}, text=WITH_LINK)


@scenario("319-tick-black-square")
def _() -> Mail:
    return filled(COURSE.having(course_type=ticked("■")), {}, text=WITH_LINK, client="qq")


@scenario("320-tick-wingdings-symbol")
def _() -> Mail:
    cell = x.p(x.sym("Wingdings 2", "F0A3"), x.r("教材（读本）")) + x.p(x.sym("Wingdings 2", "F052"), x.r("视频资源，视频时长"),
               x.r("  38  ", '<w:u w:val="single"/>'), x.r("分钟")) + x.p(x.sym("Wingdings 2", "F0A3"), x.r("其他"))  # fmt: skip
    return filled(COURSE, {"course_type": cell}, text=WITH_LINK, client="outlook")


@scenario("321-tick-content-control")
def _() -> Mail:
    cell = (x.p(x.check_box(checked=False), x.r("教材（读本）")) + x.p(x.check_box(checked=True), x.r("视频资源，视频时长 38 分钟"))
            + x.p(x.check_box(checked=False), x.r("其他")))  # fmt: skip
    return filled(COURSE, {"course_type": cell}, text=WITH_LINK)


@scenario("322-tick-behind-the-words")
def _() -> Mail:
    return filled(COURSE.having(course_type="教材（读本）（ ）  视频资源（√），视频时长38分钟  其他（ ）"), {}, text=WITH_LINK)


@scenario("323-tick-old-form-field")
def _() -> Mail:
    cell = (x.p(x.old_check_box(checked=False), x.r("教材（读本）")) + x.p(x.old_check_box(checked=True), x.r("视频资源，视频时长 38 分钟"))
            + x.p(x.old_check_box(checked=False), x.r("其他")))  # fmt: skip
    return filled(COURSE, {"course_type": cell}, text=WITH_LINK)


@scenario("324-consent-boxes-yes")
def _() -> Mail:
    return filled(COURSE.having(consent="☑同意  □不同意"), {}, text=WITH_LINK)


@scenario("325-consent-boxes-no-with-address")
def _() -> Mail:
    """Not shared, and the address stands in the form: right."""
    content = "课程共8讲。在线学习网址：http://jiaoyu.example.cn/course/2021/38.html"
    return filled(COURSE.having(consent="□同意  ☑不同意", content=content), {})


@scenario("326-consent-nowhere")
def _() -> Mail:
    return filled(COURSE.having(consent=""), {}, text=WITH_LINK)


@scenario("327-consent-in-the-mail-only")
def _() -> Mail:
    return filled(COURSE.having(consent=""), {}, text=f"该课程同意共享。\n{WITH_LINK}", client="163")


@scenario("328-not-shared-without-address")
def _() -> Mail:
    return filled(COURSE.having(consent="不同意"), {})


@scenario("329-video-shared-without-video")
def _() -> Mail:
    return filled(COURSE, {})


@scenario("330-video-attached")
def _() -> Mail:
    return filled(COURSE, {}, File("古州老人学用智能手机.mp4", papers.video()))


@scenario("331-video-on-another-disk")
def _() -> Mail:
    """The notice says Baidu, and neither file nor link is missing: no fault of the table."""
    return filled(COURSE, {}, text="视频：https://pan.quark.cn/s/3f2a1b4c5d6e 提取码：Qk9a")


@scenario("332-textbook-comes-by-post")
def _() -> Mail:
    return filled(COURSE.having(course_type="☑教材（读本）\n□视频资源，视频时长____分钟\n□其他"), {}, text="教材样书已邮寄。")


@scenario("333-other-resource-shared")
def _() -> Mail:
    kind = "□教材（读本）\n□视频资源，视频时长____分钟\n☑其他"
    return filled(COURSE.having(course_type=kind), {}, File("微信小程序说明.txt", "小程序名称：古州学堂".encode("gb18030")), text="资源为小程序。")


@scenario("334-kind-of-resource-not-ticked")
def _() -> Mail:
    return filled(COURSE.having(course_type="□教材（读本）\n□视频资源，视频时长____分钟\n□其他"), {})


@scenario("335-kind-not-ticked-but-video-linked")
def _() -> Mail:
    """The minutes are filled in and the video is there: a person can see what is meant."""
    return filled(COURSE.having(course_type="□教材（读本）\n□视频资源，视频时长_38_分钟\n□其他"), {}, text=WITH_LINK)


@scenario("336-awards-empty-awards-filled")
def _() -> Mail:
    return filled(COURSE.having(awards="2020年全国“能者为师”微课二等奖"), {}, text=WITH_LINK)


@scenario("337-ministrys-own-heading")
def _() -> Mail:
    return filled(CASE, {}, heading="“智慧助老”专题典型工作案例申报表")


@scenario("338-label-with-blanks-and-value-on-next-line")
def _() -> Mail:
    paper = CASE
    v = paper.values()
    rows = [x.tr(x.tc("案 例 名 称"), x.tc("\n" + v["title"], span=3)), x.tr(x.tc("申 报\n单 位"), x.tc("\n\n" + v["applicant_unit"], span=3)),
            x.tr(x.tc("负 责 人"), x.tc("\n" + v["leader"]), x.tc("联 系\n电 话"), x.tc("\n" + v["leader_phone"])),
            x.tr(x.tc("联　系　人"), x.tc(v["contact"] + "\n"), x.tc("联系电话："), x.tc(" " + v["contact_phone"])),
            x.tr(x.tc("案\n例\n内\n容"), x.tc(v["content"], span=3))]  # fmt: skip
    data = papers.settled(x.package(x.p(HEADINGS["case"]) + x.tbl(*rows) + x.p()))
    return mail("foxmail", "济南市教育局+智慧助老", File(paper.name(".docx"), data), scan_file(paper))


@scenario("339-title-in-book-marks-and-notes")
def _() -> Mail:
    return filled(CASE.having(title="《黄河北岸的银龄课堂》", applicant_unit="济南市济阳区社区学院（盖章）"), {})


@scenario("340-applicant-differs-from-reporting-unit")
def _() -> Mail:
    """A city reports for a company school of another name: normal."""
    paper = Paper("case", "胜利油田老年大学", "油田银龄数字生活")
    return mail("foxmail", "东营市教育局+智慧助老", *both(paper, "template"), who="东营市")


@scenario("341-two-cases-in-one-document")
def _() -> Mail:
    """One .docx holds two filled forms behind one another."""
    one, two = CASE, Paper("case", "济南市济阳区老年大学", "垛石镇手机夜校")

    def rows(paper: Paper) -> str:
        v = paper.values()
        return x.p(HEADINGS["case"]) + x.tbl(*(
            x.tr(*(cell for key, label in row for cell in (x.tc(label), x.tc(v.get(key, ""))))) for row in ROWS["case"]
        )) + x.p()

    data = papers.settled(x.package(rows(one) + rows(two)))
    scans = File("济南市济阳区+典型案例（盖章扫描件）.pdf", papers.joint_scan([one, two]))
    return mail("foxmail", "济南市教育局+智慧助老", File("济南市济阳区+典型案例.docx", data), scans)


@scenario("342-unit-cell-empty-but-scan-there")
def _() -> Mail:
    paper = CASE.having(applicant_unit="")
    return mail("163", "济南市教育局+智慧助老", File(CASE.name(".docx"), table_form(paper, {})), scan_file(CASE))


@scenario("343-awards-none")
def _() -> Mail:
    """The awards may well be 无."""
    return filled(COURSE.having(awards="无"), {}, text=WITH_LINK, client="sina")
