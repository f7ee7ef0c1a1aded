"""Tries the office's own templates in a process of its own with bounds: `python -m notifier.trial`, and the call of it.

A template is a program, and whoever wrote it may have erred: trying it must never cost the daemon its memory or its time.
Sentences alone are no program and are tried where they are.
"""

from __future__ import annotations

import hashlib
import json
import logging
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from core.campaign import Campaign
from core.codec import decode, encode
from notifier.own_check import Checked, check_sources
from notifier.template_check import Fault

log = logging.getLogger(__name__)

SECONDS = 20
MEMORY = 512 * 2**20
_ROOT = Path(__file__).resolve().parents[1]
_KEPT = 32
_tried: dict[str, Checked] = {}
_lock = Lock()


def check_aside(sources: Mapping[str, str], campaign: Campaign) -> Checked:
    """`check_sources`, done aside where a template is among them. A template that takes too long or too much is left out,
    and said. What was tried once is remembered."""
    if not any(name.endswith(".j2") for name in sources):
        return check_sources(sources, campaign)
    mark = hashlib.sha256(json.dumps([sorted(sources.items()), encode(campaign)]).encode()).hexdigest()
    with _lock:
        known = _tried.get(mark)
    if known is None:
        known = _without_the_worst(sources, campaign)
        with _lock:
            while len(_tried) >= _KEPT:
                del _tried[next(iter(_tried))]
            _tried[mark] = known
    return known


def _without_the_worst(sources: Mapping[str, str], campaign: Campaign) -> Checked:
    """Tried aside; again without the file that ended the trial, until it comes to an end."""
    left = dict(sources)
    told: list[Fault] = []
    while True:
        answer, last = _run(left, campaign)
        if answer is not None:
            return Checked(answer.own, (*told, *answer.faults))
        worst = last if last in left else next(name for name in left if name.endswith(".j2"))
        log.warning("the trial of the template %s did not end well", worst)
        told.append(Fault(worst, None, "试排时用时过长或占用过多，未采用，请简化写法。"))
        del left[worst]
        if not any(name.endswith(".j2") for name in left):
            rest = check_sources(left, campaign)
            return Checked(rest.own, (*told, *rest.faults))


def _run(sources: Mapping[str, str], campaign: Campaign) -> tuple[Checked | None, str]:
    """What the trial found (None: it did not end well), and the file that it had last begun with."""
    job = json.dumps({"sources": dict(sources), "campaign": encode(campaign), "seconds": SECONDS, "memory": MEMORY})
    environment = {"PYTHONPATH": str(_ROOT), "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "notifier.trial"], input=job.encode(), capture_output=True, timeout=SECONDS * 2, env=environment,
            cwd="/", check=False,
        )
        said, good = done.stdout, done.returncode == 0
    except subprocess.TimeoutExpired as error:
        said, good = error.stdout or b"", False
    *begun, end = said.decode("utf-8", "replace").split("\n")
    if good:
        return decode(Checked, json.loads(end)), ""
    return None, begun[-1] if begun else ""


def main() -> None:
    """The trial: names of files on standard output as each is begun, at last what was found."""
    job = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (job["memory"], job["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (job["seconds"], job["seconds"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    found = check_sources(job["sources"], decode(Campaign, job["campaign"]), begin=lambda name: print(name, flush=True))
    print(json.dumps(encode(found), ensure_ascii=True), end="")


if __name__ == "__main__":
    main()
