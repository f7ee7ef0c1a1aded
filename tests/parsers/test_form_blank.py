"""The empty forms that letters attach are what scripts/make-blank-forms prints today."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import pytest

from baosong.config import load_blank_form, load_campaign

ROOT = Path(__file__).resolve().parents[2]
FORMS = ROOT / "core" / "data" / "forms"


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_the_script_prints_the_shipped_forms(tmp_path: Path) -> None:
    script = ROOT / "scripts" / "make-blank-forms"
    subprocess.run([sys.executable, str(script), "--out", str(tmp_path)], check=True, capture_output=True, cwd=ROOT)
    printed = sorted(tmp_path.glob("*.docx"))
    assert [path.name for path in printed] == sorted(path.name for path in FORMS.glob("*.docx"))
    for path in printed:
        assert members(path) == members(FORMS / path.name)


@pytest.mark.parametrize("category", ["case", "training", "course"])
def test_they_look_like_the_notices_annexes(category: str) -> None:
    campaign = load_campaign("zhihui-zhulao")
    spec = campaign.category(category)
    assert spec.form.blank_file == f"form-{category}.docx"
    assert load_blank_form(campaign, category) == (FORMS / f"form-{category}.docx").read_bytes()
    document = docx.Document(str(FORMS / f"form-{category}.docx"))
    annex, heading = (paragraph.text for paragraph in document.paragraphs[:2])
    assert f"{annex} {heading}" == spec.form_name
    texts = ["".join(cell.text.split()) for row in document.tables[0].rows for cell in row.cells]
    for field in spec.form.fields:
        assert field.labels[0] in texts
    for label in ("申报单位意见", "省级教育行政部门意见"):
        assert label in texts
    for phrase in spec.form.guidance:
        if phrase.startswith(("一、", "二、", "三、", "（", "主要围绕以下三方面")):
            assert phrase in "".join(texts), phrase
    assert document.paragraphs[-1].text == ""
    assert document.tables[0].style.name == "Table Grid"
