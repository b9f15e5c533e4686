from __future__ import annotations

import pytest

from copytaster.model.article import Subject, Topic
from copytaster.tagging.stages import Passage
from copytaster.tagging.topics.classifier import MediaTopics, load_topics
from copytaster.tagging.topics.evidence import collect_evidence
from copytaster.tagging.topics.labels import ENDINGS, TRUST, build_labels, load_labels, stem
from copytaster.tagging.topics.taxonomy import load_taxonomy
from copytaster.tagging.topics.vocabulary import Vocabulary

LABELS = {"15000000": "fußball, tischtennis, ski alpin", "12000000": "kirche, papst"}


@pytest.fixture(scope="module")
def topics() -> MediaTopics:
    return load_topics()


def german() -> Vocabulary:
    return build_labels(LABELS, "de", version="test")


def found_terms(vocabulary: Vocabulary, text: str, language: str = "de") -> dict[str, list[str]]:
    evidence = collect_evidence(Passage("", text, language), vocabulary)
    return {code: sorted(term for _, term, _ in terms) for code, terms in evidence.terms.items()}


def find(topics: MediaTopics, title: str, text: str, language: str) -> tuple[Topic, ...]:
    return topics.topics(Passage(title, text, language)).value


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("de", ["Wahl", "Wahlen"]),
        ("fr", ["élection", "élections", "Elections"]),
        ("es", ["elección", "elecciones"]),
        ("pt", ["eleição", "eleições"]),
        ("sv", ["domstol", "domstolen", "domstolar", "domstolarna"]),
        ("da", ["domstol", "domstolen", "domstole", "domstolene"]),
        ("ar", ["انتخابات", "الانتخابات", "والانتخابات"]),
    ],
)
def test_inflected_forms_of_a_word_have_one_stem(language: str, forms: list[str]) -> None:
    assert len({stem(form.lower(), language) for form in forms}) == 1


def test_short_words_keep_their_endings() -> None:
    assert stem("see", "de") == "see"
    assert stem("mes", "es") == "mes"


def test_labels_are_found_as_words_phrases_and_parts_of_compounds() -> None:
    found = found_terms(german(), "Der Fußballverein ehrt den Meister im Ski Alpin; das Tischtennisturnier folgt.")

    assert found == {"medtop:15000000": ["fußball", "ski alpin", "tischtennis"]}


def test_short_labels_are_not_found_inside_other_words() -> None:
    assert found_terms(german(), "Die Papstfinken sangen.") == {}


def test_compounds_are_only_divided_in_languages_that_write_them_as_one_word() -> None:
    french = build_labels({"15000000": "football, cyclisme"}, "fr", version="test")

    assert found_terms(french, "Un footballeur, le football.", "fr") == {"medtop:15000000": ["football"]}
    assert found_terms(french, "Des footballistiques.", "fr") == {}


def test_labels_of_a_language_without_spaces_are_sequences_of_characters(topics: MediaTopics) -> None:
    text = "羽毛球和排球比赛在市中心举行。"

    found = find(topics, "比赛", text, "zh")

    assert [each.name for each in found] == ["sport"]
    assert {text[span.start : span.end] for span in found[0].spans} == {"羽毛球", "排球"}


def test_a_topic_of_labels_has_a_low_score_and_a_reason_with_the_language(topics: MediaTopics) -> None:
    finding = topics.topics(Passage("Parlament und Regierung", "Die Regierung stellt sich dem Parlament.", "de"))

    assert [(each.name, each.score) for each in finding.value] == [("politics", TRUST)]
    assert finding.value[0].why == "IPTC labels (de): regierung ×2, parlament ×2"  # noqa: RUF001 - a multiplication sign
    assert finding.provenance.from_.startswith("labels:labels_de@")
    assert finding.provenance.confidence == TRUST


@pytest.mark.parametrize(
    "text", ["Tennis, Tennis, Tennis und noch einmal Tennis.", "Tennis und Papst, Volleyball und Moschee."]
)
def test_one_label_and_labels_of_several_topics_give_no_topic(topics: MediaTopics, text: str) -> None:
    assert find(topics, "", text, "de") == ()


def test_topics_of_the_source_keep_their_score_beside_labels(topics: MediaTopics) -> None:
    given = Subject(code="medtop:15000000")

    finding = topics.topics(Passage("", "Tennis und Volleyball.", "de", subjects=(given,)))

    assert [(each.name, each.score) for each in finding.value] == [("sport", 1.0)]


def test_languages_with_terms_do_not_use_labels(topics: MediaTopics) -> None:
    assert load_labels("en") is None
    assert topics.topics(Passage("", "Tennis.", "en")).provenance.from_.startswith("terms:")


@pytest.mark.parametrize("language", sorted(ENDINGS))
def test_the_packaged_labels_of_a_language_are_below_top_level_topics_and_unambiguous(language: str) -> None:
    vocabulary = load_labels(language)

    assert vocabulary is not None
    codes = {each.code for each in vocabulary.indications}
    forms = [
        *vocabulary.single.values(),
        *(form for by_second in vocabulary.phrases.values() for listed in by_second.values() for form in listed),
    ]
    assert codes <= set(load_taxonomy().tops)
    assert len(codes) >= len(load_taxonomy().tops) - 2
    assert all(len(form.indications) == 1 for form in forms)
