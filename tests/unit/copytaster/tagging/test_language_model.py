"""The model of py3langid, run by NumPy."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier, visit_counts

from copytaster.tagging.language_model import LOG_UNIT, LanguageModel, load_language_model

ROUNDING = 1e-5
"""Sums of single-precision numbers in another order."""


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return load_language_model()


@pytest.fixture(scope="module")
def identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def ranked(model: LanguageModel, text: str) -> dict[str, float]:
    sums: defaultdict[str, float] = defaultdict(float)
    for language, probability in zip(model.languages, model.probabilities(text).tolist(), strict=True):
        sums[language] += probability
    return sums


@given(st.text(max_size=300))
@example("")
@example("\x00")
@example("THE MINISTERS MET ON TUESDAY")
@example("Министры встретились во вторник вечером")
@example("e\u0301te\u0301, \ud800")
@example("a" * 5_000)
def test_every_text_has_the_probabilities_that_py3langid_gives_it(
    model: LanguageModel, identifier: LanguageIdentifier, text: str
) -> None:
    assert ranked(model, text) == pytest.approx(dict(identifier.rank(text)), abs=ROUNDING)


def test_the_features_are_those_of_an_automaton_that_reads_byte_by_byte(
    model: LanguageModel, identifier: LanguageIdentifier
) -> None:
    encoded = ("Die Ministerin sprach am Montag in Łódź. 大臣は火曜日に会談した。 " * 3).encode()
    rows = [row << 8 for row in identifier.tk_row]
    states = [state for state in model.states(encoded).tolist() if model.features[state] >= 0]

    found = visit_counts(identifier.tk_nextmove, rows, identifier.tk_output, encoded)

    assert found is not None
    assert sorted(found.elements()) == sorted(int(model.features[state]) for state in states)


def test_the_logarithms_lose_nothing_as_whole_numbers(model: LanguageModel, identifier: LanguageIdentifier) -> None:
    assert (model.logs * LOG_UNIT == identifier.nb_ptc).all()
