"""``copytaster dismiss`` over a store in memory and real folders."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.bootstrap.archive import open_journal
from copytaster.model.delivery import Delivery
from copytaster.model.events import EventKind
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from copytaster_cli.users import user_name
from tests.factories import a_delivery

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    return MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data"), "COPYTASTER_MAX_FILE_BYTES": "1000"})


def refused(dependencies: MemoryDependencies, tmp_path: Path, name: str, content: str = "") -> Delivery:
    """Let a file be refused at the door: empty, or too large."""
    file = tmp_path / name
    file.write_text(content)
    dependencies.clock.advance(seconds=1)
    run(["ingest", str(file)], dependencies)
    dependencies.clock.advance(seconds=1)
    return dependencies.store().ledger.find(DeliveryQuery(limit=1))[0]


def quarantined(dependencies: MemoryDependencies) -> list[str]:
    return sorted(each.name for each in dependencies.settings().quarantine.rglob("*") if each.is_file())


def test_a_dismissed_file_is_gone_with_its_report_and_delivery(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    failed, other = (refused(dependencies, tmp_path, name) for name in ("a.txt", "b.txt"))
    capsys.readouterr()

    before = run(["dismiss", failed.id, "--dry-run"], dependencies), quarantined(dependencies)
    status = run(["dismiss", failed.id, "--by", "Anna"], dependencies)

    assert before == (0, ["a.txt", "a.txt.error.json", "b.txt", "b.txt.error.json"])
    assert (status, quarantined(dependencies)) == (0, ["b.txt", "b.txt.error.json"])
    assert f"a.txt ({failed.id}) was dismissed" in capsys.readouterr().out
    store = dependencies.store()
    assert [each.id for each in store.ledger.find(DeliveryQuery())] == [other.id]
    assert store.ledger.balance().closed
    event = store.events.read(after=None, limit=100)[-1]
    assert (event.kind, event.delivery_ids) == (EventKind.DELIVERY_DISMISSED, (failed.id,))
    assert store.retention.totals().last_removed_why == "by Anna"


def test_a_rebuild_does_not_bring_a_dismissed_file_back(dependencies: MemoryDependencies, tmp_path: Path) -> None:
    failed, other = (refused(dependencies, tmp_path, name) for name in ("a.txt", "b.txt"))
    run(["dismiss", failed.id], dependencies)
    entries = {each.id: each.dismissed_by for each in open_journal(dependencies.settings()).entries(since=None)}
    rebuilt = MemoryDependencies(dependencies.environ)

    run(["replay"], rebuilt)

    assert entries == {failed.id: user_name(dependencies.environ), other.id: None}
    assert [each.id for each in rebuilt.store().ledger.find(DeliveryQuery())] == [other.id]


def test_all_files_of_a_reason_are_dismissed_at_once(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    empty = [refused(dependencies, tmp_path, name) for name in ("a.txt", "b.txt")]
    large = refused(dependencies, tmp_path, "c.txt", "x" * 1001)
    capsys.readouterr()

    status = run(["dismiss", "--reason", "empty", "--json"], dependencies)

    lines = [json.loads(each) for each in capsys.readouterr().out.splitlines()]
    assert status == 0
    assert lines == [{"delivery_id": each.id, "path": each.path, "refusal": None} for each in empty]
    assert [each.id for each in dependencies.store().ledger.find(DeliveryQuery())] == [large.id]


def test_what_did_not_fail_or_was_retried_is_not_dismissed(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    retried = refused(dependencies, tmp_path, "a.txt")
    run(["retry", retried.id], dependencies)
    in_flight = a_delivery(9)
    dependencies.store().ledger.register(in_flight, due_in=timedelta(0), by="test")

    status = run(["dismiss", retried.id, in_flight.id, "d404"], dependencies)

    assert status == 1
    errors = " ".join(capsys.readouterr().err.split())
    for why in ("was retried as", "is still in flight", "there is no delivery d404"):
        assert why in errors
    assert dependencies.store().ledger.get(retried.id)


@pytest.mark.parametrize("arguments", [[], ["d1", "--all"]])
def test_anything_but_one_way_to_choose_is_wrong_use(dependencies: MemoryDependencies, arguments: list[str]) -> None:
    assert run(["dismiss", *arguments], dependencies) == 2
