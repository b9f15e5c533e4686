from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import ConfigurationError
from copytaster.model.delivery import Delivery, DeliveryId, Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.store.ports.ledger import Ledger
from copytaster_cli.seeds import SeedRun, read_seeds


def seeds_folder(folder: Path, *seeds: dict[str, Any], files: bool = True) -> Path:
    for seed in seeds:
        path = folder / seed["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        if files:
            path.write_text(seed["file"])
    (folder / "manifest.json").write_text(json.dumps({"seeds": seeds}))
    return folder


def seed(file: str, disposition: str = "stored", **more: Any) -> dict[str, Any]:
    return {"file": file, "disposition": disposition, "about": "a sample", "title": "T"} | more


def settle(ledger: Ledger, path: str, disposition: Disposition, reason: Reason | None = None) -> None:
    delivery_id = DeliveryId(f"id-of-{path}")
    delivery = Delivery(
        id=delivery_id,
        name=path.rsplit("/", 1)[-1],
        path=path,
        source=None,
        size=1,
        sha256="0" * 64,
        received_at=ManualClock().now(),
    )
    ledger.register(delivery, due_in=timedelta(seconds=1), by="test")
    ledger.settle(delivery_id, Outcome(disposition=disposition, reason=reason), by="test")


@pytest.fixture
def ledger() -> Ledger:
    return memory_store(ManualClock()).ledger


def test_a_seed_that_follows_another_is_dropped_when_that_one_has_settled(tmp_path: Path, ledger: Ledger) -> None:
    folder = seeds_folder(tmp_path / "seeds", seed("wire/b.txt", "duplicate", of="wire/a.txt"), seed("wire/a.txt"))
    inbox = tmp_path / "inbox"
    run = SeedRun(read_seeds(folder), folder, inbox, ledger)
    steps = run.steps()

    next(steps)
    first = sorted(each.name for each in inbox.rglob("*.txt"))
    settle(ledger, "wire/a.txt", Disposition.STORED)
    while "wire/a.txt" not in run.settled:
        next(steps)
    next(steps)

    assert first == ["a.txt"]
    assert (inbox / "wire" / "b.txt").read_text() == "wire/b.txt"


def test_a_run_ends_when_every_seed_has_settled_and_names_the_surprises(tmp_path: Path, ledger: Ledger) -> None:
    folder = seeds_folder(tmp_path / "seeds", seed("a.txt"), seed("b.txt"), seed("c.txt", "rejected", reason="empty"))
    settle(ledger, "a.txt", Disposition.STORED)
    settle(ledger, "b.txt", Disposition.DUPLICATE)
    settle(ledger, "c.txt", Disposition.REJECTED, Reason.NO_TEXT)
    run = SeedRun(read_seeds(folder), folder, tmp_path / "inbox", ledger)

    for _ in run.steps():
        pass

    assert [each.file for each in run.surprises()] == ["b.txt", "c.txt"]


def test_nothing_half_written_is_ever_seen_under_a_name_that_is_taken(tmp_path: Path, ledger: Ledger) -> None:
    folder = seeds_folder(tmp_path / "seeds", seed("a.txt"))
    run = SeedRun(read_seeds(folder), folder, tmp_path / "inbox", ledger)

    next(run.steps())

    assert [each.name for each in (tmp_path / "inbox").iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    ("seeds", "complaint"),
    [
        ([seed("a.txt", of="b.txt"), seed("b.txt", of="a.txt")], "circular"),
        ([seed("a.txt", of="gone.txt")], "circular"),
        ([seed("a.txt", "swallowed")], "no valid manifest"),
    ],
)
def test_a_wrong_manifest_is_refused(tmp_path: Path, seeds: list[dict[str, Any]], complaint: str) -> None:
    seeds_folder(tmp_path, *seeds)

    with pytest.raises(ConfigurationError, match=complaint):
        read_seeds(tmp_path)


def test_seeds_without_their_files_are_refused(tmp_path: Path) -> None:
    seeds_folder(tmp_path, seed("a.txt"), files=False)

    with pytest.raises(ConfigurationError, match=r"do not exist: a\.txt"):
        read_seeds(tmp_path)


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"manifest\.json"):
        read_seeds(tmp_path)
