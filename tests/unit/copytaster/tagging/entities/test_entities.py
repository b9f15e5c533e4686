from __future__ import annotations

import pytest

from copytaster.model.article import EntityType
from copytaster.tagging.entities.gazetteer import Gazetteer
from copytaster.tagging.entities.mentions import Mention
from copytaster.tagging.entities.recogniser import MAX_CHARACTERS, EntityRecogniser, resolve_entities, truncated
from copytaster.tagging.stages import Passage

PERSON, ORGANISATION, PLACE = EntityType.PERSON, EntityType.ORGANISATION, EntityType.PLACE


def mentions_of(*named: tuple[str, EntityType]) -> list[Mention]:
    mentions, at = [], 0
    for name, entity_type in named:
        mentions.append(Mention(at, at + len(name), name, entity_type))
        at += len(name) + 1
    return mentions


def resolved(gazetteer: Gazetteer, *named: tuple[str, EntityType]) -> list[tuple[str, EntityType, int]]:
    return [(each.name, each.type, each.count) for each in resolve_entities(mentions_of(*named), gazetteer)]


def test_the_majority_of_mentions_decides_a_names_type(gazetteer: Gazetteer) -> None:
    found = resolved(gazetteer, ("Orvik", PERSON), ("Orvik", PLACE), ("Orvik", PLACE))

    assert found == [("Orvik", PLACE, 3)]


def test_a_certain_place_is_a_place_regardless_of_the_model(gazetteer: Gazetteer) -> None:
    assert resolved(gazetteer, ("Vladivostok", PERSON), ("Vladivostok", PERSON)) == [("Vladivostok", PLACE, 2)]


def test_an_ambiguous_name_needs_one_mention_marked_as_a_place(gazetteer: Gazetteer) -> None:
    assert resolved(gazetteer, ("Jordan", PERSON)) == [("Jordan", PERSON, 1)]
    assert resolved(gazetteer, ("Jordan", PERSON), ("Jordan", PERSON), ("Jordan", PLACE)) == [("Jordan", PLACE, 3)]


def test_a_surname_of_a_person_in_the_article_is_that_person(gazetteer: Gazetteer) -> None:
    found = resolved(gazetteer, ("Amina Okafor", PERSON), ("Okafor", ORGANISATION), ("Okafor", PLACE))

    assert found == [("Amina Okafor", PERSON, 3)]


def test_entities_are_sorted_by_count_and_then_by_first_mention(gazetteer: Gazetteer) -> None:
    found = resolved(
        gazetteer, ("Orvik", PLACE), ("Harbour Board", ORGANISATION), ("Anna Lind", PERSON), ("Lind", PERSON)
    )

    assert [name for name, _, _ in found] == ["Anna Lind", "Orvik", "Harbour Board"]


def test_spellings_of_a_country_are_one_entity(gazetteer: Gazetteer) -> None:
    assert resolved(gazetteer, ("US", PLACE), ("U.S.", PLACE), ("America", PLACE)) == [("United States", PLACE, 3)]


def test_the_model_finds_people_places_and_organisations(model_entities: EntityRecogniser) -> None:
    apostrophe = "\N{RIGHT SINGLE QUOTATION MARK}"
    text = f"President Emmanuel Macron arrived in Berlin on Monday. Macron{apostrophe}s visit to Germany was short."

    (found,) = model_entities.entities([Passage("Visit", text, "en")])

    assert found.value is not None
    names = {each.name: (each.type, [text[span.start : span.end] for span in each.spans]) for each in found.value}
    assert names["Emmanuel Macron"] == (PERSON, ["Emmanuel Macron", "Macron"])
    assert names["Berlin"] == (PLACE, ["Berlin"])
    assert names["Germany"] == (PLACE, ["Germany"])
    assert found.provenance.from_.startswith("spacy:en_core_web_sm")


def test_a_language_without_model_has_no_entities_and_a_reason(model_entities: EntityRecogniser) -> None:
    passages = [
        Passage("Visite", "Emmanuel Macron est arrivé à Berlin.", "fr"),
        Passage("Visit", "Emmanuel Macron arrived in Berlin.", "en"),
    ]

    french, english = model_entities.entities(passages)

    assert french.value is None
    assert french.provenance.from_ == "no model for language fr"
    assert french.provenance.confidence == 0
    assert english.value


@pytest.mark.parametrize("paragraph", ["A sentence of some words.\n\n", "A sentence of some words. ", "word " * 5])
def test_a_very_long_text_is_truncated_at_a_paragraph_sentence_or_word(paragraph: str) -> None:
    text = paragraph * (MAX_CHARACTERS // len(paragraph) + 10)

    head = truncated(text)

    assert MAX_CHARACTERS - 100 < len(head) <= MAX_CHARACTERS
    assert head.rstrip().endswith(paragraph.rstrip().rpartition(" ")[2])


def test_a_word_longer_than_the_limit_is_truncated_at_the_limit() -> None:
    assert len(truncated("x" * (MAX_CHARACTERS + 5))) == MAX_CHARACTERS
