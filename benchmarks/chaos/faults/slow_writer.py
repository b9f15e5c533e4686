"""Senders write files of every format in place, in many pieces, and pause for longer than a file must be quiet."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.files import make_every_format
from benchmarks.chaos.scene import ExpectedFile, Scene
from benchmarks.chaos.tree import Setup, Tree
from benchmarks.chaos.verdict import Verdict, deliveries_of, find_stuck, is_archived
from copytaster.model.delivery import Delivery

SETTLE_SECONDS = 0.4

PAUSE_SECONDS = 0.6
"""Above the settling time, so that only the content can show that a file is not whole."""

SIDE_BY_SIDE = 200
"""Files written at a time: with more, on a busy disk, a pause would outlast the wait for unfinished text,
which is five settling times.
"""

PIECES = 20

WITHOUT_END = (".txt", ".eml")


def _play(scene: Scene) -> None:
    files = list(scene.files.items())
    with scene.fault():
        for start in range(0, len(files), SIDE_BY_SIDE):
            _write(scene.tree.settings.inbox, files[start : start + SIDE_BY_SIDE])


def _write(inbox: Path, files: Sequence[tuple[str, ExpectedFile]]) -> None:
    for piece in range(PIECES):
        for name, expected in files:
            with (inbox / name).open("ab") as file:
                file.write(_piece(name, expected.content, piece))
        time.sleep(PAUSE_SECONDS)


def _piece(name: str, content: bytes, number: int) -> bytes:
    """Return one of the pieces; they end where they end, as a transfer's blocks do.

    In text without an end mark they end within a word: at the end of a sentence only the habits of its
    writer show that more is to come.
    """
    cuts = [len(content) * each // PIECES for each in (number, number + 1)]
    if name.endswith(WITHOUT_END):
        cuts = [_within_a_word(content, each) for each in cuts]
    return content[cuts[0] : cuts[1]]


def _within_a_word(content: bytes, cut: int) -> int:
    """Return the last place before ``cut`` with a letter on both sides; the ends of the content stay."""
    while 0 < cut < len(content) and not content[cut - 1 : cut + 1].isalpha():
        cut -= 1
    return cut


def _judge(tree: Tree, files: Mapping[str, ExpectedFile], *, stored: int) -> Verdict:
    """Return the verdict on files of which each is to be taken once, and whole, with any disposition."""
    del stored
    found = {name: deliveries_of(tree, name) for name in files}
    return Verdict(
        lost=tuple(
            name for name, expected in files.items() if not found[name] or not is_archived(tree, expected.content)
        ),
        doubled=tuple(name for name in files if len(found[name]) > 1),
        stuck=find_stuck(tree, found, {}),
        balanced=tree.store.ledger.balance().closed,
        wrong=tuple(
            f"{name} was taken with {each.size:,} of its {len(files[name].content):,} bytes"
            for name, deliveries in found.items()
            for each in deliveries
            if not _is_whole(each, files[name])
        ),
    )


def _is_whole(delivery: Delivery, expected: ExpectedFile) -> bool:
    return delivery.sha256 == hashlib.sha256(expected.content).hexdigest()


FAULT = Fault(
    name="slow-writer",
    sentence="files of every format are written in place in 20 pieces, with pauses longer than the settling time",
    play=_play,
    # An empty file has another waiting time, which must be longer than the pauses too.
    setup=Setup(settings={"SETTLE_SECONDS": str(SETTLE_SECONDS), "EMPTY_SECONDS": "10"}),
    make=make_every_format,
    judge=_judge,
)
