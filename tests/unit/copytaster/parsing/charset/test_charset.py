from __future__ import annotations

import codecs

import pytest

from copytaster.parsing.charset.decoding import How, clean, decode, peek

FRENCH = "Le maire a été réélu dimanche à Besançon, où la pluie a gêné les électeurs les plus âgés. " * 4


@pytest.mark.parametrize(
    ("mark", "charset"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_a_byte_order_mark_settles_the_charset(mark: bytes, charset: str) -> None:
    decoded = decode(mark + "Füße".encode(charset), declared="iso-8859-1")

    assert (decoded.text, decoded.charset, decoded.how) == ("Füße", charset, How.BOM)


def test_a_declared_charset_that_decodes_wins_over_statistics() -> None:
    decoded = decode("Москва".encode("koi8-r"), declared="koi8-r")

    assert (decoded.text, decoded.how) == ("Москва", How.DECLARED)


def test_a_declared_latin_1_means_windows_1252() -> None:
    decoded = decode("“Oui” — café".encode("cp1252"), declared="ISO-8859-1")

    assert (decoded.text, decoded.charset) == ("“Oui” — café", "cp1252")


def test_a_declaration_that_does_not_decode_is_passed_over() -> None:
    decoded = decode("Füße".encode(), declared="ascii-armour")

    assert (decoded.text, decoded.how) == ("Füße", How.UTF8)


def test_utf_8_wins_over_a_single_byte_declaration() -> None:
    decoded = decode("Füße".encode(), declared="iso-8859-1")

    assert (decoded.text, decoded.charset) == ("Füße", "utf-8")


def test_utf_16_without_a_mark_is_recognised() -> None:
    decoded = decode(FRENCH.encode("utf-16-be"))

    assert (decoded.text, decoded.charset, decoded.how) == (FRENCH, "utf-16-be", How.DETECTED)


def test_western_text_comes_out_with_its_accents() -> None:
    decoded = decode(FRENCH.encode("cp1252"))

    assert decoded.text == FRENCH
    assert decoded.provenance().from_ == "detected"


def test_central_european_text_is_not_taken_for_western() -> None:
    polish = (
        "Prezydent powiedział, że żaden rząd nie może działać wbrew obywatelom i ich prawom. Będzie głosowanie. " * 4
    )

    decoded = decode(polish.encode("cp1250"))

    assert decoded.text == polish


def test_a_file_cut_off_inside_a_character_stays_utf_8() -> None:
    decoded = decode(FRENCH.encode() + "é".encode()[:1])

    assert decoded.charset == "utf-8"
    assert decoded.text == FRENCH + "\ufffd"


def test_bytes_that_fit_nothing_become_windows_1252() -> None:
    decoded = decode(bytes(range(0x80, 0x100)) * 2)

    assert (decoded.charset, decoded.how) == ("cp1252", How.LAST_RESORT)
    assert decoded.confidence < 0.5


def test_control_codes_go_and_newlines_are_normalised() -> None:
    text = clean("a\x00b\tc\r\nd\re\x1b\ud800f\u2028g")

    assert text == "ab\tc\nd\nef\ng"


def test_the_opening_of_utf_16_can_be_read_for_recognition() -> None:
    assert peek(codecs.BOM_UTF16_LE + "<?xml".encode("utf-16-le")) == "<?xml"
