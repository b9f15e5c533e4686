from __future__ import annotations

from collections.abc import Sequence

import pytest

from copytaster.model.article import Subject, Topic
from copytaster.tagging.stages import Passage
from copytaster.tagging.topics.classifier import GIVEN_BY_SOURCE, MAX_TOPS, MediaTopics, load_topics
from copytaster.tagging.topics.evidence import MAX_SPANS
from copytaster.tagging.topics.vocabulary import LEAST_SHARE


@pytest.fixture(scope="module")
def topics() -> MediaTopics:
    return load_topics()


def find(topics: MediaTopics, title: str, text: str, *subjects: Subject, language: str = "en") -> tuple[Topic, ...]:
    return topics.topics(Passage(title, text, language, subjects=subjects)).value


def tops(found: Sequence[Topic], topics: MediaTopics) -> list[str]:
    return [each.name for each in found if each.code in topics.taxonomy.tops]


STRIKE = "The trade union called a strike over the pay dispute and workers formed a picket line."
VOTE = "The prime minister lost the vote in parliament and called a general election."


def test_tops_come_first_and_each_level_is_sorted_with_shares_above_the_minimum(topics: MediaTopics) -> None:
    result = find(topics, "Election", f"{VOTE} {STRIKE}")

    assert tops(result, topics) == ["politics", "labour"]
    assert [each.name for each in result[:2]] == ["politics", "labour"]
    assert all(LEAST_SHARE <= each.score <= 1 for each in result[:2])
    assert "labour dispute" in [each.name for each in result[2:]]


def test_a_narrower_topic_scores_no_more_than_its_top(topics: MediaTopics) -> None:
    result = find(topics, "Election", f"{VOTE} {STRIKE}")

    scores = {each.code: each.score for each in result}
    headings = topics.taxonomy.headings
    assert all(each.score <= scores[headings[each.code].top] for each in result)


def test_narrower_topics_are_chosen_only_below_the_chosen_tops(topics: MediaTopics) -> None:
    result = find(topics, "Cup final", "The goalkeeper saved a penalty; the striker scored. A new diet helped them.")

    headings = topics.taxonomy.headings
    assert {headings[each.code].top for each in result} == {headings[result[0].code].top}
    assert [each.name for each in result[:2]] == ["sport", "soccer"]


def test_a_text_about_everything_has_a_limited_number_of_tops(topics: MediaTopics) -> None:
    digest = f"{VOTE} {STRIKE} A murder trial, a cup final, a vaccine, a sermon, a blizzard, an opera."

    result = find(topics, "Digest", digest)

    assert len(tops(result, topics)) <= MAX_TOPS


def test_the_reason_names_the_terms_with_their_counts(topics: MediaTopics) -> None:
    result = find(topics, "Summit", "The summit ended. Two summits failed; the referendum did not.")

    assert result[0].why == "summit ×3, referendum ×1"  # noqa: RUF001 - a multiplication sign is meant


def test_the_spans_are_the_positions_of_the_terms_in_the_reason(topics: MediaTopics) -> None:
    text = "The summit ended. İstanbul's two Summits failed; the second prime-minister left."

    result = find(topics, "Meeting", text)

    assert [text[each.start : each.end] for each in result[0].spans] == ["summit", "Summits", "prime-minister"]


def test_a_long_report_keeps_only_its_first_spans(topics: MediaTopics) -> None:
    result = find(topics, "Report", "The election was called. " * 3 * MAX_SPANS)

    assert len(result[0].spans) == MAX_SPANS
    assert result[0].spans[0].start == len("The ")


def test_a_longer_term_hides_the_shorter_ones_in_it(topics: MediaTopics) -> None:
    result = find(topics, "Play", "They met on the tennis court. A second tennis court is built.")

    assert tops(result, topics) == ["sport"]
    assert "tennis court" in result[0].why


def test_a_silent_phrase_hides_the_word_in_it(topics: MediaTopics) -> None:
    result = find(topics, "Shops", "The shops open on Boxing Day. Boxing Day is busy.")

    assert "sport" not in tops(result, topics)


def test_one_weak_term_is_not_enough_for_a_topic(topics: MediaTopics) -> None:
    finding = topics.topics(Passage("Note", "A visit is planned.", "en"))

    assert finding.value == ()
    assert finding.provenance.confidence == 0


def test_provenance_names_the_version_of_the_terms(topics: MediaTopics) -> None:
    finding = topics.topics(Passage("Vote", VOTE, "en"))

    assert finding.provenance.from_ == f"terms:{topics.vocabularies['en'].version}"
    assert finding.provenance.from_.startswith("terms:topics_en@")


def test_languages_without_terms_and_labels_have_no_topics_and_a_reason(topics: MediaTopics) -> None:
    finding = topics.topics(Passage("Vertice", "Il vertice e il parlamento.", "it"))

    assert finding.value == ()
    assert finding.provenance.from_ == "no terms for language it"


def test_topics_of_the_source_are_kept_in_any_language(topics: MediaTopics) -> None:
    given = Subject(code="medtop:20000018", name="Musik")

    finding = topics.topics(Passage("Concerto", "Suona l'orchestra.", "it", subjects=(given,)))

    assert [(each.code, each.why) for each in finding.value] == [
        ("medtop:01000000", f"{GIVEN_BY_SOURCE} as music"),
        ("medtop:20000018", GIVEN_BY_SOURCE),
    ]
    assert finding.provenance.from_ == "source"


def test_a_topic_of_the_source_counts_as_evidence_besides_the_terms(topics: MediaTopics) -> None:
    religion = Subject(code="medtop:12000000")

    result = find(topics, "Vote", VOTE, religion)

    assert tops(result, topics) == ["politics", "religion"]
    assert result[1].why == GIVEN_BY_SOURCE


def test_the_reason_of_a_source_topic_also_names_its_terms(topics: MediaTopics) -> None:
    result = find(topics, "Monday", "The parliament met.", Subject(name="Politics"))

    assert result[0].why == f"{GIVEN_BY_SOURCE}; parliament ×1"  # noqa: RUF001 - a multiplication sign is meant


def test_an_unknown_media_topic_is_kept_under_the_sources_name(topics: MediaTopics) -> None:
    result = find(topics, "Note", "Nothing much.", Subject(code="medtop:20999999", name="drone racing"))

    assert [(each.code, each.name, each.score) for each in result] == [("medtop:20999999", "drone racing", 1.0)]


def test_subjects_of_other_schemes_are_not_topics(topics: MediaTopics) -> None:
    result = find(topics, "Note", "Nothing much.", Subject(code="house:77", name="Page two"))

    assert result == ()
