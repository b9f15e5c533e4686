"""The ages of articles by source: some sources are kept longer than others, and some shorter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from copytaster.model.article import Article
from copytaster.model.source_names import name_key
from copytaster.store.matching import last_change

FOR_EVER = timedelta(days=3650)
"""After this time an article without an age is looked at again."""


@dataclass(frozen=True, slots=True)
class SourceAges:
    """The age of all articles, and those of the sources that have their own; None is for ever."""

    default: timedelta | None
    sources: Mapping[str, timedelta | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sources", {name_key(name): age for name, age in self.sources.items()})

    def expires_at(self, article: Article) -> datetime | None:
        """Return when an article is old enough to be removed; None is never. Its present source decides."""
        age = self._of(article)
        return last_change(article) + age if age else None

    def unchanged_for(self, article: Article) -> timedelta | None:
        """Return how long the store must know of no change before the article is removed; None is for ever.

        That is its age, but not more than that of all articles: those of a longer age are postponed by the rest then.
        """
        ages = [each for each in (self.default, self._of(article)) if each]
        return min(ages, default=None)

    def _of(self, article: Article) -> timedelta | None:
        return self.sources.get(name_key(article.source), self.default) if article.source else self.default

    @property
    def longest(self) -> timedelta | None:
        """The longest age of any article."""
        ages = [self.default, *self.sources.values()]
        known = [each for each in ages if each is not None]
        return max(known) if len(known) == len(ages) else None

    @property
    def shortest(self) -> timedelta | None:
        """The shortest age of a source, if it is shorter than that of all articles."""
        known = [each for each in self.sources.values() if each is not None]
        shortest = min(known, default=None)
        is_shorter = shortest is not None and (self.default is None or shortest < self.default)
        return shortest if is_shorter else None
