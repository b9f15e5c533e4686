"""The settings in force, for people: without secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum

from pydantic import SecretStr

from copytaster.model.article import Document
from copytaster.settings import PREFIX, Settings

CREDENTIALS = re.compile(r"(?<=://)[^/@]*@")
"""User and password in an address."""


class EffectiveSetting(Document):
    """A setting: the name of its variable, its value and default as they are written there, and what it means.

    ``is_default`` is false if the environment sets another value.
    """

    name: str
    value: str
    default: str
    is_default: bool
    meaning: str


def effective_settings(settings: Settings) -> tuple[EffectiveSetting, ...]:
    """Return all settings in the order of their documentation; a secret is only "set" or "unset"."""
    found = []
    for name, field in Settings.model_fields.items():
        value, default = getattr(settings, name), field.get_default(call_default_factory=True)
        found.append(
            EffectiveSetting(
                name=PREFIX + name.upper(),
                value=_written(value),
                default=_written(default),
                is_default=value == default,
                meaning=field.description or "",
            )
        )
    return tuple(found)


def _written(value: object) -> str:
    match value:
        case SecretStr():
            text = "set, not shown"
        case bool():
            text = str(value).lower()
        case float():
            text = f"{value:g}"
        case Enum():
            text = str(value.value)
        case Mapping():
            text = ", ".join(f"{name}={_written(each)}" for name, each in value.items())
        case tuple():
            text = ", ".join(map(_written, value))
        case _:
            text = CREDENTIALS.sub("…@", str(value)) if value is not None else ""
    return text or "unset"
