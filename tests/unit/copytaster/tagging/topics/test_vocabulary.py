from __future__ import annotations

import re
import tomllib
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from copytaster.tagging.topics.taxonomy import Heading, load_taxonomy
from copytaster.tagging.topics.vocabulary import (
    TOP_WEIGHT,
    WEIGHTS,
    Indication,
    Vocabulary,
    build_vocabulary,
    english_forms,
    load_vocabularies,
    words,
)

TOP, BELOW = "medtop:01000000", "medtop:20000001"
HEADINGS = {TOP: Heading(TOP, "top", TOP), BELOW: Heading(BELOW, "below", TOP)}


def built(**terms: object) -> Vocabulary:
    return build_vocabulary(terms, HEADINGS, inflect=english_forms, version="test")


def weights(vocabulary: Vocabulary, *phrase: str) -> dict[str, float]:
    forms = [vocabulary.single[phrase[0]]] if len(phrase) == 1 else vocabulary.phrases[phrase[0]][phrase[1]]
    found = next(form for form in forms if form.words == phrase)
    return {vocabulary.indications[each].code: vocabulary.indications[each].weight for each in found.indications}


def test_inflections_and_hyphens_match() -> None:
    vocabulary = built(**{"01000000": {"strong": "cease fire, ally, invade*, carry*"}})

    matched = [word for word in words("invading allies carried ally's") if word in vocabulary.single]

    assert matched == ["invading", "allies", "carried", "ally"]
    assert weights(vocabulary, "cease", "fires") == {TOP: WEIGHTS["strong"]}


def test_a_strong_term_of_a_narrower_topic_also_indicates_its_top() -> None:
    vocabulary = built(**{"20000001": {"strong": "oboe", "plain": "score"}})

    assert weights(vocabulary, "oboe") == {BELOW: WEIGHTS["strong"], TOP: TOP_WEIGHT}
    assert weights(vocabulary, "score") == {BELOW: WEIGHTS["plain"]}


def test_a_term_indicates_its_top_by_the_shorter_term_that_it_hides() -> None:
    vocabulary = built(**{"01000000": {"strong": "opera"}, "20000001": {"plain": "opera house, light opera singer"}})

    assert weights(vocabulary, "opera", "house") == {BELOW: WEIGHTS["plain"], TOP: WEIGHTS["strong"]}
    assert weights(vocabulary, "light", "opera", "singer") == {BELOW: WEIGHTS["plain"], TOP: WEIGHTS["strong"]}


def test_a_tops_own_weight_for_a_term_is_kept() -> None:
    vocabulary = built(**{"01000000": {"weak": "score"}, "20000001": {"strong": "score"}})

    assert weights(vocabulary, "score") == {TOP: WEIGHTS["weak"], BELOW: WEIGHTS["strong"]}


def test_a_silent_phrase_indicates_nothing() -> None:
    vocabulary = built(silent="boxing day", **{"01000000": {"strong": "boxing"}})

    assert weights(vocabulary, "boxing", "day") == {}


def test_terms_of_topics_outside_the_taxonomy_are_ignored() -> None:
    vocabulary = build_vocabulary(
        {"20000001": {"strong": "oboe"}}, {TOP: HEADINGS[TOP]}, inflect=english_forms, version="test"
    )

    assert vocabulary.indications == ()


def test_every_topic_of_the_package_has_terms_and_every_list_a_topic() -> None:
    taxonomy = load_taxonomy()

    listed = {each.code for each in load_vocabularies(taxonomy.headings)["en"].indications}

    assert listed == taxonomy.headings.keys()
    assert set(terms_in_the_package()) == {code.removeprefix("medtop:") for code in taxonomy.headings}


def test_the_package_has_seventeen_tops_and_many_narrower_topics() -> None:
    taxonomy = load_taxonomy()

    assert taxonomy.tops == tuple(f"medtop:{number:02}000000" for number in range(1, 18))
    below = Counter(each.top for each in taxonomy.headings.values() if each.code != each.top)
    assert sum(below.values()) >= 120
    assert min(below[top] for top in taxonomy.tops) >= 4


def test_no_term_is_repeated_in_a_topic() -> None:
    for number, lists in terms_in_the_package().items():
        listed = [
            " ".join(each.split()) for terms in lists.values() for each in re.split(r"[,\n]+", terms) if each.strip()
        ]

        assert [term for term, count in Counter(listed).items() if count > 1] == [], number


def test_the_version_is_a_hash_of_the_list() -> None:
    taxonomy = load_taxonomy()

    assert re.fullmatch(r"topics_en@[0-9a-f]{8}", load_vocabularies(taxonomy.headings)["en"].version)


def test_the_forms_of_a_term_share_its_indications() -> None:
    vocabulary = built(**{"01000000": {"strong": "opera"}})

    assert vocabulary.indications == (Indication(TOP, "opera", WEIGHTS["strong"]),)
    assert vocabulary.single["opera"].indications == vocabulary.single["operas"].indications


@pytest.mark.parametrize("name", ["topics.toml", "topics_en.toml"])
def test_the_lists_are_packaged(name: str) -> None:
    assert Path(str(files("copytaster.tagging.topics").joinpath(name))).is_file()


def terms_in_the_package() -> dict[str, dict[str, str]]:
    data = tomllib.loads(files("copytaster.tagging.topics").joinpath("topics_en.toml").read_text(encoding="utf-8"))
    return {number: lists for number, lists in data.items() if isinstance(lists, dict)}
