"""Senders rename their files just when the watcher wants to take them."""

from __future__ import annotations

import time

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene


def _play(scene: Scene) -> None:
    inbox, names = scene.tree.settings.inbox, list(scene.files)
    with scene.fault():
        scene.drop_at_once()
        time.sleep(scene.tree.settings.settle_seconds)
        for name in scene.chance.sample(names, len(names)):
            time.sleep(scene.chance.uniform(0, scene.tree.settings.scan_seconds / len(names)))
            new = f"again-{name}"
            try:
                (inbox / name).rename(inbox / new)
            except FileNotFoundError:  # the watcher has already taken it
                continue
            scene.files[new] = scene.files.pop(name)
    renamed = sum(name.startswith("again-") for name in scene.files)
    scene.notes.append(f"{renamed} renamed in time, {len(names) - renamed} taken before")


FAULT = Fault(
    name="renamed",
    sentence="files are renamed by their sender at the very moment at which they are taken",
    play=_play,
)
