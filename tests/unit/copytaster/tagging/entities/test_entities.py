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


def test_a_script_without_capitals_has_no_entities_without_a_model_and_a_reason(
    model_entities: EntityRecogniser,
) -> None:
    passages = [
        Passage("訪問", "大統領は月曜日に首都を訪れた。", "ja"),
        Passage("Visit", "Emmanuel Macron arrived in Berlin.", "en"),
    ]

    japanese, english = model_entities.entities(passages)

    assert japanese.value is None
    assert japanese.provenance.from_ == "no model for language ja"
    assert japanese.provenance.confidence == 0
    assert english.value


@pytest.mark.parametrize(
    ("language", "text", "names"),
    [
        (
            "fr",
            "Emmanuel Macron est arrivé à Berlin. L'Allemagne a signé, a dit Macron. L'OTAN se tait.",
            {("Emmanuel Macron", PERSON, 2), ("Berlin", PLACE, 1), ("Germany", PLACE, 1), ("OTAN", ORGANISATION, 1)},
        ),
        (
            "de",
            "Der Minister Thomas Keller sprach am Montag über die Lage in Frankreich. Die Rede war kurz.",
            {("Thomas Keller", PERSON, 1), ("France", PLACE, 1)},
        ),
        ("es", "Como siempre, el ministro habló poco en Londres, como ayer.", {("London", PLACE, 1)}),
        (
            "pl",
            "Premier Jan Nowak przyjechał. Polska podpisała umowę.",
            {("Jan Nowak", PERSON, 1), ("Poland", PLACE, 1)},
        ),
        ("ru", "Министр прибыл в Берлин. Германия подписала договор.", {("Berlin", PLACE, 1), ("Germany", PLACE, 1)}),
        ("it", "Male la borsa, male anche le banche.", set()),
    ],
)
def test_names_of_the_lists_are_found_without_a_model_at_low_confidence(
    model_entities: EntityRecogniser, language: str, text: str, names: set[tuple[str, EntityType, int]]
) -> None:
    (found,) = model_entities.entities([Passage("", text, language)])

    assert {(each.name, each.type, each.count) for each in found.value or ()} == names
    assert found.provenance.from_ == f"gazetteer and first names: no model for language {language}"
    assert found.provenance.confidence == (0.3 if names else 0)


@pytest.mark.parametrize("paragraph", ["A sentence of some words.\n\n", "A sentence of some words. ", "word " * 5])
def test_a_very_long_text_is_truncated_at_a_paragraph_sentence_or_word(paragraph: str) -> None:
    text = paragraph * (MAX_CHARACTERS // len(paragraph) + 10)

    head = truncated(text)

    assert MAX_CHARACTERS - 100 < len(head) <= MAX_CHARACTERS
    assert head.rstrip().endswith(paragraph.rstrip().rpartition(" ")[2])


def test_a_word_longer_than_the_limit_is_truncated_at_the_limit() -> None:
    assert len(truncated("x" * (MAX_CHARACTERS + 5))) == MAX_CHARACTERS


@pytest.mark.parametrize(
    ("text", "name", "type_", "count"),
    [
        (
            "The U.S. Fed raised rates. Analysts said the U.S. Fed would pause. The Fed said no.",
            "U.S. Fed",
            ORGANISATION,
            3,
        ),
        ("Aston Villa beat Norwich City 2-1 on Saturday.", "Aston Villa", ORGANISATION, 1),
        ("Aston Villa beat Norwich City 2-1 on Saturday.", "Norwich City", ORGANISATION, 1),
        ("Nordkap Terminals said it would buy a rival.", "Nordkap Terminals", ORGANISATION, 1),
        ("Shares of Oskar Logistics rose after Oskar Logistics won an order.", "Oskar Logistics", ORGANISATION, 2),
    ],
)
def test_clubs_companies_and_central_banks_are_organisations(
    model_entities: EntityRecogniser, text: str, name: str, type_: EntityType, count: int
) -> None:
    (found,) = model_entities.entities([Passage("", text, "en")])

    assert (name, type_, count) in [(each.name, each.type, each.count) for each in found.value or ()]


@pytest.mark.parametrize(
    "text",
    [
        "Doctors said cases of Crohn's Disease and Lyme Disease had risen, while Parkinson's was stable.",
        "Lassa Fever spread to two provinces and Marburg Virus killed two.",
        "Megan's Law was cited in the debate, and Martin's Law will apply to venues.",
        "Lawmakers passed the Clean Air Act and the Dodd-Frank Act.",
        "The Dodd-Frank Act was amended. The Sarbanes-Oxley law stands, and the Baker Act applies.",
        "Doctors treat Lyme disease and Hodgkin lymphoma in Leeds.",
    ],
)
def test_diseases_and_laws_are_no_people(model_entities: EntityRecogniser, text: str) -> None:
    (found,) = model_entities.entities([Passage("", text, "en")])

    assert [each.name for each in found.value or () if each.type is PERSON] == []


def test_a_name_across_a_wrapped_line_is_one_entity_with_a_span_in_the_stored_text(
    model_entities: EntityRecogniser,
) -> None:
    text = (
        "The mayor of Springfield said on Tuesday evening that the port of San\n"
        "Francisco would lend two ferries to the town while its own are repaired.\n"
    )

    (found,) = model_entities.entities([Passage("", text, "en")])

    (place,) = [each for each in found.value or () if each.name == "San Francisco"]
    assert [text[span.start : span.end] for span in place.spans] == ["San\nFrancisco"]


@pytest.mark.parametrize("space", ["\N{THIN SPACE}", "\N{NARROW NO-BREAK SPACE}", "\N{IDEOGRAPHIC SPACE}"])
@pytest.mark.parametrize(
    "apostrophe", ["\N{PRIME}", "\N{FULLWIDTH APOSTROPHE}", "\N{ACUTE ACCENT}", "\N{GRAVE ACCENT}"]
)
def test_names_are_the_same_with_other_spaces_apostrophes_and_hyphens(
    model_entities: EntityRecogniser, space: str, apostrophe: str
) -> None:
    plain = "Siobhan O'Brien met Joe Biden's son in South Africa. Kim Jong-un spoke to France's president in Kyiv."
    text = plain.replace(" ", space).replace("'", apostrophe).replace("-", "\N{HYPHEN}")
    written, other = model_entities.entities([Passage("", plain, "en"), Passage("", text, "en")])

    assert other.value == written.value
    assert {"Siobhan O'Brien", "Joe Biden", "Kim Jong-un"} <= {each.name for each in written.value or ()}
