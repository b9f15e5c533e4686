"""What a page that was read before costs: Python calls are counted, for times say little on a busy machine."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable
from datetime import timedelta

from prometheus_client import CollectorRegistry
from redis import Redis

from copytaster.access.caller import UNKEYED
from copytaster.bootstrap.store import REMEMBERED_ARTICLES, redis_store
from copytaster.clock import ManualClock
from copytaster.model.article import Article, Entity, EntityType, Keyword, Span, Topic
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition
from copytaster.model.work import EmptyQueues
from copytaster.search.search import Search
from copytaster.store.redis.client import connect
from copytaster.store.store import Store
from copytaster_api.article_schemas import ArticleFilters
from copytaster_api.dependencies import ApiDependencies
from copytaster_api.routes.articles import list_articles
from copytaster_api.routes.deliveries import list_deliveries
from copytaster_api.routes.stories import list_stories
from copytaster_api.schemas import DeliveryFilters
from copytaster_api.story_schemas import StoryFilters
from tests.conftest import RealServer
from tests.contract.metered_server import metered
from tests.factories import START, a_delivery, an_article, delivery_id, memory_search, put_into_one_story

ITEMS = 50
"""Items of a page."""

TEXT = "The harbour of Port Hadley opens again. " * 20

WINDOW = timedelta(days=30)

Request = Callable[[ApiDependencies], object]

REQUESTS: dict[str, Request] = {
    "articles": lambda deps: list_articles(deps, ArticleFilters(), UNKEYED),
    "articles of a source": lambda deps: list_articles(deps, ArticleFilters(source="Kestrel"), UNKEYED),
    "a search": lambda deps: list_articles(deps, ArticleFilters(q="harbour"), UNKEYED),
    "deliveries": lambda deps: list_deliveries(deps, DeliveryFilters()),
    "stories": lambda deps: list_stories(deps, StoryFilters()),
}

MOST_CALLS = {"articles": 110, "articles of a source": 100, "a search": 175, "deliveries": 48, "stories": 62}
"""For an item; most of them are in the client library."""

MOST_FIRST_CALLS = {"articles": 230, "a search": 450}
"""For an item that is read for the first time; most of them find the places of labels and words in the texts."""

MOST_COMMANDS = {"articles": 5, "articles of a source": 5, "a search": 5, "deliveries": 2, "stories": 2}
"""For an item, with those inside scripts."""


def publish(store: Store, clock: ManualClock) -> None:
    """Store tagged articles, deliveries of them, and a story of each pair; more than two pages."""
    spans = tuple(Span(start=start, end=start + 7) for start in range(4, 700, 40))
    labels = {
        "topics": (Topic(code="20000763", name="sea transport", score=0.8, why="harbour", spans=spans),),
        "entities": (Entity(name="Port Hadley", type=EntityType.PLACE, count=len(spans), spans=spans),),
        "keywords": (Keyword(term="harbour", score=1.5, spans=spans),),
        "source": "kestrel",
        "text": TEXT,
    }
    articles = list[Article]()
    for number in range(3 * ITEMS):
        at = START + timedelta(minutes=number)
        articles.append(an_article(f"a{number:020x}", received_at=at, **labels))
        store.articles.create(articles[-1], owner=delivery_id(number))
        store.ledger.register(a_delivery(id=delivery_id(number), received_at=at), due_in=None, by="watcher@desk:1")
        outcome = Outcome(disposition=Disposition.STORED, article_ids=(articles[-1].id,))
        store.ledger.settle(delivery_id(number), outcome, by="worker@desk:2")
    for first, second in zip(articles[::2], articles[1::2], strict=True):
        put_into_one_story(store, first, second)
    position = store.articles.sweep(0)
    while position:
        position = store.articles.sweep(position)
    clock.advance(seconds=timedelta(days=1).total_seconds())


def calls_of(request: Request, deps: ApiDependencies) -> int:
    profile = cProfile.Profile()
    profile.runcall(request, deps)
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


def test_a_page_that_is_read_for_the_first_time_makes_no_models(
    server_store: Store, clock: ManualClock, server: RealServer
) -> None:
    publish(server_store, clock)
    calls = dict[str, float]()
    for name in MOST_FIRST_CALLS:
        with connect(server.address, name="reader", reader=True) as reader:
            store = redis_store(reader, clock=clock, window=WINDOW, remembered=REMEMBERED_ARTICLES)
            search = memory_search(server_store, clock=clock)
            deps = ApiDependencies(
                store=store,
                queues=EmptyQueues(),
                clock=clock,
                registry=CollectorRegistry(),
                search=Search(search._index, store),
            )
            REQUESTS["deliveries"](deps)  # connects, and imports what is imported late
            calls[name] = calls_of(REQUESTS[name], deps) / ITEMS

    assert {name: each for name, each in calls.items() if each > MOST_FIRST_CALLS[name]} == {}


def test_a_page_that_was_read_before_is_neither_decoded_nor_written_again(
    server_store: Store, clock: ManualClock, client: Redis, server: RealServer
) -> None:
    publish(server_store, clock)
    reader = connect(server.address, name="reader", reader=True)
    store = redis_store(reader, clock=clock, window=WINDOW, remembered=REMEMBERED_ARTICLES)
    search = memory_search(store, clock=clock)
    deps = ApiDependencies(store=store, queues=EmptyQueues(), clock=clock, registry=CollectorRegistry(), search=search)
    calls, commands = dict[str, float](), dict[str, float]()
    for name, request in REQUESTS.items():
        request(deps)
        calls[name] = calls_of(request, deps) / ITEMS
        with metered(client) as cost:
            request(deps)
        commands[name] = cost.commands / ITEMS

    reader.close()
    assert {name: each for name, each in calls.items() if each > MOST_CALLS[name]} == {}
    assert {name: each for name, each in commands.items() if each > MOST_COMMANDS[name]} == {}
