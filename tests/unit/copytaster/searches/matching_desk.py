"""Standing searches over a pipeline: articles arrive, are tagged and compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from copytaster.archive.standing_searches import MemorySearchFiles
from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleId, Tagging, Topic
from copytaster.model.events import EventKind
from copytaster.model.standing_search import SearchId
from copytaster.pipeline.tag import tag
from copytaster.searches.administration import SearchDesk, SearchOrder
from copytaster.searches.current import CurrentSearches
from copytaster.searches.matching import SearchMatching
from copytaster.searches.restoring import SearchRestoring
from copytaster.store.ports.term_frequencies import TermFrequencies
from copytaster.store.store import Store
from copytaster.tagging.given_up import given_up
from copytaster.tagging.tagger import PlainTagger
from tests.factories import Desk, a_desk, an_item

SPORT = Topic(code="medtop:15000000", name="sport", score=1.0, why="test")


class SportTagger:
    """Tags an article whose text has the word "match" with the topic sport."""

    def with_frequencies(self, frequencies: TermFrequencies) -> SportTagger:
        del frequencies
        return self

    def tag(self, articles: Sequence[Article]) -> list[Tagging]:
        plain = PlainTagger().tag(articles)
        return [
            tagging.model_copy(update={"topics": (SPORT,) if "match" in article.text else ()})
            for article, tagging in zip(articles, plain, strict=True)
        ]

    def give_up(self, article: Article, attempts: int) -> Tagging:
        return given_up(article, attempts)


@dataclass(slots=True)
class MatchingDesk:
    """A pipeline with standing searches; ``matching`` gives a further process that compares."""

    store: Store
    clock: ManualClock
    files: MemorySearchFiles = field(default_factory=MemorySearchFiles)
    pipeline: Desk = field(init=False)
    processes: list[SearchMatching] = field(init=False)

    def __post_init__(self) -> None:
        self.pipeline = a_desk(self.store, self.clock, tagger=SportTagger())
        self.processes = [self.matching()]

    @property
    def searches(self) -> SearchDesk:
        return SearchDesk(self.files, self.store, self.clock)

    def matching(self, store: Store | None = None, **changed: Any) -> SearchMatching:
        used = store or self.store
        restoring = SearchRestoring(self.files, used.searches, self.clock)
        return SearchMatching(used, CurrentSearches(used.searches), restoring, self.clock, **changed)

    def create(self, q: str | None = None, **fields: Any) -> SearchId:
        """Create a search and let a moment pass, so that what arrives next is later."""
        order = SearchOrder.model_validate({"name": q or "filters", "q": q} | fields)
        created = self.searches.create(order, by="ann").id
        self.clock.advance(seconds=1)
        return created

    def arrive(self, *texts: str, tagged: bool = True, **fields: Any) -> list[ArticleId]:
        """Take articles of these texts in, and tag them."""
        deliveries = [self.pipeline.deliver_items(an_item(text.split(), **fields)) for text in texts]
        self.pipeline.ingest(*deliveries)
        ids = [article for each in deliveries for article in self.pipeline.settled(each).article_ids]
        if tagged:
            self.tag(*ids)
        return ids

    def tag(self, *ids: ArticleId) -> None:
        tag(ids, deps=self.pipeline.deps)

    def retag(self, *ids: ArticleId) -> None:
        self.store.ledger.request_tagging(ids, due_in=timedelta(0))
        self.tag(*ids)

    def compare(self) -> None:
        self.processes[0].step()

    def hits(self, search: SearchId) -> list[ArticleId]:
        """Return the articles that were found, the earliest first."""
        return [each.article_id for each in reversed(self.searches.hits(search, limit=100))]

    def reported(self) -> list[tuple[str, str]]:
        """Return the events: an article and a search each."""
        return [
            (article, search.id)
            for each in self.store.events.read(after=None, limit=1_000)
            if each.kind is EventKind.SEARCH_MATCHED
            for article in each.article_ids
            for search in each.searches
        ]
