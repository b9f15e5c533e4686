"""A story for people: its lead, and a timeline of what each article added, with copies and repetitions folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from copytaster.model.article import Article, ArticleId, ArticleStatus, RelationKind
from copytaster.store.store import Store
from copytaster.stories.copies import first_original
from copytaster.stories.sentences import sentences
from copytaster.stories.story import Story, StoryMember

COPIES = frozenset({RelationKind.EXACT, RelationKind.NEAR})
"""An excerpt is no copy: its editors chose a part, which says what they held to be the story."""


LEAD_CHARACTERS = 280
"""The lead has sentences up to this length: two or three, which say who, what, where and when."""


@dataclass(frozen=True, slots=True)
class StoryLead:
    """The most complete article of a story, and the sentences with which it begins."""

    article: Article
    paragraph: str


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One article with news, or consecutive ones without any, and the copies of these."""

    articles: tuple[StoryMember, ...]
    copies: tuple[StoryMember, ...]

    @property
    def first(self) -> StoryMember:
        """The article with the news, or the first one without."""
        return self.articles[0]

    @property
    def has_news(self) -> bool:
        """Whether the article has sentences that no earlier one of the story has."""
        return bool(self.first.new)


def lead_of(story: Story, store: Store, *, now: datetime) -> StoryLead | None:
    """Return the lead of the story; None if no article may be used at ``now``. One round trip."""
    article = store.articles.get(story.lead_article_id) if story.lead_article_id else None
    if article is None or article.at(now).status is not ArticleStatus.USABLE:
        return None
    return StoryLead(article, article.summary or _beginning(article.text))


def timeline(members: Sequence[StoryMember]) -> list[TimelineEntry]:
    """Return the entries of the members, in the order of these.

    A copy is folded into the entry of its original, if that is among the members.
    """
    originals = _originals(members)
    copies: dict[ArticleId, list[StoryMember]] = {}
    runs: list[list[StoryMember]] = []
    for each in members:
        if (original := originals[each.article_id]) != each.article_id:
            copies.setdefault(original, []).append(each)
        elif runs and not each.new and not runs[-1][0].new:
            runs[-1].append(each)
        else:
            runs.append([each])
    return [
        TimelineEntry(tuple(run), tuple(copy for each in run for copy in copies.get(each.article_id, ())))
        for run in runs
    ]


def _originals(members: Sequence[StoryMember]) -> dict[ArticleId, ArticleId]:
    """Return the original of each copy, and of each other article itself; a copy may be one of a copy."""
    known = {each.article_id for each in members}
    of = {
        each.article_id: each.relation.of
        for each in members
        if each.relation and each.relation.kind in COPIES and each.relation.of in known
    }
    return {each: first_original(each, of.get) for each in known}


def _beginning(text: str) -> str:
    found = ""
    for sentence in sentences(text):
        if found and len(found) + len(sentence) > LEAD_CHARACTERS:
            break
        found = f"{found} {sentence}".strip()
    return found
