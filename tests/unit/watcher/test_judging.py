from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.clock import ManualClock
from copytaster.errors import ProcessKilledError
from copytaster.model.file_state import FileState, state_of
from copytaster.parsing.sandbox.calls import Call, CallDiedError, CallFaultError, Calls, DirectCalls, Reply
from copytaster_watcher.discovery.scan import FolderScan
from copytaster_watcher.readiness.completeness.content import OpenFile
from copytaster_watcher.readiness.completeness.death_notes import DEATHS, KEPT, NOTE, DeathNotes
from copytaster_watcher.readiness.completeness.judging import (
    LONG_SECONDS,
    SECONDS,
    SHORT_SECONDS,
    SandboxedJudge,
    answer_verdict,
)
from copytaster_watcher.readiness.completeness.patience import Patience, Step, Waits
from copytaster_watcher.readiness.completeness.verdict import DIED, LIKELY, SUSPECT, UNJUDGED, Ending
from copytaster_watcher.readiness.finished import MAX_POSTPONED_ROUNDS, Finished, FinishedFiles
from tests.factories import START, finished_files

OWNER = "watcher@here:1"
WAITS = Waits(settle=timedelta(seconds=2), empty=timedelta(seconds=10), incomplete=timedelta(seconds=600))


class FatalCalls(Calls):
    """Calls that die over files with the word BOMB; ``alive`` makes them answer."""

    def __init__(self) -> None:
        self.alive = False
        self.calls = 0

    def call_each(self, calls: Sequence[Call]) -> list[Reply | None]:
        """Return what a process can have sent before its death: nothing about the other files."""
        self.calls += 1
        fatal = [b"BOMB" in os.pread(each.descriptor, 1_000, 0) and not self.alive for each in calls]
        if True not in fatal:
            return [answer_verdict(*each) for each in calls]
        replies = list[Reply | None]([None] * len(calls))
        replies[fatal.index(True)] = CallDiedError("it needed too much memory")
        return replies


class SlowCalls(Calls):
    """Calls whose answer is that the budget was spent; ``seconds`` are the budgets of the requests."""

    def __init__(self) -> None:
        self.seconds = list[float]()

    def call_each(self, calls: Sequence[Call]) -> list[Reply | None]:
        self.seconds += [json.loads(each.request)[SECONDS] for each in calls]
        return [json.dumps({"ending": Ending.UNSURE, "missing": "an end", "again": True}).encode()] * len(calls)


class Watched:
    """A folder of files and what judges them; ``restart`` is the death and the next start of the watcher."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.inbox = folder / "inbox"
        self.inbox.mkdir()
        self.clock = ManualClock(START)
        self.notes = DeathNotes(folder / "notes", self.clock, owner=OWNER)

    def write(self, name: str, content: str = "A story.\n") -> Path:
        (self.inbox / name).write_text(content)
        return self.inbox / name

    def state(self, name: str) -> FileState:
        return state_of((self.inbox / name).stat())

    def judge(self, calls: Calls, name: str) -> object:
        judge = SandboxedJudge(calls, self.notes)
        return self.judge_with(judge, name)

    def judge_with(self, judge: SandboxedJudge, name: str) -> object:
        descriptor = os.open(self.inbox / name, os.O_RDONLY)
        try:
            (verdict,) = judge([OpenFile(descriptor, name, self.state(name))], limit=1_000)
            return verdict
        finally:
            os.close(descriptor)

    def die(self) -> None:
        """Give up the lock on the notes, as the death of a process does."""
        os.close(self.notes._note)  # there is no other way to die

    def restart(self, owner: str = OWNER) -> None:
        self.notes = DeathNotes(self.folder / "notes", self.clock, owner=owner)

    def finished(self, calls: Calls) -> FinishedFiles:
        files = finished_files(self.inbox, WAITS, self.clock)
        patience = Patience(self.inbox, WAITS, SandboxedJudge(calls, self.notes), max_file_bytes=1_000)
        files._completeness = patience  # the factory has the judge of this process
        return files

    def picked(self, files: FinishedFiles) -> list[Finished]:
        found = FolderScan(self.inbox)()
        quiet = dict.fromkeys(files.listed(found), WAITS.settle)
        return [each for each in files.pick(found, quiet, self.clock.now()) if each]


class RepliesTo(Calls):
    """Calls that all have one reply."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply

    def call_each(self, calls: Sequence[Call]) -> list[Reply | None]:
        return [self.reply] * len(calls)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(tmp_path)
    yield watched
    watched.notes.close()


def test_a_healthy_file_gets_its_verdict_and_leaves_no_note(watched: Watched) -> None:
    watched.write("story.txt")

    assert watched.judge(DirectCalls(answer_verdict), "story.txt") == LIKELY
    assert (watched.folder / "notes" / f"{OWNER}{NOTE}").read_bytes().startswith(b"\0")
    assert list((watched.folder / "notes" / DEATHS).iterdir()) == []


def test_after_two_deaths_of_the_process_a_file_is_a_suspect_and_is_judged_no_more(watched: Watched) -> None:
    watched.write("bomb.txt", "BOMB\n")
    calls = FatalCalls()

    assert [watched.judge(calls, "bomb.txt") for _ in range(3)] == [DIED, SUSPECT, SUSPECT]
    assert calls.calls == 2


def test_a_process_that_died_once_by_accident_leaves_no_trace(watched: Watched) -> None:
    watched.write("story.txt", "BOMB is only a word.\n")
    calls = FatalCalls()
    watched.judge(calls, "story.txt")
    calls.alive = True

    assert watched.judge(calls, "story.txt") == LIKELY
    assert watched.notes.deaths(watched.state("story.txt")) == 0


def test_a_file_that_changes_is_another_file(watched: Watched) -> None:
    watched.write("bomb.txt", "BOMB\n")
    calls = FatalCalls()
    for _ in range(2):
        watched.judge(calls, "bomb.txt")
    watched.write("bomb.txt", "It is harmless now.\n")

    assert watched.judge(calls, "bomb.txt") == LIKELY


def test_the_deaths_of_the_watcher_itself_count_against_the_file_that_it_judged(watched: Watched) -> None:
    watched.write("bomb.txt")
    for _ in range(2):
        with watched.notes.judging([(watched.state("bomb.txt"), "bomb.txt")]):
            watched.die()
            watched.restart()

    assert watched.judge(FatalCalls(), "bomb.txt") == SUSPECT


def test_a_watcher_that_dies_between_two_verdicts_blames_no_file(watched: Watched) -> None:
    watched.write("story.txt")
    watched.judge(DirectCalls(answer_verdict), "story.txt")
    watched.die()
    watched.restart()

    assert watched.notes.deaths(watched.state("story.txt")) == 0


def test_the_note_of_a_watcher_that_lives_is_left_alone(watched: Watched) -> None:
    watched.write("story.txt")
    other = DeathNotes(watched.folder / "notes", watched.clock, owner="watcher@there:2")
    with other.judging([(watched.state("story.txt"), "story.txt")]):
        third = DeathNotes(watched.folder / "notes", watched.clock, owner="watcher@there:3")

    assert third.deaths(watched.state("story.txt")) == 0
    assert third.restart_loop() is None
    third.close()
    other.close()


def test_three_deaths_of_watchers_in_five_minutes_are_a_restart_loop_that_ends_by_itself(watched: Watched) -> None:
    watched.write("bomb.txt")
    loops = []
    for pid in range(2, 5):
        with watched.notes.judging([(watched.state("bomb.txt"), "bomb.txt")]):
            watched.die()
            watched.restart(f"watcher@here:{pid}")
        loops.append(watched.notes.restart_loop())
    watched.clock.advance(seconds=400)

    assert loops[:2] == [None, None]
    assert loops[2] == "watcher@here has died 3 times in the last 5 minutes; the last time it judged bomb.txt"
    assert watched.notes.restart_loop() is None


def test_a_watcher_that_ends_in_an_orderly_way_has_not_died(watched: Watched) -> None:
    for _ in range(4):
        watched.notes.close()
        watched.restart()

    assert watched.notes.restart_loop() is None


def test_old_deaths_are_removed_at_the_next_start(watched: Watched) -> None:
    watched.write("bomb.txt", "BOMB\n")
    watched.judge(FatalCalls(), "bomb.txt")
    death = watched.folder / "notes" / DEATHS / str(watched.state("bomb.txt"))
    old = (watched.clock.now() - KEPT - timedelta(seconds=1)).timestamp()
    os.utime(death, (old, old))
    watched.notes.close()
    watched.restart()

    assert not death.exists()


def test_a_fault_of_the_judge_proves_nothing_about_the_file(watched: Watched) -> None:
    watched.write("story.txt")

    assert watched.judge(RepliesTo(CallFaultError("ZeroDivisionError")), "story.txt") == UNJUDGED


@pytest.mark.parametrize("reply", [b"", b"[]", b"{}", b'{"ending": 9, "missing": null, "again": false}', b"\xff"])
def test_a_reply_that_is_no_verdict_proves_nothing_about_the_file(watched: Watched, reply: bytes) -> None:
    watched.write("story.txt")

    assert watched.judge(RepliesTo(reply), "story.txt") == UNJUDGED


def test_a_process_that_is_killed_from_outside_counts_as_a_death_too(watched: Watched) -> None:
    watched.write("story.txt")

    assert watched.judge(RepliesTo(ProcessKilledError("SIGKILL")), "story.txt") == DIED
    assert watched.notes.deaths(watched.state("story.txt")) == 1


def test_a_bomb_among_files_that_are_judged_together_delays_only_itself(watched: Watched) -> None:
    for name in ("a-story.txt", "c-story.txt", "d-story.txt"):
        watched.write(name)
    watched.write("b-bomb.txt", "BOMB\n")
    files = watched.finished(FatalCalls())

    first = watched.picked(files)
    for each in first:
        (watched.inbox / each.path).unlink()

    assert sorted(each.path for each in first) == ["a-story.txt", "c-story.txt", "d-story.txt"]
    assert watched.notes.deaths(watched.state("b-bomb.txt")) == 1
    assert watched.picked(files) == [Finished("b-bomb.txt", suspect=True)]


@pytest.mark.parametrize(("begun", "killer"), [(0, "a.txt"), (1, "b.txt"), (2, "c.txt"), (None, None)])
def test_a_watcher_that_dies_counts_against_the_file_whose_verdict_had_begun(
    watched: Watched, begun: int | None, killer: str | None
) -> None:
    names = ["a.txt", "b.txt", "c.txt"]
    for name in names:
        watched.write(name)
    states = {watched.state(name): name for name in names}
    with watched.notes.judging(states.items()):
        if begun is not None:
            watched.notes.progress.begin(begun)
        watched.die()
        watched.restart()

    assert [name for state, name in states.items() if watched.notes.deaths(state)] == [killer] * (begun is not None)


def test_a_verdict_that_takes_too_long_gets_more_time_once(watched: Watched) -> None:
    watched.write("large.xml")
    calls = SlowCalls()
    judge = SandboxedJudge(calls, watched.notes)

    again = [getattr(watched.judge_with(judge, "large.xml"), "again", None) for _ in range(2)]

    assert again == [True, False]
    assert calls.seconds == [SHORT_SECONDS, LONG_SECONDS]


def test_a_file_that_kills_its_judge_waits_for_all_others_and_is_then_taken_as_a_suspect(watched: Watched) -> None:
    watched.write("a-bomb.txt", "BOMB\n")
    watched.write("b-bomb.txt", "BOMB again\n")
    watched.write("story.txt")
    files = watched.finished(FatalCalls())

    first = watched.picked(files)
    (watched.inbox / "story.txt").unlink()
    watched.write("later.txt")
    second = watched.picked(files)
    (watched.inbox / "later.txt").unlink()
    last = []
    for _ in range(2):
        last += watched.picked(files)
        (watched.inbox / last[-1].path).unlink()

    assert first == [Finished("story.txt")]
    assert second == [Finished("later.txt")]
    assert sorted(each.path for each in last) == ["a-bomb.txt", "b-bomb.txt"]
    assert all(each.suspect for each in last)


def test_a_file_that_takes_long_gets_its_turn_although_others_keep_coming(watched: Watched) -> None:
    watched.write("bomb.txt", "BOMB\n")
    files = watched.finished(FatalCalls())
    rounds = []
    for number in range(MAX_POSTPONED_ROUNDS + 1):
        story = watched.write(f"story{number}.txt")
        rounds.append([each.path for each in watched.picked(files)])
        story.unlink()

    assert rounds[:-1] == [[f"story{number}.txt"] for number in range(MAX_POSTPONED_ROUNDS)]
    assert rounds[-1] == [f"story{MAX_POSTPONED_ROUNDS}.txt", "bomb.txt"]


def test_after_the_death_of_the_watcher_its_file_waits_for_all_others(watched: Watched) -> None:
    watched.write("a-bomb.txt")
    watched.write("story.txt")
    with watched.notes.judging([(watched.state("a-bomb.txt"), "a-bomb.txt")]):
        watched.die()
        watched.restart()
    files = watched.finished(DirectCalls(answer_verdict))

    first = watched.picked(files)
    (watched.inbox / "story.txt").unlink()

    assert [each.path for each in first] == ["story.txt"]
    assert [each.path for each in watched.picked(files)] == ["a-bomb.txt"]


def test_a_suspect_that_was_taken_in_is_forgotten(watched: Watched) -> None:
    watched.write("bomb.txt", "BOMB\n")
    patience = Patience(watched.inbox, WAITS, SandboxedJudge(FatalCalls(), watched.notes), max_file_bytes=1_000)

    verdict = patience.inspect(watched.inbox / "bomb.txt")
    deaths = watched.notes.deaths(watched.state("bomb.txt"))
    patience.taken(watched.inbox / "bomb.txt")

    assert (verdict, deaths) == (SUSPECT, 2)
    assert watched.notes.deaths(watched.state("bomb.txt")) == 0


def test_a_file_whose_judge_died_once_waits_even_if_it_is_marked_as_finished(watched: Watched) -> None:
    watched.write("bomb.txt", "BOMB\n")
    patience = Patience(watched.inbox, WAITS, SandboxedJudge(FatalCalls(), watched.notes), max_file_bytes=1_000)
    found = FolderScan(watched.inbox)()["bomb.txt"]

    steps = [patience.advise("bomb.txt", found, WAITS.settle, marked=True) for _ in range(2)]

    assert [(each.step, each.suspect) for each in steps] == [(Step.WAIT, False), (Step.TAKE, True)]
