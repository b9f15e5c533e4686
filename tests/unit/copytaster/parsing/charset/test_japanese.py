"""Japanese encodings with the extensions of NEC and IBM."""

from __future__ import annotations

import pytest

from copytaster.parsing.charset.decoding import decode

SENTENCE = "市の発表によると、橋は月曜日に再び開通した。住民はこの日を三年も待っていた。"
KANA = b"\x1b(I" + bytes(byte & 0x7F for byte in "ﾌｪﾘｰ".encode("cp932")) + b"\x1b(B"
EXTENSIONS = {
    "①": 0x2D21,
    "㈱": 0x2D6A,
    "㍉": 0x2D40,
    "Ⅲ": 0x2D37,
    "№": 0x2D62,
    "髙": 0x7C62,
}


def iso_2022(character: str) -> bytes:
    return b"\x1b$B" + EXTENSIONS[character].to_bytes(2, "big") + b"\x1b(B"


def euc(character: str) -> bytes:
    return (EXTENSIONS[character] | 0x8080).to_bytes(2, "big")


@pytest.mark.parametrize("declared", [None, "iso-2022-jp", "ISO-2022-JP-MS", "cp50220", "shift_jis"])
@pytest.mark.parametrize("character", EXTENSIONS)
def test_extensions_in_iso_2022_jp(character: str, declared: str | None) -> None:
    content = SENTENCE.encode("iso2022_jp") + iso_2022(character) + SENTENCE.encode("iso2022_jp")

    assert decode(content, declared).text == f"{SENTENCE}{character}{SENTENCE}"


@pytest.mark.parametrize("declared", ["euc-jp", "x-euc-jp", "eucJP-ms", "CP51932"])
@pytest.mark.parametrize("character", EXTENSIONS)
def test_extensions_in_euc_jp(character: str, declared: str) -> None:
    content = SENTENCE.encode("euc_jp") + euc(character) + SENTENCE.encode("euc_jp")

    assert decode(content, declared).text == f"{SENTENCE}{character}{SENTENCE}"


@pytest.mark.parametrize("declared", [None, "euc-jp"])
def test_extensions_in_a_text_of_euc_jp_without_declaration(declared: str | None) -> None:
    content = (SENTENCE * 4).encode("euc_jp") + b"".join(map(euc, "①㈱")) + (SENTENCE * 4).encode("euc_jp")

    assert decode(content, declared).text == f"{SENTENCE * 4}①㈱{SENTENCE * 4}"


@pytest.mark.parametrize("declared", [None, "shift_jis", "x-sjis", "Windows-31J", "ms_kanji"])
def test_extensions_in_shift_jis(declared: str | None) -> None:
    text = f"{SENTENCE}①㈱㍉髙﨑ﾌｪﾘｰ{SENTENCE}"

    assert decode(text.encode("cp932"), declared).text == text


@pytest.mark.parametrize("kana", [KANA, b"\x0e" + KANA[3:-3] + b"\x0f"], ids=["escape", "shift out"])
def test_half_width_kana_in_iso_2022_jp(kana: bytes) -> None:
    content = SENTENCE.encode("iso2022_jp") + kana + SENTENCE.encode("iso2022_jp") + iso_2022("①")

    assert decode(content, "iso-2022-jp").text == f"{SENTENCE}ﾌｪﾘｰ{SENTENCE}①"


def test_a_line_end_switches_back_to_ascii() -> None:
    content = SENTENCE.encode("iso2022_jp").removesuffix(b"\x1b(B") + b"\nplain\n" + iso_2022("①")

    assert decode(content).text == f"{SENTENCE}\nplain\n①"


def test_a_damaged_text_keeps_its_other_characters() -> None:
    content = SENTENCE.encode("iso2022_jp") + b"\x1b$B\x21\x1b(B" + SENTENCE.encode("iso2022_jp")

    decoded = decode(content, "iso-2022-jp")

    assert decoded.text.startswith(SENTENCE)
    assert decoded.text.endswith(SENTENCE)
    assert decoded.damage > 0


def test_standard_characters_are_mapped_as_before() -> None:
    signs = "\u301c\u2212\u2016"

    assert decode((signs + SENTENCE).encode("euc_jp"), "euc-jp").text == signs + SENTENCE


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("x-gbk", "gb18030", "市长说这座桥将于星期一开放。"),
        ("gb_2312-80", "gb18030", "市长说这座桥将于星期一开放。"),
        ("ks_c_5601-1987", "cp949", "시장은 다리가 월요일에 열린다고 말했다."),
        ("windows-949", "cp949", "시장은 다리가 월요일에 열린다고 말했다. 똠"),
        ("iso-8859-1", "cp1252", "The “bridge” \u2013 at last…"),
        ("us-ascii", "cp1252", "The “bridge” \u2013 at last…"),
        ("dos-874", "cp874", "สะพานเปิดวันจันทร์"),
        ("x-mac-cyrillic", "mac_cyrillic", "Мост открыт"),
    ],
)
def test_labels_mean_what_browsers_read(label: str, codec: str, text: str) -> None:
    assert decode(text.encode(codec), label).text == text
