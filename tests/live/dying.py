"""One cycle of the program that is killed at a chosen place: run as a process of its own by test_faults.py.

SIGKILL strikes the process the NUMBER-th time it comes to PLACE, a function named `module:Class.method`, just before
it runs or just after it has returned. The shipped program has no such hook: it is put in here.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
from pathlib import Path
from typing import Any

from baosong.config import load_configuration
from baosong.engine_setup import engine_setup
from intake.engine import Engine
from intake.reading import DirectReader, ReadSetup
from intake.worker import Worker


def die_at(place: str, number: int, when: str) -> None:
    """Puts the trap around the function."""
    module, _, path = place.partition(":")
    owner: Any = importlib.import_module(module)
    *outer, name = path.split(".")
    for step in outer:
        owner = getattr(owner, step)
    true, calls = getattr(owner, name), 0

    @functools.wraps(true)
    def trapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = true(*args, **kwargs)
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, trapped)


def cycle(config: Path, place: str, number: int, when: str) -> None:
    """One cycle, as far as it gets."""
    die_at(place, number, when)
    configuration = load_configuration(config)
    settings = configuration.settings
    blobs = configuration.path(settings.blobs.path)
    blobs.mkdir(parents=True, exist_ok=True)
    reader = DirectReader(ReadSetup(configuration.campaign, settings.limits, blobs))
    with Engine(engine_setup(configuration, "test"), reader) as engine:
        engine.once()


def work(config: Path, place: str, number: int, when: str) -> None:
    """One look at the mailbox, then a worker, as far as it gets."""
    configuration = load_configuration(config)
    settings = configuration.settings
    blobs = configuration.path(settings.blobs.path)
    blobs.mkdir(parents=True, exist_ok=True)
    setup = engine_setup(configuration, "test")
    with Engine(setup) as engine:
        engine.poll()
    die_at(place, number, when)
    Worker(Engine(setup, DirectReader(ReadSetup(configuration.campaign, settings.limits, blobs)))).run()
