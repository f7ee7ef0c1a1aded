"""The office's own templates and wordings: used when right, told in Chinese with file and line when wrong."""

from __future__ import annotations

import ast
import errno
import math
import os
import re
import signal
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import notifier
from core.letter import Letter, LetterPlan
from notifier import trial
from notifier.arrange import arrange
from notifier.own_check import WORDING_FILE, Checked, check_sources, line_of
from notifier.own_words import Stationery, check_folder, set_sentence
from notifier.sample_letters import RECEIPT, SAMPLE_NOW, sample_letters
from notifier.templating import BUILT_IN, TEMPLATE_NAMES, BadTemplate, OwnWords, render
from notifier.view import LetterView
from notifier.wording import COMMON, PHRASES, PLACES, numeral, sentence_problem, wording_problems
from tests.notifier.letter_samples import PLANS, blank_form, campaign, thread_for, write

PACKAGE = Path(notifier.__file__ or "").parent
GOOD = '{% extends "base.txt.j2" %}{% block closing %}\n{{ super() }}\n　　附注：本单位地址已变更。\n{% endblock %}\n'
ENDLESS = """
import os, resource, signal
from notifier import trial

def runs_for_ever(sources, campaign, begin):
    begin("receipt.txt.j2")
    bounded = resource.getrlimit(resource.RLIMIT_CPU) == (20, 25)
    os.kill(os.getpid(), signal.SIGXCPU if bounded else signal.SIGKILL)

trial.check_sources = runs_for_ever
trial.main()
"""
SHOWN = '{% extends "base.txt.j2" %}\n\n{% block closing %}\n'


def built_in(name: str) -> str:
    return (PACKAGE / "templates" / name).read_text("utf-8")


def faults(folder: Path) -> list[str]:
    return [str(fault) for fault in check_folder(folder, campaign()).faults]


def letter(stationery: Stationery, plan: LetterPlan) -> Letter:
    values: dict[str, Any] = {"from_address": "a@b.cn", "from_name": "c", "letter_id": "x", "now": plan.received_at, "blank_form": blank_form}
    return stationery.compose(plan, thread_for(plan), **values)


def test_builtin_templates_are_all_there_and_pass_their_own_check(tmp_path: Path) -> None:
    assert {path.name for path in (PACKAGE / "templates").iterdir()} == set(TEMPLATE_NAMES)
    for name in TEMPLATE_NAMES:
        (tmp_path / name).write_text(built_in(name), "utf-8")
    checked = check_folder(tmp_path, campaign())
    assert checked.faults == ()
    assert len(checked.own.templates) == len(TEMPLATE_NAMES)
    assert write(PLANS["correction"], own=checked.own) == write(PLANS["correction"])


def test_the_samples_show_every_section_and_every_kind() -> None:
    """Else a template that forgets a section would pass."""
    views = [arrange(plan, thread, campaign(), SAMPLE_NOW, dict.fromkeys(plan.blank_forms, "表.docx")) for plan, thread in sample_letters(campaign())]
    assert {view.kind for view in views} == {"receipt", "correction", "reminder", "link_dead", "free"}
    assert {s.kind for view in views for s in view.sections} == {
        "problems", "items", "fine", "format", "blank", "how", "paper", "notes",
    }  # fmt: skip
    assert any(view.words for view in views)


def test_own_template_takes_the_place_of_one(tmp_path: Path) -> None:
    (tmp_path / "receipt.txt.j2").write_text("\ufeff" + GOOD, encoding="utf-8")  # Notepad puts a byte order mark there
    assert faults(tmp_path) == []
    own = check_folder(tmp_path, campaign()).own
    changed = write(PLANS["receipt"], own=own)
    assert "　　附注：本单位地址已变更。" in changed.text
    assert changed.html == write(PLANS["receipt"]).html
    assert write(PLANS["correction"], own=own) == write(PLANS["correction"])


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("receipt.txt.j2", "{{ letter.salutation }", "receipt.txt.j2第1行"),
        ("receipt.txt.j2", SHOWN + "{% for p in letter.closing %}{{ p }}{% endblock %}", "receipt.txt.j2第4行"),
        ("receipt.txt.j2", SHOWN + "{{ letter.telephone }}{% endblock %}", "receipt.txt.j2第4行：用了不存在的名称"),
        ("macros.txt.j2", built_in("macros.txt.j2").replace("{{ p.text }}", "{{ p.txt }}"), "macros.txt.j2第14行：用了不存在的名称"),
        ("receipt.txt.j2", "{{ letter.salutation }}", "缺少"),
        ("receipt.txt.j2", built_in("base.txt.j2").replace("{{ m.row(r, false) }}", ""), "“回执编号”"),
        ("base.html.j2", "{% for s in letter.sections %}{{ s.heading }}{% endfor %}", "缺少"),
        ("correction.html.j2", built_in("base.html.j2").replace("in letter.words %}", "in () %}"), "工作人员补充的话"),
        ("macros.html.j2", built_in("macros.html.j2").replace("<h2 ", '<img src="https://example.cn/logo.png"><h2 '), "引用了外部资源"),
        ("base.html.j2", built_in("base.html.j2").replace("</body>", "<script>1</script></body>"), "脚本"),
        ("base.html.j2", built_in("base.html.j2").replace("<body ", '<body onload="x()" '), "脚本"),
        ("quittung.txt.j2", GOOD, "不在可替换之列"),
        ("receipt.txt.j2", ("好\n" * 3).encode() + "好".encode("gb18030"), "receipt.txt.j2第4行：不是UTF-8"),
        ("free.txt.j2", '{% include "../../../etc/passwd" %}', "不存在的模板"),
        ("free.txt.j2", "{{ letter.__class__.__mro__ }}", "free.txt.j2第1行"),
        ("free.txt.j2", "\n{{ ''.join.__globals__ }}", "free.txt.j2第2行"),
        ("free.txt.j2", '{% extends "free.txt.j2" %}', "互相引用"),
        ("free.txt.j2", "\n\n{{ 1 // 0 }}", "free.txt.j2第3行"),
        ("free.txt.j2", "x" * 300_000, "过大"),
    ],
)  # fmt: skip
def test_faulty_templates_are_told_with_their_line(tmp_path: Path, name: str, content: str | bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    found = faults(tmp_path)
    assert any(told in problem for problem in found), found
    assert all(re.search(r"[\u4e00-\u9fff]", problem) for problem in found)
    assert name not in dict(check_folder(tmp_path, campaign()).own.templates)


def test_switched_off_escaping_is_told(tmp_path: Path) -> None:
    (tmp_path / "macros.html.j2").write_text(built_in("macros.html.j2").replace("{{ p.text }}", "{{ p.text|safe }}"), "utf-8")
    assert any("转义" in problem for problem in faults(tmp_path))


def test_no_folder_is_no_fault(tmp_path: Path) -> None:
    assert check_folder(tmp_path / "none", campaign()).faults == ()
    assert check_folder(None, campaign()).own == BUILT_IN


def test_a_broken_file_costs_only_itself(tmp_path: Path) -> None:
    (tmp_path / "receipt.txt.j2").write_text("{{ nothing }}", "utf-8")
    (tmp_path / "free.txt.j2").write_text(GOOD, "utf-8")
    (tmp_path / WORDING_FILE).write_text('closing = "谢谢{unti}。"\nclosing_receipt = "收悉，致谢。"\n', "utf-8")
    checked = check_folder(tmp_path, campaign())
    assert [(f.file, f.line) for f in checked.faults] == [(WORDING_FILE, 1), ("receipt.txt.j2", 1)]
    assert [name for name, _ in checked.own.templates] == ["free.txt.j2"]
    stationery = Stationery(tmp_path, campaign())
    assert "收悉，致谢。" in letter(stationery, PLANS["receipt"]).text
    assert letter(stationery, PLANS["correction"]).text == letter(Stationery(None, campaign()), PLANS["correction"]).text
    assert "附注" in letter(stationery, PLANS["free"]).text


def test_letters_that_use_macros_of_the_offices_own(tmp_path: Path) -> None:
    (tmp_path / "macros.txt.j2").write_text(built_in("macros.txt.j2") + "\n{% macro star() %}★{% endmacro %}\n", "utf-8")
    page = '{% extends "base.txt.j2" %}{% block title %}{% import "macros.txt.j2" as n %}{{ n.star() }}{{ letter.title }}{% endblock %}'
    (tmp_path / "receipt.txt.j2").write_text(page, "utf-8")
    assert faults(tmp_path) == []
    assert write(PLANS["receipt"], own=check_folder(tmp_path, campaign()).own).text.startswith("★")


def test_a_change_is_seen_without_a_restart_and_a_bad_one_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    stationery = Stationery(folder, campaign())
    plan = PLANS["receipt"]
    plain = letter(stationery, plan).text
    folder.mkdir()
    file = folder / WORDING_FILE
    for number, (text, said) in enumerate([
        ('closing_receipt = "甲。"\n', "甲。"), ('closing_receipt = "乙。"\n', "乙。"), ('closing_receipt = "丙。\n', None),
        ('closing_receipt = "丁。"\n', "丁。"),
    ]):  # fmt: skip
        file.write_text(text, "utf-8")
        os.utime(file, ns=(number, number))  # as if written at another moment: a test is faster than some clocks
        told = letter(stationery, plan).text
        assert (said in told) if said else (told == plain)
        assert bool(stationery.current().faults) is (said is None)
    file.unlink()
    assert letter(stationery, plan).text == plain


def test_a_template_that_fails_on_one_letter_loses_no_letter(tmp_path: Path) -> None:
    """It passes every sample and fails where a certain word comes."""
    page = (
        '{% extends "base.txt.j2" %}{% block title %}{{ letter.title }}\n'
        "{% if '银龄' in letter.sections[0].blocks[0].title %}{{ 1 // 0 }}{% endif %}{% endblock %}"
    ).replace("letter.sections[0].blocks[0].title", "(letter.sections | map(attribute='blocks') | list | string)")
    (tmp_path / "receipt.txt.j2").write_text(page, "utf-8")
    stationery = Stationery(tmp_path, campaign())
    assert stationery.current().faults == ()
    assert "材料接收回执" in letter(stationery, PLANS["receipt"]).text
    (fault,) = stationery.current().faults
    assert "已改用内置模板" in str(fault)
    assert fault.line == 2
    letter(stationery, PLANS["receipt"])
    assert len(stationery.current().faults) == 1, "told once"


def test_broken_template_is_told_by_compose() -> None:
    with pytest.raises(BadTemplate, match=r"receipt\.txt\.j2第1行"):
        write(PLANS["receipt"], own=OwnWords((("receipt.txt.j2", "{{ nothing }}"),)))


# Sentences -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "line", "told"), [
    ('a = 1\nclosing = "好。"\n', 1, "没有名为“a”"),
    ('\n# x\nclosign = "好。"\n', 3, "您是否想写“closing”"),
    ('closing = 5\n', 1, "一句文字"),
    ('closing = "好。"\nhow_receipt = "请回复本邮件。"\n', 2, "{receipt}"),
    ('\nreceipt_opening = "{campaign}{telephone}"\n', 2, "{telephone}"),
    ('closing = "{file}好。"\n', 1, "{file}"),
    ('closing = "{unit好。"\n', 1, "花括号"),
    ('receipt_title = ""\n', 1, "不能为空"),
    ('closing = "一\\n二"\n', 1, "不能换行"),
    ('closing = "好\n', 1, "写法有误"),
    ('x = "1"\nx = "2"\n', 2, "写法有误"),
    ('closing = """一\n二"""\n', 1, "不能换行"),
    ('[closing]\na = "x"\n', 1, "一句文字"),
    (f'closing = "{"长" * 700}"\n', 1, "过长"),
    ('reply_prefix = "【省中心】"\n', 1, "回复："),
])  # fmt: skip
def test_wrong_sentences_are_told_with_their_line(text: str, line: int, told: str) -> None:
    checked = check_sources({WORDING_FILE: text}, campaign())
    assert checked.faults[0].line == line, checked.faults
    assert told in checked.faults[0].text


def test_every_built_in_sentence_passes_the_check() -> None:
    assert [key for key, text in PHRASES.items() if sentence_problem(key, text)] == []
    whole = "".join(f"{key} = '{text}'\n" for key, text in PHRASES.items())
    checked = check_sources({WORDING_FILE: whole}, campaign())
    assert checked.faults == ()
    for plan in PLANS.values():
        assert write(plan, own=checked.own) == write(plan)


def test_a_sentence_of_the_office_wins_over_the_campaigns() -> None:
    own = OwnWords(wording=(("closing_receipt", "本所谨启。"),))
    odd = replace(campaign(), wording={"closing_receipt": "活动用语。"})
    assert "本所谨启。" in write(PLANS["receipt"], campaign=odd, own=own).text
    assert "活动用语。" in write(PLANS["receipt"], campaign=odd).text


def test_a_sentence_is_set_and_taken_back_leaving_the_rest() -> None:
    text = '# 用语\n# closing = "旧"\nlate = "晚{batch}。"\n'
    once = set_sentence(text, "closing", '说"好"\\。')
    assert once == '# 用语\nclosing = "说\\"好\\"\\\\。"\nlate = "晚{batch}。"\n'
    assert dict(check_sources({WORDING_FILE: once}, campaign()).own.wording)["closing"] == '说"好"\\。'
    assert line_of(once, "late") == 3
    back = set_sentence(once, "closing", None)
    assert "closing" not in dict(check_sources({WORDING_FILE: back}, campaign()).own.wording)
    assert "late" in dict(check_sources({WORDING_FILE: back}, campaign()).own.wording)
    assert set_sentence("", "late", "x").strip() == 'late = "x"'
    with pytest.raises(ValueError):
        set_sentence("", "a b", "x")


def test_nothing_empty_is_shown_where_a_sentence_was_emptied() -> None:
    own = check_sources({WORDING_FILE: 'closing_receipt = ""\n'}, campaign()).own
    assert not re.search(r"<p[^>]*></p>", write(PLANS["receipt"], own=own).html)


def test_the_receipt_number_is_in_every_sample_that_has_one() -> None:
    for plan, thread in sample_letters(campaign()):
        if plan.receipt_number:
            assert RECEIPT in write(plan, thread).text


def test_names_in_braces_are_known() -> None:
    assert COMMON <= PLACES
    assert render(LetterView("staff", "t", "", "plain", "s", ("o",), (), (), (), ("c",), "g", "d"))


def test_every_phrase_is_used_and_fills_only_known_places() -> None:
    assert wording_problems(PHRASES) == []
    source = "".join(path.read_text("utf-8") for path in PACKAGE.glob("*.py") if path.name != "wording.py")
    patterns = [
        re.compile("^" + re.sub(r"\\\{[^{}]*\\\}", ".+", re.escape(text)) + "$")
        for text in re.findall(r'f"((?:[a-z_]|\{[^{}"]+\})+)"', source) if "_" in text
    ]  # fmt: skip
    for key in PHRASES:
        assert f'"{key}"' in source or any(pattern.match(key) for pattern in patterns), f"{key} is never said"


def test_no_word_of_one_campaign_stands_in_the_program() -> None:
    words = {campaign().topic, campaign().office.name, campaign().share_name, *(c.name for c in campaign().categories)}
    for path in (*PACKAGE.glob("*.py"), *(PACKAGE / "templates").iterdir()):
        text = path.read_text("utf-8")
        if path.suffix == ".py":  # comments and docstrings may give examples
            tree = ast.parse(text)
            docs = {ast.get_docstring(n, clean=False) for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef)}
            text = "\n".join(
                n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str) and n.value not in docs
            )
        assert not [word for word in words if word in text], path.name


def test_wrong_wordings_are_told() -> None:
    told = wording_problems({"closing": "谢谢{unti}。", "unknown": "x", "late": "两\n行"})
    assert len(told) == 3
    assert "unti" in " ".join(told)
    odd = replace(campaign(), wording={"closing": "谢谢{unti}。", "nothing": "{x}"})
    assert "谢谢。" in write(PLANS["correction"], campaign=odd).text


def test_numerals() -> None:
    assert [numeral(n) for n in (1, 9, 10, 11, 19, 20, 21, 99, 100)] == [
        "一", "九", "十", "十一", "十九", "二十", "二十一", "九十九", "100",
    ]  # fmt: skip


HOSTILE = {
    "a text made long": "{{ 'x' * 10**10 }}",
    "a number made long": "{{ 2 ** 100000000 }}",
    "bytes made of a number": "{{ (1).to_bytes(10000000, 'big')|length }}",
    "lists in one another": "{% set l = [1] %}" + "{% set l = [l, l] %}" * 20 + "{{ l }}",
    "lists in one another, as a text": "{% set l = [1] %}" + "{% set l = [l, l] %}" * 20 + "{{ (l|string)|length }}",
    "dictionaries in one another": "{% set d = {} %}" + "{% set d = {1: d, 2: d} %}" * 20 + "{{ d }}",
    "lists put together": "{% set l = [1] %}" + "{% set l = [l] + [l] %}" * 20 + "{{ l }}",
    "arguments of a macro": (
        "{% macro f() %}{{ varargs }}{% endmacro %}"
        "{% macro g() %}{{ f(varargs, varargs, varargs, varargs, varargs, varargs) }}{% endmacro %}"
        "{% macro h() %}{{ g(varargs, varargs, varargs, varargs, varargs, varargs) }}{% endmacro %}"
        "{% macro i() %}{{ h(varargs, varargs, varargs, varargs, varargs, varargs) }}{% endmacro %}"
        "{% macro j() %}{{ i(varargs, varargs, varargs, varargs, varargs, varargs) }}{% endmacro %}"
        "{% macro k() %}{{ j(varargs, varargs, varargs, varargs, varargs, varargs) }}{% endmacro %}"
        "{{ k(1, 2, 3, 4, 5, 6, 7) }}"
    ),
    "old formatting": "{{ '%1000000000d' % 3 }}",
    "new formatting": "{{ '{:>1000000000}'.format(1) }}",
    "padding": "{{ 'x'.ljust(1000000000) }}",
    "a filter that pads": "{{ 'x'|center(1000000000) }}",
    "loops in one another": "{% for a in letter.salutation ~ letter.date %}" * 8 + "{% endfor %}" * 8,
    "doubling by ~": "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 40,
    "doubling by +": "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a + a %}" * 40,
    "doubling by blocks": "{% set a = 'xxxxxxxxxx' %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40,
    "a macro that calls itself twice": "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    "too many blocks in one another": "{% for a in letter.closing %}" * 30 + "{% endfor %}" * 30,
    "brackets": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "much text in loops": "{% for a in letter.signature ~ letter.date %}" * 4 + "x" * 90_000 + "{% endfor %}" * 4,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_template_is_stopped_where_it_is(what: str) -> None:
    """Seen: an admin's template with a few nested loops held the daemon for hours; `"x" * 10**10` took all memory."""
    with pytest.raises(BadTemplate):
        render(arrange(*next(sample_letters(campaign())), campaign(), SAMPLE_NOW, {}), OwnWords((("receipt.txt.j2", HOSTILE[what]),)))


def test_a_template_that_ends_its_trial_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the sandbox has not thought of: the trial is a process with bounds of its own."""
    (tmp_path / "receipt.txt.j2").write_text(GOOD, "utf-8")
    (tmp_path / "free.txt.j2").write_text(GOOD, "utf-8")
    ended = []

    def ends_at_free(sources: dict[str, str], asked: object) -> tuple[Checked | None, str]:
        if "free.txt.j2" in sources:
            ended.append("free.txt.j2")
            return None, "free.txt.j2"
        return run(sources, asked)  # type: ignore[arg-type]

    run = trial._run
    monkeypatch.setattr(trial, "_run", ends_at_free)
    checked = check_folder(tmp_path, campaign())
    assert ended == ["free.txt.j2"]
    assert [name for name, _ in checked.own.templates] == ["receipt.txt.j2"]
    assert [fault.file for fault in checked.faults] == ["free.txt.j2"]
    assert "未采用" in checked.faults[0].text


def test_the_trial_runs_in_a_process_with_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends before a template was begun is no template's fault; an endless one is named."""
    sources = {"receipt.txt.j2": GOOD}
    with monkeypatch.context() as cramped:
        cramped.setattr(trial, "MEMORY", 20 * 2**20)
        answer, _ = trial._run(sources, campaign())
        assert answer is None or [fault.file for fault in answer.faults] == ["receipt.txt.j2"]
    for program, told in ((ENDLESS, "receipt.txt.j2"), ("raise SystemExit(1)", None)):
        monkeypatch.setattr(trial, "_PROGRAM", ("-c", program))
        assert trial._run(sources, campaign()) == (None, told)


@pytest.mark.parametrize("how", ["late", "no memory", "killed"])
def test_a_machine_that_cannot_try_templates_is_not_held_against_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    (tmp_path / "receipt.txt.j2").write_text(GOOD + f"{{# {how} #}}", "utf-8")
    (tmp_path / WORDING_FILE).write_text('closing = "谢谢。"\n', "utf-8")

    def starved(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        if how == "late":
            raise subprocess.TimeoutExpired(command, 60, output=b"receipt.txt.j2\n")
        if how == "no memory":
            raise OSError(errno.ENOMEM, "Cannot allocate memory")
        return subprocess.CompletedProcess(command, -signal.SIGKILL, b"receipt.txt.j2\n", b"")

    stationery = Stationery(tmp_path, campaign())
    with monkeypatch.context() as patched:
        patched.setattr(trial.subprocess, "run", starved)
        checked = stationery.current()
    assert [(fault.file, "稍后自动再试" in fault.text) for fault in checked.faults] == [("receipt.txt.j2", True)]
    assert checked.own.templates == ()
    assert dict(checked.own.wording) == {"closing": "谢谢。"}, "sentences are no program"
    assert stationery.current() is checked, "not at once again"
    monkeypatch.setattr("notifier.own_words.time.monotonic", lambda: math.inf)
    again = stationery.current()
    assert (again.faults, [name for name, _ in again.own.templates]) == ((), ["receipt.txt.j2"])


def test_templates_are_tried_aside_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "receipt.txt.j2").write_text(GOOD + "{# once #}", "utf-8")
    runs: list[object] = []
    run = trial._run
    monkeypatch.setattr(trial, "_run", lambda *what: (runs.append(what), run(*what))[1])
    for _ in range(3):
        assert check_folder(tmp_path, campaign()).faults == ()
    assert len(runs) == 1
    (tmp_path / WORDING_FILE).write_text('closing = "谢谢。"\n', "utf-8")
    (tmp_path / "receipt.txt.j2").unlink()
    assert check_folder(tmp_path, campaign()).faults == ()
    assert len(runs) == 1, "sentences are no program"
