"""The families of keys on the server: for each method of ``Keys`` a pattern that its keys match."""

from __future__ import annotations

from fnmatch import fnmatchcase

from copytaster.model.article import ArticleId
from copytaster.model.delivery import DeliveryId
from copytaster.model.work import Work
from copytaster.store.keys import Keys

ANY = "*"
"""Stands for any part of a key."""

FIXED = {
    "terms",
    "balance",
    "refused",
    "counter",
    "epoch",
    "complete",
    "retention",
    "source_statistics",
    "source_hours",
    "source_leads",
    "sightings",
    "source_watch",
}
"""Families that do not grow with the number of articles."""


def family_of(keys: Keys, name: str) -> str:
    """Return the family of a key; for an index, with the name of the indexed field, for stories, with their kind."""
    for family, pattern in _patterns(keys):
        if fnmatchcase(name, pattern):
            return _with_field(keys, family, name)
    raise ValueError(f"{name} is no key of the store")


def _with_field(keys: Keys, family: str, name: str) -> str:
    start = {"deliveries": keys.deliveries(), "listing": keys.listing(), "stories": keys.stories()}.get(family)
    if start is None:
        return family
    field = name.removeprefix(start.rstrip(":")).lstrip(":").partition(":")[0]
    return f"{family} {field or 'all'}"


def _patterns(keys: Keys) -> list[tuple[str, str]]:
    article, delivery = ArticleId(ANY), DeliveryId(ANY)
    return [
        ("terms_counted", keys.terms_counted(ANY, 0).removesuffix("0") + ANY),
        ("terms", keys.terms(ANY, ANY)),
        ("delivery", keys.delivery(delivery)),
        ("timeline", keys.timeline(delivery)),
        ("delivery_terms", keys.delivery_terms()),
        ("delivery_blocks", keys.delivery_blocks()),
        ("deliveries", keys.deliveries(ANY, ANY)),
        *((f"due {work.value}", keys.due(work)) for work in Work),
        ("events", keys.events()),
        ("taggings", keys.taggings()),
        ("balance", keys.balance()),
        ("refused", keys.refused()),
        ("embargoes", keys.embargoes()),
        ("article", keys.article(article)),
        ("duplicates", keys.duplicates(article)),
        ("listing", keys.listing(ANY)),
        ("newest_duplicates", keys.newest_duplicates(article)),
        ("term_index", keys.term_index()),
        ("term_blocks", keys.term_blocks()),
        ("publications", keys.publications()),
        ("publication_blocks", keys.publication_blocks()),
        ("published_days", keys.published_days()),
        ("changed", keys.changed()),
        ("pins", keys.pins()),
        ("known_files", keys.known_files()),
        *(("busiest_sources", each) for each in (keys.busiest_sources(), keys.named_sources())),
        ("stories", keys.stories() + ANY),
        ("source_statistics", keys.source_statistics()),
        ("items_counted", keys.items_counted(0).removesuffix("0") + ANY),
        ("source_hours", keys.source_hours(0).removesuffix("0") + ANY),
        ("source_leads", keys.source_leads(ANY)),
        ("sightings", keys.sightings()),
        *(("source_watch", each) for each in keys.source_watch()),
        ("near_counter", keys.near_counter()),
        ("near_numbers", keys.near_numbers(0).removesuffix("0") + ANY),
        ("near_window", keys.near_window(0).removesuffix("0") + ANY),
    ]
