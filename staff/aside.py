"""Work on a stranger's file, done aside: a process of its own that is killed when it takes too long, and whose answer is
read only so far."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MEMORY = 1024 * 2**20
SECONDS = 25
ROOT = Path(__file__).resolve().parents[1]
_ANSWER = 16 * 2**20


class Aside(Exception):
    """The work was not done; the text is a reason: damaged, password, no_page, limit, kind, timeout."""


def run_aside(module: str, job: Mapping[str, Any], seconds: int = SECONDS) -> bytes:
    """Run `python -m module` with the job as JSON on its standard input; what it wrote to its standard output. The module
    sets the bounds `memory` and `seconds` of the job on itself. Raises Aside("timeout"), Aside("damaged") and Aside("limit") for an answer
    beyond 16 MiB."""
    data = json.dumps({**job, "memory": MEMORY, "seconds": seconds}).encode()
    environment = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    }
    with subprocess.Popen(
        [sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=environment, cwd="/",
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        timer = threading.Timer(seconds, process.kill)
        timer.start()
        try:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(data)
                process.stdin.close()
            answer = process.stdout.read(_ANSWER + 1)
            if len(answer) > _ANSWER:
                process.kill()
                raise Aside("limit")
            status = process.wait()
        finally:
            late = not timer.is_alive()
            timer.cancel()
    if status != 0:
        raise Aside("timeout" if late or status == -signal.SIGXCPU else "damaged")
    return answer
