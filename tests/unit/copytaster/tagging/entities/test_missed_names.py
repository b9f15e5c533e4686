"""Names that a model missed: further mentions of known names, and names in lists."""

from __future__ import annotations

import pytest

from copytaster.model.article import EntityType
from copytaster.tagging.entities.gazetteer import Gazetteer
from copytaster.tagging.entities.mentions import Mention
from copytaster.tagging.entities.recogniser import CHUNK_CHARACTERS, ModelSpan, chunks, find_mentions
from copytaster.tagging.entities.recurrences import lowercase_words, with_recurrences

PERSON, ORGANISATION, PLACE = EntityType.PERSON, EntityType.ORGANISATION, EntityType.PLACE


def found(text: str, gazetteer: Gazetteer, **marked: EntityType) -> list[tuple[str, EntityType]]:
    """Return the names found when a model has marked the first mention of each; underscores stand for spaces."""
    spans = []
    for name, entity_type in marked.items():
        at = text.index(name.replace("_", " "))
        spans.append(ModelSpan(at, at + len(name), entity_type))
    return [(each.name, each.type) for each in find_mentions(text, spans, gazetteer)]


def test_a_repeated_name_is_found_again(gazetteer: Gazetteer) -> None:
    text = "Tarnby signed for Orvik. Later Tarnby left."

    assert found(text, gazetteer, Tarnby=PERSON) == [("Tarnby", PERSON), ("Tarnby", PERSON)]


def test_a_persons_surname_is_found_alone(gazetteer: Gazetteer) -> None:
    text = "Edda Tarnby signed. Then Tarnby, a keeper, left."

    assert found(text, gazetteer, Edda_Tarnby=PERSON) == [("Edda Tarnby", PERSON), ("Tarnby", PERSON)]


def test_a_word_that_also_occurs_in_lower_case_is_no_name(gazetteer: Gazetteer) -> None:
    assert found("Piano is hard. The piano stood there. Piano!", gazetteer, Piano=PERSON) == []


def test_a_longer_name_replaces_a_mention_inside_it() -> None:
    text = "Six Miles to Orvik played. Six Miles to Orvik left."
    marked = [Mention(0, 18, "Six Miles to Orvik", ORGANISATION), Mention(40, 45, "Orvik", PLACE)]

    names = with_recurrences(text, marked, lowercase_words(text))

    assert [(each.start, each.end, each.type) for each in names] == [(0, 18, ORGANISATION), (27, 45, ORGANISATION)]


def test_known_places_and_first_names_are_found_without_a_model(gazetteer: Gazetteer) -> None:
    text = "In Romania a storm rose, and Hannah Tarnby Olsen saw it from Vienna."

    assert found(text, gazetteer) == [("Romania", PLACE), ("Hannah Tarnby Olsen", PERSON), ("Vienna", PLACE)]


def test_several_places_marked_as_one_are_split(gazetteer: Gazetteer) -> None:
    text = "It began in Tarnby, Lancashire, England today."

    names = found(text, gazetteer, **{"Tarnby,_Lancashire,_England": PLACE})

    assert names == [("Tarnby", PLACE), ("Lancashire", PLACE), ("England", PLACE)]


@pytest.mark.parametrize(
    ("text", "entity_type"),
    [
        ("Tarnby, a village in the north", PLACE),
        ("Tarnby, Norway, was flooded", PLACE),
        ("the town of Tarnby", PLACE),
        ("Mr Tarnby left", PERSON),
        ("Tarnby, 45, left", PERSON),
        ("Tarnby (born 1970) left", PERSON),
        ("Tarnby left", ORGANISATION),
    ],
)
def test_the_surrounding_words_indicate_a_names_type(gazetteer: Gazetteer, text: str, entity_type: EntityType) -> None:
    assert ("Tarnby", entity_type) in found(text, gazetteer, Tarnby=ORGANISATION)


def test_a_role_is_no_part_of_a_name(gazetteer: Gazetteer) -> None:
    text = "Striker Callum Tarnby scored."

    assert found(text, gazetteer, Striker_Callum_Tarnby=PERSON) == [("Callum Tarnby", PERSON)]


def test_a_form_of_address_makes_a_person_and_is_no_part_of_the_name(gazetteer: Gazetteer) -> None:
    assert found("Then Mr Tarnby left.", gazetteer, Mr_Tarnby=ORGANISATION) == [("Tarnby", PERSON)]


def test_a_name_ends_at_the_end_of_a_sentence(gazetteer: Gazetteer) -> None:
    text = "It is owned by Tarnby. Results follow."

    assert ("Tarnby", ORGANISATION) in found(text, gazetteer, **{"Tarnby._Results": ORGANISATION})


def test_peoples_and_prizes_are_ignored(gazetteer: Gazetteer) -> None:
    text = "Welsh players won at the Anna Tarnby Awards."

    assert found(text, gazetteer, Welsh=PERSON, Anna_Tarnby_Awards=PERSON) == []


def test_places_of_the_dateline_are_certain_in_this_article_only(gazetteer: Gazetteer) -> None:
    with_dateline = gazetteer.with_places(["TARNBY", "Norway"])

    assert found("Rain fell on Tarnby.", with_dateline) == [("Tarnby", PLACE)]
    assert with_dateline.display_name("Tarnby") == "Tarnby"
    assert not gazetteer.is_possible_place("Tarnby")
    assert gazetteer.with_places(["Norway"]) is gazetteer


def test_chunks_make_up_the_text() -> None:
    text = "A sentence of some words. " * 1000

    chunk_texts = [text[start:end] for start, end in chunks(text)]

    assert "".join(chunk_texts) == text
    assert max(map(len, chunk_texts)) <= CHUNK_CHARACTERS
    assert all(each.endswith(". ") for each in chunk_texts)


def test_a_short_text_is_one_chunk_and_an_empty_one_has_none() -> None:
    assert list(chunks("A word.")) == [(0, 7)]
    assert list(chunks("")) == []
