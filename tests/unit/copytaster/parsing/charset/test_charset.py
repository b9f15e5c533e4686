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


def cesu_8(text: str) -> bytes:
    units = text.encode("utf-16-le")
    codes = (chr(int.from_bytes(units[at : at + 2], "little")) for at in range(0, len(units), 2))
    return "".join(codes).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("text", ["Bad 😀 day at the café, très bien", "Bad 😀 day", "😀😀 𐤀", "서울 하늘 🌤 맑음"])
@pytest.mark.parametrize("declared", [None, "utf-8", "cesu-8", "iso-8859-1"])
def test_utf_8_with_surrogates_of_utf_16_in_it_is_utf_8(text: str, declared: str | None) -> None:
    decoded = decode(cesu_8(text), declared)

    assert (decoded.text, decoded.charset, decoded.damage) == (text, "utf-8", 0)


def test_a_surrogate_that_lost_its_pair_is_one_lost_character() -> None:
    text = "Le café où il dînait près de la gare, là-bas, fut fermé après la fête"

    decoded = decode(f"{text} ".encode() + cesu_8("😀")[:3] + b"!", "utf-8")

    assert (decoded.text, decoded.charset) == (f"{text} \ufffd!", "utf-8")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("aquí\u00a0½ hora, después".encode("cp1252"), "aquí\u00a0½ hora, después"),
        ("沓藉竴 中文新闻报道今天".encode("gbk"), "沓藉竴 中文新闻报道今天"),
        (cesu_8("😀") + " Zürich, Köln, Fürth, Düren und Höxter".encode("cp1252"), None),
    ],
)
def test_bytes_that_are_surrogates_by_chance_stay_in_their_charset(content: bytes, text: str | None) -> None:
    decoded = decode(content)

    assert decoded.charset != "utf-8"
    assert text in {None, decoded.text}


def test_bytes_that_fit_nothing_become_windows_1252() -> None:
    decoded = decode(bytes(range(0x80, 0x100)) * 2)

    assert (decoded.charset, decoded.how) == ("cp1252", How.LAST_RESORT)
    assert decoded.confidence < 0.5


def test_control_codes_go_and_newlines_are_normalised() -> None:
    text = clean("a\x00b\tc\r\nd\re\x1b\ud800f\u2028g")

    assert text == "ab\tc\nd\nef\ng"


def test_the_opening_of_utf_16_can_be_read_for_recognition() -> None:
    assert peek(codecs.BOM_UTF16_LE + "<?xml".encode("utf-16-le")) == "<?xml"
