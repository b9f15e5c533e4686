"""A real watcher compares what a real worker has tagged, also after it was killed, and after the server was emptied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.bootstrap.searches import open_search_desk
from copytaster.clock import SystemClock
from copytaster.model.article import ArticleId
from copytaster.model.events import EventKind
from copytaster.searches.administration import SearchOrder
from copytaster.store.ports.presence import Part

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter
    from tests.integration.conftest import Story, Tree

SECONDS = 90.0


def reported(tree: Tree) -> list[tuple[str, str]]:
    """Return the articles and searches of the events."""
    return [
        (article, search.name)
        for each in tree.store.events.read(after=None, limit=1_000)
        if each.kind is EventKind.SEARCH_MATCHED
        for article in each.article_ids
        for search in each.searches
    ]


def test_hits_survive_a_killed_watcher_and_searches_a_server_that_comes_back_empty(
    tree: Tree, own_server: RealServer, story: Story, wait: Waiter
) -> None:
    desk = open_search_desk(tree.settings, tree.store, clock=SystemClock())
    wall = desk.create(SearchOrder(name="wall", q='"sea wall" -zanzibar', source="wire"), by="ann").id
    tree.start(Part.WATCHER, Part.WORKER)

    def drop(name: str, words: str) -> ArticleId:
        tree.drop(f"wire/{name}.txt", f"{story(name)}\n\nThey came to the {words} at noon.\n")
        return tree.end_of(f"{name}.txt").article_ids[0]

    def hits() -> list[ArticleId]:
        return [each.article_id for each in reversed(tree.store.search_hits.newest(wall, limit=100))]

    one = drop("one", "sea wall")
    drop("two", "wall of the sea")
    wait(lambda: hits() == [one], seconds=SECONDS)

    tree.kill(Part.WATCHER)
    tree.start(Part.WATCHER)
    three = drop("three", "sea wall")
    wait(lambda: hits() == [one, three], seconds=SECONDS)
    wait(lambda: reported(tree) == [(one, "wall"), (three, "wall")], seconds=SECONDS)

    with own_server.client() as client:
        client.flushall()
    four = drop("four", "sea wall")

    wait(lambda: {*hits()} == {one, three, four}, seconds=SECONDS)
    wait(lambda: sorted(reported(tree)) == sorted((each, "wall") for each in (one, three, four)), seconds=SECONDS)
    assert desk.show(wall).hits == 3
