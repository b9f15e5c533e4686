from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from copytaster.errors import ConfigurationError
from copytaster.tagging.stages import Passage
from copytaster.tagging.topics.classifier import MediaTopics, load_topics
from copytaster.tagging.topics.topic_model import TopicModel, load_topic_model
from copytaster.tagging.topics.vocabulary import words
from copytaster.training.topic_model import LEAST_EXAMPLES, TrainingError, TrainingReport, train

SPORT, MUSIC, WEATHER = "medtop:15000000", "medtop:01000000", "medtop:17000000"

# Words that the lists know, and words that only stand beside them here.
KINDS = {
    SPORT: ("football striker goalkeeper midfielder referee touchline", "zorble quandrick mivvet plashen"),
    MUSIC: ("orchestra album opera singer songwriter symphony", "tarnigal ollbeck fennimore dusk"),
    WEATHER: ("blizzard snowfall thunderstorm meteorologist drizzle forecaster", "krellow wistane bromley ardent"),
}


def texts(kind: str, count: int, seed: int = 1) -> Iterator[Passage]:
    known, beside = (each.split() for each in KINDS[kind])
    chance = Random(seed)
    for _ in range(count):
        said = [*chance.sample(known, 4), *chance.sample(beside, 3), "and", "then", "there", "was", "more"]
        chance.shuffle(said)
        yield Passage("Report", " ".join(said), "en")


def mixed(count: int) -> list[Passage]:
    return [passage for kind in KINDS for passage in texts(kind, count)]


@pytest.fixture(scope="module")
def topics() -> MediaTopics:
    return load_topics()


@pytest.fixture(scope="module")
def trained(topics: MediaTopics) -> tuple[TopicModel, TrainingReport]:
    return train(mixed(50), topics, language="en")


def opinion(model: TopicModel, text: str) -> dict[str, float]:
    return model.opinion([], words(text)).shares


def test_the_model_learns_the_words_beside_the_terms(trained: tuple[TopicModel, TrainingReport]) -> None:
    model, _ = trained

    shares = opinion(model, "A quandrick and a mivvet")

    assert max(shares, key=lambda top: shares[top]) == SPORT
    assert sum(shares.values()) == pytest.approx(1)


def test_the_report_counts_examples_by_top(trained: tuple[TopicModel, TrainingReport]) -> None:
    _, report = trained

    assert (report.texts, report.readable) == (150, 150)
    assert report.examples_by_top == {"arts, culture, entertainment and media": 50, "sport": 50, "weather": 50}
    assert "politics" in report.left_to_terms


def test_the_same_texts_make_the_same_model(topics: MediaTopics, trained: tuple[TopicModel, TrainingReport]) -> None:
    again, _ = train(mixed(50), topics, language="en")

    assert again.to_bytes() == trained[0].to_bytes()
    assert again.name == trained[0].name


def test_a_model_settles_what_the_terms_leave_open(
    topics: MediaTopics, trained: tuple[TopicModel, TrainingReport]
) -> None:
    torn = Passage("Report", "The orchestra met the striker; fennimore, ollbeck and tarnigal were there.", "en")

    alone = topics.topics(torn).value
    helped = replace(topics, model=trained[0]).topics(torn)

    assert {each.code for each in alone} >= {SPORT, MUSIC}
    assert helped.value[0].code == MUSIC
    assert helped.value[0].score > next(each.score for each in alone if each.code == MUSIC)
    assert helped.value[0].why.startswith("model 0.")
    assert helped.provenance.from_.endswith(f"+{trained[0].name}")


def test_a_model_is_not_asked_about_texts_in_another_language(
    topics: MediaTopics, trained: tuple[TopicModel, TrainingReport]
) -> None:
    german = replace(trained[0], language="de")

    found = replace(topics, model=german).topics(Passage("Report", "The striker met the referee.", "en"))

    assert "model" not in found.provenance.from_


def test_texts_about_one_thing_make_a_model_that_is_not_trusted(topics: MediaTopics) -> None:
    one_sided = [*texts(SPORT, 900), *texts(MUSIC, LEAST_EXAMPLES)]

    _, even = train(mixed(50), topics, language="en")
    _, report = train(one_sided, topics, language="en")

    assert report.trust < 0.1
    assert even.trust > 0.6


def test_a_top_with_few_examples_is_left_to_the_terms(topics: MediaTopics) -> None:
    model, report = train(
        [*texts(SPORT, 60), *texts(MUSIC, 60), *texts(WEATHER, LEAST_EXAMPLES - 1)], topics, language="en"
    )

    assert model.tops == (MUSIC, SPORT)
    assert "weather" in report.left_to_terms


@pytest.mark.parametrize("texts_of", [[], list(texts(SPORT, 300)), list(texts(SPORT, 30)) + list(texts(MUSIC, 30))])
def test_too_little_to_learn_from_is_said(topics: MediaTopics, texts_of: list[Passage]) -> None:
    with pytest.raises(TrainingError, match="a model needs 100 texts and two topics"):
        train(texts_of, topics, language="en")


def test_a_language_without_terms_cannot_teach(topics: MediaTopics) -> None:
    with pytest.raises(TrainingError, match="there are no terms for language fr: only en"):
        train(mixed(50), topics, language="fr")


def test_a_model_comes_back_from_its_file_as_it_was(
    tmp_path: Path, topics: MediaTopics, trained: tuple[TopicModel, TrainingReport]
) -> None:
    file = tmp_path / "topics.model"
    file.write_bytes(trained[0].to_bytes())

    loaded = load_topic_model(file, topics.taxonomy.tops)

    assert loaded is not None
    assert loaded.name == trained[0].name
    assert opinion(loaded, "A quandrick") == opinion(trained[0], "A quandrick")
    assert file.stat().st_size < 200_000


@pytest.mark.parametrize("at", [100, 5_000, -1])
def test_a_model_that_was_changed_is_not_loaded(
    tmp_path: Path, topics: MediaTopics, trained: tuple[TopicModel, TrainingReport], at: int
) -> None:
    content = bytearray(trained[0].to_bytes())
    content[at] ^= 1
    file = tmp_path / "topics.model"
    file.write_bytes(content)

    with pytest.raises(ConfigurationError, match="does not match its hash; train it anew"):
        load_topic_model(file, topics.taxonomy.tops)


@pytest.mark.parametrize("content", [b"", b"\x80\x04pickle", b"something else 1\n{}\n"])
def test_a_file_that_is_no_model_is_not_loaded(tmp_path: Path, topics: MediaTopics, content: bytes) -> None:
    file = tmp_path / "topics.model"
    file.write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"COPYTASTER_TOPIC_MODEL: .* is no topic model"):
        load_topic_model(file, topics.taxonomy.tops)


def test_a_model_for_other_topics_is_not_loaded(tmp_path: Path, trained: tuple[TopicModel, TrainingReport]) -> None:
    file = tmp_path / "topics.model"
    file.write_bytes(trained[0].to_bytes())

    with pytest.raises(ConfigurationError, match="was trained for other topics"):
        load_topic_model(file, [SPORT])


def test_a_model_that_is_not_there_yet_is_left_out(tmp_path: Path) -> None:
    topics = load_topics(model_file=tmp_path / "topics.model")

    assert topics.model is None
