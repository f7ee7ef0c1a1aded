"""What is kept but never opened: programs, scripts, documents with macros, by content and by name."""

from __future__ import annotations

from pathlib import Path

from core.facts import Blocked
from parsers.kinds import extension
from parsers.macros import has_macros

_PROGRAM_TYPES = frozenset(
    (
        *("application/x-dosexec", "application/x-executable", "application/x-msi", "application/x-ms-shortcut"),
        *("text/x-script", "application/java-archive", "application/vnd.android.package-archive"),
        "application/x-iso9660-image",  # Windows opens it as a drive, past the marks that warn of files from mails
    )
)
# Names that make a computer run the file, whatever is in it.
_PROGRAM_NAMES = frozenset(
    (
        *(
            ".exe",
            ".scr",
            ".pif",
            ".bat",
            ".cmd",
            ".msi",
            ".msp",
            ".vbs",
            ".vbe",
            ".js",
            ".jse",
            ".wsf",
            ".wsh",
            ".hta",
        ),
        *(
            ".ps1",
            ".psm1",
            ".jar",
            ".apk",
            ".cpl",
            ".dll",
            ".sys",
            ".lnk",
            ".reg",
            ".sct",
            ".sh",
            ".msc",
            ".chm",
            ".gadget",
            ".iso",
            ".vhd",
            ".vhdx",
            ".xll",
            ".ocx",
            ".scf",
            ".msix",
            ".appx",
        ),
    )
)
_MACRO_NAMES = frozenset((".docm", ".dotm", ".xlsm", ".xltm", ".xlam", ".pptm", ".potm", ".ppsm", ".ppam"))
_OLD_OFFICE = frozenset(
    (
        *("application/msword", "application/vnd.ms-excel", "application/wps-office.wps", "application/wps-office.et"),
        "application/wps-office.wpt",
    )
)
_WEB_SCRIPTS = frozenset((".js",))


def find_block(path: Path, media_type: str, name: str, *, beside_pages: bool = False) -> Blocked | None:
    """Why this file must not be opened, None if it may. `beside_pages`: it comes out of an archive with web pages,
    where a script is part of a page (courseware) rather than something to start."""
    ext = extension(name)
    if beside_pages and ext in _WEB_SCRIPTS and media_type.startswith("text/"):
        return None
    if media_type in _PROGRAM_TYPES:
        return Blocked("executable", media_type)
    if ext in _PROGRAM_NAMES or (ext == ".com" and media_type in ("application/octet-stream", "text/plain")):
        return Blocked("executable", ext)
    if "macroenabled" in media_type.lower() or ext in _MACRO_NAMES:
        return Blocked("macro", ext or media_type)
    if media_type in _OLD_OFFICE and has_macros(path):
        return Blocked("macro", "VBA")
    return None
