"""The choice of a story, and its evidence."""

from __future__ import annotations

from datetime import timedelta

from copytaster.model.article import Article, Entity, EntityType
from copytaster.store.ports.stories import StoryId
from copytaster.stories.choice import MAX_INDEX_TERMS, Candidate, choose, index_terms
from copytaster.stories.features import ArticleFeatures, features_of
from copytaster.stories.frequencies import DocumentFrequencies
from copytaster.stories.profile import Profile
from tests.factories import START, an_article

NOTHING_COUNTED = DocumentFrequencies()


def tagged(title: str, text: str, *names: str, hours: float = 0) -> Article:
    entities = tuple(Entity(name=each, type=EntityType.PERSON, count=1, spans=()) for each in names)
    at = START + timedelta(hours=hours)
    return an_article(title=title, text=text, entities=entities, language="en", published_at=at)


FERRY = tagged(
    "Ferry runs aground off Tarnsby",
    "A ferry with 212 passengers ran aground off Tarnsby on Monday. Harbour master Ines Calloway said nobody was hurt.",
    "Tarnsby",
    "Ines Calloway",
)
FERRY_AGAIN = tagged(
    "Passengers leave stranded ferry at Tarnsby",
    "All 212 passengers left the ferry that ran aground off Tarnsby, harbour master Ines Calloway said.",
    "Tarnsby",
    "Ines Calloway",
    hours=5,
)
ORCHARD = tagged(
    "Frost damages orchards in Velm valley",
    "Growers in the Velm valley expect half of last year's apples after frost on Sunday night, Otto Brandt said.",
    "Velm",
    "Otto Brandt",
)


def candidate(article: Article, name: str) -> Candidate:
    return Candidate(StoryId(name), 1, Profile.of(features_of(article), NOTHING_COUNTED))


def features(article: Article) -> ArticleFeatures:
    return features_of(article)


def test_an_article_joins_the_story_of_its_event() -> None:
    choice = choose(features(FERRY_AGAIN), [candidate(ORCHARD, "s1"), candidate(FERRY, "s2")], NOTHING_COUNTED)

    assert choice.story_id == "s2"


def test_an_article_about_another_event_joins_no_story_and_its_nearest_story_is_named() -> None:
    choice = choose(features(ORCHARD), [candidate(FERRY, "s2")], NOTHING_COUNTED)

    assert choice.story_id is None
    assert choice.evidence is None
    assert [story_id for story_id, _ in choice.nearest] == ["s2"]


def test_evidence_names_what_both_have_in_common_in_the_words_of_the_article() -> None:
    evidence = choose(features(FERRY_AGAIN), [candidate(FERRY, "s2")], NOTHING_COUNTED).evidence

    assert evidence is not None
    assert {"Tarnsby", "Calloway"} <= {*evidence.names}
    assert "ferry" in evidence.terms
    assert evidence.numbers == ("212",)
    assert evidence.hours_apart == 5


def test_the_order_of_the_candidates_does_not_matter() -> None:
    candidates = [candidate(each, name) for each, name in ((FERRY, "s1"), (ORCHARD, "s2"), (FERRY, "s3"))]

    forwards = choose(features(FERRY_AGAIN), candidates, NOTHING_COUNTED)

    assert choose(features(FERRY_AGAIN), candidates[::-1], NOTHING_COUNTED) == forwards


def test_without_candidates_an_article_founds_a_story() -> None:
    choice = choose(features(FERRY), [], NOTHING_COUNTED)

    assert (choice.story_id, choice.nearest, choice.merge) == (None, (), ())


def test_index_terms_are_few_and_those_of_one_event_overlap() -> None:
    first = index_terms(features(FERRY), NOTHING_COUNTED)
    second = index_terms(features(FERRY_AGAIN), NOTHING_COUNTED)

    assert len(first) <= MAX_INDEX_TERMS
    assert len({*first} & {*second}) >= 3


def test_an_article_about_another_person_in_the_same_words_founds_a_story() -> None:
    words = "The painter {}, known for large landscapes, died on Monday at the age of 88. Museums show the work."
    first = tagged("Painter Oda Lindqvist dies", words.format("Oda Lindqvist"), "Oda Lindqvist")
    second = tagged("Painter Emil Haase dies", words.format("Emil Haase"), "Emil Haase")

    assert choose(features(second), [candidate(first, "s1")], NOTHING_COUNTED).story_id is None


def test_an_article_that_fits_two_parts_of_a_story_merges_them() -> None:
    again = [candidate(each, name) for each, name in ((FERRY, "s1"), (FERRY_AGAIN, "s2"))]

    choice = choose(features(FERRY_AGAIN), again, NOTHING_COUNTED)

    assert choice.story_id == "s2"
    assert choice.merge == ("s1",)
