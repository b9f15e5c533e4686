"""Lines of the journal change or disappear, and are needed because the server is emptied afterwards."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from redis import Redis

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.faults.damage import closed_damage, open_damage
from benchmarks.chaos.scene import ExpectedFile, Scene
from benchmarks.chaos.tree import Tree
from benchmarks.chaos.verdict import Verdict, judge_distinct
from copytaster.archive.damage import DamageKind
from copytaster.bootstrap.store import redis_address

SHARE = 10
"""One in this many lines is damaged."""

HOUR = 3600
"""The modification time of a damaged file is set back, because the last line of a recent one may be unfinished."""

EXPECTED = "expected-damage.txt"
"""The file of a run with the places of all damage, one a line."""


def _play(scene: Scene) -> None:
    tree = scene.tree
    scene.drop_half()
    scene.await_ends(len(scene.files) // 2)
    tree.command("archive", "check", "--restart")  # from now on a day of the journal never gets fewer entries
    tree.kill("watcher")
    places = [place for file in _files(tree) for place in _damage(file, scene.chance)]
    (tree.settings.data / EXPECTED).write_text("\n".join(places))
    tree.start("watcher")
    scene.drop_rest()
    scene.await_ends(len(scene.files))
    named = tree.command("archive", "check", "--restart").returncode
    repaired = tree.command("archive", "check", "--restart", "--take-in").returncode
    scene.notes.append(f"{len(places)} lines damaged; archive check ended with exit status {named}, then {repaired}")
    with scene.fault(), Redis.from_url(redis_address(tree.settings)) as client:
        scene.note_stories()
        client.flushall()


def _files(tree: Tree) -> list[Path]:
    return sorted((tree.settings.data / "archive" / "journal").rglob("*.jsonl"))


def _damage(file: Path, chance: random.Random) -> list[str]:
    """Change a byte in some lines of a file and delete one line before the last; return the places."""
    lines = file.read_bytes().split(b"\n")
    # Not the last line: if the last lines of a file are deleted, only its originals are found to have no entry.
    numbers = [number for number, line in enumerate(lines, 1) if line][:-1]
    chosen = chance.sample(numbers, max(2, len(numbers) // SHARE)) if len(numbers) > 1 else []
    if not chosen:
        return []
    folder = file.parent.relative_to(file.parents[3])
    deleted, *changed = sorted(chosen, reverse=True)
    for number in changed:
        line = bytearray(lines[number - 1])
        line[chance.randrange(len(line))] ^= 1
        lines[number - 1] = bytes(line)
    del lines[deleted - 1]  # the last of them, so that the numbers of the others stay
    file.write_bytes(b"\n".join(lines))
    changed_at = file.stat().st_mtime - HOUR
    os.utime(file, (changed_at, changed_at))
    return [f"journal/{folder}/{file.name}:{number}" for number in (deleted, *changed)]


def _judge(tree: Tree, files: Mapping[str, ExpectedFile], *, stored: int) -> Verdict:
    """Return the verdict: every article exists once after the rebuild, and each damaged line has a record."""
    named = {each.place for each in closed_damage(tree)}
    expected = (tree.settings.data / EXPECTED).read_text().splitlines()
    wrong = [f"{place}: no record of its damage" for place in expected if place not in named]
    wrong += [
        f"{each.place}: still open as {each.kind}"
        for each in open_damage(tree)
        if each.kind is not DamageKind.ORIGINAL_UNNAMED
    ]
    return replace(judge_distinct(tree, files, stored=stored), wrong=tuple(wrong))


FAULT = Fault(
    name="journal-rot",
    sentence="a tenth of the journal's lines changes or is deleted, and the server is emptied; each damage is named",
    play=_play,
    judge=_judge,
)
