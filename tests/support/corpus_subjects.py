"""Corpus 101-139: every way to write a subject, and units in all their names. The files are right throughout."""

from __future__ import annotations

from tests.support.corpus_papers import Paper
from tests.support.corpus_world import Mail, both, form_file, mail, scan_file, scenario
from tests.support.mail_builder import File

TABLE: dict[str, tuple[str, str, str, str, str]] = {
    # name: subject, applicant unit, sender, client, when
    "101-full-width-plus": ("济南市教育局＋智慧助老", "济南市市中区社区教育学院", "济南市", "foxmail", "11-08 10:00"),
    "102-blanks-around": ("  青岛市教育局 +  智慧助老 ", "青岛市城阳区社区学院", "青岛市", "qq", "11-08 10:00"),
    "103-quoted-topic": ("烟台市教育局+“智慧助老”", "烟台市蓬莱区社区学院", "烟台市", "163", "11-08 10:00"),
    "104-book-title-marks": ("《潍坊市教育局》+《智慧助老》", "潍坊市高密市社区教育学院", "潍坊市", "outlook", "11-08 10:00"),
    "105-many-prefixes": ("转发：Re: 回复：Fw: 答复: 济宁市教育局+智慧助老", "济宁市邹城市社区学院", "济宁市", "foxmail", "11-08 10:00"),
    "106-tag-before": ("【材料报送】泰安市教育局+智慧助老", "泰安市肥城市社区教育学院", "泰安市", "exmail", "11-08 10:00"),
    "107-hyphen": ("威海市教育局-智慧助老", "威海市乳山市社区学院", "威海市", "qq", "11-08 10:00"),
    "108-long-dash": ("日照市教育局——智慧助老", "日照市莒县社区教育中心", "日照市", "sina", "11-08 10:00"),
    "109-underscore": ("临沂市教育局_智慧助老", "临沂市沂水县社区学院", "临沂市", "gmail", "11-08 10:00"),
    "110-enumeration-comma": ("德州市教育和体育局、智慧助老", "德州市禹城市社区学院", "德州市", "139", "11-08 10:00"),
    "111-no-separator": ("聊城市教育和体育局智慧助老", "聊城市临清市社区学院", "聊城市", "foxmail", "11-08 10:00"),
    "112-reversed": ("智慧助老+滨州市教育局", "滨州市无棣县社区教育中心", "滨州市", "mailmaster", "11-08 10:00"),
    "113-second-batch-named": ("菏泽市教育局+智慧助老（第二批）", "菏泽市郓城县社区学院", "菏泽市", "qq", "2022-03-02 09:10"),
    "114-district-with-city": ("济南市历城区教育和体育局+智慧助老", "济南市历城区社区教育学院", "济南市", "foxmail", "11-08 10:00"),
    "115-district-alone": ("寿光市教育和体育局+智慧助老", "寿光市社区教育学院", "潍坊市", "163", "11-08 10:00"),
    "116-university-short-name": ("山东师大+智慧助老", "山东师范大学", "高校", "coremail-edu", "11-08 10:00"),
    "117-university-shorter-name": ("中石大+智慧助老", "中国石油大学（华东）", "高校", "outlook", "11-08 10:00"),
    "118-bureau-renamed": ("德州市教育局+智慧助老", "德州市陵城区社区学院", "德州市", "foxmail", "11-08 10:00"),
    "119-bureau-short": ("聊城市教体局+智慧助老", "聊城市莘县社区学院", "聊城市", "qq", "11-08 10:00"),
    "120-bureau-other-name": ("烟台市教育和体育局+智慧助老", "烟台市莱山区社区学院", "烟台市", "163", "11-08 10:00"),
    "121-college-of-university": ("山东大学继续教育学院+智慧助老", "山东大学继续教育学院", "山东大学", "coremail-edu", "11-08 10:00"),
    "122-university-old-name": ("泰山医学院+智慧助老", "山东第一医科大学", "高校", "outlook", "11-08 10:00"),
    "123-city-that-became-district": ("莱芜市教育局+智慧助老", "济南市莱芜区社区教育学院", "济南市", "foxmail", "11-08 10:00"),
    "124-words-around": ("关于报送青岛市教育局+智慧助老材料的函", "青岛市胶州市社区学院", "青岛市", "foxmail", "11-08 10:00"),
    "125-slash-and-full-stop": ("淄博市教育局/智慧助老。", "淄博市桓台县社区学院", "淄博市", "alimail", "11-08 10:00"),
    "126-province-before": ("山东省枣庄市教育局+智慧助老", "枣庄市滕州市社区学院", "枣庄市", "126", "11-08 10:00"),
    "127-unit-not-in-register": ("泉城晚晴书画研究社+智慧助老", "泉城晚晴书画研究社", "济南市", "qq", "11-08 10:00"),
    "128-unit-placed-by-its-city": ("青岛市李沧区老年大学+智慧助老", "青岛市李沧区老年大学", "青岛市", "qq", "11-08 10:00"),
    "129-university-with-department": ("鲁东大学（继续教育学院）+智慧助老", "鲁东大学", "高校", "163", "11-08 10:00"),
    "130-vertical-bar-and-tag": ("[外部邮件] 东营市教育局 | 智慧助老", "东营市广饶县社区教育中心", "东营市", "outlook-exchange", "11-08 10:00"),
}


def _ordinary(name: str) -> None:
    subject, unit, who, client, when = TABLE[name]

    @scenario(name)
    def _() -> Mail:
        paper = Paper("case", unit, f"{unit[:6]}数字助老实践")
        return mail(client, subject, *both(paper), who=who, when=when)


for _name in TABLE:
    _ordinary(_name)


@scenario("131-subject-greeting-unit-in-signature")
def _() -> Mail:
    paper = Paper("case", "济南市章丘区社区教育学院", "章丘铁匠师傅学用智能手机")
    text = "老师您好：\n\n附件是我们报送的智慧助老典型案例，请查收，谢谢！\n\n--\n济南市教育局职业与成人教育处\n王老师 0531-88880000"
    return mail("qq", "你好", *both(paper), text=text)


@scenario("132-subject-material-unit-in-file-names")
def _() -> Mail:
    paper = Paper("case", "山东建筑大学", "建大“适老课堂”")
    return mail("163", "材料报送", *both(paper), text="请查收附件。", who=("刘老师", "liu_jianda@163.example.com"))


@scenario("133-subject-topic-only")
def _() -> Mail:
    paper = Paper("case", "烟台市福山区社区学院", "福山区智慧助老")
    text = "烟台市教育局现报送“智慧助老”典型案例1个，请查收。"
    return mail("foxmail", "智慧助老", *both(paper), text=text, who="烟台市")


@scenario("134-subject-empty")
def _() -> Mail:
    paper = Paper("training", "潍坊市临朐县社区学院", "山旺老人数字课")
    text = "潍坊市教育局报送智慧助老培训项目申报表，见附件。"
    return mail("phone", "", *both(paper), text=text, who="潍坊市")


@scenario("135-subject-is-a-file-name")
def _() -> Mail:
    """QQ on a phone takes the first file's name as the subject: the topic is missing."""
    paper = Paper("case", "临沂大学", "沂蒙银龄数字乡村行")
    return mail("qq-phone", "临沂大学+典型案例.docx", *both(paper), text="", who="高校")


@scenario("136-topic-in-body-only-unit-in-subject")
def _() -> Mail:
    paper = Paper("case", "日照市五莲县社区教育中心", "山乡智慧助老")
    text = "按照通知要求，现报送“智慧助老”典型案例申报表，请查收。"
    return mail("outlook", "日照市教育局材料", *both(paper), text=text, who="日照市")


@scenario("137-subject-with-number-of-files")
def _() -> Mail:
    papers = [Paper("case", "泰安市宁阳县社区学院", "蟋蟀之乡智能课"), Paper("training", "泰安市东平县社区学院", "水浒故里手机班")]
    files = [file for paper in papers for file in both(paper)]
    return mail("foxmail", "泰安市教育局+智慧助老（共2项）", *files, who="泰安市")


@scenario("138-two-units-in-subject")
def _() -> Mail:
    """A district's office named after its city's bureau: both belong to one reporting unit."""
    paper = Paper("case", "青岛市崂山区社区学院", "崂山道士也上网")
    return mail("foxmail", "青岛市教育局 崂山区教体局+智慧助老", *both(paper), who="青岛市")


@scenario("139-wrong-subject-and-missing-scan")
def _() -> Mail:
    """Two faults: one letter tells both, with the right subject and the right name of the scan for this very unit."""
    paper = Paper("case", "威海市文登区社区学院", "昆嵛山下老来学")
    text = "威海市教育局报送典型案例，请查收。"
    return mail("163", "申报材料", form_file(paper), text=text, who="威海市")


@scenario("140-names-as-the-notice-shows-them")
def _() -> Mail:
    """The notice's own example of a file name: no city, no bureau, and right."""
    paper = Paper("case", "社区教育指导服务中心", "全省社区教育智慧助老示范")
    files = (form_file(paper), scan_file(paper), File("报送说明.txt", "本次报送典型案例1个。".encode("gb18030")))
    return mail("foxmail", "济南市教育局+智慧助老", *files)
