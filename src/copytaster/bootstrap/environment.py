"""Reads the settings from environment variables; an unknown or wrong one stops the start."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from pydantic import ValidationError

from copytaster.errors import ConfigurationError
from copytaster.settings import PREFIX, Settings

ELSEWHERE = {"COPYTASTER_CORPORA", "COPYTASTER_SHARED", "COPYTASTER_URL", "COPYTASTER_KEY"}
"""Variables that only tests and benchmarks read, or commands with ``--url``."""


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings given by ``environ``.

    Raises ``ConfigurationError`` naming each unknown or invalid variable.
    """
    known = {PREFIX + name.upper(): name for name in Settings.model_fields}
    given = {key: value for key, value in environ.items() if key.startswith(PREFIX) and key not in ELSEWHERE}
    problems = [_unknown(key, list(known)) for key in sorted(given.keys() - known.keys())]
    try:
        settings = Settings.model_validate({known[key]: value for key, value in given.items() if key in known})
    except ValidationError as error:
        wrong = [(PREFIX + str(item["loc"][0]).upper(), item["msg"], item["input"]) for item in error.errors()]
        problems += [f"{name}: {message} (got {value!r})" for name, message, value in wrong]
    if problems:
        raise ConfigurationError("wrong settings:\n  " + "\n  ".join(problems))
    return settings


def _unknown(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"{key}: there is no such setting{hint}"
