# ruff: noqa: RUF001  # texts in many scripts, one to a line

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.parsing.charset.decoding import How, decode
from copytaster.parsing.charset.mojibake import repair

FRENCH = "Le maire a été réélu : « C’est une fête », dit-il."


def misread(text: str) -> str:
    return "".join(bytes([byte]).decode("cp1252", errors="ignore") or chr(byte) for byte in text.encode())


@pytest.mark.parametrize(
    "text",
    [
        *(FRENCH, "Москва в пятницу", "Οι τιμές", "東京の水", "It’s late", "Zażółć gęślą jaźń"),
        *("Phường Hà Nội, ơn và tư", "Iași și Brașov, în țară", "दिल्ली में", "საქართველო", "서울의 🙂"),
    ],
)
def test_text_misread_as_windows_1252_is_repaired(text: str) -> None:
    assert repair(misread(text)) == text


def test_text_misread_twice_is_repaired_twice() -> None:
    assert repair(misread(misread(FRENCH))) == FRENCH


def test_text_misread_as_latin_1_is_repaired() -> None:
    assert repair(FRENCH.encode().decode("latin-1")) == FRENCH


@pytest.mark.parametrize(
    "text",
    [
        FRENCH,
        "Un café à São Paulo, «Ça va?» – naïve Ærø",
        "SÃO PAULO: A INFLAÇÃO E A NAÇÃO",
        "Ã©",
        "Â» is how a wrong page shows it; Übergrößen für Väter, Mütter und Söhne größer",
        "дело № 5",
        "SANTÉ\xa0: LIBERTÉ\xa0!",
        "«LIBERTÉ», «SANTÉ»",
        "PERÚ\xa0: TRANVÍA Ó\xa0METRÓ\xa0?",
        "à\xa0\xa0Paris",
        "au café\xa0\xa0",
    ],
)
def test_text_that_may_be_intended_stays_as_it_is(text: str) -> None:
    assert repair(text) is None


def test_the_provenance_names_the_repair() -> None:
    decoded = decode(misread(FRENCH).encode())

    assert (decoded.text, decoded.charset, decoded.how) == (FRENCH, "utf-8", How.REPAIRED)
    assert decoded.provenance().from_ == "repaired"


def test_damage_lowers_the_confidence() -> None:
    whole = decode(FRENCH.encode())
    broken = decode(3 * FRENCH.encode() + b"\xe9\xe9")

    assert whole.damage == 0
    assert 0 < broken.damage < 0.1
    assert broken.confidence < whole.confidence


@given(st.text())
def test_a_repair_always_shortens_the_text(text: str) -> None:
    found = repair(text)

    assert found is None or len(found) < len(text)
