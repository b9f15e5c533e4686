from __future__ import annotations

import os
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.model.file_state import FileState
from copytaster_watcher.discovery.scan import FolderScan
from copytaster_watcher.readiness.completeness.content import OpenFile
from copytaster_watcher.readiness.completeness.judge import judge_file
from copytaster_watcher.readiness.completeness.patience import Advice, Patience, Step, Waits
from copytaster_watcher.readiness.completeness.verdict import Ending, Verdict, early

WAITS = Waits(settle=timedelta(seconds=2), empty=timedelta(seconds=10), incomplete=timedelta(seconds=600))

HALF, WHOLE = "<?xml version='1.0'?><a>text", "<?xml version='1.0'?><a>text</a>"


class Inbox:
    """An inbox with a ``Patience``; ``reads`` counts the files that were judged, ``calls`` how often."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.patience = Patience(folder, WAITS, self, max_file_bytes=10_000)
        self.reads = 0
        self.calls = 0
        self.forgotten = list[FileState]()

    def __call__(self, files: Sequence[OpenFile], *, limit: int) -> list[Verdict | None]:
        self.reads += len(files)
        self.calls += 1
        return [judge_file(each.descriptor, each.name, limit=limit) for each in files]

    def has_killed(self, state: FileState) -> bool:
        del state
        return False

    def forget(self, state: FileState) -> None:
        self.forgotten.append(state)

    def write(self, content: str, name: str = "story") -> None:
        (self.folder / name).write_text(content)

    def advise(self, seconds: float, name: str = "story", *, marked: bool = False) -> Advice:
        found = FolderScan(self.folder)()[name]
        return self.patience.advise(name, found, timedelta(seconds=seconds), marked=marked)

    def steps(self, *seconds: float) -> list[Step]:
        return [self.advise(each).step for each in seconds]


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


def test_a_complete_file_is_taken_at_once_and_read_once(inbox: Inbox) -> None:
    inbox.write(WHOLE)

    assert inbox.steps(2, 3, 60) == [Step.TAKE] * 3
    assert inbox.reads == 1


def test_a_file_that_ends_too_early_waits_and_is_then_given_up(inbox: Inbox) -> None:
    inbox.write(HALF)

    assert inbox.steps(2, 300, 599) == [Step.WAIT] * 3
    assert inbox.advise(600) == Advice(Step.GIVE_UP, "the end tag </a>", certain=True)


def test_a_quiet_file_is_read_again_at_growing_intervals_only(inbox: Inbox) -> None:
    inbox.write(HALF)

    inbox.steps(*range(2, 600))

    assert inbox.reads == 9


def test_content_that_changes_without_a_new_size_or_time_is_noticed_later(inbox: Inbox) -> None:
    inbox.write(HALF + "<b/>")
    before = FolderScan(inbox.folder)()["story"]
    inbox.patience.advise("story", before, timedelta(seconds=2))
    inbox.write(HALF + "</a>")
    os.utime(inbox.folder / "story", ns=(before.modified, before.modified))

    steps = [inbox.patience.advise("story", before, timedelta(seconds=at)).step for at in (3, 4)]

    assert steps == [Step.WAIT, Step.TAKE]


def test_a_possibly_unfinished_file_is_taken_after_a_wait(inbox: Inbox) -> None:
    inbox.write("The ferry came")

    assert inbox.steps(2, 9.9, 10) == [Step.WAIT, Step.WAIT, Step.TAKE]
    assert inbox.reads == 1


def test_a_writer_that_has_paused_gets_three_times_its_pause_where_no_format_proves_the_end(inbox: Inbox) -> None:
    inbox.write("The ferry came")
    inbox.steps(2, 8)
    inbox.write("The ferry came back.")

    assert inbox.steps(2, 10, 23.9, 24) == [Step.WAIT, Step.WAIT, Step.WAIT, Step.TAKE]


def test_a_writer_that_has_paused_gets_no_more_time_where_the_format_proves_the_end(inbox: Inbox) -> None:
    inbox.write(HALF)
    inbox.steps(2, 500)
    inbox.write(WHOLE)

    assert inbox.steps(2) == [Step.TAKE]


def test_the_wait_for_a_pausing_writer_is_limited(inbox: Inbox) -> None:
    inbox.write("The ferry")
    for pause in range(3):
        inbox.steps(9)
        inbox.write(f"The ferry {pause}")
    inbox.patience.forget({"story"})

    assert inbox.steps(26, 27) == [Step.WAIT, Step.TAKE]


def test_a_forgotten_file_is_judged_from_the_beginning(inbox: Inbox) -> None:
    inbox.write("The ferry came")
    inbox.steps(2, 8)
    inbox.patience.forget(set())
    inbox.write("The ferry came back.")

    assert inbox.steps(2) == [Step.TAKE]


def test_an_empty_file_waits_for_its_content(inbox: Inbox) -> None:
    inbox.write("")

    assert inbox.steps(2, 9.9, 10) == [Step.WAIT, Step.WAIT, Step.TAKE]
    assert inbox.reads == 0


def test_a_marked_file_waits_only_if_it_is_certainly_cut(inbox: Inbox) -> None:
    inbox.write("The ferry came", "text")
    inbox.write("", "empty")
    inbox.write(HALF, "half")

    assert inbox.advise(2, "text", marked=True).step is Step.TAKE
    assert inbox.advise(2, "empty", marked=True).step is Step.TAKE
    assert inbox.advise(2, "half", marked=True).step is Step.WAIT


def test_a_file_that_changes_during_the_round_is_not_taken(inbox: Inbox) -> None:
    inbox.write(WHOLE)
    before = FolderScan(inbox.folder)()["story"]
    inbox.write(WHOLE + " ")

    assert inbox.patience.advise("story", before, timedelta(seconds=2)).step is Step.WAIT


def test_links_pipes_and_files_that_are_too_large_are_left_unread_to_the_admission(inbox: Inbox) -> None:
    os.mkfifo(inbox.folder / "pipe")
    (inbox.folder / "link").symlink_to("/dev/zero")
    inbox.write(HALF * 1_000, "large")

    assert {inbox.advise(10, name).step for name in ("pipe", "link", "large")} == {Step.TAKE}
    assert inbox.reads == 0


@contextmanager
def no_descriptors() -> Iterator[None]:
    """Let this process open no further file."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_file_that_cannot_be_opened_for_lack_of_descriptors_waits_and_is_judged_then(inbox: Inbox) -> None:
    inbox.write(HALF)
    found = FolderScan(inbox.folder)()["story"]

    with no_descriptors():
        during = inbox.patience.advise("story", found, timedelta(seconds=2))
        claimed = inbox.patience.inspect(inbox.folder / "story")
    after = inbox.patience.advise("story", found, timedelta(seconds=3))

    assert (during.step, during.certain) == (Step.WAIT, False)
    assert during.missing == "its content, which cannot be read now (Too many open files),"
    assert claimed.ending is Ending.UNSURE
    assert (after.step, after.missing) == (Step.WAIT, "the end tag </a>")


def test_a_claimed_file_is_refused_only_if_it_is_certainly_cut(inbox: Inbox) -> None:
    inbox.write("The ferry came", "text")
    inbox.write(HALF, "half")

    assert inbox.patience.inspect(inbox.folder / "text").ending is Ending.UNSURE
    assert inbox.patience.inspect(inbox.folder / "half") == early("the end tag </a>")


def test_files_that_are_judged_together_are_not_judged_again(inbox: Inbox) -> None:
    names = [f"story{number}" for number in range(5)]
    for name in names:
        inbox.write(WHOLE, name)
    inbox.write("", "empty")
    inbox.write(HALF, "half")
    found = FolderScan(inbox.folder)() | {"gone": FolderScan(inbox.folder)()["half"]}

    inbox.patience.judge(found, dict.fromkeys(found, WAITS.settle))
    inbox.patience.judge(found, dict.fromkeys(found, WAITS.settle))

    assert (inbox.calls, inbox.reads) == (1, 6)
    assert [inbox.advise(2, name).step for name in names] == [Step.TAKE] * 5
    assert inbox.advise(2, "half").missing == "the end tag </a>"
    assert inbox.calls == 1


def test_a_file_that_changes_after_it_was_judged_with_others_waits(inbox: Inbox) -> None:
    inbox.write(WHOLE)
    found = FolderScan(inbox.folder)()
    inbox.patience.judge(found, {"story": WAITS.settle})
    inbox.write(WHOLE + "<b")

    assert inbox.patience.advise("story", found["story"], WAITS.settle).step is Step.WAIT
