"""From a configuration to an engine: which parts are handed down."""

from __future__ import annotations

from contextlib import suppress

from baosong.config import ConfigError, Configuration, load_blank_form
from baosong.context import Context
from intake.engine import Engine, Setup


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
        blank_forms=blanks, templates=configuration.path(templates) if templates else None,
    )
