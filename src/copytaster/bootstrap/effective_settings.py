"""The settings in force, for people: without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from pydantic import SecretStr

from copytaster.model.article import Document
from copytaster.settings import PREFIX, Settings


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


def masked(address: str) -> str:
    """Return the address with user, password and query masked; a text that is no address is masked completely."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        return "***"
    authority, question, _ = rest.partition("?")
    _, at, host = authority.rpartition("@")
    return f"{scheme}://{'***@' if at else ''}{host}{'?***' if question else ''}"


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
        case str() if "://" in value:
            text = masked(value)
        case _:
            text = "" if value is None else str(value)
    return text or "unset"
