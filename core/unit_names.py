"""How Chinese offices, schools and universities are called: endings, bureaus, short names, generated spellings.

General knowledge of the language, nothing about one campaign or one province; those come from the register's rows.
All patterns expect text folded by `core.text.normalise(..., simplify=True)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from core.text import normalise

CJK = "\u3007\u3400-\u4dbf\u4e00-\u9fff"

PROVINCES = (
    "北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南", "湖北",
    "湖南", "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾", "内蒙古", "广西", "西藏", "宁夏", "新疆", "香港", "澳门",
)

BUREAU = re.compile(
    r"(?:教育(?:\(教体\)|\(体育\)|[和与及、]?体育|科学(?:技术)?|科技|文化|和?科学?技术|体育和?科技|和?文化?体育)?局"
    r"|教[育体文科]{1,3}局|文[教体]{1,2}局|教委|教育(?:体育)?委员会|教育(?:工委|工作委员会))"
)
"""教育局 by any of its names: 教体局, 教育和体育局, 教育（教体）局, 教委, 教科体局 ..."""

_STOP = r"报送|申报|推荐|提交|上报|关于|开展|举办|附件|材料|联系|电话|邮箱|地址|邮编|路\d"
_STRONG = (
    r"教育局|教体局|体育局|干部局|民政局|教委|卫健委|委员会|管委会|办公室|中心(?![城思组任工内环])|学校|小学|中学(?!生)|高中(?!生)|"
    r"初中(?!生)|职专|中专|技校|幼儿园|大学(?![生城路街站])|学院|党校|电大|协会|学会|联合会|促进会|研究会|妇联|总工会|教研室|教科院|"
    r"研究院|研究所|图书馆|文化馆|艺术馆|档案馆|博物馆|科技馆|有限公司|公司|集团|街道办事处|街道办|居委会|村委会|服务站|学堂|书院|"
    r"医院|干休所|敬老院|养老院|联盟|基地|电视台"
)
_WEAK = r"[局委馆站所院室处科部股镇乡村园校会厅办社]|社区|街道|学区|校区"
_WITHIN = rf"(?:(?!{_STOP})(?![的了是在将把被对从向请您你我他她它这那])[{CJK}\d()·])"
BODY = re.compile(rf"{_WITHIN}{{0,24}}?(?:{_STRONG}|(?:{_WEAK})(?![{CJK}]))")
"""From behind a place's name to the end of an organisation's name: 市[社区教育指导中心]. Short endings such as 局 only
where the word ends, for 部 also begins 部分."""

BODY_WHOLE = re.compile(rf"{_WITHIN}{{0,24}}?(?:{_STRONG}|{_WEAK})")
STEM_BODY = re.compile(
    r"教[育体委师]|社区(?:学院|大学|教育|学校)|老年|职[业教专中]|成[人教]|开放大学|电大|广播电视|终身|文教|实验|第[一二三四五六七八九十]"
)
"""What may follow a county's name without its 区 or 县: 历下[教体局], 张店[社区学院]."""

COLLEGE_AFTER = re.compile(
    r"继续教育|继教|成人|成教|网络教育|远程|现代远程|开放教育|老年|终身|社会培训|培训学院|高等|职业教育|教务|科研|离退休|威海|"
    r"报送|申报|推荐|提交|上报|材料|典型|案例|课程"
)
"""What may follow a two-character name of a university: 山大[继续教育学院]."""

COLLEGE = re.compile(rf"(?:(?![与和及])[{CJK}()]){{0,14}}?(?:学院|学校|校区|处|系|部|中心|研究院|研究所|分院|教学点|函授站)")
ROAD = re.compile(r"[东西南北中一二三四]?(?:路|街|大道|大街|巷)")
NOT_THE_UNIVERSITY = re.compile(r"生(?![命物态化理殖产活])|城(?![市乡镇建])|[东西南北中]?路(?!桥)|[东西南北]?街|站")
"""山东大学生 are students, 济南大学城 is a quarter, 青岛大学路 a road; 山东大学生命科学学院 is the university."""

AFFILIATED = re.compile(r"附属|附中|附小|第[一二三四]?附属")
FUNCTION_WORDS = frozenset("自由为在是和与及的到给从经请转对向于属送致报位即")
"""Single characters that end a word before a name begins (来自石大, 关于山师)."""

_ENDING = re.compile(
    rf"(?:{_STRONG}|{_WEAK}|教育厅|大学(?:\(\w+\))?|区|县|市|省|机关|单位|支部|分院|分校|高专|师专|院校|附中|附小|职院|公寓|之家)$"
)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟"
    "汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文宁"
)
_PERSON = re.compile(rf"(?:[{_SURNAMES}][{CJK}]{{1,2}}|[{_SURNAMES}])(?:老师|主任|科长|局长|院长|校长|同志|女士|先生|教授)?|小[{_SURNAMES}]")


def any_of(words: Iterable[str]) -> str:
    """A pattern that matches the longest of these words at a place, in one pass however many there are (a trie)."""
    tree: dict[str, Any] = {}
    for word in words:
        node = tree
        for character in word:
            node = node.setdefault(character, {})
        node[""] = {}
    return _branches(tree) or r"(?!)"


def _branches(node: dict[str, Any]) -> str:
    choices = [re.escape(character) + _branches(below) for character, below in sorted(node.items()) if character]
    if not choices:
        return ""
    return f"(?:{'|'.join(choices)})" + ("?" if "" in node else "")


def fold(name: str) -> str:
    """A name as the register's index spells it."""
    return re.sub(r"\s+", "", normalise(name, simplify=True))


def looks_like_unit(text: str) -> bool:
    """Whether a text ends as names of organisations or places do (…局, …中心, …区)."""
    plain = fold(text).strip("\"'()[]【】《》")
    return len(plain) >= 3 and bool(_ENDING.search(plain))


def looks_like_person(text: str) -> bool:
    """Whether a text reads as a person's name, perhaps with a title (王小明, 李老师)."""
    return bool(_PERSON.fullmatch(fold(text)))


_VOCATIONAL = ("职业技术学院", "职业学院", "职业技术大学", "职业大学", "职院")


def spellings(name: str) -> Iterator[str]:
    """A name as it stands, and as people write it: without brackets, 职业学院 for 职业技术学院, 高专 for 高等专科学校."""
    plain = fold(name)
    yield plain
    if "(" in plain:
        yield re.sub(r"[()]", "", plain)
    for ending in _VOCATIONAL:
        if plain.endswith(ending) and len(plain) > len(ending):
            stem = plain.removesuffix(ending)
            yield from (stem + other for other in _VOCATIONAL if other != ending)
            break
    for long, short in (("师范高等专科学校", "师专"), ("师范高等专科学校", "师范高专"), ("医学专科学校", "医专"),
                        ("医学高等专科学校", "医专"), ("高等专科学校", "高专"), ("高等专科学校", "专科学校"),
                        ("幼儿师范高等专科学校", "幼师高专"), ("幼儿师范高等专科学校", "幼专"), ("师范专科学校", "师专")):
        if plain.endswith(long):
            yield plain.removesuffix(long) + short
