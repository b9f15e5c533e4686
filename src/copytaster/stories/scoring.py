"""The probability that an article and a story report one event."""

from __future__ import annotations

from datetime import datetime
from math import exp

from copytaster.stories.profile import Profile, cosine

SECONDS_AN_HOUR = 3600


def score(article: Profile, story: Profile) -> float:
    """Return the probability (0 to 1) that both report one event; 1.0 for a profile and itself.

    Both can be stories of several articles; the order of the two does not matter.
    """
    words, names = cosine(article.words, story.words), cosine(article.names, story.names)
    numbers = cosine(article.numbers, story.numbers)
    if words >= 1 - 1e-6:
        return 1.0
    days = hours_apart(article, story) / 24
    against = 5.5 - 13 * words - 2.5 * names - 1.0 * numbers + 0.4 * days
    return 1 / (1 + exp(min(against, 700)))


def hours_apart(one: Profile, other: Profile) -> float:
    """Return the hours between the nearest articles of both; 0 if their times overlap."""
    gap = max(_seconds(one.first, other.last), _seconds(other.first, one.last), 0.0)
    return round(gap / SECONDS_AN_HOUR, 2)


def _seconds(later: datetime, earlier: datetime) -> float:
    return (later - earlier).total_seconds()
