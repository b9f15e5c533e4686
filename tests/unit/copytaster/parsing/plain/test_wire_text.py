from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.model.article import Signal
from copytaster.parsing.draft_builder import first_sentence
from copytaster.parsing.parser import Draft, Original
from copytaster.parsing.plain.parser import TextParser

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def drafts(text: str) -> list[Draft]:
    found = list(TextParser().parse(Original(content=text.encode(), name="story.txt", now=NOW)))
    return [each for each in found if isinstance(each, Draft)]


def draft(text: str) -> Draft:
    (only,) = drafts(text)
    return only


def test_a_wire_story_is_read_without_its_control_lines() -> None:
    found = draft(
        "ZCZC QNS0042\nBC-EU--Tram Depot,1st Ld-Writethru,0320\nTram depot closes\nEds: ADDS comment.\nBy ANN FIELD\n"
        "Hill News Service\n\nHILLTOWN, March 2 (HNS) - The depot closes on Sunday.\n\n(MORE)\n\nTrams use the yard.\n"
        "\nrb/jk\n-0-\nNNNN\n"
    )

    assert (found.title, found.text) == ("Tram depot closes", "The depot closes on Sunday.\n\nTrams use the yard.")
    assert (found.slugline, found.signal) == ("BC-EU--Tram Depot,1st Ld-Writethru,0320", Signal.UPDATE)
    assert (found.byline, found.authors) == ("By ANN FIELD, Hill News Service", ("ANN FIELD",))
    assert (found.note, found.dateline) == ("ADDS comment.\nrb/jk", "HILLTOWN, March 2")


def test_each_message_between_the_marks_of_a_teletype_is_an_article() -> None:
    found = drafts("ZCZC A1\nTram depot closes\n\nIt closes.\nNNNN\n\nZCZC A2\nBridge opens\n\nIt opens.\nNNNN\n")

    assert [each.title for each in found] == ["Tram depot closes", "Bridge opens"]
    assert [each.text for each in found] == ["It closes.", "It opens."]


def test_points_above_the_dateline_remain_and_the_dateline_is_read() -> None:
    found = draft("Tram depot closes\n\n* Council wants houses\n\nBy Ann Field\n\nOslo (NTB) - The depot closes.")

    assert found.text == "* Council wants houses\n\nThe depot closes."
    assert (found.byline, found.dateline) == ("By Ann Field", "Oslo")


def test_labelled_fields_at_the_top_are_read() -> None:
    found = draft(
        "Slug: tram-depot\nHeadline: Tram depot closes\n  on Sunday\nByline: Ann Field and Bob Hill\n"
        "Date: 3 March 2026 14:30 GMT\nKeywords: trams, houses\nBody:\nThe depot closes.\n\nTrams use the yard.\n"
    )

    assert (found.title, found.slugline) == ("Tram depot closes on Sunday", "tram-depot")
    assert (found.authors, found.keywords) == (("Ann Field", "Bob Hill"), ("trams", "houses"))
    assert found.published_at == datetime(2026, 3, 3, 14, 30, tzinfo=UTC)
    assert found.text == "The depot closes.\n\nTrams use the yard."


def test_two_labels_are_prose() -> None:
    assert draft("Title: a play\n\nStory: The depot closes.").title == "Title: a play"


@pytest.mark.parametrize(
    ("printed", "resolved"),
    [("Caf&eacute; &amp; bar &#8212; &quot;Hill&quot;", 'Café & bar — "Hill"'), ("R&D; AT&T; a &copy b", None)],
)
def test_character_references_are_resolved_where_they_are_certain(printed: str, resolved: str | None) -> None:
    assert draft(f"Title here\n\n{printed}").text == (resolved or printed)


def test_a_headline_in_two_lines_is_one_title() -> None:
    assert draft("Tram depot on the hill closes after\nsixty years\n\nIt closes.").title.endswith("after sixty years")


@pytest.mark.parametrize(
    "text", ["Club    P   Pts\nHill    4    12\nRiver   4     7\n\nThe league ended on Sunday. All cheered."]
)
def test_a_table_is_no_title(text: str) -> None:
    found = draft(text)

    assert "Club" in found.text
    assert found.title != "Club P Pts"


def test_a_story_without_a_headline_has_its_first_sentence_as_title() -> None:
    found = draft("OSLO, March 2 (NTB) - The depot closes. Trams use the yard.\n\nBuses run.")

    assert (found.title, found.dateline) == ("The depot closes.", "OSLO, March 2")
    assert found.text == "The depot closes. Trams use the yard.\n\nBuses run."


def test_wrapped_text_without_blank_lines_is_joined() -> None:
    found = draft(
        "Tram depot closes\n"
        "The depot on the hill closes on Sunday after sixty\nyears, because the council wants to build houses on\n"
        "the site. Trams will use the yard by the river.\n"
    )

    assert "\n" not in found.text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("The U.S. depot closes. It is old.", "The U.S. depot closes."),
        ("Mr. Hill of St. Ann met J. Field. He left.", "Mr. Hill of St. Ann met J. Field."),
        ("Trams cost 3.5 crowns! All pay.", "Trams cost 3.5 crowns!"),
        ("电车停运。公交照常。", "电车停运。"),
        ("「止まる」と述べた。電車は。", "「止まる」と述べた。"),
        ("She asked “why?” He left.", "She asked “why?”"),
    ],
)
def test_the_first_sentence_does_not_end_at_an_abbreviation(text: str, sentence: str) -> None:
    assert first_sentence(text) == sentence


@pytest.mark.parametrize(
    "head",
    [
        "Titel: Brücke wieder offen\nAutor: Ann Feld\nDatum: 2. März 2026\nStichwort: bruecke\nText:\n",
        "Titre: Brücke wieder offen\nAuteur: Ann Feld\nSource: Kestrel\nTexte: ",
        "Título: Brücke wieder offen\nAutor: Ann Feld\nFuente: Kestrel\n\n",
    ],
)
def test_labels_are_read_in_four_languages(head: str) -> None:
    found = draft(f"{head}Die Brücke ist seit Montag wieder offen.\n\nSie war drei Wochen gesperrt.\n")

    assert found.title == "Brücke wieder offen"
    assert found.authors == ("Ann Feld",)
    assert found.text == "Die Brücke ist seit Montag wieder offen.\n\nSie war drei Wochen gesperrt."


@pytest.mark.parametrize("mark", ["MORE TO COME", "(more to follow)", "More to come."])
def test_an_announcement_of_another_take_is_no_text(mark: str) -> None:
    assert draft(f"Bridge opens\n\nCars may use it.\n\nTrams follow.\n\n{mark}\n").text.endswith("Trams follow.")


def test_several_east_asian_sentences_on_the_first_line_are_a_paragraph() -> None:
    found = draft("橋が月曜日に開通した。車も通れる。電車は来年からだ。\n")

    assert found.title == "橋が月曜日に開通した。"
    assert found.text == "橋が月曜日に開通した。車も通れる。電車は来年からだ。"
