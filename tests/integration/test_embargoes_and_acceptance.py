"""Changes of articles without a further file, in real processes: embargoes end, people accept and release articles."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import redis

from copytaster.articles.releases import ReleaseRequest
from copytaster.bootstrap.articles import open_acceptance, open_releases
from copytaster.clock import SystemClock
from copytaster.model.article import ArticleStatus
from copytaster.model.delivery import Delivery
from copytaster.model.disposition import Disposition
from copytaster.model.events import EventKind
from copytaster.stories.reading import read_story

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter
    from tests.integration.conftest import Story, Tree

TREE_SETTINGS = {"SIDECAR_SECONDS": "3"}

EMBARGO = timedelta(seconds=4)
"""Long enough for the file to be stored before it ends."""

SECONDS = 30.0


def test_an_embargo_ends_by_itself(running: Tree, story: Story, wait: Waiter) -> None:
    until = datetime.now(UTC) + EMBARGO
    running.drop("wire/budget.txt", story("budget"))
    running.drop("wire/budget.txt.meta.json", json.dumps({"embargoed_until": until.isoformat()}))
    record = running.end_of("budget.txt")

    def released() -> list[datetime]:
        events = running.store.events.read(after=None, limit=1_000)
        return [each.at for each in events if each.kind is EventKind.ARTICLE_RELEASED]

    release_events = wait(released, seconds=SECONDS)

    whole = running.store.ledger.get(record.id)
    assert whole
    assert whole.timeline[-1].what == f"the embargo of {record.article_ids[0]} is over: released"
    assert len(release_events) == 1
    assert release_events[0] >= until


def story_with_both(running: Tree, first: Delivery, second: Delivery, wait: Waiter) -> tuple[str, list[str]]:
    """Return the story of two articles, and those of its members, as soon as both are placed."""
    stories, both = running.store.stories, [*first.article_ids, *second.article_ids]
    wait(lambda: len(stories.ids(both)) == len(both), seconds=SECONDS)
    (story_id,) = set(stories.ids(both).values())
    story = read_story(story_id, running.store, now=SystemClock().now())
    assert story
    return story.id, [each.article_id for each in story.members if each.article_id in both]


def test_an_accepted_copy_and_its_story_are_restored_after_the_server_was_emptied(
    running: Tree, story: Story, module_server: RealServer, wait: Waiter
) -> None:
    running.drop("wire/first.txt", text := story("first"))
    first = running.end_of("first.txt")
    running.drop("desk/second.txt", f"{text}\nThe council meets again on Friday.\n")
    second = running.end_of("second.txt")
    before = story_with_both(running, first, second, wait)

    acceptance = open_acceptance(running.settings, running.store, clock=SystemClock())
    acceptance.accept(second.article_ids[0], by="test")
    with redis.Redis.from_url(module_server.address) as client:
        client.flushall()
    wait(lambda: bool(running.deliveries("second.txt")), seconds=SECONDS)
    again = running.end_of("second.txt")

    after = story_with_both(running, first, again, wait)
    assert second.disposition is Disposition.DUPLICATE
    assert (again.id, again.disposition) == (second.id, Disposition.STORED)
    assert running.article_of(again).relation is None
    assert after == before
    assert after[1] == [first.article_ids[0], second.article_ids[0]]


def test_a_release_holds_after_the_server_was_emptied(
    running: Tree, story: Story, module_server: RealServer, wait: Waiter
) -> None:
    running.drop("wire/held.txt", f"EMBARGO: hold for further notice\n\n{story('held')}")
    record = running.end_of("held.txt")
    withheld = running.article_of(record)
    releases = open_releases(running.settings, running.store, clock=SystemClock(), by="test")
    releases.decide(withheld.id, ReleaseRequest(by="Anna", reason="the embargo was lifted"))
    whole = running.store.ledger.get(record.id)

    with redis.Redis.from_url(module_server.address) as client:
        client.flushall()
    wait(lambda: bool(running.deliveries("held.txt")), seconds=SECONDS)
    again = running.article_of(running.end_of("held.txt"))

    now = datetime.now(UTC)
    assert (withheld.at(now).status, withheld.embargoed_until) == (ArticleStatus.WITHHELD, None)
    assert whole
    assert whole.timeline[-1].what == f"{withheld.id} was released by Anna: the embargo was lifted"
    assert (again.id, again.at(now).status) == (withheld.id, ArticleStatus.USABLE)
    assert again.release
    assert again.release.by == "Anna"
