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


@pytest.mark.parametrize(("text", "language"), [(ENGLISH, "en"), (FRENCH, "fr")])
@pytest.mark.parametrize("title", ["Bridge talks", "Ministers meet to talk about a bridge", ""])
def test_the_language_of_a_text_in_capitals_is_detected_under_any_title(
    detector: LanguageDetector, title: str, text: str, language: str
) -> None:
    found = detector.detect(title, text.upper(), declared=None)

    assert found.value == language
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


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("台风预计今晚登陆东部沿海，气象部门发布红色预警。", "zh"),  # noqa: RUF001
        ("東京で震度五の地震が発生した。", "ja"),
        ("وقع زلزال في طوكيو", "ar"),
        ("Σεισμός στην Αθήνα", "el"),
        ("Президент выступил в Москве", "ru"),
    ],
)
def test_a_short_text_overrules_a_declaration_that_its_letters_exclude(
    detector: LanguageDetector, text: str, language: str
) -> None:
    found = detector.detect("", text, declared="en")

    assert found.value == language
    assert found.provenance.from_ == "detected by py3langid, against the declared en"


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("香港 stock index 恒生指数 falls", "en"),
        ("Thủ tướng phát biểu tại Hà Nội", "en"),
        ("وزير صاحب چيو", "sd"),
        ("Ronaldo signs", "ru"),
        ("北京", "sr"),
    ],
)
def test_letters_that_the_declared_language_may_have_do_not_overrule_it(
    detector: LanguageDetector, text: str, declared: str
) -> None:
    assert detector.detect("", text, declared=declared).value == declared


@pytest.mark.parametrize("declared", [None, "", "und", "zxx", "English (UK)"])
def test_a_very_short_text_without_a_valid_declaration_is_undetermined(
    detector: LanguageDetector, declared: str | None
) -> None:
    found = detector.detect("Kim", "Kim 2", declared=declared)

    assert found.value == "und"
    assert found.provenance.confidence == 0


@pytest.mark.parametrize("declared", ["nb-NO", "no", None])
def test_bokmal_is_distinguished_from_nynorsk(detector: LanguageDetector, declared: str | None) -> None:
    text = "Regjeringen vil gi mer penger til skolene i hele landet neste år, sier statsministeren i dag."

    found = detector.detect("", text, declared=declared)

    assert found.value == "nb"


@pytest.mark.parametrize("declared", ["nn", "no", None])
def test_nynorsk_is_distinguished_from_bokmal(detector: LanguageDetector, declared: str | None) -> None:
    text = "Kommunen veit ikkje korleis dei skal betale for den nye brua, men ordføraren seier at ho ikkje vert utsett."

    found = detector.detect("", text, declared=declared)

    assert found.value == "nn"


def test_norwegian_without_its_written_standard_counts_as_bokmal(detector: LanguageDetector) -> None:
    assert detector.detect("Kim", "Kim 2", declared="no").value == "nb"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Sveučilište je objavilo da će tijekom listopada otvoriti kazalište i željeznički kolodvor.", "hr"),
        ("Univerzitet je saopćio da će tokom oktobra otvoriti muzičku školu u općini Tuzla, u BiH.", "bs"),
        ("Perusahaan itu mengatakan bahwa uang untuk kantor baru di Jakarta bisa cair bulan Agustus.", "id"),
        ("Syarikat itu berkata wang untuk pejabat baharu di Kuala Lumpur boleh dibayar pada bulan Ogos.", "ms"),
        ("Puso ya re dikolo tsotlhe di tla bulwa gape gonne batlhatlheledi ba feditse tiro jaaka go solofetswe.", "tn"),
        ("Mfumo wu vula leswaku swikolo hinkwaswo swi ta pfula nakambe hikuva vatirhi va hetile ntirho wa vona.", "ts"),
        ("E mea ana te minita ka huakina anō ngā kura katoa nō te mea kua oti i ngā kaimahi ā rātou mahi.", "mi"),
        ("Mmuso o re dikolo tsohle di tla bulwa hape hobane basebetsi ba qetile mosebetsi oa bona kajeno.", "st"),
        ("Јавното претпријатие соопшти дека ќе ги затвори сите ѓубришта и куќи.", "mk"),
        ("Ђаци ће у понедељак поново кренути у школу, рекла је ћерка директора.", "sr"),  # noqa: RUF001
    ],
)
def test_languages_that_the_model_confuses_are_distinguished_by_their_words(
    detector: LanguageDetector, text: str, language: str
) -> None:
    assert detector.detect("", text, declared=None).value == language


@pytest.mark.parametrize(
    "text",
    [
        "O te quiero decir algo: me voy a casa, e i te espero en la puerta, he dicho.",
        "Go to the market, le mo said, and ask if the hi in the song is a greeting.",
    ],
)
def test_short_words_of_unknown_languages_do_not_change_a_known_one(detector: LanguageDetector, text: str) -> None:
    assert detector.detect("", text, declared=None).value in {"es", "en"}
