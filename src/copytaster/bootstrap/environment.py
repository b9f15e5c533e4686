"""Reads the settings from environment variables; an unknown or wrong one stops the start."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from pydantic import SecretStr, ValidationError

from copytaster.bootstrap.secret_files import with_secrets_from_files
from copytaster.errors import ConfigurationError
from copytaster.settings import PREFIX, Settings
from copytaster.store.redis.addresses import Scheme, read_address, split_address

ELSEWHERE = {"COPYTASTER_CORPORA", "COPYTASTER_SHARED", "COPYTASTER_URL", "COPYTASTER_KEY", "COPYTASTER_KEY_FILE"}
"""Variables that only tests and benchmarks read, or commands with ``--url``."""

SECRETS = tuple(
    PREFIX + name.upper() for name, field in Settings.model_fields.items() if SecretStr in get_args(field.annotation)
)
"""The variables whose value may be in a file that ``NAME_FILE`` names."""


PATHS = tuple(
    PREFIX + name.upper()
    for name, field in Settings.model_fields.items()
    if field.annotation is Path or Path in get_args(field.annotation)
)
"""The variables that name files and folders."""


NO_CLUSTER_FOR_QUEUES = (
    "the queues cannot be on a Redis Cluster, because Celery uses keys of several slots in one command; give them a"
    " server of their own (redis://) or Sentinels (redis+sentinel://)"
)
"""Why an address is refused."""


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings given by ``environ``.

    Raises ``ConfigurationError`` naming each unknown or invalid variable.
    """
    known = {PREFIX + name.upper(): name for name in Settings.model_fields}
    given = {key: value for key, value in environ.items() if key.startswith(PREFIX) and key not in ELSEWHERE}
    given = with_secrets_from_files(given, SECRETS)
    problems = [_unknown(key, list(known)) for key in sorted(given.keys() - known.keys())]
    # An empty path is the present folder for Python: its permissions would change, and data would lie in it.
    problems += [f"{key}: it is empty; unset it, or name a path" for key in PATHS if not given.get(key, key).strip()]
    # An empty address would be that of the embedded server, which then gets the files instead of the one that is meant.
    problems += [f"{key}: it is empty; unset it, or give it a value" for key in SECRETS if given.get(key) == ""]
    try:
        settings = Settings.model_validate({known[key]: value for key, value in given.items() if key in known})
    except ValidationError as error:
        wrong = [(PREFIX + str(item["loc"][0]).upper(), item["msg"], item["input"]) for item in error.errors()]
        problems += [f"{name}: {message} (got {value!r})" for name, message, value in wrong]
    else:
        problems += [*_password_problems(settings), *_address_problems(settings)]
    if problems:
        raise ConfigurationError("wrong settings:\n  " + "\n  ".join(problems))
    return settings


def _password_problems(settings: Settings) -> list[str]:
    if settings.redis_password is None:
        return []
    if settings.redis_url is None:
        return ["COPYTASTER_REDIS_PASSWORD: there is no COPYTASTER_REDIS_URL that it belongs to"]
    if split_address(settings.redis_url.get_secret_value()).password:
        return ["COPYTASTER_REDIS_PASSWORD: COPYTASTER_REDIS_URL has a password too; remove one of them"]
    return []


def _address_problems(settings: Settings) -> list[str]:
    schemes, problems = dict[str, Scheme](), []
    for name, url in (("COPYTASTER_REDIS_URL", settings.redis_url), ("COPYTASTER_BROKER_URL", settings.broker_url)):
        try:
            schemes |= {name: read_address(url.get_secret_value()).scheme} if url else {}
        except ConfigurationError as error:
            problems.append(f"{name}: {error}")
    if schemes.get("COPYTASTER_BROKER_URL") is Scheme.CLUSTER:
        problems.append(f"COPYTASTER_BROKER_URL: {NO_CLUSTER_FOR_QUEUES}")
    if schemes.get("COPYTASTER_REDIS_URL") is Scheme.CLUSTER and settings.broker_url is None:
        problems.append(
            f"COPYTASTER_BROKER_URL is not set, and COPYTASTER_REDIS_URL is a cluster: {NO_CLUSTER_FOR_QUEUES}"
        )
    return problems


def _unknown(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"{key}: there is no such setting{hint}"
