"""Senders go on writing after their files have been found, claimed or taken in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import ExpectedFile, Scene
from benchmarks.chaos.tree import Setup, Tree
from benchmarks.chaos.verdict import Verdict, articles_of, deliveries_of, find_stuck, is_archived, is_balanced

BATCH = 400
"""Files written at the same time. Half of them have to be taken in within ``LATE_SECONDS``, which takes 6 s on two idle
cores."""

LATE_SECONDS = 20
"""How long released files are kept, in place of a minute: each batch takes this time.

The writers continue when half of a batch is taken in, and this must be earlier. With 5 seconds, 2,000 files and a
machine with ten times more work than cores, the files were gone before.
"""


def _play(scene: Scene) -> None:
    """Write the first half of each file; add the rest when the files that are closed have been taken in.

    The files in odd places stay open meanwhile, so that the kernel can report their writer. The others have a second
    name outside the inbox, under which they are opened again: nothing shows that a writer will return.
    """
    files, ended = list(scene.files.items()), 0
    with scene.fault():
        for start in range(0, len(files), BATCH):
            batch = files[start : start + BATCH]
            ended += len(batch[::2])
            _write(scene, batch, taken=ended)
            ended += len(batch)
            scene.await_ends(ended)  # before the next batch, whose first half would wait for the rest of this one
    scene.notes.append(f"{len(files[::2])} files were taken in before their writers continued")


def _write(scene: Scene, files: Sequence[tuple[str, ExpectedFile]], *, taken: int) -> None:
    inbox, outside = scene.tree.settings.inbox, scene.tree.settings.data.parent / "outside"
    outside.mkdir(exist_ok=True)
    open_files = [(inbox / name).open("wb") for name, _ in files[1::2]]
    for file, (_, expected) in zip(open_files, files[1::2], strict=True):
        file.write(_parts(expected.content)[0])
        file.flush()
    for name, expected in files[::2]:
        (outside / name).write_bytes(_parts(expected.content)[0])
        (inbox / name).hardlink_to(outside / name)
    scene.await_ends(taken)
    for file, (_, expected) in zip(open_files, files[1::2], strict=True):
        file.write(_parts(expected.content)[1])
        file.close()
    for name, expected in files[::2]:
        _append(outside / name, _parts(expected.content)[1])


def _append(file: Path, content: bytes) -> None:
    with file.open("ab") as writer:
        writer.write(content)


def _parts(content: bytes) -> tuple[bytes, bytes]:
    """Return the content in two parts; the first ends with a sentence, as a whole text does."""
    cut = content.rindex(b".", 0, len(content) * 2 // 3) + 1
    return content[:cut], content[cut:]


def _judge(tree: Tree, files: Mapping[str, ExpectedFile], *, stored: int) -> Verdict:
    """Return the verdict on files that become one article each, with all that their writers wrote in the end."""
    found = {name: deliveries_of(tree, name) for name in files}
    articles = {name: articles_of(tree, deliveries) for name, deliveries in found.items()}
    names = list(files)
    return Verdict(
        lost=tuple(name for name in names if not found[name] or not is_archived(tree, files[name].content)),
        doubled=tuple(
            name
            for number, name in enumerate(names)
            if len({each.id for each in articles[name]}) > 1 or len(found[name]) > (1 if number % 2 else 2)
        ),
        stuck=find_stuck(tree, found, articles),
        balanced=is_balanced(tree, stored + len(files)),
        wrong=tuple(
            f"the article of {name} does not have the text that its writer added"
            for name in names
            if all(each.sha256 != hashlib.sha256(files[name].content).hexdigest() for each in articles[name])
        ),
    )


FAULT = Fault(
    name="late-writer",
    sentence="senders add to their files after these were found, claimed or taken in",
    play=_play,
    setup=Setup(settings={"LATE_SECONDS": str(LATE_SECONDS)}),
    judge=_judge,
)
