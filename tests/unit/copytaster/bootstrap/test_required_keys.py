from __future__ import annotations

from pathlib import Path

import pytest

from copytaster.access.keyring import KeyOrder
from copytaster.bootstrap.access import open_keyring, require_keys
from copytaster.bootstrap.environment import load_settings
from copytaster.clock import ManualClock
from copytaster.errors import ConfigurationError
from copytaster.model.access import Scope
from copytaster.settings import Settings

EVERYWHERE = "0.0.0.0"  # noqa: S104  # nothing is bound here


def settings_of(folder: Path, **given: str) -> Settings:
    return load_settings({"COPYTASTER_DATA": str(folder)} | {f"COPYTASTER_API_{name}": given[name] for name in given})


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "10.1.2.3", "news.example"])
def test_an_api_that_other_machines_reach_does_not_start_without_a_key(
    tmp_path: Path, clock: ManualClock, host: str
) -> None:
    settings = settings_of(tmp_path, HOST=host)

    with pytest.raises(ConfigurationError, match="copytaster keys create NAME --scope admin") as refused:
        require_keys(settings, clock=clock)
    key, _ = open_keyring(settings, clock=clock).create(KeyOrder(name="desk", scope=Scope.ADMIN), by="ann")
    require_keys(settings, clock=clock)
    open_keyring(settings, clock=clock).revoke(key.id, by="ann")
    require_keys(settings, clock=clock)  # it is closed, and the metrics of its machine are still of use

    assert host in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_an_api_that_only_its_machine_reaches_starts_without_a_key(
    tmp_path: Path, clock: ManualClock, host: str
) -> None:
    require_keys(settings_of(tmp_path, HOST=host), clock=clock)


def test_in_a_container_the_published_address_counts(tmp_path: Path, clock: ManualClock) -> None:
    require_keys(settings_of(tmp_path, HOST=EVERYWHERE, PUBLISHED_HOST="127.0.0.1"), clock=clock)

    with pytest.raises(ConfigurationError, match="COPYTASTER_API_PUBLISHED_HOST"):
        require_keys(settings_of(tmp_path, HOST=EVERYWHERE, PUBLISHED_HOST=EVERYWHERE), clock=clock)
