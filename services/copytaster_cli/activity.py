"""What a running system does, as a few lines for the screen: settled deliveries, problems, and a summary.

A burst is reported by counts rather than by a line for each file. Each summary repeats the dashboard's address.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from copytaster.clock import Clock, milliseconds
from copytaster.errors import TransientError
from copytaster.model.article import ArticleId
from copytaster.model.delivery import Delivery
from copytaster.model.disposition import Disposition
from copytaster.model.events import Event, EventKind
from copytaster.model.work import Queues
from copytaster.monitoring.status import read_status
from copytaster.store.readable import undamaged
from copytaster.store.store import Store
from copytaster_cli.rendering.activity import activity_line, count_dispositions, settled_line, summary_line

MAX_LINES = 8
"""Deliveries that get a line in one check; the others are counted."""

MAX_READ = 100
"""Deliveries that are read in one check; the others are counted by their events."""

LINES_PER_SUMMARY = 15
"""Lines after which a summary repeats the address, before it has scrolled away on a small terminal."""

QUIET = timedelta(seconds=60)
"""Time without new lines after which a summary follows them."""

SHOWN = {"files_failed"}
"""Notices that get no line: each failed file has one of its own."""

PROBLEM_INTERVAL = timedelta(seconds=5)
"""Interval between two checks for problems; each makes about twenty round trips."""

REPORTED_FAILURE = 2
"""The number of calls without an answer of the server after which that is reported."""

PAGE = 1_000
"""Events that are read at once."""

FAILED = {Disposition.REJECTED, Disposition.QUARANTINED}


class Activity:
    """Follows the events and the problems of a system.

    ``address`` is the dashboard's. ``unnamed`` are paths of files whose deliveries get no line, because the caller
    reports them.
    """

    def __init__(
        self,
        store: Store,
        queues: Queues,
        clock: Clock,
        *,
        address: str,
        unnamed: Iterable[str] = (),
    ) -> None:
        self._store = store
        self._queues = queues
        self._clock = clock
        self._address = address
        self._unnamed = frozenset(unnamed)
        self.last_event = f"{milliseconds(clock.now())}-0"
        """Id of the last event that was read; ids contain the time in milliseconds, so that this one means now."""
        self._problems = dict[str, str]()
        self._reported = set[str]()
        self._notices = dict[str, str]()
        self._next_problem_check = clock.now()
        self._lines_since_summary = 0
        self._last_line_at = clock.now()
        self._failures = 0

    def lines(self) -> Iterator[str]:
        """Yield the lines about what has happened since the last call.

        While the server does not answer, that is one line, from the second call on: a restart takes less.
        """
        try:
            new = [*self._deliveries(), *self._problem_changes()]
            now = self._clock.now()
            self._lines_since_summary += len(new)
            yield from new
            if new:
                self._last_line_at = now
            if self._summary_is_due(now):
                self._lines_since_summary = 0
                yield self.summary()
            if self._failures >= REPORTED_FAILURE:
                yield activity_line(now, "ready", "the Redis server answers again")
            self._failures = 0
        except TransientError as error:
            self._failures += 1
            if self._failures == REPORTED_FAILURE:
                yield activity_line(self._clock.now(), "problem", str(error))

    def summary(self) -> str:
        """Return the counts of all deliveries, and the dashboard's address. Raises ``TransientError``."""
        return summary_line(self._store.ledger.balance(), self._address)

    def _summary_is_due(self, now: datetime) -> bool:
        is_quiet = now - self._last_line_at >= QUIET
        return self._lines_since_summary >= LINES_PER_SUMMARY or (self._lines_since_summary > 0 and is_quiet)

    def _deliveries(self) -> Iterator[str]:
        settled = [each for each in self._new_events() if each.kind is EventKind.DELIVERY_SETTLED]
        settled.sort(key=lambda each: each.disposition not in FAILED)  # failed ones get lines before others
        read = [each for event in settled[:MAX_READ] if (each := self._delivery(event))]
        deliveries = [each for each in read if each.path not in self._unnamed]
        for delivery in sorted(deliveries[:MAX_LINES], key=lambda each: each.settled_at or each.received_at):
            yield settled_line(delivery, self._title(delivery))
        unnamed = [each.disposition for each in deliveries[MAX_LINES:]]
        unnamed += [each.disposition for each in settled[MAX_READ:]]
        if more := Counter(filter(None, unnamed)):
            yield activity_line(self._clock.now(), "and", f"{more.total()} more: {count_dispositions(more)}")

    def _new_events(self) -> list[Event]:
        events = list[Event]()
        while page := self._store.events.read(after=self.last_event, limit=PAGE):
            events += page
            self.last_event = page[-1].id
        return events

    def _delivery(self, event: Event) -> Delivery | None:
        return self._store.ledger.get(event.delivery_id) if event.delivery_id else None

    def _title(self, delivery: Delivery) -> str | None:
        if delivery.disposition not in {Disposition.STORED, Disposition.NEW_VERSION}:
            return None
        articles = undamaged(map(ArticleId, delivery.article_ids[:1]), self._store.articles.get_many)
        return articles[0].title if articles else None

    def _problem_changes(self) -> Iterator[str]:
        """Yield a line for each new notice, and for each problem that two checks in a row have found: many end soon."""
        now = self._clock.now()
        if now < self._next_problem_check:
            return
        self._next_problem_check = now + PROBLEM_INTERVAL
        status = read_status(self._store, self._queues, now=now)
        problems = {each.code: each.message for each in status.problems}
        notices = {each.code: each.message for each in status.notices if each.code not in SHOWN}
        lasting = (problems.keys() & self._problems.keys()) - self._reported
        yield from (activity_line(now, "problem", problems[code]) for code in sorted(lasting))
        new_notices = notices.keys() - self._notices.keys()
        yield from (activity_line(now, "notice", notices[code]) for code in sorted(new_notices))
        if self._reported and not problems:
            yield activity_line(now, "ready", "the system is ready again")
        self._reported = (self._reported | lasting) & problems.keys()
        self._problems, self._notices = problems, notices
