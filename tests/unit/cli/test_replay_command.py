from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.archive.journal import journal_entry
from copytaster.bootstrap.archive import open_journal
from copytaster.model.work import Work
from copytaster.recovery.rebuild import LEASE
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from tests.factories import START, a_delivery, delivery_id

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    """Give an empty store, and a journal of two deliveries a day apart."""
    dependencies = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})
    for number in (1, 2):
        delivery = a_delivery(number, received_at=START + timedelta(days=number))
        open_journal(dependencies.settings()).append(journal_entry(delivery, None))
    return dependencies


def test_what_is_missing_is_registered_sent_and_counted(dependencies: MemoryDependencies, capsys: Captured) -> None:
    status = run(["replay", "--json"], dependencies)

    found = json.loads(capsys.readouterr().out)
    assert status == 0
    assert found == {"journalled": 2, "known": 0, "registered": 2, "refused": 0, "unsettled": 2}
    assert dependencies.store().ledger.balance().seen == 2
    assert dependencies.publisher.published == [(Work.INGEST, delivery_id(number)) for number in (1, 2)]


def test_a_dry_run_counts_and_changes_nothing(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["replay", "--dry-run"], dependencies) == 0

    assert "2 would be registered" in capsys.readouterr().out
    assert dependencies.store().ledger.balance().seen == 0


def test_older_deliveries_can_be_excluded(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["replay", "--from", "2026-01-03", "--json"], dependencies) == 0

    assert json.loads(capsys.readouterr().out)["registered"] == 1
    assert dependencies.publisher.published == [(Work.INGEST, delivery_id(2))]


def test_waiting_without_workers_prints_a_hint(dependencies: MemoryDependencies, capsys: Captured) -> None:
    status = run(["replay", "--wait"], dependencies)

    printed = capsys.readouterr()
    assert status == 1
    assert "2 registered" in printed.out
    assert "workers" in printed.err


def test_nothing_is_done_while_another_recovery_runs(dependencies: MemoryDependencies, capsys: Captured) -> None:
    dependencies.store().epoch.acquire("watcher", lease=LEASE)

    status = run(["replay"], dependencies)

    assert status == 1
    assert "already" in capsys.readouterr().err
    assert dependencies.store().ledger.balance().seen == 0


def test_a_second_replay_registers_nothing(dependencies: MemoryDependencies, capsys: Captured) -> None:
    run(["replay"], dependencies)
    capsys.readouterr()

    assert run(["replay", "--json"], dependencies) == 0
    assert json.loads(capsys.readouterr().out)["known"] == 2
