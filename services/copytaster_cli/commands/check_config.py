"""``copytaster check-config``: prints every setting with its value and origin."""

from __future__ import annotations

from collections.abc import Collection

import typer
from pydantic import SecretStr

from copytaster.bootstrap.effective_settings import masked
from copytaster.bootstrap.secret_files import SUFFIX
from copytaster.settings import PREFIX, Settings
from copytaster.tagging.topics.configured_files import check_topic_files
from copytaster_cli.context import dependencies_of
from copytaster_cli.rendering.output import stdout_console, table


def check_config(context: typer.Context) -> None:
    """Print every setting with its value and origin.

    Exit 2 with a message that names each invalid setting, or the invalid file that a setting names.
    """
    dependencies = dependencies_of(context)
    settings = dependencies.settings()
    rows = [
        (
            PREFIX + name.upper(),
            shown(getattr(settings, name)),
            _origin(name, dependencies.environ.keys()),
            field.description,
        )
        for name, field in Settings.model_fields.items()
    ]
    stdout_console().print(table("SETTING", "VALUE", "FROM", "MEANING", rows=rows))
    check_topic_files(taxonomy=settings.taxonomy, topic_model=settings.topic_model)


def shown(value: object) -> object:
    """Return the value for printing, with passwords in addresses masked."""
    match value:
        case SecretStr():
            return masked(value.get_secret_value())
        case str() if "://" in value:
            return masked(value)
        case _:
            return value


def _origin(name: str, variables: Collection[str]) -> str:
    variable = PREFIX + name.upper()
    if variable + SUFFIX in variables:
        return "file"
    return "environment" if variable in variables else "default"
