"""Files that cannot become articles: each ends with its reason in quarantine, and does not affect other files."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from copytaster.model.delivery import Delivery
from copytaster.model.disposition import Disposition, Reason
from copytaster.quarantine.file_names import report_path
from copytaster.quarantine.port import Report
from copytaster.store.ports.presence import Part

if TYPE_CHECKING:
    from tests.conftest import Waiter
    from tests.integration.conftest import Story, Tree

SECONDS = 30.0

HUGE_BYTES = 200 * 1024 * 1024


def an_empty_file(file: Path) -> None:
    file.touch()


def random_bytes(file: Path) -> None:
    file.write_bytes(random.Random(7).randbytes(4_000))


def a_huge_file(file: Path) -> None:
    file.touch()
    os.truncate(file, HUGE_BYTES)


def a_file_without_read_permission(file: Path) -> None:
    file.write_text("Secret\n\nNobody may read this.\n")
    file.chmod(0)


def a_text_file(file: Path) -> None:
    file.write_text("A fine story\n\nIf only it had a better name.\n")


def a_link(file: Path) -> None:
    file.symlink_to("/etc/hostname")


def a_dangling_link(file: Path) -> None:
    file.symlink_to("nowhere")


def a_pipe(file: Path) -> None:
    os.mkfifo(file)


def a_picture(file: Path) -> None:
    file.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200))


def only_spaces(file: Path) -> None:
    file.write_text(" \n\t\n  \n")


UNDECODABLE = os.fsdecode(b"caf\xe9.txt")

BAD = [
    ("empty.txt", "empty.txt", an_empty_file, Disposition.REJECTED, Reason.EMPTY),
    ("spaces.txt", "spaces.txt", only_spaces, Disposition.REJECTED, Reason.EMPTY),
    ("noise.bin", "noise.bin", random_bytes, Disposition.REJECTED, Reason.UNSUPPORTED_FORMAT),
    ("picture.html", "picture.html", a_picture, Disposition.REJECTED, Reason.UNSUPPORTED_FORMAT),
    ("huge.txt", "huge.txt", a_huge_file, Disposition.REJECTED, Reason.TOO_LARGE),
    ("secret.txt", "secret.txt", a_file_without_read_permission, Disposition.QUARANTINED, Reason.UNREADABLE),
    ("two\nlines.txt", "two\\nlines.txt", a_text_file, Disposition.REJECTED, Reason.BAD_NAME),
    (UNDECODABLE, "caf\\udce9.txt", a_text_file, Disposition.REJECTED, Reason.BAD_NAME),
    ("link.txt", "link.txt", a_link, Disposition.REJECTED, Reason.NOT_A_FILE),
    ("dangling.txt", "dangling.txt", a_dangling_link, Disposition.REJECTED, Reason.NOT_A_FILE),
    ("pipe.txt", "pipe.txt", a_pipe, Disposition.REJECTED, Reason.NOT_A_FILE),
]


def report_in_quarantine(tree: Tree, name: str, delivery: Delivery, wait: Waiter) -> Report:
    """Return the report of a quarantined file, after asserting that the file was moved there."""
    file = tree.settings.quarantine / name
    # The watcher settles a refused delivery before it moves the file.
    wait(lambda: os.path.lexists(file), seconds=SECONDS)
    assert not os.path.lexists(tree.settings.inbox / name)
    report = Report.model_validate_json(report_path(file).read_bytes())
    assert report.delivery_id == delivery.id
    return report


@pytest.mark.parametrize(
    ("name", "shown", "make", "disposition", "reason"),
    BAD,
    ids=[make.__name__ + "-" + shown for _, shown, make, *_ in BAD],
)
def test_a_bad_file_ends_in_quarantine_with_its_reason(  # noqa: PLR0913  # a row of the table
    running: Tree,
    wait: Waiter,
    name: str,
    shown: str,
    make: Callable[[Path], None],
    disposition: Disposition,
    reason: Reason,
) -> None:
    make(running.settings.inbox / name)

    delivery = running.end_of(shown)

    assert (delivery.disposition, delivery.reason) == (disposition, reason)
    assert delivery.message
    report = report_in_quarantine(running, name, delivery, wait)
    assert (report.disposition, report.reason, report.message) == (disposition, reason, delivery.message)
    assert report.advice


def test_a_file_in_quarantine_keeps_every_byte(running: Tree) -> None:
    content = random.Random(8).randbytes(70_000)
    running.drop("desk/keep.bin", content)

    delivery = running.end_of("keep.bin")

    assert delivery.source == "desk"
    assert (running.settings.quarantine / "desk" / "keep.bin").read_bytes() == content


def test_a_second_bad_file_of_the_same_name_does_not_overwrite_the_first(running: Tree, wait: Waiter) -> None:
    first, second = random.Random(9).randbytes(4_000), random.Random(10).randbytes(4_000)

    running.drop("twice.bin", first)
    running.end_of("twice.bin")
    running.drop("twice.bin", second)
    wait(lambda: len(running.deliveries("twice.bin")) == 2, seconds=SECONDS)
    running.end_of("twice.bin")

    assert (running.settings.quarantine / "twice.bin").read_bytes() == first
    assert (running.settings.quarantine / "twice.2.bin").read_bytes() == second


def test_a_repaired_file_moved_back_into_the_inbox_is_stored(running: Tree, story: Story) -> None:
    running.drop("mend.txt", b"")
    running.end_of("mend.txt")
    waiting = running.settings.quarantine / "mend.txt"

    waiting.write_text(story("repaired"))
    waiting.rename(running.settings.inbox / "repaired.txt")

    assert running.end_of("repaired.txt").disposition is Disposition.STORED


def test_good_neighbours_of_bad_files_pass(running: Tree, story: Story) -> None:
    folder = running.settings.inbox / "mixed"
    folder.mkdir()

    for number, (name, _, make, *_) in enumerate(BAD):
        make(folder / f"mixed-{name}")
        running.drop(f"mixed/good-{number}.txt", story(f"good neighbour {number}"))
    good = [running.end_of(f"good-{number}.txt") for number in range(len(BAD))]
    bad = [running.end_of(f"mixed-{shown}") for _, shown, *_ in BAD]

    assert {each.disposition for each in good} == {Disposition.STORED}
    assert all(each.disposition and each.disposition.keeps_file for each in bad)
    assert running.store.ledger.balance().closed


def test_after_all_of_this_the_same_processes_are_at_work(running: Tree, story: Story) -> None:
    for part in (Part.WATCHER, Part.WORKER):
        assert running.running[part].poll() is None
        assert running.heartbeat(part)

    running.drop("last.txt", story("the last"))

    assert running.end_of("last.txt").disposition is Disposition.STORED
