"""The corpus' register of scenarios and the small words that its mails are written with.

    @scenario("101-full-width-plus")
    def _() -> Mail:
        paper = CASE_JINAN
        return mail("foxmail", "济南市教育局＋智慧助老", *both(paper))

A scenario gives one mail (bytes) or several (a list, in order of arrival). `scripts/make-corpus` writes them below
tests/corpus; the expected outcome beside each is written by hand and is not made here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tests.support.corpus_papers import Paper, scan, word
from tests.support.mail_builder import SHANGHAI, File, compose

Mail = bytes
Scenario = Callable[[], "Mail | list[Mail]"]
SCENARIOS: dict[str, Scenario] = {}

PEOPLE = {
    "济南市": ("济南市教育局职成处", "jnzcc@jinan.example.cn"),
    "青岛市": ("于海波", "yuhb@qingdao.example.cn"),
    "淄博市": ("淄博市社区教育指导中心", "zbsqjy@zibo.example.cn"),
    "枣庄市": ("满意", "manyi@zaozhuang.example.cn"),
    "东营市": ("盖晓燕", "gaixy@dongying.example.cn"),
    "烟台市": ("烟台社区大学", "ytsqdx@yantai.example.cn"),
    "潍坊市": ("丁海涛", "dinght@weifang.example.cn"),
    "济宁市": ("孔令军", "konglj@jining.example.cn"),
    "泰安市": ("泰安民继科", "tamjk@taian.example.cn"),
    "威海市": ("丛珊珊", "congss@weihai.example.cn"),
    "日照市": ("日照市教育局", "rzzcj@rizhao.example.cn"),
    "临沂市": ("诸葛明", "zhugem@linyi.example.cn"),
    "德州市": ("德州开放大学", "dzou@dezhou.example.cn"),
    "聊城市": ("付强", "fuqiang@liaocheng.example.cn"),
    "滨州市": ("滨州 杜老师", "bzdu@binzhou.example.cn"),
    "菏泽市": ("菏泽市教育局民继科", "hzmjk@heze.example.cn"),
    "山东大学": ("山东大学继续教育学院", "jxjy@sdu.example.cn"),
    "高校": ("继续教育学院办公室", "cjxy@university.example.cn"),
}
COVER = "各位老师：\n\n现报送我单位“智慧助老”推介材料，请查收。\n\n联系人：李老师\n电话：0531-81230000"


def scenario(name: str) -> Callable[[Scenario], Scenario]:
    """Enter a scenario under its file name. Raises ValueError when the number is taken."""

    def enter(make: Scenario) -> Scenario:
        number = name.split("-", 1)[0]
        if any(known.split("-", 1)[0] == number for known in SCENARIOS):
            raise ValueError(f"{name}: number {number} is taken")
        SCENARIOS[name] = make
        return make

    return enter


def at(moment: str) -> datetime:
    """A moment in Asia/Shanghai: "11-08 09:30" (2021), or with its year "2022-04-15 23:59:50"."""
    text = moment if moment[:2] == "20" else f"2021-{moment}"
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def mail(
    client: str, subject: str, *files: File, text: str = COVER, who: str | tuple[str, str] = "济南市",
    when: str = "11-08 10:12:33", **more: object,
) -> Mail:
    """A mail by this client. `who`: key of PEOPLE or (name, address); `more`: further arguments of `compose`."""
    sender = PEOPLE[who] if isinstance(who, str) else who
    return compose(client, subject=subject, text=text, sender=sender, files=files, date=at(when), **more)  # type: ignore[arg-type]


def form_file(paper: Paper, layout: str = "plain", name: str | None = None) -> File:
    """The Word form as an attachment with the right name."""
    return File(name or paper.name(".docx"), word(paper, layout))


def scan_file(paper: Paper, name: str | None = None, **look: object) -> File:
    """The stamped scan as an attachment with the right name."""
    return File(name or paper.name(".pdf"), scan(paper, **look))  # type: ignore[arg-type]


def both(paper: Paper, layout: str = "plain", **look: object) -> tuple[File, File]:
    """Form and scan, as the notice asks."""
    return form_file(paper, layout), scan_file(paper, **look)
