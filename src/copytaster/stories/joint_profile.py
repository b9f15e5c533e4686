"""The profile and the index keys of a story that is put together anew from its articles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from copytaster.model.article import Article
from copytaster.store.ports.stories import StoryRecord
from copytaster.store.ports.term_frequencies import TermFrequencies
from copytaster.stories.compared import Compared
from copytaster.stories.features import features_of
from copytaster.stories.frequencies import DocumentFrequencies, counted_terms
from copytaster.stories.profile import Profile
from copytaster.stories.records import with_profile


def with_articles(record: StoryRecord, articles: Sequence[Article], frequencies: TermFrequencies) -> StoryRecord:
    """Return the record with the profiles and keys of these articles too; one round trip."""
    for each in _compared(articles, frequencies):
        known = Profile.from_bytes(record.profile) if record.profile else None
        record = with_profile(record, known.merged(each.profile) if known else each.profile, each.keys)
    return record


def _compared(articles: Sequence[Article], frequencies: TermFrequencies) -> Iterator[Compared]:
    features = [features_of(each) for each in articles]
    terms = [
        counted_terms(found, f"{each.id}:{each.version}", new=False)
        for found, each in zip(features, articles, strict=True)
    ]
    counted = frequencies.count(terms) if terms else []
    for article, found, own, counts in zip(articles, features, terms, counted, strict=True):
        yield Compared(article, article.received_at, found, DocumentFrequencies.of(own, counts))
