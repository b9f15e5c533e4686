"""Queries as people write them, and what the program says about those that are none."""

from __future__ import annotations

import pytest

from copytaster.search.query import Field, TermCondition, WordCondition
from copytaster.search.syntax import MAX_CHARACTERS, MAX_TERMS, QuerySyntaxError, parse_query
from copytaster.search.words import Phrase


def words(*values: str, open_ended: bool = False, field: Field | None = None, negated: bool = False) -> WordCondition:
    return WordCondition(Phrase(values, open_ended), field, negated)


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("harbour wall", [words("harbour"), words("wall")]),
        ('"Sea  wall"', [words("sea", "wall")]),
        ("harbour -ferry", [words("harbour"), words("ferry", negated=True)]),
        ('-"sea wall" x', [words("sea", "wall", negated=True), words("x")]),
        ("-“sea wall” x", [words("sea", "wall", negated=True), words("x")]),
        ("title:„See wall“", [words("see", "wall", field=Field.TITLE)]),
        ("»the gov«*", [words("the", "gov", open_ended=True)]),
        ("“sea wall", [words("sea"), words("wall")]),
        ("gover*", [words("gover", open_ended=True)]),
        ('"the gov"*', [words("the", "gov", open_ended=True)]),
        ("title:flood", [words("flood", field=Field.TITLE)]),
        ('Names:"Ada Berg"', [words("ada", "berg", field=Field.NAMES)]),
        ('-text:"sea wall" x', [words("sea", "wall", field=Field.TEXT, negated=True), words("x")]),
        ("O'Brien covid-19", [words("o", "brien"), words("covid", "19")]),
        ("salt & pepper - mustard", [words("salt"), words("pepper"), words("mustard")]),
        ("Rates rise -- markets fall", [words("rates"), words("rise"), words("markets"), words("fall")]),
        ("harbour --ferry", [words("harbour"), words("ferry", negated=True)]),
        ("harbour AND wall", [words("harbour"), words("wall")]),
        ('salt and "AND" sand', [words("salt"), words("and"), words("and"), words("sand")]),
        ('truth or "OR" not ORB', [words("truth"), words("or"), words("or"), words("not"), words("orb")]),
        ("harbour -OR -NOT", [words("harbour"), words("or", negated=True), words("not", negated=True)]),
        ('ferry"sea wall"', [words("ferry"), words("sea", "wall")]),
        ('צה"ל רמטכ"ל', [words("צה", "ל"), words("רמטכ", "ל")]),
        (
            '-מנכ"לית title:ארה"ב* x',
            [words("מנכ", "לית", negated=True), words("ארה", "ב", field=Field.TITLE, open_ended=True), words("x")],
        ),
        ('"דובר צה"ל" x', [words("דובר", "צה", "ל"), words("x")]),
        ('ב"הארץ" ב"ידיעות אחרונות"', [words("ב"), words("הארץ"), words("ב"), words("ידיעות", "אחרונות")]),
        ('"על" ה"קו"', [words("על"), words("ה"), words("קו")]),
        ("at 10:30", [words("at"), words("10", "30")]),
        ("source:Kestrel", [TermCondition(frozenset({"source:kestrel"}))]),
        ('x -source:"The Kestrel"', [words("x"), TermCondition(frozenset({"source:kestrel"}), negated=True)]),
        ("published:2026-11", [TermCondition(frozenset({"published:2026-11"}))]),
        ("東*", [words("東", open_ended=True)]),
        ("東京都", [words("東京", "京都")]),
    ],
)
def test_a_query_is_read_as_conditions(text: str, conditions: list[object]) -> None:
    assert list(parse_query(text).conditions) == conditions


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 1, "no words"),
        ("& %", 1, "no words"),
        ("AND", 1, "no words"),
        ("-- ---", 1, "no words"),
        ("harbour -&", 9, "no letters or digits"),
        ("NATO OR EU", 6, "there is no OR"),
        ("harbour NOT ferry", 9, "put a hyphen before it"),
        ("-ferry", 1, "only excludes"),
        ('harbour "sea wall', 9, "not closed"),
        ('harbour ""', 9, "a word is missing"),
        ("harbour title:", 15, "a word is missing"),
        ("harbour *", 9, "a word is missing"),
        ("har*bour", 4, "only stand at the end"),
        ("sea h*", 5, "needs 2 letters"),
        ("sea titel:wall", 5, "no field 'titel'; fields are title, text,"),
        ("https://example.org", 1, "put it into quotes"),
        ("sea source:kes*", 5, "whole value"),
        ("published:yesterday", 1, "2026-11-30"),
        ("published:2026-13", 1, "2026-11-30"),
        ("sea published:2026-02-30", 5, "2026-11-30"),
        ("sea title:&", 5, "no letters or digits"),
        ("x" * (MAX_CHARACTERS + 1), MAX_CHARACTERS + 1, "longer than"),
        ("x " * (MAX_TERMS + 1), 2 * MAX_TERMS + 1, "more than"),
    ],
)
def test_an_error_names_its_place_and_its_meaning(text: str, position: int, message: str) -> None:
    with pytest.raises(QuerySyntaxError, match=message) as caught:
        parse_query(text)

    assert caught.value.position == position
    assert str(caught.value).endswith(f"(at character {position})")
