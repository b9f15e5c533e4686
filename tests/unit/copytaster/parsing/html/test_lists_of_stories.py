"""Lists that stand beside the boxes of a story belong to its text; lists of links and footers do not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.parsing.html.parser import HtmlParser
from copytaster.parsing.original import Original

FIRST = "The weir will be rebuilt from Monday, the harbour board decided after a meeting of four hours with its crew."
SECOND = "The union called the plan a mistake and asked the council to stop it before the visitors come in summer."
LAST = "The board meets again on Friday, and may pay for a second weir until the autumn of next year, it said."
ENTRIES = ("Boats wait at the old quay.", "Swimmers leave the water at noon.", "Anglers need a new permit.")
LIST = f"<ul>{''.join(f'<li>{entry}</li>' for entry in ENTRIES)}</ul>"
MENU = "<ul><li><a href=/a>Home today</a></li><li><a href=/b>Sports pages</a></li></ul>"
BEGIN, END = f"<p>{FIRST}</p><p>{SECOND}</p>", f"<p>{LAST}</p>"


def text(body: str) -> str:
    page = f"<!DOCTYPE html><html lang=en><head><title>Weir rebuilt</title></head><body>{body}</body></html>"
    [draft] = HtmlParser().parse(Original(content=page.encode(), name="p.html", now=datetime(2026, 6, 1, tzinfo=UTC)))
    return draft.text


@pytest.mark.parametrize(
    "body",
    [
        f"<div>{BEGIN}</div>{LIST}<div>{END}</div>",
        f"<div>{BEGIN}</div>{LIST.replace('ul>', 'ol>')}<div>{END}</div>",
        f"<div>{BEGIN}</div><div>{LIST}</div><div>{END}</div>",
        f"<div id=page><div>{BEGIN}</div>{LIST}<div>{END}</div></div>",
        f"<section>{BEGIN}</section>{LIST}<section>{END}</section>",
        f"<div><p>{FIRST}</p></div><div><p>{SECOND}</p></div>{LIST}<div>{END}</div>",
        f"<div>{BEGIN}</div>{LIST}{END}",
        f"{BEGIN}{LIST}<div>{END}</div>",
        f"<div class=a><div class=b>{BEGIN}</div></div>{LIST}<div class=a><div class=b>{END}</div></div>",
        f"<main><div>{BEGIN}</div>{LIST}<div>{END}</div></main>",
        f"{MENU}<div>{BEGIN}</div>{LIST}<div>{END}</div>{MENU}",
    ],
)
def test_a_list_between_the_boxes_of_a_story_is_read_in_its_place(body: str) -> None:
    story = text(f"<h1>Weir rebuilt</h1>{body}")
    found = [part.removeprefix("- ") for part in story.split("\n\n")]

    assert found == [FIRST, SECOND, *ENTRIES, LAST]


def test_a_list_between_long_boxes_of_one_class_is_read_in_its_place() -> None:
    lines = [f"{sentence[:-1]}, after {count} tries." for count in range(2, 6) for sentence in (FIRST, SECOND, LAST)]
    begin, end = ("".join(f"<p>{line}</p>" for line in part) for part in (lines[:6], lines[6:]))

    story = text(f"<h1>Weir rebuilt</h1><div class=part>{begin}</div>{LIST}<div class=part>{end}</div>")
    found = [part.removeprefix("- ") for part in story.split("\n\n")]

    assert found == [*lines[:6], *ENTRIES, *lines[6:]]


@pytest.mark.parametrize(
    "body",
    [
        f"<div>{BEGIN}</div>{MENU}<div>{END}</div>",
        f"<div>{BEGIN}{END}</div>{MENU}<div><p>All rights reserved.</p></div>",
        f"<div>{BEGIN}{END}</div><div><ul><li>Quay 1, Weirtown</li></ul></div><div><p>All rights reserved.</p></div>",
    ],
)
def test_lists_of_links_and_of_footers_are_no_part_of_the_story(body: str) -> None:
    story = text(f"<h1>Weir rebuilt</h1>{body}")

    assert LAST in story
    assert "Sports pages" not in story
    assert "Weirtown" not in story
