"""From a configuration to the staff pages: which parts are handed down, and the job that keeps them served."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from baosong.config import ConfigError, Configuration, load_blank_form
from staff.web.server import CannotServe, PageServer
from staff.web.site import Site, utc_now
from storage.blobs import FileBlobStore
from storage.clock import DatabaseClock
from storage.database import open_database
from storage.migrate import upgrade
from storage.watch import Watch

log = logging.getLogger(__name__)

PAGES_ALERT = "pages.down"
FIRST_ACCOUNT = "还没有账号：请运行 baosong user add 用户名 --role admin"


def _nobody() -> None:
    """No daemon in this process."""


def open_site(
    configuration: Configuration, version: str, wake: Callable[[], None] = _nobody, clock: Callable[[], datetime] = utc_now
) -> Site:
    """Everything the pages need, on a database connection pool of their own (the caller closes `site.database`)."""
    settings = configuration.settings
    database = open_database(configuration.database_url)
    upgrade(database)
    if database.kind == "postgresql" and clock is utc_now:
        clock = DatabaseClock(database)  # as the daemon's: the pages may be served elsewhere
    beside = configuration.path(settings.campaign.file).parent if settings.campaign.file else None
    blanks = {}
    for spec in configuration.campaign.categories:
        with suppress(ConfigError):  # a campaign may ship no empty form
            blanks[spec.key] = load_blank_form(configuration.campaign, spec.key, beside)
    templates = settings.answers.templates
    return Site(
        database=database, blobs=FileBlobStore(configuration.path(settings.blobs.path)), campaign=configuration.campaign,
        register=configuration.register, settings=settings, version=version, clock=clock, blank_forms=blanks,
        templates=configuration.path(templates) if templates else None, config_file=configuration.file, wake=wake,
    )


class PagesBeside:
    """The pages beside a running daemon. They may fail; the daemon goes on, staff see an alert, and `keep` (a job of the
    daemon) tries again."""

    def __init__(self, site: Site, port: int | None = None) -> None:
        self._site = site
        self.server = PageServer(site, port=port)

    def begin(self) -> str | None:
        """Serve; a Chinese sentence if that was not possible."""
        try:
            self.server.start()
        except CannotServe as error:
            self._failed(error)
            return str(error)
        log.info("staff pages at %s", self.server.url)
        Watch(self._site.database).resolve_alert(PAGES_ALERT, self._site.clock())
        return None

    def keep(self) -> None:
        """Serve again if need be."""
        if self.server.alive:
            return
        try:
            self.server.keep()
        except CannotServe as error:
            self._failed(error)
        else:
            Watch(self._site.database).resolve_alert(PAGES_ALERT, self._site.clock())

    def end(self) -> None:
        """Stop serving and let go of the database."""
        self.server.stop()
        self._site.database.close()

    def _failed(self, error: CannotServe) -> None:
        log.error("the staff pages are not served: %s", error)
        Watch(self._site.database).raise_alert(PAGES_ALERT, str(error), self._site.clock())
