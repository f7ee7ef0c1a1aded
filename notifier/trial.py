"""Tries the office's own templates in a process of its own with bounds: `python -m notifier.trial`, and the call of it.

A template is a program, and whoever wrote it may have erred: trying it must never cost the daemon its memory or its time.
Sentences alone are no program and are tried where they are.
"""

from __future__ import annotations

import hashlib
import json
import logging
import resource
import signal
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
"""Of processor time. A busy machine may need many times as long, which is no template's fault."""
PATIENCE = 60
"""Seconds of the day after which a trial is given up, to be made again later."""
MEMORY = 512 * 2**20
_ROOT = Path(__file__).resolve().parents[1]
_PROGRAM = ("-m", "notifier.trial")
_KEPT = 32
_tried: dict[str, Checked] = {}
_lock = Lock()


def check_aside(sources: Mapping[str, str], campaign: Campaign) -> Checked:
    """`check_sources`, done aside where a template is among them. A template that takes too long or too much is left out,
    and said. What was tried once to the end is remembered."""
    if not any(name.endswith(".j2") for name in sources):
        return check_sources(sources, campaign)
    mark = hashlib.sha256(json.dumps([sorted(sources.items()), encode(campaign)]).encode()).hexdigest()
    with _lock:
        known = _tried.get(mark)
    if known is None:
        known = _without_the_worst(sources, campaign)
        if known.unfinished:
            return known
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
        if last is None or last not in left:
            return _untried(left, campaign, told)
        worst = last
        log.warning("the trial of the template %s did not end well", worst)
        told.append(Fault(worst, None, "试排时用时过长或占用过多，未采用，请简化写法。"))
        del left[worst]
        if not any(name.endswith(".j2") for name in left):
            rest = check_sources(left, campaign)
            return Checked(rest.own, (*told, *rest.faults))


def _untried(left: Mapping[str, str], campaign: Campaign, told: list[Fault]) -> Checked:
    """Nothing is known of the templates: the built-in ones serve for the time being."""
    log.warning("the own templates could not be tried: too little time or memory on this machine")
    rest = check_sources({name: text for name, text in left.items() if not name.endswith(".j2")}, campaign)
    faults = (Fault(name, None, "机器繁忙或内存不足，暂未能试排，先用内置模板，稍后自动再试。") for name in left if name.endswith(".j2"))
    return Checked(rest.own, (*told, *rest.faults, *faults), unfinished=True)


def _run(sources: Mapping[str, str], campaign: Campaign) -> tuple[Checked | None, str | None]:
    """What the trial found. None: it did not end well, because of the file that it had last begun with; (None, None): because of
    this machine."""
    job = json.dumps({"sources": dict(sources), "campaign": encode(campaign), "seconds": SECONDS, "memory": MEMORY})
    environment = {"PYTHONPATH": str(_ROOT), "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    try:
        done = subprocess.run(
            [sys.executable, *_PROGRAM], input=job.encode(), capture_output=True, timeout=PATIENCE, env=environment,
            cwd="/", check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        log.warning("the trial of templates: %s", type(error).__name__)
        return None, None
    *begun, end = done.stdout.decode("utf-8", "replace").split("\n")
    if done.returncode == 0:
        return decode(Checked, json.loads(end)), ""
    if done.returncode == -signal.SIGKILL or not begun:  # the system was short of memory, or the trial itself could not start
        return None, None
    return None, begun[-1]


def main() -> None:
    """The trial: names of files on standard output as each is begun, at last what was found."""
    job = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (job["memory"], job["memory"]))
    # The soft limit's signal tells an endless template from a process that the system itself killed.
    resource.setrlimit(resource.RLIMIT_CPU, (job["seconds"], job["seconds"] + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    found = check_sources(job["sources"], decode(Campaign, job["campaign"]), begin=lambda name: print(name, flush=True))
    print(json.dumps(encode(found), ensure_ascii=True), end="")


if __name__ == "__main__":
    main()
