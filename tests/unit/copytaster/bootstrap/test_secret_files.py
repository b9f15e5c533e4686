"""Secrets from files: what is read, and what stops the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from copytaster.bootstrap.environment import SECRETS, load_settings
from copytaster.bootstrap.store import redis_address
from copytaster.errors import ConfigurationError

URL = "redis://worker@server:6379/0"


def secret(folder: Path, content: str) -> str:
    file = folder / "secret"
    file.write_text(content, encoding="utf-8")
    return str(file)


def test_each_secret_setting_can_be_in_a_file_and_no_other_can(tmp_path: Path) -> None:
    assert SECRETS == ("COPYTASTER_REDIS_URL", "COPYTASTER_REDIS_PASSWORD", "COPYTASTER_BROKER_URL")
    with pytest.raises(ConfigurationError, match="COPYTASTER_LOG_LEVEL_FILE: there is no such setting"):
        load_settings({"COPYTASTER_LOG_LEVEL_FILE": secret(tmp_path, "INFO")})


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_password_of_a_file_becomes_part_of_the_address(tmp_path: Path, end: str) -> None:
    environ = {"COPYTASTER_REDIS_URL": URL, "COPYTASTER_REDIS_PASSWORD_FILE": secret(tmp_path, f"a/b@c:d {end}")}

    settings = load_settings(environ)

    assert redis_address(settings) == "redis://worker:a%2Fb%40c%3Ad%20@server:6379/0"
    assert "a/b" not in repr(settings)


@pytest.mark.parametrize("content", ["", "\n", "one\ntwo\n"])
def test_a_file_without_exactly_one_line_stops_the_start(tmp_path: Path, content: str) -> None:
    path = secret(tmp_path, content)

    with pytest.raises(ConfigurationError, match=f"COPYTASTER_REDIS_URL_FILE: cannot read the secret from {path}"):
        load_settings({"COPYTASTER_REDIS_URL_FILE": path})


def test_a_file_that_is_missing_stops_the_start_with_its_path_and_without_a_value(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=f"{tmp_path}/none.*does not exist"):
        load_settings({"COPYTASTER_REDIS_URL_FILE": f"{tmp_path}/none"})


def test_a_secret_that_is_given_twice_stops_the_start(tmp_path: Path) -> None:
    path = secret(tmp_path, "redis://other")

    with pytest.raises(ConfigurationError, match="COPYTASTER_REDIS_URL_FILE are both set"):
        load_settings({"COPYTASTER_REDIS_URL": URL, "COPYTASTER_REDIS_URL_FILE": path})


@pytest.mark.parametrize("url", [None, "redis://:given@server"])
def test_a_password_without_an_address_that_needs_it_stops_the_start(url: str | None) -> None:
    environ = {"COPYTASTER_REDIS_PASSWORD": "hidden-word"} | ({"COPYTASTER_REDIS_URL": url} if url else {})

    with pytest.raises(ConfigurationError, match="COPYTASTER_REDIS_PASSWORD: ") as caught:
        load_settings(environ)

    assert "hidden-word" not in str(caught.value)
