"""RTF files in code pages and charsets of fonts that Python has under other names, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.reading import ParsingReader

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def text(body: str, head: str) -> str:
    content = f"{{\\rtf1{head} Lock opened\\par {body}\\par}}".encode("latin-1")
    [reading] = ParsingReader(default_parsers()).read(Original(content=content, name="lock.rtf", now=NOW))
    assert isinstance(reading.item, Draft)
    return reading.item.text


def codes(words: str, codec: str) -> str:
    return "".join(f"\\'{byte:02x}" for byte in words.encode(codec))


@pytest.mark.parametrize(
    ("page", "codec", "words"),
    [
        (10000, "mac_roman", "Café “Møller”"),
        (10001, "cp932", "港の会社"),
        (10007, "mac_cyrillic", "Мост открыт"),
        (10029, "mac_latin2", "Příliš žluťoučký"),
        (20866, "koi8_r", "Мост открыт"),
        (28591, "latin-1", "Café à la une"),
        (28605, "iso8859_15", "Cœur à 5 €"),
        (51949, "euc_kr", "시장은 다리"),
    ],
)
@pytest.mark.parametrize("font", ["", r"{\fonttbl{\f0\fnil\fcharset256 Times;}}\f0"])
def test_a_code_page_is_that_of_its_number_in_windows(page: int, codec: str, words: str, font: str) -> None:
    assert text(codes(words, codec), rf"\mac\ansicpg{page}\deff0{font}") == words


@pytest.mark.parametrize("page", ["0", "1", "99999"])
def test_codes_in_a_code_page_that_does_not_exist_are_windows_1252(page: str) -> None:
    assert text(codes("Café “fermé”", "cp1252"), rf"\ansi\ansicpg{page}") == "Café “fermé”"


@pytest.mark.parametrize(
    ("charset", "page", "codec", "words"),
    [
        (78, 1252, "cp932", "港の会社はテスト予定"),
        (79, 1252, "cp950", "市長說功能許可"),
        (80, 1252, "cp949", "시장은 다리"),
        (82, 1252, "cp1255", "שלום"),
        (85, 1252, "gbk", "市长说桥开放了"),
        (86, 10010, "mac_romanian", "țară"),
        (87, 1252, "mac_cyrillic", "Привіт"),
        (88, 1252, "cp874", "สวัสดี"),
        (89, 10029, "mac_latin2", "Příliš"),
    ],
)
def test_a_font_of_a_macintosh_fails_no_document(charset: int, page: int, codec: str, words: str) -> None:
    head = rf"\ansi\ansicpg{page}\cocoartf102{{\fonttbl\f0\fnil\fcharset{charset} Font;}}\f0"

    assert text(codes(words, codec), head) == words


def test_the_second_byte_in_a_japanese_font_of_a_macintosh_may_be_a_letter() -> None:
    head = r"\ansi\ansicpg932\cocoartf102{\fonttbl\f0\fnil\fcharset78 HiraKakuProN-W3;}\f0"

    assert text(r"\'83e\'83X\'83g\'97\\\'92\'e8", head) == "テスト予定"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (r"\f1 \'cc\'ee\'f1\'f2 \plain caf\'e9.", "Мост café."),
        (r"\f1 \'cc\'ee\'f1\'f2 \pard\plain\fs24 caf\'e9.", "Мост café."),
        (r"\f1 \'cc\'ee\'f1\'f2 \plain\'e9t\'e9.", "Мост été."),
        (r"\plain \f1\fs24 \'cc\'ee\'f1\'f2.", "Мост."),
        (r"\f1 {\plain caf\'e9} \'cc\'ee\'f1\'f2.", "café Мост."),
        (r"C:\\plain\\\'e9.", r"C:\plain\é."),
    ],
)
def test_the_font_ends_with_all_formatting(body: str, words: str) -> None:
    head = r"\ansi\ansicpg1252\deff0{\fonttbl{\f0\fnil\fcharset0 Times;}{\f1\fnil\fcharset204 Times CYR;}}"

    assert text(body, head) == words
