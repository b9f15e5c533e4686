"""The features of an article."""

from __future__ import annotations

from copytaster.model.article import Entity, EntityType
from copytaster.store.memory.term_frequencies import MemoryTermFrequencies
from copytaster.stories.features import MAX_CHARACTERS, features_of
from copytaster.stories.frequencies import DocumentFrequencies, counted_terms
from tests.factories import START, an_article


def person(name: str, count: int = 1) -> Entity:
    return Entity(name=name, type=EntityType.PERSON, count=count, spans=())


ARTICLE = an_article(
    title="Calloway resigns as harbour master",
    text="Ines Calloway resigned on Tuesday, 3 March 2026. She has led 1,240 pilots at Tarnsby since 2011.",
    entities=(person("Ines Calloway", 2),),
    language="en",
)


def test_forms_of_a_word_have_one_key_and_are_shown_as_the_article_has_them() -> None:
    features = features_of(ARTICLE)

    assert features.shown["resign"] == "resigns"
    assert features.words["resign"] > features.words["pilot"]


def test_names_are_words_too_and_persons_are_known_by_their_surnames() -> None:
    features = features_of(ARTICLE)

    assert {"ines", "calloway"} == {*features.names}
    assert {*features.persons} == {"calloway"}
    assert features.names <= features.words.keys()


def test_numbers_are_those_that_are_no_days() -> None:
    features = features_of(ARTICLE)

    assert {*features.numbers} == {"1240"}
    assert {"@m3-3", "@y2026", "@y2011", "@w1"} <= features.days.keys()


def test_the_time_is_that_of_publication_else_of_receipt() -> None:
    assert features_of(ARTICLE).at == START


def test_an_article_that_was_not_tagged_has_words() -> None:
    features = features_of(an_article())

    assert features.words
    assert not features.names


def test_a_long_text_is_read_up_to_a_limit() -> None:
    long = "harbour " * MAX_CHARACTERS + "zeppelin"

    assert "zeppeli" not in features_of(an_article(text=long)).words


def test_a_text_without_spaces_has_terms() -> None:
    assert features_of(an_article(title="関西電力の原子力発電所", text="関西電力が発表した。", language="ja")).words


def test_words_of_all_articles_are_rarer_than_none_and_counted_once_for_a_version() -> None:
    frequencies = MemoryTermFrequencies()
    features = features_of(ARTICLE)
    terms = counted_terms(features, "a1:1")
    for _ in range(2):
        known = DocumentFrequencies.of(terms, frequencies.count([terms])[0])

    assert known.articles == 1
    assert known.rarity("calloway") == 1


def test_the_rarity_of_a_word_falls_with_its_frequency() -> None:
    known = DocumentFrequencies(1_000, {"harbour": 10, "police": 400})

    assert 1 == known.rarity("zeppelin") > known.rarity("harbour") > known.rarity("police") > 0
