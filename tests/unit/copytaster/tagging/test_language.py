from __future__ import annotations

import pytest

from copytaster.tagging.language import LanguageDetector, load_language_detector

ENGLISH = "The ministers of both countries met on Tuesday evening to talk about the new bridge across the river."
FRENCH = "Les ministres des deux pays se sont rencontrés mardi soir pour parler du nouveau pont sur le fleuve."


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return load_language_detector()


@pytest.mark.parametrize(("text", "language"), [(ENGLISH, "en"), (FRENCH, "fr")])
def test_a_long_texts_language_is_detected(detector: LanguageDetector, text: str, language: str) -> None:
    found = detector.detect("", text, declared=None)

    assert found.value == language
    assert found.provenance.from_ == "detected by py3langid"
    assert found.provenance.confidence > 0.9


def test_a_declared_region_is_ignored(detector: LanguageDetector) -> None:
    found = detector.detect("", ENGLISH, declared="en-GB")

    assert found.value == "en"
    assert found.provenance.from_.startswith("declared, and detected")


def test_a_wrong_declaration_is_overruled_by_a_long_text(detector: LanguageDetector) -> None:
    found = detector.detect("Nouveau pont", FRENCH, declared="en")

    assert found.value == "fr"
    assert "against the declared en" in found.provenance.from_


@pytest.mark.parametrize("text", ["Kim", "12:30 - 45%", "Ronaldo"])
def test_a_very_short_text_does_not_overrule_the_declaration(detector: LanguageDetector, text: str) -> None:
    found = detector.detect(text, text, declared="sv")

    assert found.value == "sv"
    assert found.provenance.confidence < 0.7


def test_a_short_text_in_another_language_does_not_overrule_the_declaration(detector: LanguageDetector) -> None:
    found = detector.detect("", "Der Präsident sprach am Montag in Berlin", declared="nl")

    assert found.value == "nl"
    assert "prefers de" in found.provenance.from_


@pytest.mark.parametrize("declared", [None, "", "und", "zxx", "English (UK)"])
def test_a_very_short_text_without_a_valid_declaration_is_undetermined(
    detector: LanguageDetector, declared: str | None
) -> None:
    found = detector.detect("Kim", "Kim 2", declared=declared)

    assert found.value == "und"
    assert found.provenance.confidence == 0


def test_a_declared_written_standard_of_norwegian_counts_as_norwegian(detector: LanguageDetector) -> None:
    text = "Regjeringen vil gi mer penger til skolene i hele landet neste år, sier statsministeren i dag."

    found = detector.detect("", text, declared="nb-NO")

    assert found.value == "no"
    assert found.provenance.from_.startswith("declared, and detected")
