"""Sets of servers that cannot be backed up or restored are refused before anything is written."""

from __future__ import annotations

import pytest

from copytaster.bootstrap.backup import open_backup, open_restore
from copytaster.clock import SystemClock
from copytaster.errors import ConfigurationError
from copytaster.settings import Settings
from copytaster.store.ports.snapshot import ServerKind

CLUSTER = Settings.model_validate({"redis_url": "redis+cluster://one,two", "broker_url": "redis://queues"})

SENTINELS = Settings.model_validate({"redis_url": "redis+sentinel://one,two,three/newsroom"})


def restore(settings: Settings) -> None:
    open_restore(
        settings,
        None,
        clock=SystemClock(),
        embedded=lambda: ServerKind(name="valkey", version="9.1"),
        report=lambda _done, _total: None,
        pause=lambda _seconds: None,
    )


def test_a_cluster_has_no_backup_and_the_message_says_what_to_do() -> None:
    with pytest.raises(ConfigurationError, match="copy the archive"):
        open_backup(CLUSTER, None, clock=SystemClock(), report=lambda _files: None)
    with pytest.raises(ConfigurationError, match="copy the archive"):
        restore(CLUSTER)


def test_servers_are_not_restored_under_their_sentinels() -> None:
    open_backup(SENTINELS, None, clock=SystemClock(), report=lambda _files: None)
    with pytest.raises(ConfigurationError, match="stop them"):
        restore(SENTINELS)
