from __future__ import annotations

import pytest

from copytaster.article import Entity, EntityType, Span
from copytaster.tagging.keywords import MOST_KEYWORDS, FrequencyKeywords, load_keywords
from copytaster.tagging.parts import Passage

TEXT = (
    "The glacier lost more ice than in any year before. Harbour Board engineers measured the glacier in the summer. "
    "The meltwater fills a reservoir, and the reservoir feeds the hydropower plant. A second hydropower plant is "
    "planned. The Harbour Board said the glacier would be measured again."
)


@pytest.fixture(scope="module")
def keywords() -> FrequencyKeywords:
    return load_keywords()


def terms(keywords: FrequencyKeywords, text: str, *entities: Entity, title: str = "Note") -> list[str]:
    return [each.term for each in keywords.keywords(Passage(title, text, "en"), entities).value]


def harbour_board() -> Entity:
    at = TEXT.index("Harbour Board")
    return Entity(name="Harbour Board", type=EntityType.ORGANISATION, count=1, spans=(Span(start=at, end=at + 13),))


def test_what_is_said_often_here_and_seldom_elsewhere_comes_first(keywords: FrequencyKeywords) -> None:
    found = terms(keywords, TEXT, harbour_board())

    assert set(found[:3]) == {"glacier", "hydropower plant", "reservoir"}


def test_no_keyword_is_part_of_an_entitys_name(keywords: FrequencyKeywords) -> None:
    found = terms(keywords, TEXT, harbour_board())

    assert not {"harbour", "board"} & {word for term in found for word in term.split()}
    assert "harbour board" in terms(keywords, TEXT)


def test_a_word_that_stands_only_inside_a_pair_is_left_out(keywords: FrequencyKeywords) -> None:
    assert "hydropower" not in terms(keywords, TEXT)


def test_stop_words_are_in_no_keyword(keywords: FrequencyKeywords) -> None:
    words = {word for term in terms(keywords, TEXT) for word in term.split()}

    assert not words & {"the", "a", "in", "and", "would", "second", "said", "year"}


def test_a_plural_counts_with_its_singular(keywords: FrequencyKeywords) -> None:
    assert "heron" in terms(keywords, "A heron flew by. Herons are shy.")
    assert "herons" not in terms(keywords, "A heron flew by. Herons are shy.")


def test_a_text_that_repeats_nothing_gives_its_rarest_words(keywords: FrequencyKeywords) -> None:
    found = terms(keywords, "Herons returned to the marsh.", title="Birds")

    assert found[:3] == ["birds", "herons", "marsh"]


def test_there_are_at_most_ten_scored_relative_to_the_best(keywords: FrequencyKeywords) -> None:
    animals = "otter heron badger weasel marten osprey kestrel plover dunlin curlew avocet"
    text = f"{animals.replace(' ', ', ')}. {animals.replace(' ', ', ')}."

    found = keywords.keywords(Passage("Fauna", f"{text} Otter.", "en"), ()).value

    assert len(found) == MOST_KEYWORDS
    assert found[0].term == "otter"
    assert found[0].score == 1
    assert all(0 < each.score <= 1 for each in found)


def test_other_languages_get_none_and_a_reason(keywords: FrequencyKeywords) -> None:
    found = keywords.keywords(Passage("Eis", "Der Gletscher und der Gletscher.", "de"), ())

    assert found.value == ()
    assert found.provenance.from_ == "no word frequencies for language de"


def test_encoded_data_is_no_keyword(keywords: FrequencyKeywords) -> None:
    assert terms(keywords, f"{'x' * 500} {'x' * 500} otter otter otter") == ["otter"]


def test_a_text_of_stop_words_has_no_keywords(keywords: FrequencyKeywords) -> None:
    found = keywords.keywords(Passage("Why", "It is what it is.", "en"), ())

    assert found.value == ()
    assert found.provenance.confidence == 0
