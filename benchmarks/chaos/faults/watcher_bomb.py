"""Files kill the process that judges whether they are complete, and one kills the watcher itself."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.chaos.articles import make_article
from benchmarks.chaos.fault import Fault
from benchmarks.chaos.files import POISON, make_texts
from benchmarks.chaos.scene import MIDDLE_SECONDS, ExpectedFile, Scene
from benchmarks.chaos.tree import Setup, wait_until
from benchmarks.chaos.verdict import deliveries_of
from benchmarks.chaos.watch import take_snapshot

WATCHER = Path(__file__).parents[1] / "poisoned_watcher.py"

BOMBS = 5

VENOM = "VENOM"
"""The word that kills ``benchmarks.chaos.poisoned_watcher``."""


def make_bombs(prefix: str, count: int, key: str) -> dict[str, ExpectedFile]:
    """Return texts that kill who judges them, and after them ``count`` plain texts. All are healthy articles."""
    words = [POISON] * BOMBS + [VENOM]
    bombs = {}
    for number, word in enumerate(words):
        article = make_article(f"{key}/bomb/{number}")
        bombs[f"{prefix}-0-{word}-{number}.txt"] = ExpectedFile(article.title, article.content + f"\n{word}\n".encode())
    return bombs | make_texts(prefix, count, key)


def _play(scene: Scene) -> None:
    with scene.fault():
        scene.drop_rest()
    neighbours = len(scene.files) - BOMBS - 1
    _await_ends(scene, neighbours)
    scene.notes.append(f"{neighbours} files had ended {time.monotonic() - scene.over:.1f} s after the last was dropped")
    _await_ends(scene, len(scene.files))
    lanes = {name: [each.lane for each in deliveries_of(scene.tree, name)] for name in scene.files if "-0-" in name}
    scene.notes.append(f"lanes of the bombs: {sorted(lane.value for each in lanes.values() for lane in each)}")


def _await_ends(scene: Scene, count: int) -> None:
    """Wait until so many files have ended, and start the watcher again whenever it has died."""

    def ended() -> bool:
        scene.tree.revive()
        look = take_snapshot(scene.tree)
        return look is not None and look.ended >= scene.ended_at_start + count

    wait_until(ended, seconds=MIDDLE_SECONDS)


FAULT = Fault(
    name="watcher-bomb",
    sentence="files kill the process that judges them or the watcher itself, and the others lie behind them",
    play=_play,
    setup=Setup(scripts={"watcher": WATCHER}),
    make=make_bombs,
)
