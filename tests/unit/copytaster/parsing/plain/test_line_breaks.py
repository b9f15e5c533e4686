# ruff: noqa: RUF001  # texts in East Asian scripts

from __future__ import annotations

import pytest

from copytaster.parsing.plain.line_breaks import (
    is_table,
    is_wrapped,
    joined_lines,
    joins_without_space,
    split_block,
    split_wrapped,
    words_of,
)

WRAPPED = [
    "The depot on the hill closes on Sunday after sixty",
    "years, because the council wants to build houses on",
    "the site. Trams will use the yard by the river.",
]


@pytest.mark.parametrize(
    "block",
    [
        ["Club       P   Pts", "Hill       4    12", "Riverside  4     7"],
        ["Club\tP\tPts", "Hill\t4\t12", "Riverside\t4\t7"],
        ["Hill 3 1", "Riverside 2 2", "Old Town 0 1"],
        ["- Trams stop at nine.", "- Buses run all night.", "- Boats do not run."],
        ["These rules begin on Monday:", "1. No dogs.", "2. No bicycles.", "3. No trams after nine."],
        ["a) the depot", "b) the yard"],
        ["Q: When does it close?", "A: On Sunday.", "Q: Why?", "A: The council wants houses."],
        ["FIELD: Who pays?", "HILL: The council does, as it said in March.", "FIELD: Thank you."],
        ["Ann Field", "Bob Hill", "Carla Stone"],
        ["Depot Lane 4", "Riverside 12345", "Phone 555 0100"],
        ["Trams:", "All lines run as on Sundays, and none after nine in the evening."],
    ],
)
def test_lines_of_tables_lists_and_dialogue_remain(block: list[str]) -> None:
    assert split_block(block) == [" ".join(line.split()) for line in block]


def test_wrapped_prose_is_joined() -> None:
    assert split_block(WRAPPED) == [" ".join(WRAPPED)]


def test_a_wrapped_item_is_joined_with_its_first_line() -> None:
    block = ["- Trams stop at nine in the evening, and", "  later on Fridays.", "- Buses run all night."]

    assert split_block(block) == [
        "- Trams stop at nine in the evening, and later on Fridays.",
        "- Buses run all night.",
    ]


def test_a_dash_that_begins_a_wrapped_line_is_no_item() -> None:
    block = ["The depot closes on Sunday, the council said", "- sixty years after it had been built by hand."]

    assert split_block(block) == [" ".join(block)]


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (["many pas-", "sengers"], "many passengers"),
        (["a long-", "standing wish"], "a long-standing wish"),
        (["it is hard-", "ly new"], "it is hardly new"),
        (["Nordrhein-", "Westfalen"], "Nordrhein-Westfalen"),
        (["Nacht-", "und Tagfahrten"], "Nacht- und Tagfahrten"),
        (["in 2024-", "25 it"], "in 2024-25 it"),
        (["the depot -", "an old one"], "the depot - an old one"),
        (["eine Straßen-", "bahn"], "eine Straßenbahn"),
        (["市政府周", "二表示，", "电车停运"], "市政府周二表示，电车停运"),
        (["電車は", "「止まる」"], "電車は「止まる」"),
        (["다리가", "열린다"], "다리가 열린다"),
    ],
)
def test_divided_words_and_east_asian_lines_are_joined_without_a_space(lines: list[str], joined: str) -> None:
    assert joined_lines(lines) == joined


def test_the_text_decides_on_the_hyphen_of_a_word_that_it_repeats() -> None:
    assert joined_lines(["a re-", "entry"], words_of("The re-entry was late. a re-\nentry")) == "a re-entry"
    assert joined_lines(["the well-", "being"], words_of("Wellbeing counts. the well-\nbeing")) == "the wellbeing"


def test_wrapped_lines_without_blank_lines_are_recognised_and_split_at_short_lines() -> None:
    lines = [*WRAPPED[:2], "the site.", *WRAPPED]

    assert is_wrapped(lines)
    assert split_wrapped(lines) == [" ".join([*WRAPPED[:2], "the site."]), " ".join(WRAPPED)]


def test_indents_separate_wrapped_paragraphs() -> None:
    lines = [f"   {WRAPPED[0]}", *WRAPPED[1:], f"   {WRAPPED[0]}", *WRAPPED[1:]]

    assert split_wrapped(lines) == [" ".join(WRAPPED)] * 2


def test_lines_that_end_with_sentences_are_not_wrapped() -> None:
    assert not is_wrapped(["The depot closes on Sunday.", "Trams use the yard.", "Buses run."])


@pytest.mark.parametrize(
    "prose", [WRAPPED, ["The  depot  on the hill  closes", "on  Sunday  after  sixty years."], ["One line   of three"]]
)
def test_prose_is_no_table(prose: list[str]) -> None:
    assert not is_table(prose)


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("一班。工", "会称", True),
        ("減らすと", "発表", True),
        ("said", "会", False),
        ("运", "APA", False),
        ("", "会", False),
    ],
)
def test_only_chinese_and_japanese_lines_are_joined_without_a_space(before: str, after: str, joined: bool) -> None:
    assert joins_without_space(before, after) is joined
