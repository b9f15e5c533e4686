from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from copytaster.article import Article, RelationKind
from copytaster.bootstrap import memory_store
from copytaster.clock import ManualClock
from copytaster.delivery import DeliveryId, DeliveryState
from copytaster.deps import Deps
from copytaster.disposition import Disposition, Reason
from copytaster.errors import PermanentError, RefusedError, TransientError
from copytaster.parsing.parser import Draft, Original
from copytaster.parsing.registry import ParserRegistry, default_parsers
from copytaster.pipeline.ingest import LONGEST_DELAY, ingest
from copytaster.work import Work
from tests.factories import POLICY, START, Desk, a_delivery, a_desk, an_item, prose

WORDS = prose(1)
EDITED = WORDS[:100] + prose(2, count=10)
URL = "https://example.org/story"
EARLY, LATE = "2026-01-01T08:00:00+00:00", "2026-01-01T09:00:00+00:00"


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return a_desk(memory_store(clock), clock)


def test_a_new_text_becomes_an_article_that_is_due_for_tagging(desk: Desk) -> None:
    delivery = desk.deliver_items(an_item(WORDS))

    left = desk.ingest(delivery)

    record = desk.settled(delivery)
    article = desk.store.articles.get(record.article_ids[0])
    assert left == []
    assert (record.disposition, record.relation) == (Disposition.STORED, None)
    assert article
    assert (article.text, article.source, article.sha256) == (" ".join(WORDS), "wire", record.sha256)
    assert article.provenance["source"].from_ == "inbox:folder"
    assert desk.store.ledger.waiting(Work.TAG) == 1
    assert desk.publisher.published == [(Work.TAG, article.id)]


def test_the_same_bytes_again_are_a_copy_though_the_name_differs(desk: Desk) -> None:
    first = desk.deliver_items(an_item(WORDS))
    desk.ingest(first)
    content = json.dumps([an_item(WORDS)]).encode()
    second = desk.deliver(content, path="desk/other.json")

    desk.ingest(second)

    record, original = desk.settled(second), desk.settled(first).article_ids[0]
    article = desk.store.articles.get(original)
    assert record.disposition is Disposition.DUPLICATE
    assert record.relation
    assert (record.relation.kind, record.relation.of, record.article_ids) == (RelationKind.EXACT, original, (original,))
    assert article
    assert [(each.delivery_id, each.name, each.source) for each in article.duplicates] == [
        (second, "other.json", "desk")
    ]
    assert len(desk.publisher.published) == 1


def test_the_same_words_in_other_dress_are_a_copy(desk: Desk) -> None:
    first = desk.deliver_items(an_item(WORDS))
    dressed = an_item([word.upper() + "," for word in WORDS], title="A “made-up” story!")
    second = desk.deliver_items(dressed)

    desk.ingest(first, second)

    assert desk.dispositions([first, second]) == [Disposition.STORED, Disposition.DUPLICATE]
    assert desk.store.articles.count() == 1


def test_an_edited_copy_is_a_near_duplicate_and_is_not_listed(desk: Desk) -> None:
    first, second = desk.deliver_items(an_item(WORDS)), desk.deliver_items(an_item(EDITED))

    desk.ingest(first, second)

    record, original = desk.settled(second), desk.settled(first).article_ids[0]
    article = desk.store.articles.get(original)
    assert record.disposition is Disposition.DUPLICATE
    assert record.relation
    assert (record.relation.kind, record.relation.of) == (RelationKind.NEAR, original)
    assert 0.5 <= record.relation.score < 1
    assert desk.store.articles.count() == 1
    assert article
    assert [(each.delivery_id, each.kind) for each in article.duplicates] == [(second, RelationKind.NEAR)]
    assert desk.store.ledger.waiting(Work.TAG) == 1


def test_other_words_under_the_same_address_are_a_new_version(desk: Desk) -> None:
    first = desk.deliver_items(an_item(WORDS, url=URL, modified_at=EARLY))
    second = desk.deliver_items(an_item(EDITED, url=f"{URL}/?utm_source=x#top", modified_at=LATE))

    desk.ingest(first, second)

    record = desk.settled(second)
    article = desk.store.articles.get(record.article_ids[0])
    assert record.disposition is Disposition.NEW_VERSION
    assert article
    assert (article.version, article.text) == (2, " ".join(EDITED))
    assert article.id == desk.settled(first).article_ids[0]
    assert desk.publisher.published == [(Work.TAG, article.id)] * 2
    assert desk.store.articles.count() == 1


def test_an_old_state_of_a_page_that_comes_again_is_a_copy(desk: Desk) -> None:
    first = desk.deliver_items(an_item(WORDS, url=URL, modified_at=EARLY))
    second = desk.deliver_items(an_item(prose(5), url=URL, modified_at=LATE))
    again = desk.deliver_items(an_item(WORDS, url=URL, modified_at=EARLY, summary="other bytes"))

    desk.ingest(first, second, again)

    article = desk.store.articles.get(desk.settled(first).article_ids[0])
    assert desk.settled(again).disposition is Disposition.DUPLICATE
    assert article
    assert article.text == " ".join(prose(5))


@pytest.mark.parametrize("version", [1, 2])
def test_a_copy_of_any_version_under_another_address_is_a_near_duplicate(desk: Desk, version: int) -> None:
    states = {1: WORDS, 2: prose(5)}
    first = desk.deliver_items(an_item(states[1], url=URL, modified_at=EARLY))
    second = desk.deliver_items(an_item(states[2], url=URL, modified_at=LATE))
    elsewhere = desk.deliver_items(an_item(states[version], url="https://other.example/copy"))

    desk.ingest(first, second, elsewhere)

    record = desk.settled(elsewhere)
    assert record.disposition is Disposition.DUPLICATE
    assert record.relation
    assert record.relation.of == desk.settled(first).article_ids[0]


def test_a_file_with_several_items_ends_as_the_best_of_them(desk: Desk) -> None:
    known = desk.deliver_items(an_item(WORDS))
    feed = desk.deliver_items(an_item(WORDS), an_item(prose(7)), an_item(prose(8)))
    copies = desk.deliver_items(an_item(prose(7), summary="other bytes"), an_item(prose(8)))

    desk.ingest(known, feed, copies)

    record = desk.settled(feed)
    assert desk.dispositions([feed, copies]) == [Disposition.STORED, Disposition.DUPLICATE]
    assert len(record.article_ids) == 3
    assert desk.store.articles.count() == 3
    assert desk.store.ledger.waiting(Work.TAG) == 3


@dataclass(slots=True)
class RaisingParser:
    """Fails on files that hold its mark, as often as it is told to."""

    error: Exception
    times: int = 1_000
    format: str = "json"

    def score(self, original: Original) -> float:
        """Be sure of everything."""
        del original
        return 1.0

    def parse(self, original: Original) -> list[Draft]:
        """Raise for the mark, else return a draft of the words."""
        words = original.content.decode()
        if "MARK" in words and self.times:
            self.times -= 1
            raise self.error
        return [Draft(title="A story", text=words, format="json", charset="utf-8")]


class FaultyRegistry(ParserRegistry):
    """A registry with a fault of its own, past the guard around parsers."""

    def __init__(self, parser: RaisingParser) -> None:
        self._parser = parser
        super().__init__([parser])

    def choose(self, original: Original) -> RaisingParser:
        """Return the only parser."""
        del original
        return self._parser

    def parse(self, original: Original) -> Any:
        """Parse unguarded."""
        self._parser.parse(original)
        return super().parse(original)


def faulty(desk: Desk, error: Exception, *, times: int = 1_000) -> Deps:
    return replace(desk.deps, parsers=FaultyRegistry(RaisingParser(error, times)))


def test_a_refused_file_is_rejected_and_lies_in_quarantine(desk: Desk) -> None:
    deps = replace(desk.deps, parsers=default_parsers())
    delivery = desk.deliver(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(range(256)), path="wire/report.pdf")

    desk.ingest(delivery, deps=deps)

    record = desk.settled(delivery)
    assert (record.disposition, record.reason) == (Disposition.REJECTED, Reason.UNSUPPORTED_FORMAT)
    assert desk.quarantine.reports["wire/report.pdf"].delivery_id == delivery
    assert desk.publisher.published == []


@pytest.mark.parametrize(
    ("error", "disposition"),
    [
        (RefusedError(Reason.NO_TEXT, "no article"), Disposition.REJECTED),
        (PermanentError(Reason.PARSE_FAILED, "broken"), Disposition.QUARANTINED),
    ],
)
def test_a_permanent_error_ends_the_delivery_at_the_first_attempt(
    desk: Desk, error: PermanentError, disposition: Disposition
) -> None:
    delivery = desk.deliver(b"MARK")

    desk.ingest(delivery, deps=faulty(desk, error))

    record = desk.settled(delivery)
    assert (record.disposition, record.reason, record.message) == (disposition, error.reason, error.message)
    assert record.attempts == 1
    assert desk.quarantine.reports["wire/story.json"].message == error.message


def test_a_transient_error_postpones_with_a_growing_delay_until_attempts_are_exhausted(desk: Desk) -> None:
    delivery = desk.deliver(b"MARK")
    deps = faulty(desk, TransientError("the disk is away"))
    delays = []

    for _ in range(POLICY.max_attempts):
        desk.ingest(delivery, deps=deps)
        record = desk.record(delivery)
        assert record.due_at
        delays.append((record.due_at - desk.clock.now()).total_seconds())
    desk.ingest(delivery, deps=deps)

    record = desk.settled(delivery)
    assert delays == [5, 10, 20]
    assert (record.disposition, record.reason) == (Disposition.QUARANTINED, Reason.ATTEMPTS_EXHAUSTED)
    assert sum("the disk is away" in each.what for each in record.timeline) == 3
    assert desk.store.ledger.waiting(Work.INGEST) == 0


@pytest.mark.parametrize("error", [ZeroDivisionError("a fault of ours"), MemoryError(), RecursionError("deep")])
def test_an_unforeseen_fault_does_not_stop_the_neighbours(desk: Desk, error: Exception) -> None:
    before, bad, after = desk.deliver(b"one two"), desk.deliver(b"MARK"), desk.deliver(b"three four")

    desk.ingest(before, bad, after, deps=faulty(desk, error, times=1))

    assert desk.dispositions([before, bad, after]) == [Disposition.STORED, None, Disposition.STORED]
    assert desk.record(bad).state is DeliveryState.WAITING
    assert type(error).__name__ in desk.record(bad).timeline[-1].what
    desk.ingest(bad, deps=faulty(desk, error, times=0))
    assert desk.settled(bad).disposition is Disposition.STORED


class AwayQuarantine:
    """A quarantine whose disk is full."""

    def keep_content(self, *_: Any, **__: Any) -> None:
        """Fail."""
        raise TransientError("the quarantine's disk is full")

    keep_file = keep_content


def test_a_quarantine_that_is_away_for_days_keeps_the_delivery_waiting(desk: Desk) -> None:
    """Attempts go on being counted; the delay stays bounded and nothing breaks."""
    delivery, neighbour = desk.deliver(b"MARK"), desk.deliver(b"one two")
    away = replace(faulty(desk, PermanentError(Reason.PARSE_FAILED, "broken")), quarantine=AwayQuarantine())

    for _ in range(100):
        desk.ingest(delivery, deps=away)
    record = desk.record(delivery)
    desk.ingest(delivery, neighbour, deps=away)
    desk.ingest(delivery, deps=replace(away, quarantine=desk.quarantine))

    assert record.due_at == desk.clock.now() + LONGEST_DELAY
    assert desk.settled(delivery).disposition is Disposition.QUARANTINED
    assert desk.settled(neighbour).disposition is Disposition.STORED


def test_an_original_that_is_missing_quarantines_its_delivery_without_a_file(desk: Desk) -> None:
    lost = a_delivery(90, sha256="0" * 64, path="wire/lost.txt")
    unread = a_delivery(91, sha256=None, path="wire/unread.txt")
    for each in (lost, unread):
        desk.store.ledger.register(each, due_in=timedelta(0), by="watcher@test:1")

    desk.ingest(lost.id, unread.id)

    assert {desk.settled(each.id).reason for each in (lost, unread)} == {Reason.ORIGINAL_MISSING}
    assert desk.quarantine.reports == {}


def test_an_original_lost_between_attempts_does_not_keep_its_delivery_in_flight(desk: Desk) -> None:
    lost = a_delivery(90, sha256="0" * 64)
    desk.store.ledger.register(lost, due_in=timedelta(0), by="watcher@test:1")
    for number in range(POLICY.max_attempts):
        desk.store.ledger.begin(lost.id, owner=f"killed{number}", lease=timedelta(seconds=1))
        desk.clock.advance(seconds=1)

    desk.ingest(lost.id)

    assert desk.settled(lost.id).reason is Reason.ATTEMPTS_EXHAUSTED


def test_a_batch_that_runs_out_of_time_returns_the_rest_unbegun(desk: Desk) -> None:
    ids = [desk.deliver_items(an_item(prose(seed))) for seed in range(4)]

    class SlowParsers(ParserRegistry):
        """Takes ten seconds a file."""

        def parse(self, original: Original) -> Any:
            """Parse slowly."""
            desk.clock.advance(seconds=10)
            return desk.deps.parsers.parse(original)

    deps = replace(desk.deps, parsers=SlowParsers([]))
    left = ingest(ids, deps=deps, until=START + timedelta(seconds=15))

    assert left == ids[2:]
    assert desk.dispositions(ids) == [Disposition.STORED, Disposition.STORED, None, None]
    assert [desk.record(DeliveryId(each)).attempts for each in left] == [0, 0]


def test_what_another_worker_has_is_left_to_it(desk: Desk) -> None:
    delivery = desk.deliver_items(an_item(WORDS))
    desk.store.ledger.begin(delivery, owner="another", lease=timedelta(seconds=20))

    desk.ingest(delivery, DeliveryId("dunknown"))

    assert desk.record(delivery).attempts == 1
    assert desk.dispositions([delivery]) == [None]


class AwayPublisher:
    """A broker that is away."""

    def publish(self, work: Work, ids: object) -> None:
        """Fail."""
        raise TransientError(f"the broker takes no {work} of {ids}")


def test_a_broker_that_is_away_costs_no_delivery_its_end(desk: Desk) -> None:
    delivery = desk.deliver_items(an_item(WORDS))

    desk.ingest(delivery, deps=replace(desk.deps, publisher=AwayPublisher()))

    assert desk.settled(delivery).disposition is Disposition.STORED
    assert desk.store.ledger.overdue(Work.TAG, by=timedelta(0)) == 1


class KilledError(BaseException):
    """Stands for `kill -9`: nothing in the program can catch it."""


class Mortal:
    """A port at which the process dies: before its call of a given number, or after it, before the answer is used."""

    def __init__(self, port: Any, calls: itertools.count[int], dies_at: int, *, after: bool) -> None:
        self._port, self._calls, self._dies_at, self._after = port, calls, dies_at, after

    def __getattr__(self, name: str) -> Any:
        """Return the port's method with death in it."""
        real = getattr(self._port, name)

        def call(*arguments: Any, **named: Any) -> Any:
            fatal = next(self._calls) == self._dies_at
            if fatal and not self._after:
                raise KilledError
            answer = real(*arguments, **named)
            if fatal:
                raise KilledError
            return answer

        return call


def mortal(desk: Desk, dies_at: int, *, after: bool) -> Deps:
    calls = itertools.count()
    store: Any = {
        name: Mortal(getattr(desk.store, name), calls, dies_at, after=after) for name in ("ledger", "articles", "near")
    }
    others: Any = {
        name: Mortal(getattr(desk.deps, name), calls, dies_at, after=after) for name in ("archive", "quarantine")
    }
    return replace(desk.deps, store=replace(desk.store, **store), **others)


STORIES: dict[str, tuple[list[dict[str, Any]], dict[str, Any], Disposition]] = {
    "new": ([], an_item(WORDS), Disposition.STORED),
    "copy": ([an_item(WORDS, url=URL)], an_item(WORDS, url=URL, summary="other bytes"), Disposition.DUPLICATE),
    "near": ([an_item(WORDS)], an_item(EDITED), Disposition.DUPLICATE),
    "update": (
        [an_item(WORDS, url=URL, modified_at=EARLY)],
        an_item(prose(5), url=URL, modified_at=LATE),
        Disposition.NEW_VERSION,
    ),
    "refused": ([], {"title": "no text"}, Disposition.QUARANTINED),
}


def outcome_of(desk: Desk, delivery: DeliveryId) -> tuple[Any, ...]:
    """Return what the store says in the end, without times and attempts."""
    record = desk.settled(delivery)
    articles: list[Article] = [each for one in record.article_ids for each in desk.store.articles.versions(one)]
    assert desk.store.ledger.balance().closed
    return record.disposition, record.relation, record.article_ids, articles, sorted(desk.quarantine.reports)


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_call_and_delivered_again_it_ends_as_if_undisturbed(*, story: str, after: bool) -> None:
    earlier, item, expected = STORIES[story]

    def run(dies_at: int) -> tuple[bool, tuple[Any, ...]]:
        clock = ManualClock()
        desk = a_desk(memory_store(clock), clock)
        desk.ingest(*(desk.deliver_items(each) for each in earlier))
        delivery, survived = desk.deliver_items(item), True
        try:
            desk.ingest(delivery, deps=mortal(desk, dies_at, after=after))
        except KilledError:
            survived = False
        clock.advance(seconds=POLICY.lease.total_seconds())
        desk.ingest(delivery)
        return survived, outcome_of(desk, delivery)

    undisturbed = run(dies_at=-1)
    assert undisturbed[1][0] is expected
    for dies_at in itertools.count():
        survived, outcome = run(dies_at)
        assert outcome == undisturbed[1], f"killed at call {dies_at}"
        if survived:
            assert dies_at >= 4
            break


def test_a_copy_that_overtakes_an_interrupted_original_does_not_make_it_a_duplicate(desk: Desk) -> None:
    original = desk.deliver_items(an_item(WORDS, url=URL, modified_at=EARLY))
    update = desk.deliver_items(an_item(prose(5), url=URL, modified_at=LATE))
    copy = desk.deliver_items(an_item(WORDS, url=URL, modified_at=EARLY))
    store: Any = replace(
        desk.store, ledger=Mortal(desk.store.ledger, itertools.count(), 4, after=False)
    )  # begin, get, two looks for the bytes, then the end

    with pytest.raises(KilledError):
        desk.ingest(original, deps=replace(desk.deps, store=store))
    desk.ingest(copy, update)
    desk.clock.advance(seconds=POLICY.lease.total_seconds())
    desk.ingest(original)

    assert desk.dispositions([original, update, copy]) == [
        Disposition.STORED,
        Disposition.NEW_VERSION,
        Disposition.DUPLICATE,
    ]
