"""Lists the old files that stored articles need, so that a rebuild of an emptied server processes them at any age.

Any number of processes may do this at once: each writes a complete list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from copytaster.archive.old_files import OldFiles
from copytaster.articles.complete_data import complete_data
from copytaster.clock import Clock, Interval
from copytaster.errors import DamagedRecordError, NewerRecordError
from copytaster.model.article import ArticleId
from copytaster.recovery.age_limits import AgeLimits
from copytaster.store.ports.articles import Articles
from copytaster.store.store import Store

PASS_EVERY = timedelta(hours=6)
"""Interval between two passes over all articles, a page in each step. Few of them are so old that they are read."""

MARGIN = timedelta(days=1)
"""Files are listed this long before they are too old for a rebuild: the next list may be some hours away."""


@dataclass(slots=True, kw_only=True)
class OldFilesSearch:
    """Walks over all articles, some in each step, and writes the list at the end of a pass."""

    store: Store
    age_limits: AgeLimits
    clock: Clock
    _passes: Interval = field(default_factory=lambda: Interval(PASS_EVERY))
    _running: Iterator[None] | None = None

    def step(self) -> None:
        """Examine some articles, if a pass is running or due.

        No list is written unless the store's data is complete before and after the pass: an emptied server would need
        nothing. Raises ``TransientError``; a later step begins a new pass.
        """
        running, self._running = self._running or self._next_pass(), None
        for _ in running:
            self._running = running
            return

    def _next_pass(self) -> Iterator[None]:
        now = self.clock.now()
        if not self._passes.is_over(now):
            return
        before = complete_data(self.store)
        if before is None:
            return
        since = self.age_limits.replayed_since(now, emptied=True)
        needed = set[str]()
        if since:
            yield from self._collect(needed, since + MARGIN)
        if complete_data(self.store) == before:
            self._write(needed, now)
            self._passes.has_passed(now)

    def _collect(self, needed: set[str], received_before: datetime) -> Iterator[None]:
        position, is_first = 0, True
        while position or is_first:
            position, ids = self.store.articles.ids(position)
            needed |= _files_of(ids, self.store.articles, received_before)
            is_first = False
            yield

    def _write(self, needed: set[str], now: datetime) -> None:
        known = self.age_limits.old_files.read()
        former = set(known.files) - needed if known else set[str]()
        if known is None or set(known.files) != needed or set(known.former) != former:
            found = OldFiles(at=now, files=tuple(sorted(needed)), former=tuple(sorted(former)))
            self.age_limits.old_files.write(found)


def _files_of(ids: Sequence[ArticleId], articles: Articles, received_before: datetime) -> set[str]:
    """Return the sha256 of the files of the old versions; those that cannot be read are left out."""
    try:
        old = [name for name, at in articles.first_receipts(ids).items() if at < received_before]
        versions = [each for name in old for each in articles.versions(name)]
    except (NewerRecordError, DamagedRecordError):
        if len(ids) == 1:
            return set()
        return {file for each in ids for file in _files_of([each], articles, received_before)}
    return {each.sha256 for each in versions if each.received_at < received_before}
