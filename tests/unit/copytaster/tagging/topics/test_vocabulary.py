from __future__ import annotations

import re
import tomllib
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from copytaster.tagging.topics.taxonomy import Heading, load_taxonomy
from copytaster.tagging.topics.vocabulary import (
    LIFTED,
    WEIGHTS,
    Evidence,
    Vocabulary,
    build_vocabulary,
    english_forms,
    load_vocabularies,
    words,
)

TOP, BELOW = "medtop:01000000", "medtop:20000001"
HEADINGS = {TOP: Heading(TOP, "top", TOP), BELOW: Heading(BELOW, "below", TOP)}


def built(**terms: object) -> Vocabulary:
    return build_vocabulary(terms, HEADINGS, forms=english_forms, version="test")


def evidence(vocabulary: Vocabulary, *phrase: str) -> dict[str, float]:
    forms = [vocabulary.single[phrase[0]]] if len(phrase) == 1 else vocabulary.phrases[phrase[0]][phrase[1]]
    found = next(form for form in forms if form.words == phrase)
    return {vocabulary.evidence[each].code: vocabulary.evidence[each].weight for each in found.evidence}


def test_inflections_and_hyphens_match() -> None:
    vocabulary = built(**{"01000000": {"strong": "cease fire, ally, invade*, carry*"}})

    matched = [word for word in words("invading allies carried ally's") if word in vocabulary.single]

    assert matched == ["invading", "allies", "carried", "ally"]
    assert evidence(vocabulary, "cease", "fires") == {TOP: WEIGHTS["strong"]}


def test_a_strong_term_of_a_narrower_topic_speaks_for_the_top_as_well() -> None:
    vocabulary = built(**{"20000001": {"strong": "oboe", "plain": "score"}})

    assert evidence(vocabulary, "oboe") == {BELOW: WEIGHTS["strong"], TOP: LIFTED}
    assert evidence(vocabulary, "score") == {BELOW: WEIGHTS["plain"]}


def test_a_term_still_speaks_for_its_top_by_what_it_hides() -> None:
    vocabulary = built(**{"01000000": {"strong": "opera"}, "20000001": {"plain": "opera house, light opera singer"}})

    assert evidence(vocabulary, "opera", "house") == {BELOW: WEIGHTS["plain"], TOP: WEIGHTS["strong"]}
    assert evidence(vocabulary, "light", "opera", "singer") == {BELOW: WEIGHTS["plain"], TOP: WEIGHTS["strong"]}


def test_a_tops_own_weight_for_a_term_stands() -> None:
    vocabulary = built(**{"01000000": {"weak": "score"}, "20000001": {"strong": "score"}})

    assert evidence(vocabulary, "score") == {TOP: WEIGHTS["weak"], BELOW: WEIGHTS["strong"]}


def test_a_silent_phrase_is_evidence_of_nothing() -> None:
    vocabulary = built(silent="boxing day", **{"01000000": {"strong": "boxing"}})

    assert evidence(vocabulary, "boxing", "day") == {}


def test_topics_that_are_not_in_the_taxonomy_have_no_terms() -> None:
    vocabulary = build_vocabulary(
        {"20000001": {"strong": "oboe"}}, {TOP: HEADINGS[TOP]}, forms=english_forms, version="test"
    )

    assert vocabulary.evidence == ()


def test_every_topic_of_the_package_has_terms_and_every_list_a_topic() -> None:
    taxonomy = load_taxonomy()

    listed = {each.code for each in load_vocabularies(taxonomy.headings)["en"].evidence}

    assert listed == taxonomy.headings.keys()
    assert set(terms_in_the_package()) == {code.removeprefix("medtop:") for code in taxonomy.headings}


def test_the_package_knows_seventeen_tops_and_far_more_below() -> None:
    taxonomy = load_taxonomy()

    assert taxonomy.tops == tuple(f"medtop:{number:02}000000" for number in range(1, 18))
    below = Counter(each.top for each in taxonomy.headings.values() if each.code != each.top)
    assert sum(below.values()) >= 120
    assert min(below[top] for top in taxonomy.tops) >= 4


def test_no_term_stands_twice_in_one_topic() -> None:
    for number, lists in terms_in_the_package().items():
        told = [
            " ".join(each.split()) for terms in lists.values() for each in re.split(r"[,\n]+", terms) if each.strip()
        ]

        assert [term for term, count in Counter(told).items() if count > 1] == [], number


def test_the_version_is_that_of_the_list() -> None:
    taxonomy = load_taxonomy()

    assert re.fullmatch(r"topics_en@[0-9a-f]{8}", load_vocabularies(taxonomy.headings)["en"].version)


def test_evidence_is_shared_by_the_forms_of_a_term() -> None:
    vocabulary = built(**{"01000000": {"strong": "opera"}})

    assert vocabulary.evidence == (Evidence(TOP, "opera", WEIGHTS["strong"]),)
    assert vocabulary.single["opera"].evidence == vocabulary.single["operas"].evidence


@pytest.mark.parametrize("name", ["topics.toml", "topics_en.toml"])
def test_the_lists_come_with_the_package(name: str) -> None:
    assert Path(str(files("copytaster.tagging.topics").joinpath(name))).is_file()


def terms_in_the_package() -> dict[str, dict[str, str]]:
    told = tomllib.loads(files("copytaster.tagging.topics").joinpath("topics_en.toml").read_text(encoding="utf-8"))
    return {number: lists for number, lists in told.items() if isinstance(lists, dict)}
