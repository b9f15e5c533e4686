# ruff: noqa: RUF001  # texts in many scripts, one to a line

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.parsing.charset.decoding import How, decode
from copytaster.parsing.charset.mojibake import mended

FRENCH = "Le maire a été réélu : « C’est une fête », dit-il."


def misread(text: str) -> str:
    return "".join(bytes([byte]).decode("cp1252", errors="ignore") or chr(byte) for byte in text.encode())


@pytest.mark.parametrize("text", [FRENCH, "Москва в пятницу", "Οι τιμές", "東京の水", "It’s late", "Zażółć gęślą jaźń"])
def test_what_was_misread_as_windows_1252_is_mended(text: str) -> None:
    assert mended(misread(text)) == text


def test_what_was_misread_twice_is_mended_twice() -> None:
    assert mended(misread(misread(FRENCH))) == FRENCH


def test_what_was_misread_as_latin_1_is_mended() -> None:
    assert mended(FRENCH.encode().decode("latin-1")) == FRENCH


@pytest.mark.parametrize(
    "text",
    [
        FRENCH,
        "Un café à São Paulo, «Ça va?» – naïve Ærø",
        "SÃO PAULO: A INFLAÇÃO E A NAÇÃO",
        "Ã©",
        "Â» is how a wrong page shows it; Übergrößen für Väter, Mütter und Söhne größer",
        "дело № 5",
    ],
)
def test_what_may_be_meant_as_it_stands_stays(text: str) -> None:
    assert mended(text) is None


def test_the_repair_is_told() -> None:
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
def test_nothing_that_was_read_is_ever_lost(text: str) -> None:
    found = mended(text)

    assert found is None or len(found) < len(text)
