"""``prune`` over a store in memory."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.model.delivery import DeliveryId, Outcome
from copytaster.model.disposition import Disposition
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from tests.factories import an_article

Captured = pytest.CaptureFixture[str]
DAY_SECONDS = 86_400


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    dependencies = MemoryDependencies(
        {"COPYTASTER_DATA": str(tmp_path / "data"), "COPYTASTER_RETENTION_ARTICLES_DAYS": "7"}
    )
    for number in range(250):
        article = an_article(f"a{number}", received_at=dependencies.clock.now())
        dependencies.store().articles.create(article, owner=DeliveryId(f"d{number}"))
    dependencies.clock.advance(seconds=8 * DAY_SECONDS)
    young = an_article("a999", received_at=dependencies.clock.now())
    dependencies.store().articles.create(young, owner=DeliveryId("d999"))
    return dependencies


def test_a_dry_run_counts_and_changes_nothing(dependencies: MemoryDependencies, capsys: Captured) -> None:
    status = run(["prune", "--dry-run"], dependencies)

    assert status == 0
    assert "250 articles, 0 deliveries and 0 originals would be removed" in capsys.readouterr().out
    assert dependencies.store().articles.count() == 251


def test_everything_that_is_too_old_is_removed_at_once(dependencies: MemoryDependencies, capsys: Captured) -> None:
    run(["prune", "--json"], dependencies)

    assert json.loads(capsys.readouterr().out) == {"articles": 250, "deliveries": 0, "originals": 0}
    assert dependencies.store().articles.count() == 1
    run(["status"], dependencies)
    assert "250 articles, 0 deliveries and 0 originals removed" in " ".join(capsys.readouterr().out.split())


def test_after_the_clock_moved_by_days_ages_are_those_of_the_last_run_and_a_note_says_so(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    dependencies.store().retention.note_run()
    dependencies.clock.advance(seconds=400 * DAY_SECONDS)

    status = run(["prune", "--json"], dependencies)

    output = capsys.readouterr()
    assert status == 0
    assert json.loads(output.out)["articles"] == 250
    assert "moved by 400 days" in output.err
    assert dependencies.store().articles.count() == 1


def test_originals_and_the_journal_of_their_day_leave_the_archive(tmp_path: Path, capsys: Captured) -> None:
    dependencies = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})
    store, clock, archive = dependencies.store(), dependencies.clock, tmp_path / "data" / "archive"
    (tmp_path / "story.txt").write_text("A story\n\nWith a text.\n")
    run(["ingest", str(tmp_path / "story.txt")], dependencies)
    (delivery,) = store.ledger.find(DeliveryQuery())
    (original,) = archive.rglob("*.bin")
    os.utime(original, times=(clock.now().timestamp(),) * 2)
    store.ledger.settle(delivery.id, Outcome(disposition=Disposition.STORED), by="test")
    store.epoch.acquire("test", lease=timedelta(minutes=1))
    store.epoch.mark_complete("e1", owner="test", run=store.epoch.read().run, until=clock.now())
    clock.advance(seconds=92 * DAY_SECONDS)
    capsys.readouterr()

    run(["prune", "--json"], dependencies)
    status = run(["archive", "check"], dependencies)

    assert json.loads(capsys.readouterr().out.splitlines()[0]) == {"articles": 0, "deliveries": 1, "originals": 1}
    assert status == 0
    assert [*archive.rglob("*.bin"), *archive.rglob("*.jsonl")] == []
    assert (archive / "expired" / "2026-01-01.json").exists()
