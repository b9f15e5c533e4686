"""Stories in other languages that report the same event: found by names, numbers and days, and never merged.

Words of two languages have little in common, but names, numbers and days do, and a report in another language comes
soon. A link is computed when a story is read, and stored nowhere.
"""

from __future__ import annotations

from datetime import datetime

from copytaster.store.ports.stories import StoryRecord, Wanted, founder
from copytaster.store.store import Store
from copytaster.stories.comparison import compare, hours_apart
from copytaster.stories.profile import Profile
from copytaster.stories.reading import summaries
from copytaster.stories.scoring import load_scoring
from copytaster.stories.story import LinkKind, Story, StoryLink

LEAST_SCORE = 0.97
"""The probability from which two stories are linked. Another event with the same people has up to .94."""

LEAST_NUMBERS = 0.5
"""The cosine of the numbers from which two stories are linked. Names say who and where, which another event of the same
people on the same day shares; of what differs, only numbers are written alike in two languages."""

MOST_HOURS = 48.0
"""Reports in two languages appear within two days; what comes later may be the next decision of the same people."""

MOST_LINKS = 5
"""Stories that are linked, those with the highest score: an event has one story in each language."""


def with_links(story: Story, store: Store, *, now: datetime) -> Story:
    """Return the story with links to those in other languages that report the same event, the most probable first.

    A closed story, and one of which no article may be used, has none, and none leads to such a story. Stories that a
    person has separated are not linked. Cost: four round trips, whatever the number of stories.
    """
    record = store.stories.records([story.id]).get(story.id)
    if record is None or story.lead_article_id is None:
        return story
    (situation,) = store.stories.situations([Wanted(founder(record.id), record.keys)])
    scores = {each.id: _score(record, each) for each in situation.candidates}
    likely = [each for each in situation.candidates if scores[each.id] >= LEAST_SCORE]
    best = sorted(likely, key=lambda each: (-scores[each.id], each.id))[:MOST_LINKS]
    links = (
        StoryLink(
            kind=LinkKind.SAME_EVENT,
            story_id=each.id,
            language=each.language,
            headline=shown.headline,
            score=round(scores[each.id], 3),
        )
        for each, shown in zip(best, summaries(best, store, now=now) if best else (), strict=True)
        if each.language and shown.lead_article_id
    )
    return story.model_copy(update={"links": tuple(links)})


def _score(record: StoryRecord, other: StoryRecord) -> float:
    """Return the probability that both report one event; 0 for stories that must not be linked."""
    is_apart = other.id in record.apart or record.id in other.apart
    is_known = record.language and other.language and record.profile and other.profile
    if is_apart or not is_known or record.language == other.language:
        return 0.0
    one, two = Profile.from_bytes(record.profile), Profile.from_bytes(other.profile)
    found = compare(one, two)
    is_possible = found.numbers >= LEAST_NUMBERS and hours_apart(one, two) <= MOST_HOURS
    return load_scoring().event.probability(found) if is_possible else 0.0
