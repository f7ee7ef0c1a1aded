"""From a configuration to an engine: which parts are handed down."""

from __future__ import annotations

from contextlib import suppress

from baosong.config import ConfigError, Configuration, load_blank_form
from baosong.context import Context
from intake.engine import Engine, Setup, utc_now
from intake.link_check import LinkChecker


def link_checker(configuration: Configuration) -> LinkChecker | None:
    """Who asks the share service; None while `[links] check` is off. Raises ConfigError for a service that is none."""
    settings = configuration.settings.links
    if not settings.check:
        return None
    try:
        return LinkChecker(settings, clock=utc_now)
    except ValueError as error:
        raise ConfigError([f"links.base_url: {error}。请删去此项，使用默认的网盘地址。"]) from None


def open_engine(context: Context) -> Engine:
    """A new engine for this configuration; the caller closes it."""
    context.make_folders()
    return Engine(engine_setup(context.configuration, context.version))


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
        blank_forms=blanks, checker=link_checker(configuration), templates=configuration.path(templates) if templates else None,
    )
