"""Originals change on the disk while the system runs, and are read again because the server is emptied."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from itertools import cycle
from pathlib import Path

from redis import Redis

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.faults.damage import closed_damage, open_damage
from benchmarks.chaos.scene import ExpectedFile, Scene
from benchmarks.chaos.tree import Tree
from benchmarks.chaos.verdict import Verdict, articles_of, deliveries_of, judge_distinct
from copytaster.archive.damage import DamageKind
from copytaster.bootstrap.store import redis_address
from copytaster.model.disposition import Disposition, Reason

SHARE = 10
"""One in this many originals is damaged."""

DAMAGED = "damaged"
"""The ``end`` of a file whose original is damaged."""


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _truncate(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def _zero(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


WAYS: tuple[Callable[[Path], None], ...] = (_flip, _truncate, _zero, Path.unlink)


def _play(scene: Scene) -> None:
    half = list(scene.files)[: len(scene.files) // 2]
    scene.drop_half()
    scene.await_ends(len(half))
    damaged = scene.chance.sample(half, max(len(WAYS), len(half) // SHARE))
    with scene.fault(), Redis.from_url(redis_address(scene.tree.settings)) as client:
        for name, way in zip(damaged, cycle(WAYS), strict=False):
            way(_original(scene.tree, scene.files[name].content))
        scene.note_stories()
        client.flushall()
        scene.drop_rest()
        scene.await_ends(len(scene.files))
        _repair(scene, damaged)


def _repair(scene: Scene, damaged: Sequence[str]) -> None:
    """Check the archive, restore the damaged originals as from a backup, and retry their deliveries."""
    tree = scene.tree
    status = tree.command("archive", "check", "--restart").returncode
    scene.notes.append(f"{len(damaged)} originals damaged; archive check ended with exit status {status}")
    for name in damaged:
        tree.archive.put(BytesIO(scene.files[name].content))
        scene.files[name] = replace(scene.files[name], end=DAMAGED)
    for reason in (Reason.ORIGINAL_DAMAGED, Reason.ORIGINAL_MISSING):
        tree.command("retry", "--reason", reason.value, "--wait")
    tree.command("archive", "check", "--restart")


def _original(tree: Tree, content: bytes) -> Path:
    sha256 = hashlib.sha256(content).hexdigest()
    return tree.settings.data / "archive" / sha256[:2] / sha256[2:4] / f"{sha256}.bin"


def _judge(tree: Tree, files: Mapping[str, ExpectedFile], *, stored: int) -> Verdict:
    """Return the verdict: damaged files were quarantined and then stored by a retry, and each damage has a record."""
    damaged = [name for name, each in files.items() if each.end == DAMAGED]
    verdict = judge_distinct(tree, files, stored=stored)
    named = {each.place for each in closed_damage(tree) if each.kind is not DamageKind.ORIGINAL_UNNAMED}
    hashes = {name: hashlib.sha256(files[name].content).hexdigest() for name in damaged}
    wrong = [f"{name}: no record of its damage" for name in damaged if hashes[name] not in named]
    wrong += [f"{each.place}: still open as {each.kind}" for each in open_damage(tree)]
    wrong += [f"{name}: was not quarantined and retried once" for name in damaged if not _is_retried(tree, name)]
    return replace(verdict, doubled=tuple(name for name in verdict.doubled if name not in damaged), wrong=tuple(wrong))


def _is_retried(tree: Tree, name: str) -> bool:
    deliveries = deliveries_of(tree, name)
    ends = sorted(each.disposition or "" for each in deliveries)
    return ends == [Disposition.QUARANTINED, Disposition.STORED] and len(articles_of(tree, deliveries)) == 1


FAULT = Fault(
    name="archive-rot",
    sentence="a tenth of the originals changes on the disk, and the server is emptied; each damage is named",
    play=_play,
    judge=_judge,
)
