"""A file that kills whoever reads it: a few deaths, then quarantine, and the others pass meanwhile."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from copytaster.model.disposition import Disposition, Reason
from copytaster.model.work import BACKGROUND, FOREGROUND, Work
from copytaster.pipeline.together import MAX_TOGETHER
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.ports.presence import Part

if TYPE_CHECKING:
    from tests.conftest import Waiter
    from tests.integration.conftest import Story, Tree

NEIGHBOURS = 500

MAX_DEATHS = 3


def test_a_poison_file_kills_three_times_at_most_and_its_neighbours_pass(
    tree: Tree, story: Story, wait: Waiter, tmp_path: Path
) -> None:
    deaths = tmp_path / "deaths"
    tree.start(Part.WATCHER)
    for name, queues in (("worker", FOREGROUND), ("background", BACKGROUND)):
        script = str(Path(__file__).with_name("poisoned_worker.py"))
        started = tree.processes.start_part(name, Part.WORKER, tree.environ, script, str(deaths), *queues)
        tree.running[Part.WORKER] = started
        wait(lambda: tree.heartbeat(Part.WORKER), seconds=60)

    tree.drop("wire/poison.txt", f"A story\n\n{story('poison')}\n\nPOISON\n")
    for number in range(NEIGHBOURS):
        tree.drop(f"wire/story-{number}.txt", story(f"story {number}", paragraphs=1))  # short ones are tagged quickly
    wait(lambda: tree.store.ledger.balance().seen == NEIGHBOURS + 1, seconds=120)
    wait(lambda: tree.store.ledger.balance().in_flight == 0, seconds=120)

    balance = tree.store.ledger.balance()
    (poison,) = tree.deliveries("poison.txt")
    assert balance.closed
    assert balance.dispositions[Disposition.STORED] == NEIGHBOURS
    assert (poison.disposition, poison.reason) == (Disposition.QUARANTINED, Reason.ATTEMPTS_EXHAUSTED)
    assert (poison.lane, poison.faults) == (Work.SUSPECT, MAX_DEATHS)
    assert deaths.stat().st_size == MAX_DEATHS
    neighbours = tree.store.ledger.find(DeliveryQuery(disposition=Disposition.STORED, limit=NEIGHBOURS))
    # Those of its message were begun together with it: a second attempt is made at each of them, alone.
    attempts = Counter(each.attempts for each in neighbours)
    assert {each.lane for each in neighbours} == {Work.INGEST}
    assert {*attempts} <= {1, 2}
    assert attempts[2] < MAX_TOGETHER
    assert (tree.settings.quarantine / "wire" / "poison.txt").exists()
