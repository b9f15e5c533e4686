"""Times in ``time`` elements: that of the story, and those of changes, other stories, events and the visit."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.parsing.html.parser import HtmlParser
from copytaster.parsing.parser import Draft, Original

NOW = datetime(2024, 6, 1, tzinfo=UTC)
OWN = datetime(2024, 5, 20, 9, tzinfo=UTC)
CHANGED = datetime(2024, 5, 21, 7, 30, tzinfo=UTC)

OWN_TIME = '<time datetime="2024-05-20T09:00:00Z">20 May</time>'
CHANGE_TIME = '<time datetime="2024-05-21T07:30:00Z">21 May</time>'
OTHER_TIME = '<time datetime="2019-01-01T10:00:00Z">1 January 2019</time>'

STORY = """<p>The bridge over the harbour opened on Monday after four years of work, the mayor said.</p>
<p>Cars may use it from Tuesday, and a ferry that has run since 1911 will stop in the autumn.</p>"""


def parse(lines: str = "", *, above: str = "", below: str = "") -> Draft:
    page = (
        f"<html><head><title>Bridge opens</title></head><body>{above}"
        f"<article><h1>Bridge opens</h1>{lines}{STORY}{below}</article></body></html>"
    )
    [draft] = HtmlParser().parse(Original(content=page.encode(), name="page.html", now=NOW))
    return draft


@pytest.mark.parametrize(
    "others",
    [
        f"<header>Today is {OTHER_TIME}</header>",
        f'<aside><ul><li><a href="/zoo">Elephant born in zoo</a> {OTHER_TIME}</li></ul></aside>',
        f'<div class="related-stories"><p>{OTHER_TIME}</p></div>',
        f"<div><p>{OTHER_TIME}</p></div>",
    ],
    ids=["clock of the site", "aside", "related", "above the headline"],
)
def test_a_time_at_the_headline_precedes_those_of_other_stories_and_of_the_site(others: str) -> None:
    draft = parse(f"<p>By Ann Bell {OWN_TIME}</p>", above=others)

    assert draft.published_at == OWN
    assert draft.provenance["published_at"].from_ == "html:time"


@pytest.mark.parametrize(
    "lines",
    [
        f"<p>Updated {CHANGE_TIME}, first published {OWN_TIME}</p>",
        f"<p>Published {OWN_TIME} | Updated {CHANGE_TIME}</p>",
        f"<p>{CHANGE_TIME.replace('<time', '<time class=updated')} {OWN_TIME}</p>",
        f"<p>{OWN_TIME.replace('<time', '<time class=published')}</p><p>Letzte Aktualisierung: {CHANGE_TIME}</p>",
        f"<p><span>Last modified</span> {CHANGE_TIME}</p><p>{OWN_TIME}</p>",
        f"<p>Posted by Ann Bell on {OWN_TIME} from the desk for harbours and ships.</p><p>Edited {CHANGE_TIME}</p>",
    ],
)
def test_a_time_that_is_marked_as_a_change_is_not_the_publication(lines: str) -> None:
    draft = parse(lines)

    assert (draft.published_at, draft.modified_at) == (OWN, CHANGED)


def test_the_time_of_a_change_alone_is_the_publication_with_low_confidence() -> None:
    draft = parse(f"<p>Updated {CHANGE_TIME}</p>")

    assert (draft.published_at, draft.modified_at) == (CHANGED, CHANGED)
    assert draft.provenance["published_at"].confidence < 0.5  # more likely wrong than right


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"below": f"<p>The first vote was on {OTHER_TIME} and it failed after a long debate.</p>"},
        {"above": f"<header>Today is {OTHER_TIME.replace('1 January 2019', 'Tuesday')}</header>"},
        {"below": f'<div class="comments"><p>Angry Reader {OTHER_TIME}</p></div>'},
    ],
    ids=["sentence", "clock of the site", "comment"],
)
def test_a_time_in_a_sentence_or_beside_the_story_is_never_a_certain_publication(elsewhere: dict[str, str]) -> None:
    draft = parse(**elsewhere)

    assert draft.published_at is None or draft.provenance["published_at"].confidence < 0.3


def test_the_header_of_a_story_and_a_box_with_its_data_have_its_time() -> None:
    in_header = parse(f"<header><p>{OWN_TIME}</p></header>")
    in_box = parse(below=f"</article><aside><dl><dt>Date</dt><dd>{OWN_TIME}</dd></dl></aside><article>")

    assert (in_header.published_at, in_box.published_at) == (OWN, OWN)


def test_a_time_directly_in_the_cell_that_contains_the_story_is_its_own() -> None:
    cell = f"<table><tr><td>By Ann Bell, {OWN_TIME}{STORY}</td></tr></table>"

    assert parse(f"<div>{cell}</div>").published_at == OWN
