"""Deletion of the originals of a deleted article: they leave the archive unless another article needs them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from copytaster.archive.daily_lines import day_of
from copytaster.archive.journal import Journal
from copytaster.archive.originals import StoredOriginals
from copytaster.articles.complete_data import complete_data
from copytaster.errors import TransientError
from copytaster.model.article import ArticleId
from copytaster.model.delivery import Delivery
from copytaster.model.outage import Resource
from copytaster.store.article_pages import all_duplicates
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store

PAGE = 500
"""Records per round trip; more would block other clients of the server."""

EVER = timedelta(days=1)
"""Added to the present time: no article was received later, so that the originals of all are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalDeletion:
    """Finds and removes the originals of articles."""

    store: Store
    journal: Journal
    originals: StoredOriginals

    def require_complete_data(self) -> tuple[str, str]:
        """Return the identity of the store's data. Raises ``TransientError`` if it does not know every need."""
        if found := complete_data(self.store):
            return found
        raise TransientError(
            "no file leaves the archive while the server's data is incomplete, as during a rebuild: which other"
            " articles need it is not known yet. Repeat the order when a watcher has completed the data, or delete"
            " without the files",
            resource=Resource.SERVER,
        )

    def originals_of(self, article_id: ArticleId) -> frozenset[str]:
        """Return the sha256 of all files that brought the article, its versions and exact copies, and their sidecars.

        Cost: reading all copies of the article, and the days of the journal on which they arrived.
        """
        versions = self.store.articles.versions(article_id)
        copies = [each for each in all_duplicates(self.store.articles, article_id) if each.article_id == article_id]
        files, ids = {each.sha256 for each in versions}, {each.delivery_id for each in copies}
        found = set[str](files)
        for delivery in self._deliveries(DeliveryQuery(article_id=article_id, limit=PAGE)):
            found |= {each for each in (delivery.sha256, delivery.sidecar) if each}
        received = [each.received_at for each in versions] + [each.received_at for each in copies]
        for day in set(map(day_of, received)):
            for entry in self.journal.read(day).entries:
                if entry.sha256 in files or entry.id in ids:
                    found.update(entry.originals)
        return frozenset(found)

    def unneeded(self, originals: frozenset[str], *, now: datetime) -> frozenset[str]:
        """Return those that no article in the store needs, no delivery in flight, and no file that stays as a sidecar.

        Raises ``TransientError`` if the store does not know that. Cost: reading the whole journal, and the owners of
        all articles.
        """
        before = self.require_complete_data()
        position, some = self.store.articles.originals(0, received_before=now + EVER)
        needed = originals & some
        while position:
            position, some = self.store.articles.originals(position, received_before=now + EVER)
            needed |= originals & some
        needed |= {each for each in originals - needed if self._is_in_flight(each)}
        for day in self.journal.days():
            for entry in self.journal.read(day).entries:
                if entry.sidecar in originals and entry.sha256 not in originals - needed:
                    needed |= {entry.sidecar}
        if self.require_complete_data() != before:
            raise TransientError("the server was emptied while its data was compared", resource=Resource.SERVER)
        return originals - needed

    def remove(self, originals: frozenset[str], *, before: datetime) -> None:
        """Remove the originals, unless they were written at ``before`` or later."""
        for each in sorted(originals):
            self.originals.remove(each, before=before)

    def _is_in_flight(self, sha256: str) -> bool:
        query = DeliveryQuery(sha256=sha256, limit=PAGE)
        return any(each.disposition is None for each in self._deliveries(query))

    def _deliveries(self, query: DeliveryQuery) -> Iterator[Delivery]:
        while page := self.store.ledger.find(query):
            yield from page
            query = replace(query, before=page[-1].id)
