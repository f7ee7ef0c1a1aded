"""The object every command gets: configuration, ledger and engine, each opened when first asked for."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from pathlib import Path

from baosong.config import ConfigError, Configuration, load_blank_form, load_configuration
from core.campaign import Campaign
from core.register import Register
from intake.engine import Engine, Setup
from intake.mailbox_errors import MailboxError
from storage.database import Database, open_database
from storage.errors import StorageError
from storage.migrate import upgrade

__all__ = ["ConfigError", "Context", "MailboxError", "StorageError"]


class Context:
    """Lazily built parts. `config`: the file, None for the defaults."""

    def __init__(self, config: Path | None, as_json: bool, verbose: bool, version: str) -> None:  # noqa: FBT001
        self.config_file = config
        self.as_json = as_json
        self.verbose = verbose
        self.version = version

    @cached_property
    def configuration(self) -> Configuration:
        """Read and checked. Raises ConfigError."""
        return load_configuration(self.config_file)

    @property
    def campaign(self) -> Campaign:
        return self.configuration.campaign

    @property
    def register(self) -> Register:
        return self.configuration.register

    @cached_property
    def database(self) -> Database:
        """The ledger; its tables are brought to this version. Raises StorageError."""
        self.make_folders()
        database = open_database(self.configuration.database_url)
        upgrade(database)
        return database

    def make_folders(self) -> None:
        """The data folders, if they are files on this machine."""
        url = self.configuration.database_url
        if url.startswith("sqlite:///"):
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)

    def setup(self) -> Setup:
        """What the engine is built from."""
        configuration = self.configuration
        self.make_folders()
        return engine_setup(configuration, self.version)

    def engine(self) -> Engine:
        """A new engine; the caller closes it."""
        return Engine(self.setup())


def engine_setup(configuration: Configuration, version: str) -> Setup:
    """The engine's setup from a configuration."""
    settings = configuration.settings
    beside = configuration.path(settings.campaign.file).parent if settings.campaign.file else None
    blanks = {}
    for spec in configuration.campaign.categories:
        with suppress(ConfigError):  # a campaign may ship no empty form; then none is attached
            blanks[spec.key] = load_blank_form(configuration.campaign, spec.key, beside)
    templates = settings.answers.templates
    return Setup(
        settings=settings, campaign=configuration.campaign, register=configuration.register,
        database_url=configuration.database_url, blobs=configuration.path(settings.blobs.path), version=version,
        blank_forms=blanks, templates=configuration.path(templates) if templates else None,
    )
