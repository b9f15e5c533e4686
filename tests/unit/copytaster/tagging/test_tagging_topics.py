from __future__ import annotations

import time

import pytest

from copytaster.tagging.parts import Passage
from copytaster.tagging.topics import LEAST_SHARE, MOST_TOPICS, TermTopics
from copytaster.tagging.vocabulary import build_vocabulary, load_vocabulary, words


@pytest.fixture(scope="module")
def topics() -> TermTopics:
    return TermTopics(load_vocabulary())


STORIES = {
    "sport": "The striker scored a late goal and the team won the cup final in front of a full stadium.",
    "health": "Doctors at the hospital said the vaccine protected most patients from the virus.",
    "weather": "Heavy snow and strong winds will reach the coast, the weather forecast said, with a blizzard.",
    "religion": "The archbishop led prayers in the cathedral as pilgrims gathered for Easter.",
    "labour": "The trade union called a strike over the pay dispute and workers formed a picket line.",
    "education": "Pupils sat the exam in their classroom while teachers asked for a new curriculum.",
    "environment": "Deforestation and pollution threaten the wildlife of the rainforest, conservationists say.",
    "crime, law and justice": "The jury found the defendant guilty of murder and the judge sentenced him to prison.",
    "economy, business and finance": "Shares fell after the central bank raised its interest rate.",
    "disaster, accident and emergency incident": "The earthquake's death toll rose as rescuers searched the rubble.",
    "arts, culture, entertainment and media": "The actress won an Oscar for a film with a fine soundtrack.",
    "science and technology": "Astronomers aimed the telescope at a galaxy, and the software found a new planet.",
    "politics": "The prime minister lost the vote in parliament and called a general election.",
    "conflict, war and peace": "Rebels broke the ceasefire with rocket attacks, and the army sent troops.",
    "society": "The charity fights poverty and racism and stands up for human rights of ethnic minorities.",
    "lifestyle and leisure": "The chef shared a recipe from his restaurant, with a cocktail to go with the dish.",
    "human interest": "The newlyweds were reunited with a lost dog after the wedding, and the video went viral.",
}


@pytest.mark.parametrize("name", STORIES)
def test_a_plain_story_is_put_under_its_topic(topics: TermTopics, name: str) -> None:
    found = topics.topics(Passage("Report", STORIES[name], "en")).value

    assert found[0].name == name


def test_every_top_level_of_the_media_topics_has_terms() -> None:
    vocabulary = load_vocabulary()

    headings = {each.heading for evidence in vocabulary.evidence.values() for each in evidence}

    assert {heading.code for heading in headings} == {f"medtop:{number:02}000000" for number in range(1, 18)}
    assert {heading.name for heading in headings} == set(STORIES)


def test_topics_stand_best_first_with_shares_above_the_floor(topics: TermTopics) -> None:
    found = (
        topics.topics(Passage("Report", " ".join(STORIES.values()), "en")).value
        + topics.topics(Passage("Election", f"{STORIES['politics']} {STORIES['labour']}", "en")).value
    )

    assert {each.name for each in found} >= {"politics", "labour"}
    assert all(LEAST_SHARE <= each.score <= 1 for each in found)
    assert len(found) <= MOST_TOPICS


def test_the_reason_names_the_terms_with_their_counts(topics: TermTopics) -> None:
    passage = Passage("Summit", "The summit ended. Two summits failed; the referendum did not.", "en")

    found = topics.topics(passage).value

    assert found[0].why == "summit ×3, referendum ×1"  # noqa: RUF001 - a multiplication sign is meant


def test_a_longer_term_hides_the_shorter_ones_in_it(topics: TermTopics) -> None:
    found = topics.topics(Passage("Play", "They met on the tennis court. A second tennis court is built.", "en")).value

    assert [each.name for each in found] == ["sport"]
    assert "tennis court" in found[0].why


def test_one_weak_hint_is_not_a_topic(topics: TermTopics) -> None:
    found = topics.topics(Passage("Note", "A visit is planned.", "en"))

    assert found.value == ()
    assert found.provenance.confidence == 0


def test_other_languages_get_no_topics_and_a_reason(topics: TermTopics) -> None:
    found = topics.topics(Passage("Sommet", "Le sommet et le parlement.", "fr"))

    assert found.value == ()
    assert found.provenance.from_ == "no terms for language fr"


def test_inflections_and_hyphens_match() -> None:
    source = [{"code": "medtop:1", "name": "one", "strong": "cease fire, ally, invade*, carry*"}]
    vocabulary = build_vocabulary(source)

    matched = [form for form in vocabulary.evidence if form[-1] in words("invading cease-fires allies carried")]

    assert sorted(matched) == [("allies",), ("carried",), ("cease", "fires"), ("invading",)]


def test_more_than_two_thousand_articles_of_three_kilobytes_a_second(topics: TermTopics) -> None:
    filler = "and then she walked along the river with a friend who had come from another place "
    text = " ".join(f"{story} {filler * 2}" for story in STORIES.values())[:3000]
    passages = [Passage("A report", text, "en")] * 400
    topics.topics(passages[0])

    started = time.process_time()
    for passage in passages:
        topics.topics(passage)
    spent = time.process_time() - started

    assert len(passages) / spent > 2000
