"""Temporary folders of readers and converters. Each name tells whose it is, so that what a killed process left behind can
be swept away by whoever comes next. Standard library only.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "baosong-work-"


def make_work_folder() -> Path:
    """A new folder of this process: `<prefix><process id>-<random>`."""
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


@contextmanager
def work_folder() -> Iterator[Path]:
    """Such a folder, removed at the end; by `sweep` if this process is killed before that."""
    folder = make_work_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep() -> int:
    """Removes the folders whose process is gone; how many. A folder of a live process, or of another user, stays."""
    swept = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        with suppress(OSError):
            if owner.isdigit() and not Path(f"/proc/{owner}").exists() and folder.lstat().st_uid == os.getuid():
                shutil.rmtree(folder, ignore_errors=True)
                swept += not folder.exists()
    return swept
