"""Files for a system whose servers fail meanwhile, and what has to be true about them afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.errors import TransientError
from copytaster.intake.owner_locks import LOCKS
from copytaster.model.disposition import Disposition
from copytaster.model.work import Work

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import Story, Tree

RECOVERY_SECONDS = 60
"""The promise: within this time after the fault files are processed again."""

IN_THE_MIDDLE = 10
"""Deliveries that have ended when the fault comes."""


class Load:
    """Distinct stories, dropped in two goes."""

    def __init__(self, tree: Tree, story: Story, files: int) -> None:
        self._tree = tree
        self._stories = {f"{number:04}.txt": story(f"story {number}", paragraphs=2) for number in range(files)}
        self._first = files // 2

    def drop_first(self) -> None:
        for name in list(self._stories)[: self._first]:
            self._tree.drop(name, self._stories[name])

    def drop_rest(self) -> None:
        for name in list(self._stories)[self._first :]:
            self._tree.drop(name, self._stories[name])

    def ended(self) -> int | None:
        """Return how many deliveries have ended; None while no server answers."""
        try:
            return self._tree.ended()
        except TransientError:
            return None

    def is_through(self) -> bool:
        """Return whether all work is done and no claim is left: a delivery may end before its claim is released."""
        try:
            balance = self._tree.store.ledger.balance()
            is_done = balance.seen == len(self._stories) and not any(map(self._tree.store.ledger.waiting, Work))
        except TransientError:
            return False
        return is_done and not self._left()

    def _left(self) -> list[Path]:
        return [each for each in self._tree.inbox_files() if each.name not in LOCKS]

    def assert_each_is_stored_once(self) -> None:
        balance = self._tree.store.ledger.balance()
        assert balance.closed
        assert (balance.seen, balance.in_flight) == (len(self._stories), 0)
        assert balance.dispositions[Disposition.STORED] == len(self._stories)
        found = {name: self._tree.deliveries(name) for name in self._stories}
        assert {len(deliveries) for deliveries in found.values()} == {1}
        articles = [self._tree.article_of(each) for (each,) in found.values()]
        assert [each.title for each in articles] == [text.split("\n")[0] for text in self._stories.values()]
        assert self._tree.store.articles.count() == len({each.id for each in articles}) == len(self._stories)
        assert all(each.tagged for each in articles)
        assert self._left() == []
