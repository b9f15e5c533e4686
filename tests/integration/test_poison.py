"""A file that kills whoever reads it: a few deaths, then quarantine, and the others pass meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from copytaster.disposition import Disposition, Reason
from copytaster.store.ports import Part

if TYPE_CHECKING:
    from tests.conftest import Waiter
    from tests.integration.conftest import Story, Tree

NEIGHBOURS = 100

MOST_DEATHS = 3


def test_a_poison_file_kills_three_times_at_most_and_its_neighbours_pass(
    tree: Tree, story: Story, wait: Waiter, tmp_path: Path
) -> None:
    deaths = tmp_path / "deaths"
    tree.start(Part.WATCHER)
    script = str(Path(__file__).with_name("poisoned_worker.py"))
    tree.running[Part.WORKER] = tree.processes.start("worker", [script, str(deaths)], tree.environ)
    wait(lambda: tree.heartbeat(Part.WORKER), seconds=60)

    tree.drop("wire/poison.txt", f"A story\n\n{story('poison')}\n\nPOISON\n")
    for number in range(NEIGHBOURS):
        tree.drop(f"wire/story-{number}.txt", story(f"story {number}"))
    wait(lambda: tree.store.ledger.balance().seen == NEIGHBOURS + 1, seconds=60)
    wait(lambda: tree.store.ledger.balance().in_flight == 0, seconds=60)

    balance = tree.store.ledger.balance()
    (poison,) = tree.deliveries("poison.txt")
    assert balance.closed
    assert balance.dispositions[Disposition.STORED] == NEIGHBOURS
    assert (poison.disposition, poison.reason) == (Disposition.QUARANTINED, Reason.PARSER_CRASH)
    assert "SIGABRT" in (poison.message or "")
    assert deaths.stat().st_size == MOST_DEATHS
    assert (tree.settings.quarantine / "wire" / "poison.txt").exists()
