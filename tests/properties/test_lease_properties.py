"""Watchers over one inbox whose files stay, in any order, dying at any moment: each state is one delivery."""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.intake.claim import Claim
from copytaster.intake.lease_claims import LEASE, REFRESH_UNTAKEN, LeaseClaims
from copytaster.model.delivery import DeliveryId, new_delivery_id
from copytaster.model.file_state import FileState, state_of

FILES, WATCHERS = 3, 3

ACTIONS = st.one_of(
    st.tuples(st.sampled_from(["look", "take", "record", "release", "go on", "die"]), st.integers(0, WATCHERS - 1)),
    st.tuples(st.sampled_from(["change", "remove"]), st.integers(0, FILES - 1)),
    st.tuples(st.just("wait"), st.integers(1, 40)),
)


@dataclass(frozen=True, slots=True)
class Seen:
    state: FileState


@dataclass(slots=True)
class Member:
    """A watcher as it is between two of its steps; ``recorded`` are claims whose delivery is in the ledger."""

    claims: LeaseClaims
    held: list[Claim] = field(default_factory=list)
    recorded: list[Claim] = field(default_factory=list)


class Team:
    """Several watchers, one folder, one server."""

    def __init__(self, inbox: Path) -> None:
        self.inbox = inbox
        self.clock = ManualClock()
        self.store = memory_store(self.clock)
        self.store.files.open(self.store.epoch.read().run)
        self.deliveries = defaultdict[FileState, set[DeliveryId]](set)
        self.born = 0
        self.members = [self._member() for _ in range(WATCHERS)]
        for number in range(FILES):
            self.change(number)

    def _member(self) -> Member:
        self.born += 1
        return Member(LeaseClaims(self.inbox, self.store.files, self.clock, owner=f"watcher {self.born}"))

    def files(self) -> dict[str, Seen]:
        return {each.name: Seen(state_of(each.lstat())) for each in self.inbox.iterdir()}

    def act(self, action: str, number: int) -> None:
        actions: dict[str, Callable[[int], object]] = {
            "look": self.look,
            "take": self.take,
            "record": self.record,
            "release": self.release,
            "go on": self.go_on,
            "die": self.die,
            "change": self.change,
            "remove": self.remove,
            "wait": lambda seconds: self.clock.advance(seconds=seconds),
        }
        actions[action](number)

    def look(self, number: int) -> None:
        self.members[number].claims.untaken(self.files())

    def take(self, number: int) -> None:
        member = self.members[number]
        for path in self.files():
            if claim := member.claims.take(path, new_delivery_id(self.clock.now())):
                member.held.append(claim)
                return

    def record(self, number: int) -> None:
        """Do what the intake does: read the file, unless it has changed, and record its delivery."""
        member = self.members[number]
        for claim in [member.held.pop()] if member.held else []:
            current = self.files().get(claim.path)
            if current is None or current.state != claim.state:
                return
            with suppress(TransientError):
                claim.confirm()
                self.deliveries[current.state].add(claim.delivery_id)
                member.recorded.append(claim)

    def release(self, number: int) -> None:
        member = self.members[number]
        if member.recorded:
            member.claims.release(member.recorded.pop())

    def go_on(self, number: int) -> None:
        """Begin a round: what was interrupted comes first."""
        member = self.members[number]
        member.held = list(member.claims.pending())
        member.recorded = []

    def die(self, number: int) -> None:
        self.members[number] = self._member()

    def change(self, number: int) -> None:
        self.born += 1
        file = self.inbox / f"{number}.txt"
        file.write_text("story")
        os.utime(file, ns=(self.born, self.born))

    def remove(self, number: int) -> None:
        (self.inbox / f"{number}.txt").unlink(missing_ok=True)

    def finish(self) -> None:
        """Let one watcher that knows nothing do what is left, after all others have died."""
        self.clock.advance(seconds=LEASE.total_seconds())
        self.die(0)
        for _ in range(FILES + 1):
            self.clock.advance(seconds=REFRESH_UNTAKEN.total_seconds())
            for step in (self.look, self.take, self.record, self.release):
                step(0)


def team() -> Iterator[Team]:
    with tempfile.TemporaryDirectory() as folder:
        yield Team(Path(folder))


@settings(max_examples=300)
@given(st.lists(ACTIONS, max_size=60))
def test_each_state_of_a_file_becomes_exactly_one_delivery(actions: list[tuple[str, int]]) -> None:
    for each in team():
        for action, number in actions:
            each.act(action, number)
        each.finish()

        assert {seen.state for seen in each.files().values()} <= each.deliveries.keys()
        assert all(len(ids) == 1 for ids in each.deliveries.values())
