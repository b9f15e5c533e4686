"""Finds the queries that a document meets, among thousands, without comparing it with each.

Each query is registered under one feature that every document of it has. Only the queries that are registered under a
feature of a document are compared with it, first by sets of features, then by the phrases that these do not decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from copytaster.model.standing_search import SearchId
from copytaster.search.document import SearchDocument
from copytaster.search.query import SearchQuery, TermCondition, WordCondition
from copytaster.searches.features import (
    Needs,
    Place,
    document_features,
    features_of,
    joined_words,
    sequence_of,
)


@dataclass(frozen=True, slots=True)
class _Compared:
    """A document as queries are compared with it."""

    features: frozenset[str]
    joined: Mapping[Place, str]


@dataclass(slots=True, eq=False)
class _Registered:
    """A query taken apart: ``required`` and ``excluded`` features, and the conditions that these do not decide.

    Those are ``sequences`` of words in a place, and sets of features of which a document has one; each with whether it
    is negated. ``keys`` are the features under which it is registered; a document of it has one. ``searches`` have this
    query.
    """

    query: SearchQuery
    required: frozenset[str]
    excluded: frozenset[str]
    sequences: tuple[tuple[Place, str, bool], ...]
    alternatives: tuple[tuple[frozenset[str], bool], ...]
    keys: tuple[str, ...]
    searches: set[SearchId] = field(default_factory=set)

    def is_met_by(self, document: _Compared) -> bool:
        """Return whether the document meets the query."""
        return (
            self.required <= document.features
            and self.excluded.isdisjoint(document.features)
            and all(
                (sequence in document.joined.get(place, "")) is not negated
                for place, sequence, negated in self.sequences
            )
            and all(each.isdisjoint(document.features) is negated for each, negated in self.alternatives)
        )


class Percolator:
    """Has searches with their queries; not for several threads."""

    def __init__(self) -> None:
        self._index: dict[str, set[_Registered]] = {}
        self._needs = Needs()
        self._queries: dict[SearchQuery, _Registered] = {}
        self._searches: dict[SearchId, _Registered] = {}

    def __len__(self) -> int:
        """Return the number of searches."""
        return len(self._searches)

    def add(self, search_id: SearchId, query: SearchQuery) -> None:
        """Add a search, or replace its query; cost: some 20 microseconds."""
        self.remove(search_id)
        if query not in self._queries:
            self._queries[query] = self._register(query)
        found = self._queries[query]
        found.searches.add(search_id)
        self._searches[search_id] = found

    def remove(self, search_id: SearchId) -> None:
        """Remove a search, if it is there."""
        found = self._searches.pop(search_id, None)
        if found is None:
            return
        found.searches.discard(search_id)
        if not found.searches:
            self._forget(found)

    def searches_met_by(self, document: SearchDocument) -> list[SearchId]:
        """Return the searches whose queries the document meets, in the order of their ids.

        Cost: a look for each feature of the document, and a comparison with each query that is registered under one.
        """
        features = document_features(document, self._needs)
        candidates = set[_Registered]().union(*(self._index[each] for each in self._index.keys() & features))
        compared = _Compared(features, joined_words(document))
        met = (each for each in candidates if each.is_met_by(compared))
        return sorted(search_id for each in met for search_id in each.searches)

    def _register(self, query: SearchQuery) -> _Registered:
        registered = _taken_apart(query, self._best_keys(query))
        for key in registered.keys:
            self._index.setdefault(key, set()).add(registered)
        for each in query.conditions:
            self._needs.add(each)
        return registered

    def _forget(self, registered: _Registered) -> None:
        del self._queries[registered.query]
        for key in registered.keys:
            self._index[key].discard(registered)
            if not self._index[key]:
                del self._index[key]
        for each in registered.query.conditions:
            self._needs.add(each, -1)

    def _best_keys(self, query: SearchQuery) -> tuple[str, ...]:
        """Return under what to register a query: those with the fewest queries, of equal ones the longest.

        A word that many queries have, as frequent words are, is then hardly ever the one.
        """
        return min(_possible_keys(query), key=lambda keys: (sum(map(self._load, keys)), -max(map(len, keys))))

    def _load(self, feature: str) -> int:
        return len(self._index.get(feature, ()))


def _possible_keys(query: SearchQuery) -> Iterator[tuple[str, ...]]:
    for each in query.conditions:
        found = features_of(each)
        if not each.negated:
            yield from ((feature,) for feature in found.required)
            if found.alternatives:
                yield found.alternatives


def _taken_apart(query: SearchQuery, keys: tuple[str, ...]) -> _Registered:
    known = [(each, features_of(each)) for each in query.conditions]
    undecided = [each for each, found in known if not found.is_exact]
    return _Registered(
        query=query,
        required=frozenset(name for each, found in known if not each.negated for name in found.required),
        excluded=frozenset(name for each, found in known if each.negated and found.is_exact for name in found.required),
        sequences=tuple(
            (each.field, sequence_of(each.phrase), each.negated)
            for each in undecided
            if isinstance(each, WordCondition)
        ),
        alternatives=tuple((each.terms, each.negated) for each in undecided if isinstance(each, TermCondition)),
        keys=keys,
    )
