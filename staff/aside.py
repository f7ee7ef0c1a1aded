"""Work on a stranger's file, done aside: a process of its own that is killed when it takes too long, and whose answer is
read only so far."""

from __future__ import annotations

import json
import os
import subprocess
import sys
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
    sets the bounds `memory` and `seconds` of the job on itself. Raises Aside("timeout") and Aside("damaged")."""
    data = json.dumps({**job, "memory": MEMORY, "seconds": seconds}).encode()
    environment = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", module], input=data, capture_output=True, timeout=seconds, check=False, env=environment,
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        raise Aside("timeout") from None
    if done.returncode != 0:
        raise Aside("timeout" if done.returncode == -24 else "damaged")
    return done.stdout[:_ANSWER]
