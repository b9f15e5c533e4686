"""The context of a fault: a running system, the files to drop, and the times of the fault."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from benchmarks.chaos.clock import JumpingClock
from benchmarks.chaos.proxy import Proxy
from benchmarks.chaos.small_disk import SmallDisk
from benchmarks.chaos.stories import stories_of
from benchmarks.chaos.tree import Tree, wait_until
from copytaster.errors import TransientError
from copytaster.model.article import ArticleId
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.ports.stories import StoryId

T = TypeVar("T")

MIDDLE_SECONDS = 180.0
"""Timeout for the first deliveries to end; on an idle machine they take a second or two."""

MESSAGE_SECONDS = 30.0
"""Timeout for a message that names the cause of a fault: retries and checks take seconds."""

MESSAGE_LENGTH = 400
"""Part of a log line that a note quotes."""

PAUSE_SECONDS = 0.1
"""Interval of the checks for parts that have died, while a fault lasts."""

FILES_A_SECOND = 150
"""Approximate throughput on two cores, from which the range of random moments is computed."""


@dataclass(frozen=True, slots=True)
class ExpectedFile:
    """A file and its expected result: an article with this title, and an original with these bytes.

    ``end`` is its result without a fault, as a comparable string; None if unknown.
    """

    title: str
    content: bytes
    end: str | None = None


@dataclass(slots=True, kw_only=True)
class Scene:
    """One run of one fault. ``seconds`` is the duration of a fault that lasts, ``restarts`` the number of restarts."""

    tree: Tree
    chance: random.Random
    seconds: float
    restarts: int
    files: dict[str, ExpectedFile]
    """All files by name in the inbox, dropped already or not."""

    ended_before: int = 0
    began: float = 0.0
    over: float = 0.0
    notes: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """What the fault itself found to be wrong, in addition to the results of the files."""

    placed: dict[ArticleId, StoryId] = field(default_factory=dict)
    """Stories of articles before the server lost its data, which must be the same afterwards."""

    ended_at_start: int = field(init=False)
    _dropped: int = 0
    _log_mark: Mapping[Path, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ended_at_start = self._ended()

    @property
    def dropped(self) -> int:
        """The number of files that were dropped so far."""
        return self._dropped

    @property
    def proxy(self) -> Proxy:
        """The proxy between parts and server; only with a ``Setup`` that has one."""
        return _given(self.tree.proxy)

    @property
    def disk(self) -> SmallDisk:
        """The small disk under the archive; only with a ``Setup`` that has one."""
        return _given(self.tree.disk)

    @property
    def clock(self) -> JumpingClock:
        """The clock of the parts; only with a ``Setup`` that has one."""
        return _given(self.tree.clock)

    @contextmanager
    def fault(self) -> Iterator[None]:
        """Record the times of the fault: it lasts as long as the block."""
        self.ended_before = self._ended() - self.ended_at_start
        self.began = time.monotonic()
        self._log_mark = self.tree.logs.mark()
        yield
        self.over = time.monotonic()

    @contextmanager
    def in_the_middle(self) -> Iterator[None]:
        """Drop half of the files and run the block as the fault when a random small number of them have ended."""
        self.drop_half()
        few = self.chance.randint(1, max(1, len(self.files) // 4))
        self.await_ends(few)
        with self.fault():
            yield

    @contextmanager
    def at_any_moment(self) -> Iterator[None]:
        """Drop all files and run the block as the fault at a random moment until about their end."""
        self.drop_rest()
        time.sleep(self.chance.uniform(0, self.tree.settings.settle_seconds + len(self.files) / FILES_A_SECOND))
        with self.fault():
            yield

    def note_stories(self) -> None:
        """Note in which stories the articles are, before the server loses its data."""
        self.placed = stories_of(self.tree, self.article_ids())

    def article_ids(self) -> list[ArticleId]:
        """Return the articles that the files of this run have become so far."""
        ledger = self.tree.store.ledger
        return [
            each for name in self.files for found in ledger.find(DeliveryQuery(name=name)) for each in found.article_ids
        ]

    def drop_half(self) -> None:
        """Drop the first half of the files, one after another."""
        self._drop(list(self.files)[: len(self.files) // 2])

    def drop_rest(self) -> None:
        """Drop the remaining files, one after another."""
        self.drop_more(len(self.files))

    def drop_more(self, count: int) -> None:
        """Drop the next ``count`` files, one after another; or all that remain."""
        self._drop(list(self.files)[self._dropped : self._dropped + count])

    def hand_over(self, count: int) -> dict[str, ExpectedFile]:
        """Return the next ``count`` files, which the fault itself writes."""
        names = list(self.files)[self._dropped : self._dropped + count]
        self._dropped += len(names)
        return {name: self.files[name] for name in names}

    def drop_at_once(self) -> None:
        """Rename all files into the inbox without pauses."""
        prepared = [self.tree.prepare(name, file.content) for name, file in self.files.items()]
        for path in prepared:
            path.rename(self.tree.settings.inbox / path.name)

    def await_ends(self, count: int) -> bool:
        """Wait until ``count`` files of this run have ended; return False after the timeout."""
        return wait_until(lambda: self._ended() >= self.ended_at_start + count, seconds=MIDDLE_SECONDS)

    def last(self) -> None:
        """Wait for the duration of the fault; parts that die are started again."""
        deadline = time.monotonic() + self.seconds
        while time.monotonic() < deadline:
            self.tree.revive()
            time.sleep(PAUSE_SECONDS)

    def new_lines(self, part: str = "") -> list[str]:
        """Return what a part, by default each, has logged since the fault's start; lines begin with the part's name."""
        return [line for line in self.tree.logs.lines_since(self._log_mark) if line.startswith(part)]

    def await_refused_writes(self, *message: str) -> None:
        """Drop the other files while the archive refuses writes, and expect a log line; note how many files wait."""
        self.drop_rest()
        self.last()
        self.expect_message(*message)
        self.notes.append(f"{len(self.tree.remaining())} files waited in the inbox")

    def expect_message(self, *parts: str) -> None:
        """Wait until a log line since the fault's start contains all ``parts``, and note it; without one it is wrong.

        Parts that die meanwhile are started again.
        """

        def find() -> bool:
            self.tree.revive()
            found.extend(line for line in self.new_lines() if all(part in line for part in parts))
            return bool(found)

        found: list[str] = []
        if wait_until(find, seconds=MESSAGE_SECONDS):
            self.notes.append(f"{len(found)} messages such as: {found[0][:MESSAGE_LENGTH]}")
        else:
            self.wrong.append(f"no message names the cause: {', '.join(parts)}")

    def _drop(self, names: Iterable[str]) -> None:
        for name in names:
            self.tree.drop(name, self.files[name].content)
            self._dropped += 1

    def _ended(self) -> int:
        try:
            return sum(self.tree.store.ledger.balance().dispositions.values())
        except TransientError:
            return 0


def _given(value: T | None) -> T:
    if value is None:
        raise ValueError("the fault's setup does not have it")
    return value
