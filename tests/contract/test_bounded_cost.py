"""Nothing that is read or written for a delivery or a request grows with copies, versions, sources or articles."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from copytaster.articles.removal import remove_article
from copytaster.clock import ManualClock, milliseconds
from copytaster.model.article import ArticleId, ArticleStatus, Duplicate, RelationKind, Ruling, Tag
from copytaster.model.batches import batched
from copytaster.model.delivery import DeliveryId
from copytaster.model.disposition import Disposition
from copytaster.model.metadata import SIDECAR
from copytaster.model.work import EmptyQueues
from copytaster.monitoring.file_lookup import find_deliveries
from copytaster.monitoring.status import read_status
from copytaster.store.cursor import Cursor
from copytaster.store.keys import Keys
from copytaster.store.ports.articles import MOST_EXAMINED, NEWEST_DUPLICATES, ArticleQuery, StatusAt
from copytaster.store.redis.delivery_index import DeliveryIndex
from copytaster.store.redis.earlier_listings import COMPLETE
from copytaster.store.redis.publication_index import PublicationIndex
from copytaster.store.redis.term_index import Edit, TermIndex
from copytaster.store.store import Store
from tests.contract.metered_server import Cost, metered
from tests.factories import START, Desk, a_delivery, a_desk, an_article, an_item, delivery_id, prose

DIGITS = 200
"""Bytes by which two equal pieces of work may differ: numbers and times with more digits."""

LINK = 300
"""Bytes of a link to a copy, at most."""


@pytest.fixture
def store(server_store: Store) -> Store:
    """Give the store on the real server only: the store in memory sends nothing."""
    return server_store


@pytest.fixture
def desk(store: Store, clock: ManualClock) -> Desk:
    return a_desk(store, clock)


def as_cheap(cost: Cost, other: Cost, *, links: int = 0) -> bool:
    """Return whether the work costs at most what the other did, but for links to more copies, and for digits."""
    spare = DIGITS + links * LINK
    return (
        cost.commands <= other.commands and cost.read <= other.read + spare and cost.written <= other.written + DIGITS
    )


def add_clones(client: Redis, desk: Desk, copy: DeliveryId, *, count: int) -> None:
    """Store further copies of a settled delivery, with all index entries and links, at once."""
    links: dict[str, Any] = {f"ct:{{{each}}}:duplicates": b"" for each in desk.record(copy).article_ids}
    for key in links:
        links[key] = client.hget(key, copy) or b""
    record: Any = client.hgetall(f"ct:{{ledger}}:delivery:{copy}")
    indexes = [key for key in client.keys("ct:{ledger}:by:*") if client.zscore(key, copy) is not None]
    pipe = client.pipeline(transaction=False)
    for _ in range(count):
        desk.count += 1
        name = str(delivery_id(desk.count))
        fields = {field: value.replace(copy.encode(), name.encode()) for field, value in record.items()}
        pipe.hset(f"ct:{{ledger}}:delivery:{name}", mapping=fields)
        for key, link in links.items():
            if link:
                pipe.hset(key, name, link.replace(copy.encode(), name.encode()))
        for index in indexes:
            pipe.zadd(index, {name: 0})
    pipe.execute()


def deliver_metered(client: Redis, desk: Desk, content: bytes, **fields: Any) -> tuple[Cost, Disposition | None]:
    with metered(client) as cost:
        delivery = desk.deliver(content, **fields)
        desk.ingest(delivery)
    return cost, desk.record(delivery).disposition


def test_the_two_thousandth_copy_of_a_file_costs_what_the_second_did(client: Redis, desk: Desk) -> None:
    content = b'[{"title": "Harbour reopens", "text": "The harbour reopened on Monday."}]'
    first = desk.deliver(content)
    desk.ingest(first)
    warm = desk.deliver(content)
    desk.ingest(warm)
    second, _ = deliver_metered(client, desk, content)
    add_clones(client, desk, warm, count=NEWEST_DUPLICATES)
    deliver_metered(client, desk, content)  # orders the links
    early, _ = deliver_metered(client, desk, content)
    add_clones(client, desk, warm, count=1_970)
    deliver_metered(client, desk, content)  # orders those that an earlier release has left
    late, disposition = deliver_metered(client, desk, content)

    article = desk.store.articles.get(desk.settled(first).article_ids[0])
    assert article
    assert article.duplicate_count == desk.count - 1 > 1_990
    assert disposition is Disposition.DUPLICATE
    assert as_cheap(late, early)
    assert late.commands <= second.commands + 10  # the order of the links, in the scripts that read and write them
    assert late.read <= second.read + 2 * NEWEST_DUPLICATES * LINK  # the article is read twice
    assert late.written <= second.written + DIGITS


def add_refusals(client: Redis, content: bytes, numbers: range) -> None:
    """Add deliveries of a file to the index, without records."""
    sha256 = hashlib.sha256(content).hexdigest()
    index = DeliveryIndex(client, Keys())
    for part in batched(numbers, 100):
        index.add(a_delivery(number, name="", path="", source=None, sha256=sha256) for number in part)


def test_a_file_that_was_refused_two_thousand_times_costs_what_it_did_at_first(client: Redis, desk: Desk) -> None:
    content = b"[]"
    for _ in range(4):  # so often that its terms are no rare ones, which move once
        desk.ingest(desk.deliver(content))
    add_refusals(client, content, range(100, 200))
    desk.count = 200
    early, disposition = deliver_metered(client, desk, content)
    add_refusals(client, content, range(300, 2_300))
    desk.count = 5_000
    late, _ = deliver_metered(client, desk, content)

    assert disposition is not None
    assert disposition.keeps_file
    assert as_cheap(late, early)


def link(number: int, *, copy: str = "a1") -> Duplicate:
    return Duplicate(
        delivery_id=delivery_id(number),
        kind=RelationKind.NEAR,
        score=0.9,
        name="copy.txt",
        source="wire",
        article_id=ArticleId(copy),
        received_at=START + timedelta(seconds=number),
    )


def with_copies(client: Redis, store: Store, article_id: str, *, count: int) -> None:
    """Store an article with copies as an earlier release stored them."""
    store.articles.create(an_article(article_id), owner=delivery_id(1))
    links = {delivery_id(number): link(number, copy=article_id).model_dump_json() for number in range(2, count + 2)}
    client.hset(f"ct:{{{article_id}}}:duplicates", mapping=links)  # type: ignore[arg-type]  # ids are texts
    store.articles.add_duplicate(ArticleId(article_id), link(count + 2, copy=article_id))


def test_a_page_of_articles_does_not_contain_all_of_their_copies(client: Redis, store: Store) -> None:
    for number in range(5):
        with_copies(client, store, f"a{number}", count=25)
    store.articles.find(ArticleQuery())
    with metered(client) as few:
        store.articles.find(ArticleQuery())
    for number in range(5):
        with_copies(client, store, f"a{number}", count=2_000)
    with metered(client) as many:
        page = store.articles.find(ArticleQuery())

    assert [(len(each.duplicates), each.duplicate_count) for each in page.articles] == [(NEWEST_DUPLICATES, 2_001)] * 5
    assert as_cheap(many, few)


def test_a_page_of_copies_costs_the_same_wherever_it_is(client: Redis, store: Store) -> None:
    with_copies(client, store, "a1", count=2_000)
    article_id = ArticleId("a1")
    store.articles.duplicates(article_id, limit=50)
    with metered(client) as first:
        page = store.articles.duplicates(article_id, limit=50)
    with metered(client) as later:
        last = store.articles.duplicates(article_id, cursor=delivery_id(1_000), limit=50)

    assert page.duplicates[0].delivery_id == delivery_id(2_002)
    assert (last.duplicates[0].delivery_id, last.next_cursor) == (delivery_id(999), delivery_id(950))
    assert as_cheap(later, first)


def test_removing_one_of_many_copies_costs_what_removing_one_of_few_does(client: Redis, store: Store) -> None:
    original = ArticleId("a1")
    store.articles.create(an_article("a1"), owner=delivery_id(1))
    for number in range(2, 30):
        store.articles.add_duplicate(original, link(number, copy=f"a{number}"))
    store.articles.remove_duplicate(original, ArticleId("a5"))
    with metered(client) as few:
        store.articles.remove_duplicate(original, ArticleId("a6"))
    links = {delivery_id(number): link(number, copy=f"a{number}").model_dump_json() for number in range(30, 2_000)}
    client.hset("ct:{a1}:duplicates", mapping=links)  # type: ignore[arg-type]  # ids are texts
    store.articles.get(original)
    with metered(client) as many:
        store.articles.remove_duplicate(original, ArticleId("a1500"))

    article = store.articles.get(original)
    assert article
    assert article.duplicate_count == 1_998 - 3
    assert as_cheap(many, few)
    assert remove_article(original, store, before=None)
    assert client.keys("ct:{a1}*") == []


def seed_listed(client: Redis, store: Store, *, count: int) -> None:
    """Store articles, one a minute, as copies of the record of one; three of four are of another source."""
    first = an_article("a000000", source="desk", received_at=START, published_at=START)
    store.articles.create(first, owner=delivery_id(1))
    # The record as an earlier release wrote it, in which a word can be replaced.
    written = first.model_dump_json(exclude={"version", "duplicates", "duplicate_count"}, exclude_none=True).encode()
    stored: Any = client.hgetall("ct:{a000000}:article")
    record = {name: value for name, value in stored.items() if not name.startswith(b"d:1")}
    pipe, edits, publications = client.pipeline(transaction=False), list[Edit](), PublicationIndex(client, Keys())
    for number in range(1, count):
        name, moment = f"a{number:06}", START + timedelta(minutes=number)
        stamp, time = milliseconds(moment), moment.isoformat()[:19]
        document = written.replace(b"a000000", name.encode())
        source = "wire" if number % 4 else "desk"
        document = document.replace(b"2026-01-01T00:00:00", time.encode()).replace(b"desk", source.encode())
        pipe.hset(f"ct:{{{name}}}:article", mapping=record | {b"document:1": document})
        pipe.zadd("ct:{articles}:by:", {name: stamp})
        edits.append(Edit(Cursor(stamp, ArticleId(name)), frozenset({f"source:{source}"})))
        publications.add([an_article(name, received_at=moment, published_at=moment)], pipe)
    pipe.set("ct:{articles}:days_complete", COMPLETE)
    pipe.execute()
    for part in batched(edits, 100):
        TermIndex(client, Keys()).edit(part)


def test_a_period_costs_the_same_among_few_and_among_many_articles(client: Redis, store: Store) -> None:
    first, last = START + timedelta(hours=10), START + timedelta(hours=20)
    queries = [ArticleQuery(published_from=first, published_to=last, source=source) for source in (None, "desk")]
    seed_listed(client, store, count=1_440)
    costs = []
    for count in (1_440, 1_440, 6_000):  # the first round also loads the scripts
        seed_listed(client, store, count=count)
        with metered(client) as cost:
            pages = [store.articles.find(each) for each in queries]
        costs.append(cost)

        assert [len(page.articles) for page in pages] == [50, 50]
        assert [page.articles[0].id for page in pages] == ["a001200", "a001200"]

    assert as_cheap(costs[2], costs[1])


def a_version(number: int, *, suffix: str = "") -> bytes:
    """Return the file of a version; with another suffix the same version has other bytes."""
    item = an_item(prose(number), guid="urn:x:1", modified_at=(START + timedelta(minutes=number)).isoformat())
    return f"{json.dumps([item])}{suffix}".encode()


def add_versions(desk: Desk, numbers: Iterable[int]) -> None:
    """Add versions of the only article without a delivery."""
    (article,) = desk.store.articles.find(ArticleQuery()).articles
    for number in numbers:
        moment = START + timedelta(minutes=number)
        version = article.model_copy(update={"text": " ".join(prose(number)), "modified_at": moment, "duplicates": ()})
        desk.store.articles.add_version(version, owner=delivery_id(9_000 + number))


def test_the_two_hundredth_version_costs_what_the_third_did(client: Redis, desk: Desk) -> None:
    for number in (1, 2):
        deliver_metered(client, desk, a_version(number))
    deliver_metered(client, desk, a_version(2, suffix=" "))
    copy, _ = deliver_metered(client, desk, a_version(2, suffix="  "))
    early, _ = deliver_metered(client, desk, a_version(3))
    add_versions(desk, range(4, 200))
    late, disposition = deliver_metered(client, desk, a_version(200))
    last, repeated = deliver_metered(client, desk, a_version(2, suffix="   "))

    assert (disposition, repeated) == (Disposition.NEW_VERSION, Disposition.DUPLICATE)
    assert as_cheap(late, early)
    assert as_cheap(last, copy, links=3)  # the article with one copy more is read three times


def test_versions_of_an_earlier_release_are_read_once(client: Redis, desk: Desk) -> None:
    deliver_metered(client, desk, a_version(1))
    add_versions(desk, range(2, 50))
    (key,) = client.keys("ct:{a*}:article")
    fields: Any = client.hkeys(key)
    notes = [each for each in fields if each.split(b":")[0] in {b"by", b"state", b"born", b"noted"}]
    client.hdel(key, *notes)
    first, _ = deliver_metered(client, desk, a_version(2, suffix=" "))
    second, disposition = deliver_metered(client, desk, a_version(2, suffix="  "))

    assert len(notes) > 90
    assert disposition is Disposition.DUPLICATE
    assert second.read < first.read / 4
    assert {*notes} <= {*client.hkeys(key)}


@pytest.mark.parametrize("has_new_bytes", [False, True])
def test_a_feed_that_is_polled_288_times_without_a_change_costs_the_same_each_time(
    client: Redis, desk: Desk, *, has_new_bytes: bool
) -> None:
    """A feed that contains the time of its creation has other bytes each time, and has to be read."""
    content = json.dumps([an_item(prose(number), guid=f"urn:x:{number}") for number in range(3)])

    def poll() -> tuple[Cost, Disposition | None]:
        return deliver_metered(client, desk, f"{content}{' ' * desk.count * has_new_bytes}".encode())

    for _ in range(2):
        poll()
    add_clones(client, desk, delivery_id(2), count=NEWEST_DUPLICATES)
    poll()
    early, _ = poll()
    add_clones(client, desk, delivery_id(2), count=288 - desk.count)
    poll()
    late, disposition = poll()

    assert disposition is Disposition.DUPLICATE
    assert as_cheap(late, early)


def test_the_status_of_a_thousand_sources_costs_what_that_of_some_dozen_does(client: Redis, store: Store) -> None:
    def count(sources: int) -> None:
        pipe = client.pipeline(transaction=False)
        for number in range(sources):
            name = f"source {number:04}"
            pipe.hset("ct:{senders}:counts", mapping={f"is:{name}": 0, f"first:{name}": 7, f"copies:{name}": 7})
            pipe.zadd("ct:{senders}:busiest", {name: -14})
            pipe.lpush(f"ct:{{senders}}:leads:{name}", *[number / 8] * 1_000)
        pipe.execute()

    costs = []
    for sources in (30, 30, 1_000):
        count(sources)
        with metered(client) as cost:
            status = read_status(store, EmptyQueues(), now=START)
        costs.append(cost)

    assert len(status.sources) == 20
    assert as_cheap(costs[2], costs[1])
    assert costs[2].read < 30_000


def test_a_page_of_the_articles_of_a_story_does_not_read_the_others(client: Redis, store: Store) -> None:
    seed_listed(client, store, count=1_000)
    costs = []
    for count in (200, 200, 1_000):
        among = frozenset(ArticleId(f"a{number:06}") for number in range(count))
        with metered(client) as cost:
            page = store.articles.find(ArticleQuery(among=among))
        costs.append(cost)
        assert [page.articles[0].id, page.articles[-1].id] == [f"a{count - 1:06}", f"a{count - 50:06}"]

    assert costs[2].commands <= costs[1].commands
    assert costs[2].read <= costs[1].read + 800 * 30 + DIGITS  # the times of the others


RARE: dict[str, tuple[dict[str, Any], ArticleQuery]] = {
    "tag": ({"tags": (Tag(name="Harbour Desk", rule="harbour", why="made up"),)}, ArticleQuery(tag="harbour desk")),
    "format": ({"format": "pdf"}, ArticleQuery(format="PDF")),
    "canceled": (
        {"status": ArticleStatus.CANCELED},
        ArticleQuery(status=StatusAt(ArticleStatus.CANCELED, START)),
    ),
    "withheld": (
        {"status": ArticleStatus.WITHHELD},
        ArticleQuery(status=StatusAt(ArticleStatus.WITHHELD, START)),
    ),
    "withheld by a rule": (
        {"ruling": Ruling(status=ArticleStatus.WITHHELD, rule="harbour", version="1", why="made up")},
        ArticleQuery(status=StatusAt(ArticleStatus.WITHHELD, START)),
    ),
}
"""What distinguishes a few old articles, and the query for them."""


@pytest.mark.parametrize("rare", RARE)
def test_rare_articles_are_found_at_the_same_cost_however_many_others_came_later(
    client: Redis, store: Store, rare: str
) -> None:
    fields, query = RARE[rare]
    store.articles.sweep(0)
    wanted = [an_article(f"a{number:020x}", received_at=START, **fields) for number in range(3)]
    store.articles.create_many([(each, delivery_id(0)) for each in wanted])
    costs = list[Cost]()
    for first, last in ((0, 10), (10, 3 * MOST_EXAMINED)):
        others = [
            an_article(f"a{number + 100:020x}", received_at=START + timedelta(seconds=number + 1))
            for number in range(first, last)
        ]
        store.articles.create_many([(each, delivery_id(0)) for each in others])
        with metered(client) as cost:
            page = store.articles.find(query)
        costs.append(cost)
        assert sorted(each.id for each in page.articles) == [each.id for each in wanted]
        assert page.next_cursor is None

    assert as_cheap(costs[1], costs[0])


def test_to_look_for_a_sidecar_costs_the_same_however_often_its_name_ends_as_one(client: Redis, store: Store) -> None:
    costs = list[Cost]()
    for often in (2, 100):
        with metered(client) as cost:
            assert find_deliveries("story.txt" + SIDECAR * often, store.ledger) == []
        costs.append(cost)

    assert costs[1].commands <= costs[0].commands
