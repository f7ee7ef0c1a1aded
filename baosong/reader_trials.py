"""Trials of what the readers need from this machine: a small file goes through each, because a program that is there may
still not run. Every line says what becomes of such files without it; the program itself works without all of them."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from core.facts import Unreadable
from core.ports import ReadLimits
from core.settings import Settings
from parsers.archives import unpack
from parsers.converters import convert_to_docx, find_office
from parsers.native_archives import RAR
from parsers.office import OFFICE
from parsers.unpacking import Budget, Trouble
from parsers.word import read_text

SECONDS = 90  # a first start of LibreOffice on a cold disk
OCR_MEMORY = 1200 * 2**20  # bytes a reading process holds at most while it reads text; it starts its engine afresh above 1100 MB
_WORDS = "baosong"
_RTF = rb"{\rtf1\ansi " + _WORDS.encode() + rb"\par}"
# A RAR 5 archive that holds one stored file, a.txt with the text "baosong".
_RAR = bytes.fromhex(
    "526172211a070100c51a3332030100007aece14d120202070407206c8f264b"
    "000005612e74787462616f736f6e671d77565103050400"
)

Trial = tuple[str, bool, str]
"""Name, whether it works, what it says (Chinese, for staff)."""


def trials(settings: Settings) -> Iterator[Trial]:
    """All trials in turn. `settings`: what the configuration asks for."""
    yield _seals(settings)
    yield _texts(settings)
    yield _old_documents()
    yield _antiword()
    yield _archives()


# The libraries that look at pictures are imported where they are tried: `check` must be able to say that they are missing.


def _seals(settings: Settings) -> Trial:
    name = "扫描件查找印章"
    if not settings.scan.seals:
        return name, True, "未启用（scan.seals = false），扫描件是否盖章不核对"
    try:
        found = import_module("parsers.seal").find_seals(import_module("numpy").full((400, 300, 3), 255, "uint8"))
        missing = "" if not found.seals else "空白页上得出印章"
    except Exception as error:  # a library that is not installed, or not for this processor
        missing = _said(error)
    if not missing:
        return name, True, "试查成功"
    return name, False, f"无法运行（{missing}）。请按 requirements.txt 重新安装Python依赖。所有扫描件是否盖章将交人工查看（待核）"


def _texts(settings: Settings) -> Trial:
    name = "扫描件文字识别"
    if not settings.scan.ocr:
        return name, True, "未启用（scan.ocr = false），扫描件与Word版是否一致不核对；识别程序仅在启用后加载"
    try:
        missing = import_module("parsers.ocr").check_ocr()
    except (ImportError, OSError) as error:
        missing = _said(error)
    if missing is not None:
        return name, False, f"无法载入（{missing}）。请按 requirements.txt 重新安装Python依赖。所有扫描件的文字将交人工核对（待核）"
    short = _short_of_memory(settings)
    if short:
        return name, False, f"{short}。内存不足时，读不出文字的扫描件交人工查看（待核）"
    return name, True, "识别模型已载入，可用"


def _short_of_memory(settings: Settings) -> str:
    """Why the reading processes may not get the memory that reading text takes; "" if they do."""
    need, processes = OCR_MEMORY // 2**20, settings.workers.processes
    if settings.limits.memory < OCR_MEMORY:
        return f"limits.memory 为{settings.limits.memory // 2**20}MB，识别文字时每个读取进程约需{need}MB，请调大"
    free = _free_memory()
    if free is not None and free < processes * OCR_MEMORY:
        return (
            f"本机可用内存{free // 2**20}MB，{processes}个读取进程识别文字时约需{processes * need}MB。"
            "请减少 workers.processes、增加内存，或设 scan.ocr = false"
        )
    return ""


def _free_memory() -> int | None:
    """Bytes this machine can still hand out; None where it does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        return None


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:200]


def _old_documents() -> Trial:
    name = "旧格式文档（.doc .wps .odt .rtf）"
    office = find_office()
    lost = "此类申报表将交人工查看（待核）；如已安装 antiword，.doc 仍可读取"
    if office is None:
        return name, False, f"未找到 LibreOffice（Debian：apt-get install libreoffice-writer-nogui）。{lost}"
    with tempfile.TemporaryDirectory(prefix="baosong-") as folder:
        source = Path(folder) / "trial.rtf"
        source.write_bytes(_RTF)
        begin = time.monotonic()
        done = convert_to_docx(source, Path(folder), begin + SECONDS)
        warm = OFFICE.pid is not None
        OFFICE.close()
        if isinstance(done, Path) and _WORDS in read_text(done, ReadLimits()):
            return name, True, f"{office}，试读成功" + ("，常驻运行" if warm else "；本机只能逐个启动，读取较慢")
    why = f"{done.reason} {done.detail}".strip() if isinstance(done, Unreadable) else "没有得到文字"
    return name, False, f"{office} 试读失败（{why[:120]}）。请在命令行运行一次 soffice --version 查看原因。{lost}"


def _antiword() -> Trial:
    name = "旧格式文档的后备（antiword）"
    program = shutil.which("antiword")
    if program is None:
        return name, False, "未安装 antiword（Debian：apt-get install antiword）。LibreOffice 读不出的 .doc 将交人工查看（待核）"
    try:
        said = subprocess.run([program], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return name, False, f"{program} 无法运行（{error}）"
    works = b"antiword" in (said.stdout + said.stderr).lower()
    return name, works, program if works else f"{program} 无法运行，请重新安装"


def _archives() -> Trial:
    name = "RAR、7z等压缩包"
    with tempfile.TemporaryDirectory(prefix="baosong-") as folder:
        path = Path(folder) / "trial.rar"
        path.write_bytes(_RAR)
        try:
            found = [b"".join(inner.chunks) for inner in unpack(path, RAR, path.name, Budget(ReadLimits(), len(_RAR), 10**6))]
            said = "" if found == [_WORDS.encode()] else "内容不符"
        except Trouble as trouble:
            said = trouble.problem.detail or trouble.problem.reason
    if not said:
        return name, True, "试解压成功"
    mend = "未找到 libarchive（Debian：apt-get install libarchive13）" if said == "libarchive" else f"试解压失败（{said}）"
    return name, False, f"{mend}。此类压缩包将交人工查看（待核）；ZIP、TAR、GZ不受影响"
