"""Detection on short, damaged and unusual texts: a slice of ``benchmarks.encodings`` on samples of our own."""

# ruff: noqa: E501, RUF001  # texts in many scripts, one to a line

from __future__ import annotations

import pytest

from copytaster.parsing.charset.decoding import How, decode
from copytaster.parsing.json_documents.values import decoded_json

TEXTS = {
    "czech": "Vláda v pátek schválila nový zákon o vodě. Ministr řekl, že se ceny letos už nezvýší a lidé ušetří.",
    "slovak": "Vláda v piatok schválila nový zákon o vode. Minister povedal, že ceny sa už tento rok nezvýšia, ľudia ušetria.",
    "polish": "Rząd przyjął w piątek nową ustawę o wodzie. Minister powiedział, że ceny już w tym roku nie wzrosną.",
    "hungarian": "A kormány pénteken elfogadta az új víztörvényt. A miniszter szerint az árak idén már nem nőnek tovább.",
    "croatian": "Vlada je u petak prihvatila novi zakon o vodama. Ministar kaže da cijene više neće rasti, što građani žele.",
    "romanian": "Guvernul a aprobat vineri noua lege a apei. Ministrul spune că preţurile nu vor mai creşte în acest an.",
    "french": "Le gouvernement a adopté vendredi la nouvelle loi sur l'eau. Les prix n'augmenteront plus cette année, a-t-il assuré.",
    "german": "Die Regierung hat am Freitag das neue Gesetz über Wasser beschlossen. Für Städte ändert sich die Größe der Gebühr.",
    "spanish": "El Gobierno aprobó el viernes la nueva ley del agua. El ministro dijo que este año no subirán más los precios.",
    "turkish": "Hükümet cuma günü yeni su yasasını onayladı. Bakan, fiyatların bu yıl artık yükselmeyeceğini söyledi.",
    "greek": "Η κυβέρνηση ενέκρινε την Παρασκευή τον νέο νόμο για το νερό. Ο υπουργός είπε ότι οι τιμές δεν θα αυξηθούν.",
    "russian": "Правительство в пятницу приняло новый закон о воде. Министр сказал, что цены в этом году больше не вырастут.",
    "bulgarian": "Правителството прие в петък новия закон за водата. Министърът каза, че цените тази година няма да растат.",
    "hebrew": "הממשלה אישרה ביום שישי את חוק המים החדש. השר אמר כי המחירים לא יעלו עוד השנה.",
    "arabic": "وافقت الحكومة يوم الجمعة على قانون المياه الجديد. وقال الوزير إن الأسعار لن ترتفع هذا العام.",
    "thai": "รัฐบาลเห็นชอบกฎหมายน้ำฉบับใหม่เมื่อวันศุกร์ รัฐมนตรีกล่าวว่าราคาจะไม่เพิ่มขึ้นอีกในปีนี้",
    "lithuanian": "Vyriausybė penktadienį pritarė naujam vandens įstatymui. Ministras sakė, kad kainos šiemet daugiau nedidės.",
    "japanese": "政府は金曜日、新しい水の法律を承認した。大臣は、今年は料金がこれ以上上がらないと述べた。",
    "korean": "정부는 금요일 새로운 물 관련 법안을 승인했다. 장관은 올해 가격이 더 오르지 않을 것이라고 말했다.",
    "chinese": "政府星期五批准了新的用水法律。部长说，今年的价格不会再上涨，人民可以放心。",
    "taiwanese": "政府星期五批准了新的用水法律。部長說，今年的價格不會再上漲，人民可以放心。",
}

CHARSETS = {
    "czech": ("cp1250", "iso8859-2"),
    "slovak": ("cp1250", "iso8859-2"),
    "polish": ("cp1250", "iso8859-2"),
    "hungarian": ("cp1250", "iso8859-2", "cp852"),
    "croatian": ("cp1250", "iso8859-2"),
    "romanian": ("cp1250",),
    "french": ("cp1252", "mac_roman"),
    "german": ("cp1252", "cp850"),
    "spanish": ("cp1252",),
    "turkish": ("cp1254",),
    "greek": ("cp1253", "iso8859-7"),
    "russian": ("cp1251", "koi8-r", "iso8859-5", "cp866", "cp855", "mac_cyrillic"),
    "bulgarian": ("cp1251", "iso8859-5"),
    "hebrew": ("cp1255",),
    "arabic": ("cp1256", "iso8859-6"),
    "thai": ("tis-620",),
    "lithuanian": ("cp1257",),
    "japanese": ("shift_jis", "euc_jp", "iso2022_jp"),
    "korean": ("euc_kr", "johab", "iso2022_kr"),
    "chinese": ("gb2312", "hz"),
    "taiwanese": ("big5",),
}

CASES = [(language, charset) for language, charsets in CHARSETS.items() for charset in charsets]


@pytest.mark.parametrize(("language", "charset"), CASES)
def test_two_sentences_are_enough_to_recognise_the_charset(language: str, charset: str) -> None:
    decoded = decode(TEXTS[language].encode(charset))

    assert decoded.text == TEXTS[language]
    assert decoded.how is How.DETECTED


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_unicode_without_a_mark_is_recognised(charset: str) -> None:
    decoded = decode(TEXTS["french"].encode(charset))

    assert (decoded.text, decoded.charset) == (TEXTS["french"], charset)


def test_markup_does_not_count_as_language() -> None:
    page = f"<rss><channel><title>water news</title><description>{TEXTS['hungarian']}</description></channel></rss>"

    assert decode(page.encode("iso8859-2")).text == page


def test_a_declaration_still_counts_though_one_byte_does_not_fit() -> None:
    content = "Цены".encode("cp866") + b"\xff" + "воды".encode("cp866")

    assert decode(content + b"\x80", declared="cp866").charset == "cp866"


def test_a_pound_sign_alone_stays_western() -> None:
    assert decode(b"They paid \xa35 for it.").text == "They paid £5 for it."


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32"])
def test_json_in_wide_unicode_is_read_though_it_is_ascii_alone(charset: str) -> None:
    text, decoded = decoded_json('{"headline": "Ferry returns"}'.encode(charset))

    assert text == '{"headline": "Ferry returns"}'
    assert decoded.charset.startswith(charset)


@pytest.mark.parametrize(
    "title", ["Città in festa", "Le café du coin", "Zoë Müller", "Não há vagas", "Fünf Verletzte", "‘Pilot’ boat sunk"]
)
def test_one_or_two_letters_beyond_ascii_stay_western(title: str) -> None:
    assert decode(title.encode("cp1252")).text == title


def test_a_language_that_the_detector_does_not_know_stays_western() -> None:
    albanian = (
        "Kryeministri tha se qeveria do të ndihmojë çdo familje që ka humbur shtëpinë. "
        "Në qytet ka rënë shumë shi, dhe disa rrugë janë mbyllur."
    )

    assert decode(albanian.encode("cp1252")).text == albanian


@pytest.mark.parametrize("opening", ["BMW", "MZ", "II*", "PAR1"])
def test_a_text_that_begins_like_a_binary_format_is_text(opening: str) -> None:
    text = f"{opening} {TEXTS['polish']}"

    assert decode(text.encode("cp1250")).text == text


def test_a_text_behind_long_scripts_is_found() -> None:
    page = f"<script>{'let a = 1; // code' * 5000}</script><p>{TEXTS['polish']}</p>"

    assert decode(page.encode("iso8859-2")).text == page


def test_control_codes_of_a_wire_message_do_not_make_it_binary() -> None:
    message = f"\x16\x16\x01SP12\x1f\x02{TEXTS['russian']}\r\n\x03\x17\x18\x04"

    decoded = decode(message.encode("cp866"))

    assert (decoded.charset, decoded.how) == ("cp866", How.DETECTED)


def test_a_few_words_that_repeat_are_text() -> None:
    entries = "Arctic Air 1 CD altyazısı\n" * 40

    assert decode(entries.encode("cp1254")).text == entries


@pytest.mark.parametrize(
    ("language", "charset", "foreign"),
    [
        ("japanese", "shift_jis", b"\xff"),
        ("japanese", "euc_jp", b"\x80"),
        ("korean", "euc_kr", b"\xff"),
        ("korean", "johab", b"\xff"),
        ("chinese", "gb2312", b"\xff"),
        ("taiwanese", "big5", b"\xff"),
        ("russian", "cp1251", b"\x98"),
        ("greek", "cp1253", b"\xff"),
        ("thai", "tis-620", b"\xff"),
    ],
)
def test_one_foreign_byte_does_not_change_the_charset(language: str, charset: str, foreign: bytes) -> None:
    text = TEXTS[language]

    decoded = decode(text.encode(charset) + foreign + b"\n" + text.encode(charset))

    assert decoded.text.startswith(text)
    assert decoded.text.endswith(text)


@pytest.mark.parametrize("declared", [None, "EUC-JP"])
def test_circled_numbers_of_nec_are_read_in_euc_jp(declared: str | None) -> None:
    text = f"{TEXTS['japanese']}①夜の便を減らす。②㈱岬フェリーが運航する。"

    assert decode(text.encode("euc_jis_2004"), declared).text == text


@pytest.mark.parametrize("declared", [None, "Shift_JIS"])
def test_circled_numbers_of_nec_are_read_in_shift_jis(declared: str | None) -> None:
    text = f"{TEXTS['japanese']}①夜の便を減らす。②㈱岬フェリーが運航する。"

    assert decode(text.encode("cp932"), declared).text == text


def test_half_width_kana_are_read_in_iso_2022_jp() -> None:
    text = f"{TEXTS['japanese']}夜のﾌｪﾘｰを減らす。"

    assert decode(text.encode("iso2022_jp_ext")).text == text


def test_the_euro_sign_does_not_hide_big5() -> None:
    text = f"{TEXTS['taiwanese']}票價二十€。"

    assert decode(text.encode("cp950")).text == text


@pytest.mark.parametrize("text", ["a ~{x} b", "\x1b[31mred\x1b[0m and plain", "the end\x1b"])
def test_escape_bytes_and_tildes_alone_switch_nothing(text: str) -> None:
    assert decode(text.encode()).charset == "utf-8"


@pytest.mark.parametrize("text", ['["é"]', "Fares rise £5", "£2m ‘theft’", "Price rises 5 % – minister", "It’s late"])
def test_signs_beside_ascii_words_stay_western(text: str) -> None:
    assert decode(text.encode("cp1252")).text == text


def test_line_noise_is_no_text() -> None:
    noise = bytes((17 * at + at * at) % 256 for at in range(600))

    assert decode(noise).how is How.LAST_RESORT


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("language", [*TEXTS])
def test_utf_16_without_a_mark_is_recognised_in_every_script(language: str, charset: str) -> None:
    text = f"{TEXTS[language]}\n{TEXTS[language]}\n"
    decoded = decode(text.encode(charset))

    assert (decoded.text, decoded.charset, decoded.how) == (text, charset, How.DETECTED)


@pytest.mark.parametrize(
    "content",
    [
        "\x16\x16\x01r i\x1f0123\x02Senate passes bill\x00on water, and more\x00\x03\x04",
        TEXTS["russian"].replace(" ", "\x00"),
        TEXTS["french"].replace(" ", "\x00", 1),
    ],
    ids=["wire", "russian", "french"],
)
@pytest.mark.parametrize("charset", ["utf-8", "cp1251", "cp1252"])
def test_a_text_of_single_bytes_with_nuls_is_not_utf_16(content: str, charset: str) -> None:
    for before in ("", " "):
        raw = (before + content).encode(charset, errors="ignore")
        raw += b"\n" * (len(raw) % 2)

        assert not decode(raw).charset.startswith("utf-16")


@pytest.mark.parametrize("language", ["greek", "russian", "polish"])
def test_utf_8_with_a_broken_character_wins_over_a_declared_single_byte_charset(language: str) -> None:
    whole = TEXTS[language]
    decoded = decode(whole.encode() + b" caf\xe9", declared="iso-8859-1")

    assert decoded.text.startswith(whole)
    assert (decoded.charset, decoded.how) == ("utf-8", How.DETECTED)


def test_a_text_in_the_declared_single_byte_charset_stays_in_it_whatever_pairs_its_accents_form() -> None:
    content = "Ã© is no é, à or ö: the clerk typed Ã© for é".encode("cp1252")

    assert decode(content, declared="iso-8859-1").charset == "cp1252"
