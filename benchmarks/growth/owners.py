"""Walks all keys of a store and finds those that belong to nothing any more."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from redis import Redis

from copytaster.model.article import ArticleId
from copytaster.model.batches import batched
from copytaster.model.delivery import DeliveryId
from copytaster.store.keys import Keys
from copytaster.store.redis.client import text
from copytaster.store.redis.delivery_index import deliveries_of
from copytaster.store.redis.publication_index import PublicationIndex
from copytaster.store.redis.term_index import TermIndex
from copytaster.store.store import Store

ARTICLE = re.compile(r"(?<![0-9a-z])[as]([0-9a-f]{20})(?![0-9a-f])")
"""The id of an article, or of the story that it founds."""

DELIVERY = re.compile(r"(?<![0-9a-z])d[0-9a-f]{22}(?![0-9a-f])")

STORY_LISTS = ("open", "several")
"""Sorted sets of stories, which are named without a letter."""

UNREPORTED = "unreported"
"""Sorted set of events about stories, which are history like those in the stream."""

AT_ONCE = 500

EXAMPLES = 5


def without_owner(client: Redis, store: Store) -> dict[str, Any]:
    """Return the number of keys, and of entries in them, whose article or delivery is no longer stored.

    Of a key whose name has an id, that id must exist; of other keys the id of each field or member. Values may name
    what was removed: relations of other articles to it stay. Streams are history, and keys that expire end by
    themselves.
    """
    stored = _Stored(store)
    keys, entries, found = 0, 0, Counter[str]()
    examples = list[str]()
    for each in client.scan_iter(count=AT_ONCE):
        keys += 1
        if client.pttl(each) >= 0:
            continue
        name = text(each)
        names = [name] if _has_id(name) else list(_members(client, each))
        entries += len(names)
        for group in batched(names, AT_ONCE):
            for orphan in _orphans(group, stored):
                found[_family(name)] += 1
                examples.append(f"{name}: {orphan}")
    return {
        "keys": keys,
        "entries_examined": entries,
        "without_owner": found.total(),
        "families": dict(found),
        "examples": examples[:EXAMPLES],
    }


class _Stored:
    """Answers which articles and deliveries exist, from one question about each: an article has dozens of entries."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._exists = dict[str, bool]()

    def lacks(self, ids: set[str]) -> bool:
        """Return whether one of these does not exist; ``learn`` has been called with them."""
        return not all(self._exists[each] for each in ids)

    def learn(self, articles: set[ArticleId], deliveries: set[DeliveryId]) -> None:
        """Find out which of these exist, where that is not known; costs nothing for what is known."""
        new = [each for each in articles if each not in self._exists]
        unknown = [each for each in deliveries if each not in self._exists]
        found = {each.id for each in self._store.articles.get_many(sorted(new))}
        states = self._store.ledger.states(sorted(unknown))
        self._exists |= {each: each in found for each in new} | {each: each in states for each in unknown}


def _orphans(names: Sequence[str], stored: _Stored) -> Iterator[str]:
    """Yield those of the names that contain the id of something that is not stored."""
    articles = {each: {ArticleId(f"a{found}") for found in ARTICLE.findall(each)} for each in names}
    deliveries = {each: {DeliveryId(found) for found in DELIVERY.findall(each)} for each in names}
    stored.learn(set().union(*articles.values()), set().union(*deliveries.values()))
    yield from (each for each in names if stored.lacks({*articles[each], *deliveries[each]}))


def _has_id(name: str) -> bool:
    return bool(ARTICLE.search(name) or DELIVERY.search(name))


def _members(client: Redis, key: bytes) -> Iterator[str]:
    indexes: dict[str, Callable[[bytes, bytes], Iterable[str]]] = {
        Keys().delivery_terms(): deliveries_of,
    }
    if text(key) in {Keys().term_index(), Keys().publications()}:
        yield from _indexed_articles(client, text(key))
        return
    if read := indexes.get(text(key)):
        yield from (each for field in client.hscan_iter(key) for each in read(*field))
        return
    prefix, _, name = text(key).partition("stories}:")
    if name == UNREPORTED:
        return
    if name.startswith("story:") or name in STORY_LISTS:
        yield from _founders(client, f"{prefix}stories}}:", name)
        return
    kind = text(client.type(key))
    found: Iterable[Any] = ()
    if kind == "hash":
        found = (field for field, _ in client.hscan_iter(key))
    elif kind == "set":
        found = client.sscan_iter(key)
    elif kind == "zset":
        found = (member for member, _ in client.zscan_iter(key))
    yield from (each.decode(errors="replace") for each in found)


def _indexed_articles(client: Redis, key: str) -> Iterator[str]:
    """Yield the articles of an index's postings; of one that no listed article has, an id that no article has."""
    index = TermIndex(client, Keys()) if key == Keys().term_index() else PublicationIndex(client, Keys())
    position = 0
    while True:
        position, found = index.sweep(position, count=AT_ONCE)
        for each in found:
            yield from each.article_ids or [f"a{each.posting.hex():.20}"]
        if not position:
            return


def _founders(client: Any, prefix: str, kind: str) -> Iterator[str]:
    """Yield the founders of stories without listed members, which are the only ones; they must exist.

    ``kind`` is the record of a story, or a list of stories; a story in a list must have a record.
    """
    listed = [kind.partition(":")[2]] if kind.startswith("story:") else map(text, client.zrange(prefix + kind, 0, -1))
    for handle in listed:
        if not client.exists(f"{prefix}members:{handle}") or not client.exists(f"{prefix}story:{handle}"):
            yield f"a{handle}"


def _family(name: str) -> str:
    """Return the name without the parts that differ between articles."""
    return re.sub(r"(?<=:by:)([a-z_]*).*", r"\1", DELIVERY.sub("ID", ARTICLE.sub("ID", name)))
