"""Where the log of a long-running command goes."""

from __future__ import annotations

import logging
import logging.handlers

from baosong.config import Configuration


def log_to(configuration: Configuration) -> None:
    """The log: level as configured, to a rotating file if one is named, else to standard error."""
    settings = configuration.settings
    root = logging.getLogger()
    root.setLevel(settings.log.level)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    if settings.log.file:
        file = configuration.path(settings.log.file)
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(file, maxBytes=10 * 2**20, backupCount=10, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        root.addHandler(handler)
