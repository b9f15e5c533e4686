"""A real watcher over files that cost whoever reads them carelessly much memory or time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import benchmarks.chaos
from benchmarks.hostile.bombs import make_bombs
from benchmarks.hostile.watcher import memory_mib
from copytaster.model.work import Work
from copytaster.monitoring.status import find_notices, find_problems
from copytaster.store.ports.presence import Part

if TYPE_CHECKING:
    from tests.conftest import Waiter
    from tests.integration.conftest import Started, Story, Tree

SECONDS = 60.0

MAX_MIB = 256.0

POISONED = Path(benchmarks.chaos.__file__).parent / "poisoned_watcher.py"


def start_poisoned(tree: Tree) -> Started:
    """Start the watcher that some words kill."""
    return tree.processes.start_part("watcher", Part.WATCHER, tree.environ, str(POISONED))


def codes(tree: Tree) -> set[str]:
    ledger, parts = tree.store.ledger, tree.store.presence.present()
    now = max(each.beat_at for each in parts)
    return {each.code for each in find_problems(parts, ledger, ledger.balance(), (), now=now)} | {
        each.code for each in find_notices(parts, now=now)
    }


def test_bombs_cost_the_watcher_little_and_their_neighbours_nothing(
    tree: Tree, wait: Waiter, story: Story, tmp_path: Path
) -> None:
    bombs = make_bombs(tmp_path / "bombs")
    for file in bombs:
        tree.drop(str(file.relative_to(tmp_path / "bombs")), file.read_bytes())
    for number in range(5):
        tree.drop(f"z-neighbour{number}.txt", story(f"neighbour{number}"))
    tree.drop("laughs/held.txt", story("held"))

    tree.start(Part.WATCHER)
    wait(lambda: all(tree.deliveries(f"z-neighbour{number}.txt") for number in range(5)), seconds=SECONDS)
    wait(lambda: tree.deliveries("bzip2.zip") and tree.deliveries("attribute.xml"), seconds=SECONDS)
    wait(lambda: "files_held" in codes(tree), seconds=SECONDS)

    assert memory_mib(tree.running[Part.WATCHER].pid) < MAX_MIB
    assert tree.running[Part.WATCHER].poll() is None
    assert not tree.deliveries("held.txt")
    assert not list((tree.settings.staging / ".judging" / "deaths").iterdir())


def test_a_file_that_kills_its_judge_twice_is_taken_in_as_a_suspect(tree: Tree, wait: Waiter, story: Story) -> None:
    tree.drop("bomb.txt", story("bomb") + "POISON\n")
    tree.drop("story.txt", story("story"))

    tree.running[Part.WATCHER] = start_poisoned(tree)
    wait(lambda: tree.deliveries("bomb.txt"), seconds=SECONDS)

    assert [each.lane for each in tree.deliveries("bomb.txt")] == [Work.SUSPECT]
    assert [each.lane for each in tree.deliveries("story.txt")] == [Work.INGEST]
    assert tree.store.ledger.waiting(Work.SUSPECT) == 1
    assert tree.running[Part.WATCHER].poll() is None


def test_a_file_that_kills_the_watcher_twice_is_taken_in_by_the_third(tree: Tree, wait: Waiter, story: Story) -> None:
    tree.drop("bomb.txt", story("bomb") + "VENOM\n")

    for _ in range(2):
        assert start_poisoned(tree).wait(SECONDS) == -9
    tree.running[Part.WATCHER] = start_poisoned(tree)
    wait(lambda: tree.deliveries("bomb.txt"), seconds=SECONDS)

    assert [each.lane for each in tree.deliveries("bomb.txt")] == [Work.SUSPECT]


def test_watchers_that_die_again_and_again_are_a_problem_in_the_status(tree: Tree, wait: Waiter) -> None:
    for _ in range(3):
        tree.start(Part.WATCHER)
        tree.kill(Part.WATCHER)
    tree.start(Part.WATCHER)

    wait(lambda: "restart_loop" in codes(tree), seconds=SECONDS)
