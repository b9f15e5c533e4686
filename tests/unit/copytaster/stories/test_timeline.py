from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId, ArticleStatus, Relation, RelationKind
from copytaster.model.delivery import DeliveryId
from copytaster.stories.reading import read_story
from copytaster.stories.story import StoryMember
from copytaster.stories.timeline import LEAD_CHARACTERS, lead_of, timeline
from tests.factories import START, an_article, put_into_one_story

if TYPE_CHECKING:
    from copytaster.store.store import Store
    from tests.conftest import MakeStore


def a_member(number: int, *new: str, kind: RelationKind | None = None, of: int = 1) -> StoryMember:
    """Return a member that was received in the minute of its number."""
    return StoryMember(
        article_id=ArticleId(f"a{number}"),
        title=f"Report {number}",
        source="wire",
        received_at=START + timedelta(minutes=number),
        published_at=None,
        relation=Relation(kind=kind, of=ArticleId(f"a{of}"), score=0.9) if kind else None,
        evidence=None,
        new=new,
    )


def shown(*members: StoryMember) -> list[tuple[list[str], list[str]]]:
    """Return the articles and the copies of each entry."""
    return [
        ([each.article_id for each in entry.articles], [each.article_id for each in entry.copies])
        for entry in timeline(members)
    ]


def test_an_article_with_news_has_an_entry_of_its_own() -> None:
    assert shown(a_member(1, "A ferry burns."), a_member(2, "All are safe.")) == [(["a1"], []), (["a2"], [])]


def test_consecutive_articles_without_news_are_one_entry() -> None:
    members = [a_member(1, "A ferry burns."), a_member(2), a_member(3), a_member(4, "All are safe."), a_member(5)]

    assert shown(*members) == [(["a1"], []), (["a2", "a3"], []), (["a4"], []), (["a5"], [])]
    assert [each.has_news for each in timeline(members)] == [True, False, True, False]


def test_copies_are_folded_into_the_entry_of_their_original_in_either_order() -> None:
    members = [
        a_member(1, "A ferry burns."),
        a_member(2, "All are safe."),
        a_member(3, kind=RelationKind.NEAR),
        a_member(4, kind=RelationKind.EXACT, of=3),
    ]

    assert shown(*members) == [(["a1"], ["a3", "a4"]), (["a2"], [])]
    assert shown(*reversed(members)) == [(["a2"], []), (["a1"], ["a4", "a3"])]


def test_a_copy_that_precedes_the_copy_of_which_it_is_one_is_folded_too() -> None:
    members = [
        a_member(1, "A ferry burns."),
        a_member(2, kind=RelationKind.EXACT, of=3),
        a_member(3, kind=RelationKind.NEAR),
    ]

    assert shown(*members) == [(["a1"], ["a2", "a3"])]


def test_articles_that_are_copies_of_each_other_are_both_shown() -> None:
    members = [a_member(1, "A ferry burns.", kind=RelationKind.NEAR, of=2), a_member(2, kind=RelationKind.NEAR, of=1)]

    assert shown(*members) == [(["a1"], []), (["a2"], [])]


def test_excerpts_and_copies_of_an_original_on_another_page_are_articles_without_news() -> None:
    assert shown(a_member(2, kind=RelationKind.NEAR), a_member(3, kind=RelationKind.EXCERPT, of=2)) == [
        (["a2", "a3"], [])
    ]


@pytest.fixture
def store(make_store: MakeStore, clock: ManualClock) -> Store:
    return make_store(clock)


@pytest.mark.parametrize(
    ("fields", "paragraph"),
    [
        ({"summary": "In short."}, "In short."),
        ({"text": "A ferry burns. All are safe."}, "A ferry burns. All are safe."),
        ({"text": f"A ferry burns. A{'x' * LEAD_CHARACTERS}. The end."}, "A ferry burns."),
        ({"text": "x" * 2 * LEAD_CHARACTERS}, "x" * 2 * LEAD_CHARACTERS),
    ],
)
def test_the_lead_is_the_summary_or_the_first_sentences(store: Store, fields: dict[str, str], paragraph: str) -> None:
    article = an_article(f"a{1:020x}", **fields)
    store.articles.create(article, owner=DeliveryId("d1"))
    story = read_story(put_into_one_story(store, article), store, now=START)
    assert story

    lead = lead_of(story, store, now=START)

    assert lead
    assert (lead.article.id, lead.paragraph) == (article.id, paragraph)


def test_a_story_whose_articles_may_not_be_used_has_no_lead(store: Store) -> None:
    article = an_article(f"a{1:020x}", status=ArticleStatus.WITHHELD, embargoed_until=START + timedelta(hours=1))
    store.articles.create(article, owner=DeliveryId("d1"))
    story_id = put_into_one_story(store, article)
    now, later = (read_story(story_id, store, now=START + timedelta(hours=hour)) for hour in (0, 1))
    assert now
    assert later

    assert lead_of(now, store, now=START) is None
    # The story was read after the embargo, the article before: the article decides.
    assert lead_of(later, store, now=START) is None
    assert lead_of(later, store, now=START + timedelta(hours=1))
