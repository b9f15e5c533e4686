from __future__ import annotations

import pytest

from copytaster.model.article import Entity, EntityType, Span
from copytaster.store.memory.term_frequencies import MemoryTermFrequencies
from copytaster.tagging.keywords.extractor import MAX_KEYWORDS, FrequencyKeywords, load_keywords
from copytaster.tagging.stages import KeywordRequest, Passage

TEXT = (
    "The glacier lost more ice than in any year before. Harbour Board engineers measured the glacier in the summer. "
    "The meltwater fills a reservoir, and the reservoir feeds the hydropower plant. A second hydropower plant is "
    "planned. The Harbour Board said the glacier would be measured again."
)


@pytest.fixture(scope="module")
def keywords() -> FrequencyKeywords:
    return load_keywords()


def terms(keywords: FrequencyKeywords, text: str, *entities: Entity, title: str = "Note") -> list[str]:
    (found,) = keywords.keywords([KeywordRequest(Passage(title, text, "en"), entities)])
    return [each.term for each in found.value]


def harbour_board() -> Entity:
    at = TEXT.index("Harbour Board")
    return Entity(name="Harbour Board", type=EntityType.ORGANISATION, count=1, spans=(Span(start=at, end=at + 13),))


def test_terms_frequent_here_and_rare_elsewhere_come_first(keywords: FrequencyKeywords) -> None:
    found = terms(keywords, TEXT, harbour_board())

    assert set(found[:3]) == {"glacier", "hydropower plant", "reservoir"}


def test_no_keyword_is_part_of_an_entitys_name(keywords: FrequencyKeywords) -> None:
    found = terms(keywords, TEXT, harbour_board())

    assert not {"harbour", "board"} & {word for term in found for word in term.split()}
    assert "harbour board" in terms(keywords, TEXT)


@pytest.mark.parametrize("apostrophe", ["'", "\N{RIGHT SINGLE QUOTATION MARK}"])
@pytest.mark.parametrize("name", ["O'Brien", "Brian O'Brien", "Villa d'Abrantes"])
def test_the_part_of_a_name_after_an_apostrophe_is_no_keyword(
    keywords: FrequencyKeywords, name: str, apostrophe: str
) -> None:
    written = name.replace("'", apostrophe)
    text = f"{written} measured the glacier. The glacier, {written} said, lost ice."
    named = Entity(name=name, type=EntityType.PERSON, count=2, spans=(Span(start=0, end=len(name)),))

    assert terms(keywords, text, named) == ["glacier"]


@pytest.mark.parametrize(
    ("language", "text", "word"),
    [
        ("hi", "सरकार ने कहा। सरकार चुनाव कराएगी, सरकार ने कहा।", "सरकार"),
        ("bn", "সরকার বলেছে। সরকার নির্বাচন চায়।", "সরকার"),
        ("ta", "தேர்தல் அறிவித்தது. தேர்தல் நடைபெறும்.", "தேர்தல்"),
        ("ar", "الاِنْتِخَابات قريبة. الاِنْتِخَابات مهمة.", "الاِنْتِخَابات"),
    ],
)
def test_the_vowel_signs_of_a_word_are_parts_of_it(
    keywords: FrequencyKeywords, language: str, text: str, word: str
) -> None:
    (found,) = keywords.keywords([KeywordRequest(Passage("Note", text, language))])

    assert [each.term for each in found.value] == [word]
    assert [text[span.start : span.end] for span in found.value[0].spans] == [word] * text.count(word)


@pytest.mark.parametrize("apostrophe", ["'", "\N{RIGHT SINGLE QUOTATION MARK}", "\N{MODIFIER LETTER APOSTROPHE}"])
def test_an_apostrophe_within_a_ukrainian_word_is_one_of_its_letters(
    keywords: FrequencyKeywords, apostrophe: str
) -> None:
    word = "здоров'я".replace("'", apostrophe)
    text = f"Партія підтримала {word}. '{word}' відбулося."
    (found,) = keywords.keywords([KeywordRequest(Passage("Note", text, "uk"))])

    assert [each.term for each in found.value] == [word]
    assert len(found.value[0].spans) == 2


def test_a_turkish_word_with_a_dotted_capital_is_the_same_word_in_small_letters(keywords: FrequencyKeywords) -> None:
    text = "İhracat geçen ay düştü. İhracat verileri geldi, ihracat büyüdü."
    (found,) = keywords.keywords([KeywordRequest(Passage("İHRACAT", text, "tr"))])

    assert [each.term for each in found.value] == ["ihracat"]
    assert [text[span.start : span.end] for span in found.value[0].spans] == ["İhracat", "İhracat", "ihracat"]


def test_a_word_that_occurs_only_inside_a_pair_is_omitted(keywords: FrequencyKeywords) -> None:
    assert "hydropower" not in terms(keywords, TEXT)


def test_stop_words_are_in_no_keyword(keywords: FrequencyKeywords) -> None:
    words = {word for term in terms(keywords, TEXT) for word in term.split()}

    assert not words & {"the", "a", "in", "and", "would", "second", "said", "year"}


def test_a_plural_counts_with_its_singular(keywords: FrequencyKeywords) -> None:
    assert "heron" in terms(keywords, "A heron flew by. Herons are shy.")
    assert "herons" not in terms(keywords, "A heron flew by. Herons are shy.")


def test_a_text_without_repeated_words_gives_its_rarest_words(keywords: FrequencyKeywords) -> None:
    found = terms(keywords, "Herons returned to the marsh.", title="Birds")

    assert found[:3] == ["birds", "herons", "marsh"]


def test_there_are_at_most_ten_scored_relative_to_the_best(keywords: FrequencyKeywords) -> None:
    animals = "otter heron badger weasel marten osprey kestrel plover dunlin curlew avocet"
    text = f"{animals.replace(' ', ', ')}. {animals.replace(' ', ', ')}."

    found = keywords.keywords([KeywordRequest(Passage("Fauna", f"{text} Otter.", "en"))])[0].value

    assert len(found) == MAX_KEYWORDS
    assert found[0].term == "otter"
    assert found[0].score == 1
    assert all(0 < each.score <= 1 for each in found)


def test_a_language_without_stop_words_has_no_keywords_and_a_reason(keywords: FrequencyKeywords) -> None:
    (found,) = keywords.keywords([KeywordRequest(Passage("Moana", "Te moana me te moana.", "mi"))])

    assert found.value == ()
    assert found.provenance.from_ == "no word frequencies for language mi: 0 of 30 articles seen"


@pytest.mark.parametrize(
    ("language", "title", "text", "term"),
    [
        ("de", "Eis", "Der Gletscher und der Gletscher und das und das.", "gletscher"),
        ("fr", "Travaux", "La digue de Berck est rehaussée, et la digue est celle de 1902.", "digue"),
        ("es", "Obras", "El puerto ha comprado dos grúas. Las grúas llegarán en mayo, como las otras.", "grúas"),
        (
            "nn",
            "Havari",
            "Ferja står fordi motoren er øydelagd. Ferja er frå 1980 og eldre.",
            "ferja",
        ),
        ("ru", "Ремонт", "Мост через реку закрыт. Новый мост построят позже, и он будет шире.", "мост"),
        ("zh", "通车", "大桥连接两个岛屿。居民说,大桥是唯一通道。", "大桥"),
        ("ja", "売却", "会社はフェリーの運航を終了し、フェリーを売る。", "フェリー"),
    ],
)
def test_the_first_article_in_a_language_with_stop_words_has_keywords(
    keywords: FrequencyKeywords, language: str, title: str, text: str, term: str
) -> None:
    (found,) = keywords.keywords([KeywordRequest(Passage(title, text, language))])

    assert found.value[0].term == term
    assert [text[span.start : span.end].casefold() for span in found.value[0].spans] == [term, term]
    assert found.provenance.from_ == "tf-idf:stop-words"


def test_encoded_data_is_not_a_keyword(keywords: FrequencyKeywords) -> None:
    assert terms(keywords, f"{'x' * 500} {'x' * 500} otter otter otter") == ["otter"]


def test_a_text_of_stop_words_has_no_keywords(keywords: FrequencyKeywords) -> None:
    (found,) = keywords.keywords([KeywordRequest(Passage("Why", "It is what it is.", "en"))])

    assert found.value == ()
    assert found.provenance.confidence == 0


def test_a_keyword_has_a_reason_and_its_positions(keywords: FrequencyKeywords) -> None:
    (found,) = keywords.keywords([KeywordRequest(Passage("Glacier", TEXT, "en"))])

    glacier = next(each for each in found.value if each.term == "glacier")

    assert glacier.why == "4 times here, rare in English, in the title"
    assert [TEXT[span.start : span.end].lower() for span in glacier.spans] == ["glacier"] * 3


def test_boilerplate_of_web_pages_is_not_a_keyword(keywords: FrequencyKeywords) -> None:
    found = terms(keywords, "Subscribe to our newsletter. Follow us on Twitter. Subscribe to our newsletter. Otter.")

    assert not {"subscribe", "newsletter", "twitter"} & {word for term in found for word in term.split()}


def with_learned(keywords: FrequencyKeywords, language: str, texts: list[str]) -> FrequencyKeywords:
    learned = keywords.with_frequencies(MemoryTermFrequencies())
    learned.keywords(
        [KeywordRequest(Passage("-", text, language), version=str(number)) for number, text in enumerate(texts)]
    )
    return learned


def test_a_term_in_most_stored_articles_is_not_a_keyword(keywords: FrequencyKeywords) -> None:
    learned = with_learned(keywords, "en", [f"The gazette reports on subject{number}." for number in range(300)])

    found = terms(learned, "The gazette saw an otter. The otter saw the gazette.")

    assert found == ["otter"]


def test_terms_in_fewer_stored_articles_come_first(keywords: FrequencyKeywords) -> None:
    texts = [f"{'heron' if number % 8 == 0 else 'reed'} subject{number}" for number in range(2000)]
    learned = with_learned(keywords, "en", texts)

    found = terms(learned, "A heron and a plover, a heron and a plover.")

    assert found[0] == "plover"
    assert "heron" in found


def test_another_languages_stop_words_are_learned_from_the_store(keywords: FrequencyKeywords) -> None:
    texts = [f"und der Bericht über Thema{chr(97 + number)} und der" for number in range(26)]
    learned = with_learned(keywords, "de", texts * 2)

    (found,) = learned.keywords(
        [KeywordRequest(Passage("Eis", "Der Gletscher und der Gletscher und der See.", "de"), version="x")]
    )

    assert [each.term for each in found.value] == ["gletscher"]
    assert found.provenance.from_ == "tf-idf:53 articles"


@pytest.mark.parametrize(("language", "why"), [("th", "not separated by spaces"), ("und", "not determined")])
def test_undetermined_and_unspaced_languages_have_no_keywords(
    keywords: FrequencyKeywords, language: str, why: str
) -> None:
    (found,) = keywords.keywords([KeywordRequest(Passage("x", "y y", language))])

    assert found.value == ()
    assert why in found.provenance.from_
