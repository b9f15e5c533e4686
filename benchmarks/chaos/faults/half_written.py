"""Senders write into the inbox in place, slowly, and some truncate what they wrote and begin anew."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.files import make_texts_and_pages
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.tree import Setup

SETTLE_SECONDS = 1.0

SHORT_PAUSE_SECONDS = 0.2
"""Well below the settling time: plain text does not show whether it is whole, so that its writer must not pause."""

LONG_PAUSE_SECONDS = 1.5
"""Above the settling time: a web page shows where it ends, so that its writer may pause."""

PIECES = 4


def _play(scene: Scene) -> None:
    text = {name: expected.content for name, expected in scene.files.items() if name.endswith(".txt")}
    pages = {name: expected.content for name, expected in scene.files.items() if name not in text}
    inbox = scene.tree.settings.inbox
    writers = [
        threading.Thread(target=_write, args=(inbox, text, SHORT_PAUSE_SECONDS)),
        threading.Thread(target=_write, args=(inbox, pages, LONG_PAUSE_SECONDS)),
    ]
    with scene.fault():
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()


def _write(inbox: Path, files: Mapping[str, bytes], pause: float) -> None:
    """Write the files side by side, piece by piece: half of them with one open file, half opened anew for each piece.

    Every third file is written half, cut to nothing, and written again.
    """
    names = list(files)
    for name in names[::3]:
        (inbox / name).write_bytes(files[name][: len(files[name]) // 2])
    time.sleep(pause)
    open_files = {name: (inbox / name).open("wb", buffering=0) for name in names[::2]}
    for name in names[1::2]:
        (inbox / name).write_bytes(b"")
    for piece in range(PIECES):
        for name, content in files.items():
            part = content[len(content) * piece // PIECES : len(content) * (piece + 1) // PIECES]
            if name in open_files:
                open_files[name].write(part)
            else:
                with (inbox / name).open("ab") as appended:
                    appended.write(part)
        time.sleep(pause)
    for each in open_files.values():
        each.close()


FAULT = Fault(
    name="half-written",
    sentence="files are written in place, piece by piece with pauses, some cut to nothing and begun anew",
    play=_play,
    # An empty file has another waiting time, which must be longer than the pauses too.
    setup=Setup(settings={"SETTLE_SECONDS": str(SETTLE_SECONDS), "EMPTY_SECONDS": "10"}),
    make=make_texts_and_pages,
)
