"""The office's own templates and wordings: used when right, told in Chinese when wrong."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

import notifier
from notifier.template_check import check_templates
from notifier.templating import TEMPLATE_NAMES, BadTemplate
from notifier.wording import PHRASES, PLACES, numeral, wording_problems
from tests.notifier.letter_samples import PLANS, campaign, write

PACKAGE = Path(notifier.__file__ or "").parent
GOOD = '{% extends "base.txt.j2" %}{% block closing %}\n{{ super() }}\n　　附注：本单位地址已变更。\n{% endblock %}\n'


def test_builtin_templates_are_all_there_and_pass_their_own_check(tmp_path: Path) -> None:
    assert {path.name for path in (PACKAGE / "templates").iterdir()} == set(TEMPLATE_NAMES)
    for name in TEMPLATE_NAMES:
        (tmp_path / name).write_bytes((PACKAGE / "templates" / name).read_bytes())
    assert check_templates(tmp_path) == []
    assert write(PLANS["correction"], templates=tmp_path) == write(PLANS["correction"])


def test_own_template_takes_the_place_of_one(tmp_path: Path) -> None:
    (tmp_path / "receipt.txt.j2").write_text("\ufeff" + GOOD, encoding="utf-8")  # Notepad puts a byte order mark there
    assert check_templates(tmp_path) == []
    letter = write(PLANS["receipt"], templates=tmp_path)
    assert "　　附注：本单位地址已变更。" in letter.text
    assert letter.html == write(PLANS["receipt"]).html
    assert write(PLANS["correction"], templates=tmp_path) == write(PLANS["correction"])


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("receipt.txt.j2", "{{ letter.salutation }", "receipt.txt.j2第1行"),
        ("receipt.txt.j2", '{% extends "base.txt.j2" %}\n{% block closing %}{{ letter.telephone }}{% endblock %}', "telephone"),
        ("receipt.txt.j2", "{{ letter.salutation }}", "缺少"),
        ("base.html.j2", "{% for s in letter.sections %}{{ s.heading }}{% endfor %}", "缺少"),
        ("macros.html.j2", None, "引用了外部资源"), ("quittung.txt.j2", GOOD, "不在可替换之列"),
        ("receipt.txt.j2", GOOD.encode("gb18030"), "UTF-8"),
        ("free.txt.j2", '{% include "../../../etc/passwd" %}', "有误"),
        ("free.txt.j2", "{{ letter.__class__.__mro__ }}", "有误"),
        ("free.txt.j2", "{{ ''.join.__globals__ }}", "有误"), ("free.txt.j2", '{% extends "free.txt.j2" %}', "free"),
        ("free.txt.j2", "{{ 1 // 0 }}", "有误"),
    ],
)  # fmt: skip
def test_faulty_templates_are_told(tmp_path: Path, name: str, content: str | bytes | None, told: str) -> None:
    if content is None:
        page = (PACKAGE / "templates" / name).read_text("utf-8")
        content = page.replace("<h2 ", '<img src="https://example.cn/logo.png"><h2 ')
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    problems = check_templates(tmp_path)
    assert any(told in problem for problem in problems), problems
    assert all(re.search(r"[\u4e00-\u9fff]", problem) for problem in problems)


def test_switched_off_escaping_is_told(tmp_path: Path) -> None:
    page = (PACKAGE / "templates" / "macros.html.j2").read_text("utf-8").replace("{{ p.text }}", "{{ p.text|safe }}")
    (tmp_path / "macros.html.j2").write_text(page, "utf-8")
    assert any("转义" in problem for problem in check_templates(tmp_path))


def test_missing_folder_is_told(tmp_path: Path) -> None:
    assert check_templates(tmp_path / "none") == [f"模板文件夹{tmp_path / 'none'}不存在。"]


def test_broken_template_stops_the_letter(tmp_path: Path) -> None:
    (tmp_path / "receipt.txt.j2").write_text("{{ nothing }}", "utf-8")
    with pytest.raises(BadTemplate, match=r"receipt\.txt\.j2"):
        write(PLANS["receipt"], templates=tmp_path)


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
    assert {"unit", "campaign"} <= PLACES
    odd = replace(campaign(), wording={"closing": "谢谢{unti}。", "nothing": "{x}"})
    assert "谢谢。" in write(PLANS["correction"], campaign=odd).text


def test_numerals() -> None:
    assert [numeral(n) for n in (1, 9, 10, 11, 19, 20, 21, 99, 100)] == [
        "一", "九", "十", "十一", "十九", "二十", "二十一", "九十九", "100",
    ]  # fmt: skip
