"""The profile and the index keys of a story that is put together anew from its articles."""

from __future__ import annotations

from collections.abc import Sequence

from copytaster.model.article import Article
from copytaster.store.ports.stories import StoryRecord
from copytaster.store.ports.term_frequencies import TermFrequencies
from copytaster.stories.compared import compared_uncounted
from copytaster.stories.profile import Profile
from copytaster.stories.records import with_profile


def with_articles(record: StoryRecord, articles: Sequence[Article], frequencies: TermFrequencies) -> StoryRecord:
    """Return the record with the profiles and keys of these articles too; one round trip."""
    for each in compared_uncounted(articles, frequencies):
        known = Profile.from_bytes(record.profile) if record.profile else None
        record = with_profile(record, known.merged(each.profile) if known else each.profile, each.keys)
    return record
