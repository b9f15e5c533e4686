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
from copytaster.training.report import TrainingReport
from copytaster.training.topic_model import LEAST_EXAMPLES, TrainingError, train

SPORT, MUSIC, WEATHER = "medtop:15000000", "medtop:01000000", "medtop:17000000"

# Words in the term lists, and words that only occur together with them here.
WORDS_BY_TOP = {
    SPORT: ("football striker goalkeeper midfielder referee touchline", "zorble quandrick mivvet plashen"),
    MUSIC: ("orchestra album opera singer songwriter symphony", "tarnigal ollbeck fennimore dusk"),
    WEATHER: ("blizzard snowfall thunderstorm meteorologist drizzle forecaster", "krellow wistane bromley ardent"),
}


def texts(top: str, count: int, seed: int = 1) -> Iterator[Passage]:
    listed, unlisted = (words.split() for words in WORDS_BY_TOP[top])
    random = Random(seed)
    for _ in range(count):
        chosen = [*random.sample(listed, 4), *random.sample(unlisted, 3), "and", "then", "there", "was", "more"]
        random.shuffle(chosen)
        yield Passage("Report", " ".join(chosen), "en")


def mixed(count: int) -> list[Passage]:
    return [passage for top in WORDS_BY_TOP for passage in texts(top, count)]


@pytest.fixture(scope="module")
def topics() -> MediaTopics:
    return load_topics()


@pytest.fixture(scope="module")
def trained(topics: MediaTopics) -> tuple[TopicModel, TrainingReport]:
    return train(mixed(50), topics, language="en")


def predicted(model: TopicModel, text: str) -> dict[str, float]:
    return model.predict([], words(text)).shares


def test_the_model_learns_words_that_occur_with_the_terms(trained: tuple[TopicModel, TrainingReport]) -> None:
    model, _ = trained

    shares = predicted(model, "A quandrick and a mivvet")

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


def test_a_model_decides_what_the_terms_leave_open(
    topics: MediaTopics, trained: tuple[TopicModel, TrainingReport]
) -> None:
    undecided = Passage(
        "Report",
        "The orchestra and a singer met the striker and the goalkeeper; fennimore, ollbeck and tarnigal were there.",
        "en",
    )

    terms_only = topics.topics(undecided).value
    with_model = replace(topics, model=trained[0]).topics(undecided)

    assert {each.code for each in terms_only} >= {SPORT, MUSIC}
    assert with_model.value[0].code == MUSIC
    assert with_model.value[0].score > next(each.score for each in terms_only if each.code == MUSIC)
    assert with_model.value[0].why.startswith("model 0.")
    assert with_model.provenance.from_.endswith(f"+{trained[0].name}")


def test_a_model_is_not_used_for_texts_in_another_language(
    topics: MediaTopics, trained: tuple[TopicModel, TrainingReport]
) -> None:
    german = replace(trained[0], language="de")

    found = replace(topics, model=german).topics(Passage("Report", "The striker met the referee.", "en"))

    assert "model" not in found.provenance.from_


def test_a_model_of_texts_about_one_topic_is_not_trusted(topics: MediaTopics) -> None:
    one_sided = [*texts(SPORT, 900), *texts(MUSIC, LEAST_EXAMPLES)]

    _, balanced = train(mixed(50), topics, language="en")
    _, report = train(one_sided, topics, language="en")

    assert report.trust < 0.1
    assert balanced.trust > 0.6


def test_a_topic_with_few_examples_is_left_to_the_terms(topics: MediaTopics) -> None:
    model, report = train(
        [*texts(SPORT, 60), *texts(MUSIC, 60), *texts(WEATHER, LEAST_EXAMPLES - 1)], topics, language="en"
    )

    assert model.tops == (MUSIC, SPORT)
    assert "weather" in report.left_to_terms


@pytest.mark.parametrize("texts_of", [[], list(texts(SPORT, 300)), list(texts(SPORT, 30)) + list(texts(MUSIC, 30))])
def test_too_few_examples_are_an_error(topics: MediaTopics, texts_of: list[Passage]) -> None:
    with pytest.raises(TrainingError, match="a model needs 100 texts and two topics"):
        train(texts_of, topics, language="en")


def test_training_in_a_language_without_terms_is_an_error(topics: MediaTopics) -> None:
    with pytest.raises(TrainingError, match="there are no terms for language fr: only en"):
        train(mixed(50), topics, language="fr")


def test_a_model_is_unchanged_after_being_saved_and_loaded(
    tmp_path: Path, topics: MediaTopics, trained: tuple[TopicModel, TrainingReport]
) -> None:
    file = tmp_path / "topics.model"
    file.write_bytes(trained[0].to_bytes())

    loaded = load_topic_model(file, topics.taxonomy.tops)

    assert loaded is not None
    assert loaded.name == trained[0].name
    assert predicted(loaded, "A quandrick") == predicted(trained[0], "A quandrick")
    assert file.stat().st_size < 200_000


@pytest.mark.parametrize("at", [100, 5_000, -1])
def test_a_damaged_model_is_not_loaded(
    tmp_path: Path, topics: MediaTopics, trained: tuple[TopicModel, TrainingReport], at: int
) -> None:
    content = bytearray(trained[0].to_bytes())
    content[at] ^= 1
    file = tmp_path / "topics.model"
    file.write_bytes(content)

    with pytest.raises(ConfigurationError, match="does not match its hash; train it again"):
        load_topic_model(file, topics.taxonomy.tops)


@pytest.mark.parametrize("content", [b"", b"\x80\x04pickle", b"something else 1\n{}\n"])
def test_a_file_that_is_not_a_model_is_not_loaded(tmp_path: Path, topics: MediaTopics, content: bytes) -> None:
    file = tmp_path / "topics.model"
    file.write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"COPYTASTER_TOPIC_MODEL: .* is not a topic model"):
        load_topic_model(file, topics.taxonomy.tops)


def test_a_model_for_other_topics_is_not_loaded(tmp_path: Path, trained: tuple[TopicModel, TrainingReport]) -> None:
    file = tmp_path / "topics.model"
    file.write_bytes(trained[0].to_bytes())

    with pytest.raises(ConfigurationError, match="was trained for other topics"):
        load_topic_model(file, [SPORT])


def test_a_model_file_that_does_not_exist_is_ignored(tmp_path: Path) -> None:
    topics = load_topics(model_file=tmp_path / "topics.model")

    assert topics.model is None
