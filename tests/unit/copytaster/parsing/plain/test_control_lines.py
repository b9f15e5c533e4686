from __future__ import annotations

import pytest

from copytaster.parsing.plain.control_lines import read_control_lines

STORY = ("Tram depot closes", "", "The depot closes on Sunday.", "", "Trams use the yard.")


@pytest.mark.parametrize(
    "mark",
    [
        "(MORE)", "MORE", "(more)", "-more-", "-- more --", "-0-", "- 0 -", "-30-", "- 30 -", "--30--", "###", "# # #",
        "END", "ENDS", "(END)", "-ends-", "XXX", "NNNN", "ZCZC", "ZCZC QNS0042", "TAKE 2", "(TAKE TWO)", "1ST ADD",
        "ADD 1", "Enditem", "EEEEE",
    ],
)  # fmt: skip
@pytest.mark.parametrize("at", [0, 4, 5])
def test_marks_are_removed_anywhere(mark: str, at: int) -> None:
    lines = [*STORY[:at], mark, *STORY[at:]]

    assert read_control_lines(lines).lines == STORY


@pytest.mark.parametrize(
    "slug",
    [
        "BC-EU--Tram Depot,1st Ld-Writethru,0320",
        "AM-Depot-Trams, Bjt,0320",
        "PM-Tram-Depot",
        "Tram Depot, 2nd Ld",
        "Tram-Depot,320",
        "TRAM-DEPOT/",
        "TRAM-DEPOT/CLOSURE (UPDATE 2)",
    ],
)
def test_a_slug_above_the_headline_is_separated(slug: str) -> None:
    found = read_control_lines(["ZCZC", slug, *STORY])

    assert (found.slug, found.lines) == (slug, STORY)


def test_a_named_slug_is_separated() -> None:
    assert read_control_lines(["Slug: tram-depot", *STORY]).slug == "tram-depot"


@pytest.mark.parametrize(
    ("printed", "note"),
    [
        ("Eds: ADDS comment.", "ADDS comment."),
        ("EDS: With photos", "With photos"),
        ("EDITOR'S NOTE: Second of two parts.", "Second of two parts."),
        ("ATTENTION EDITORS - Graphic to follow", "Graphic to follow"),
        ("(Adds comment, paragraph 2)", "Adds comment, paragraph 2"),
        ("(Actualise avec la réaction)", "Actualise avec la réaction"),
        ("(Neu: Reaktion des Rats)", "Neu: Reaktion des Rats"),
    ],
)
def test_notes_to_editors_above_or_below_the_headline_are_separated(printed: str, note: str) -> None:
    for lines in ([printed, *STORY], [STORY[0], printed, *STORY[1:]]):
        found = read_control_lines(lines)

        assert (found.note, found.lines) == (note, STORY)


def test_a_note_continues_to_its_bracket_or_in_lower_case() -> None:
    found = read_control_lines(
        ["Eds: ADDS comment from the", "depot's director.", "(Adds byline and", "Photos)", *STORY]
    )

    assert found.notes == ("ADDS comment from the depot's director.", "Adds byline and Photos")
    assert found.lines == STORY


@pytest.mark.parametrize(
    "sign_off",
    ["rb/jk", "(rb/jk/lm)", "ab/", "Lusa/fim", "ABC // DEF", "AAP rb/jk", "PTI AB CD", "--IANS", "(NTB)", "=Kyodo",
     "QN-WF-03-02-26 1315GMT", "021315 GMT Mar 26", "dpa rb yybb n1 jk"],
)  # fmt: skip
def test_sign_offs_at_the_end_are_notes(sign_off: str) -> None:
    found = read_control_lines([*STORY, "", sign_off, "NNNN"])

    assert (found.note, found.lines) == (sign_off, (*STORY, ""))


def test_a_signature_names_the_reporter() -> None:
    found = read_control_lines([*STORY, "--- By Ann Field; editing by Bob Hill"])

    assert (found.byline, found.lines) == ("By Ann Field", STORY)


@pytest.mark.parametrize(
    "line",
    [
        "EMBARGOED UNTIL 0001 MARCH 3",
        "BC-EU--Tram Depot, KILL",
        "EDITORS: Please kill the story on the depot.",
        "(Corrects: story is withheld until Monday)",
        "More trams will run.",
        "The end",
        "In the end, 30 trams ran.",
        "Add the figures for May.",
        "Editors of the paper met.",
        "(The depot had closed before.)",
    ],
)
def test_prose_and_instructions_about_publication_stay(line: str) -> None:
    lines = (line, *STORY)

    assert read_control_lines(lines).lines == lines


def test_sign_offs_within_the_story_stay() -> None:
    lines = (*STORY, "rb/jk", *["More prose follows."] * 5)

    assert read_control_lines(lines).lines == lines


def test_a_text_of_marks_only_stays() -> None:
    assert read_control_lines(["(MORE)", "NNNN"]).lines == ("(MORE)", "NNNN")
