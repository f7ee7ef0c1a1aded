"""The object every command gets: configuration and ledger, each opened when first asked for."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from pathlib import Path

from baosong.config import ConfigError, Configuration, load_blank_form, load_configuration
from core.campaign import Campaign
from core.register import Register
from core.settings import Settings
from storage.blobs import FileBlobStore
from storage.database import Database, open_database
from storage.errors import StorageError
from storage.migrate import upgrade

__all__ = ["ConfigError", "Context", "StorageError"]


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

    @property
    def settings(self) -> Settings:
        return self.configuration.settings

    @property
    def templates(self) -> Path | None:
        """Where the office's own wording lies; the folder need not be there."""
        named = self.settings.answers.templates
        return self.configuration.path(named) if named else None

    @cached_property
    def blank_forms(self) -> dict[str, bytes]:
        """Empty forms by category; a campaign may ship none."""
        file = self.settings.campaign.file
        beside = self.configuration.path(file).parent if file else None
        found = {}
        for spec in self.campaign.categories:
            with suppress(ConfigError):
                found[spec.key] = load_blank_form(self.campaign, spec.key, beside)
        return found

    @property
    def blobs(self) -> FileBlobStore:
        """The bytes of mails and files."""
        return FileBlobStore(self.configuration.path(self.configuration.settings.blobs.path))

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
            folder = Path(url.removeprefix("sqlite:///")).parent
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StorageError(f"无法建立数据文件夹 {folder}（{error.strerror}）。请检查 database.url 和文件夹权限") from None
