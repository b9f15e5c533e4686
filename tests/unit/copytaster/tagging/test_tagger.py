from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from unicodedata import normalize

import pytest

from copytaster.model.article import Article, EntityType, Tagging
from copytaster.store.memory.term_frequencies import MemoryTermFrequencies
from copytaster.store.ports.term_frequencies import Frequencies, Terms
from copytaster.tagging.tagger import PlainTagger, Tagger

MakeArticle = Callable[..., Article]

REPOSITORY = Path(__file__).parents[4]
SHARED = Path(os.environ.get("COPYTASTER_SHARED", REPOSITORY.parent / "shared"))
WIRE_ARTICLE = SHARED / "seeds" / "000_4c61589bec835680.txt"


@pytest.fixture
def wire_tagging(tagger: Tagger, an_article: MakeArticle) -> Tagging:
    if not WIRE_ARTICLE.is_file():
        pytest.skip(f"the sample article {WIRE_ARTICLE} does not exist")
    title, _, rest = WIRE_ARTICLE.read_text(encoding="utf-8").partition("\n")
    text = rest.partition("ALSO ON RT.COM")[0].strip()
    return tagger.tag([an_article(title, text)])[0]


def names(tagging: Tagging, entity_type: EntityType) -> list[str]:
    return [each.name for each in tagging.entities or () if each.type is entity_type]


def test_the_wire_articles_topics_are_politics_and_conflict(wire_tagging: Tagging) -> None:
    assert wire_tagging.language == "en"
    assert [each.name for each in wire_tagging.topics[:2]] == ["politics", "conflict, war and peace"]


def test_the_wire_article_names_three_people_each_once_in_full(wire_tagging: Tagging) -> None:
    assert sorted(names(wire_tagging, EntityType.PERSON)) == ["Donald Trump", "Kim Jong-un", "Vladimir Putin"]


def test_the_wire_articles_places_are_places(wire_tagging: Tagging) -> None:
    places = set(names(wire_tagging, EntityType.PLACE))

    assert {"Vladivostok", "Russia", "Russky Island", "Khasan", "Pyongyang", "Vietnam"} <= places
    assert not places & set(names(wire_tagging, EntityType.PERSON))


def test_the_wire_articles_keywords_are_neither_names_nor_boilerplate(wire_tagging: Tagging) -> None:
    words = {word for each in wire_tagging.keywords for word in each.term.split()}

    assert {"summit", "armored"} <= words
    assert not words & {"kim", "putin", "trump", "vladivostok", "korea", "also", "com"}


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "en",
            "Zoë Müller resigns",
            "\N{FIRE} Zoë Müller resigned on Monday. Siobhán O'Brien said in Côte d'Ivoire that the café was sold.",
        ),
        (
            "fr",
            "Le président à Besançon",
            "Le président Emmanuel Macron s'est rendu en Algérie. Le président a été reçu, l'élection aura lieu.",
        ),
        (
            "vi",
            "Hà Nội mưa",
            "Thủ tướng đã đến thăm Việt Nam và nói rằng Việt Nam sẽ phát triển kinh tế trong năm nay.",
        ),
    ],
)
def test_accents_apart_from_their_letters_change_no_label_and_places_are_those_of_the_stored_text(
    tagger: Tagger, an_article: MakeArticle, language: str, title: str, text: str
) -> None:
    apart = normalize("NFD", text)
    composed, decomposed = tagger.tag([an_article(title, text), an_article(normalize("NFD", title), apart)])

    assert composed.language == decomposed.language == language
    for kind in ("topics", "entities", "keywords"):
        labels, others = (getattr(each, kind) for each in (composed, decomposed))
        assert [each.model_copy(update={"spans": ()}) for each in labels] == [
            each.model_copy(update={"spans": ()}) for each in others
        ]
        for label, other in zip(labels, others, strict=True):
            assert [normalize("NFC", apart[span.start : span.end]) for span in other.spans] == [
                text[span.start : span.end] for span in label.spans
            ]


def test_a_place_in_the_dateline_is_a_place_in_the_text(tagger: Tagger, an_article: MakeArticle) -> None:
    article = an_article("Storm", "Rain fell on Tarnby. Tarnby said it had no power.")

    (tagging,) = tagger.tag([article.model_copy(update={"dateline": "TARNBY, Norway, Jan 3 (NW)"})])

    assert names(tagging, EntityType.PLACE) == ["Tarnby"]


def test_an_article_updates_the_frequencies_only_when_it_is_first_tagged(
    tagger: Tagger, an_article: MakeArticle
) -> None:
    frequencies = MemoryTermFrequencies()
    learning = tagger.with_frequencies(frequencies)
    article = an_article("Otters", "An otter saw an otter.")

    (tagging,) = learning.tag([article])
    learning.tag([article, article.model_copy(update={"topics": tagging.topics, "version": 2})])

    (found,) = frequencies.count([Terms("-", "en", ("otter",), new=False)])
    assert found == Frequencies(articles=1, counts=(1,))


def test_the_wire_articles_university_is_an_organisation(wire_tagging: Tagging) -> None:
    assert "Far Eastern Federal University" in names(wire_tagging, EntityType.ORGANISATION)


def test_articles_are_tagged_in_order_each_in_its_language(tagger: Tagger, an_article: MakeArticle) -> None:
    english = an_article(
        "Election", "The prime minister called a general election, parliament said on Monday in London."
    )
    german = an_article(
        "Wahl", "Die Kanzlerin hat am Montag in Berlin gesagt, dass die Wahlen im September stattfinden."
    )

    first, second, third = tagger.tag([english, german, english])

    assert [first.language, second.language, third.language] == ["en", "de", "en"]
    assert first == third
    assert first.topics[0].name == "politics"
    assert [each.name for each in second.entities or ()] == ["Berlin"]
    assert not second.topics
    assert [each.term for each in second.keywords][:2] == ["wahl", "kanzlerin"]
    assert second.provenance["entities"].from_ == "gazetteer and first names: no model for language de"


def test_every_tagging_has_the_provenance_of_each_field(tagger: Tagger, an_article: MakeArticle) -> None:
    (tagging,) = tagger.tag([an_article("Storm", "Strong winds reached the coast of Ireland.")])

    assert tagging.provenance.keys() == {"language", "topics", "entities", "keywords"}


def test_no_articles_give_no_taggings(tagger: Tagger) -> None:
    assert tagger.tag([]) == []


def test_the_plain_tagger_finds_nothing(an_article: MakeArticle) -> None:
    article = an_article("Storm", "Strong winds reached the coast of Ireland.")

    first, second = PlainTagger().tag([article, article])

    assert first == second
    assert first.language == "und"
    assert first.topics == ()
    assert first.entities == ()
    assert first.keywords == ()
