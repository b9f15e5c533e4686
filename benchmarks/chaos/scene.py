"""What a fault plays in: a system at work, files to drop, and a note of when the fault began and ended."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from benchmarks.chaos.clock import JumpingClock
from benchmarks.chaos.proxy import Proxy
from benchmarks.chaos.small_disk import SmallDisk
from benchmarks.chaos.tree import Tree, wait_until
from copytaster.errors import TransientError

T = TypeVar("T")

MIDDLE_SECONDS = 180.0
"""So long the first files may take until some have ended; they take a second or two on an idle machine."""

PAUSE_SECONDS = 0.1
"""Between two looks at whether a part has died, while a fault lasts."""

FILES_A_SECOND = 150
"""About what the system takes in on two cores: random moments are drawn from the time that this gives."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to become of a file: an article of this title, its original being these bytes.

    ``end`` is how the file ended where nothing disturbed, in words that can be compared; None where that is not known.
    """

    title: str
    content: bytes
    end: str | None = None


@dataclass(slots=True, kw_only=True)
class Scene:
    """One run of one fault. ``seconds`` is how long a fault that lasts is to last, ``restarts`` how many there are."""

    tree: Tree
    chance: random.Random
    seconds: float
    restarts: int
    wanted: dict[str, Wanted]
    """By name in the inbox: what has been dropped already, and what is still to be."""

    ended_before: int = 0
    began: float = 0.0
    over: float = 0.0
    notes: list[str] = field(default_factory=list)
    ended_at_start: int = field(init=False)
    _dropped: int = 0

    def __post_init__(self) -> None:
        self.ended_at_start = self._ended()

    @property
    def proxy(self) -> Proxy:
        """The proxy between parts and server; only with a ``Setup`` that asks for one."""
        return _given(self.tree.proxy)

    @property
    def disk(self) -> SmallDisk:
        """The small disk under the archive; only with a ``Setup`` that asks for one."""
        return _given(self.tree.disk)

    @property
    def clock(self) -> JumpingClock:
        """The clock of the parts; only with a ``Setup`` that asks for one."""
        return _given(self.tree.clock)

    @contextmanager
    def fault(self) -> Iterator[None]:
        """Take the block for the fault: it begins now and is over when the block ends."""
        self.ended_before = self._ended() - self.ended_at_start
        self.began = time.monotonic()
        yield
        self.over = time.monotonic()

    @contextmanager
    def in_the_middle(self) -> Iterator[None]:
        """Drop half of the files and take the block for the fault as soon as a random few of them have ended."""
        self.drop_half()
        few = self.chance.randint(1, max(1, len(self.wanted) // 4))
        self.await_ends(few)
        with self.fault():
            yield

    @contextmanager
    def at_any_moment(self) -> Iterator[None]:
        """Drop all files and take the block for the fault at a random moment from then until about their end."""
        self.drop_rest()
        time.sleep(self.chance.uniform(0, self.tree.settings.settle_seconds + len(self.wanted) / FILES_A_SECOND))
        with self.fault():
            yield

    def drop_half(self) -> None:
        """Drop the first half of the files, one after another."""
        self._drop(list(self.wanted)[: len(self.wanted) // 2])

    def drop_rest(self) -> None:
        """Drop what has not been dropped yet, one after another."""
        self.drop_more(len(self.wanted))

    def drop_more(self, count: int) -> None:
        """Drop the next ``count`` files, one after another; fewer where fewer are left."""
        self._drop(list(self.wanted)[self._dropped : self._dropped + count])

    def hand_over(self, count: int) -> dict[str, Wanted]:
        """Return the next ``count`` files, which the fault itself writes."""
        names = list(self.wanted)[self._dropped : self._dropped + count]
        self._dropped += len(names)
        return {name: self.wanted[name] for name in names}

    def drop_at_once(self) -> None:
        """Rename all files into the inbox in as short a time as can be."""
        files = [self.tree.prepare(name, wanted.content) for name, wanted in self.wanted.items()]
        for file in files:
            file.rename(self.tree.settings.inbox / file.name)

    def await_ends(self, count: int) -> bool:
        """Wait until so many files of this run have ended; False when that takes too long."""
        return wait_until(lambda: self._ended() >= self.ended_at_start + count, seconds=MIDDLE_SECONDS)

    def last(self) -> None:
        """Let the fault last for its seconds; parts that die of it are started again."""
        deadline = time.monotonic() + self.seconds
        while time.monotonic() < deadline:
            self.tree.revive()
            time.sleep(PAUSE_SECONDS)

    def _drop(self, names: Iterable[str]) -> None:
        for name in names:
            self.tree.drop(name, self.wanted[name].content)
            self._dropped += 1

    def _ended(self) -> int:
        try:
            return sum(self.tree.store.ledger.balance().dispositions.values())
        except TransientError:
            return 0


def _given(value: T | None) -> T:
    if value is None:
        raise ValueError("the fault's setup does not ask for it")
    return value
