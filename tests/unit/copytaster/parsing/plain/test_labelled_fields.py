"""Texts with headers, as systems of agencies export them: known labels are fields, others are named in the note."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.model.article import ArticleStatus
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.reading import ParsingReader

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BODY = "The lock opened on Monday.\n\nBoats pass again, the harbour master said.\n"
TEXT = BODY.strip()


def draft(text: str, name: str = "lock.tst") -> Draft:
    [reading] = ParsingReader(default_parsers()).read(Original(content=text.encode(), name=name, now=NOW))
    assert isinstance(reading.item, Draft), reading.item
    return reading.item


@pytest.mark.parametrize(
    ("header", "note"),
    [
        ("Headline: Lock opens\nByline: Ann Lee\nSource: Quay Wire\n", None),
        ("Headline: Lock opens\nVersion: 2\nByline: Ann Lee\n", "Version: 2"),
        ("Slug: lock\nHeadline: Lock opens\nByline: Ann Lee\n", None),
        ("Headline: Lock opens\nByline: Ann Lee\nCity: Dunmere\nDesk: Sport\n", "City: Dunmere\nDesk: Sport"),
        (
            "Headline: Lock opens\nDesk: Sport\nCity: Dunmere\n  North\nByline: Ann Lee\n",
            "Desk: Sport\nCity: Dunmere North",
        ),
        ("Headline: Lock opens\r\nByline: Ann Lee\r\nVersion: 2\r\n", "Version: 2"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "Body:\n", "Story:\n\n"])
def test_headers_with_unknown_labels_are_read(header: str, note: str | None, end: str) -> None:
    article = draft(header + end + BODY)

    assert (article.title, article.text, article.note) == ("Lock opens", TEXT, note)


@pytest.mark.parametrize(
    "embargo",
    [
        "Embargo: 2026-07-01T10:00:00+02:00",
        "EMBARGO: 1 July 2026 10:00 CEST",
        "Embargoed until: 1 July 2026 10:00 CEST",
    ],
)
@pytest.mark.parametrize("before", ["", "Version: 2\n", "City: Dunmere\n", "Contact: Ann Lee\n", "Story Number: 88\n"])
@pytest.mark.parametrize("after", ["", "Desk: Sport\n", "Source: Quay Wire\n"])
def test_an_embargo_among_headers_is_held(embargo: str, before: str, after: str) -> None:
    article = draft(f"Headline: Lock opens\nByline: Ann Lee\nSlug: lock\n{before}{embargo}\n{after}\n{BODY}")

    assert article.embargoed_until == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert (article.title, article.text) == ("Lock opens", TEXT)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("canceled", ArticleStatus.CANCELED),
        ("Killed", ArticleStatus.CANCELED),
        ("withheld", ArticleStatus.WITHHELD),
        ("ready for desk", ArticleStatus.WITHHELD),
        ("usable", ArticleStatus.USABLE),
    ],
)
def test_the_status_among_headers_is_obeyed(status: str, expected: ArticleStatus) -> None:
    assert draft(f"Headline: Lock opens\nByline: Ann Lee\nStatus: {status}\n\n{BODY}").status is expected


@pytest.mark.parametrize(
    "text",
    [
        "Headline: Lock opens\nByline: Ann Lee\nSource: Quay\n\nQuestion: Why now?\n\nAnswer: Since it is ready.\n",
        "Headline: Lock opens\nByline: Ann Lee\nSource: Quay\nQuestion: Why now?\nIt was ready, said the board.\n",
    ],
)
def test_questions_and_answers_below_the_headers_are_text(text: str) -> None:
    article = draft(text)

    assert article.text.startswith("Question: Why now?")
    assert article.note is None


def test_one_known_label_among_others_opens_no_header() -> None:
    article = draft(f"Title: Lock opens\nMood: glad\nWeather: fair\n\n{BODY}")

    assert article.text.startswith("Mood: glad")


def test_wrapped_prose_with_words_of_an_instruction_is_no_embargo() -> None:
    article = draft(f"Lock opens\n\nThe board said that the trade\nembargo until July 2026 will end.\n\n{BODY}")

    assert (article.status, article.embargoed_until) == (ArticleStatus.USABLE, None)


@pytest.mark.parametrize(
    "header",
    [
        "Headline: EMBARGOED UNTIL 07:30 GMT, 4 DECEMBER 2026: Lock opens\nByline: Ann Lee\nSource: Quay Wire\n",
        "Headline: Lock opens\nByline: Ann Lee\nNote: Adds quotes. Embargoed until 07:30 GMT, 4 December 2026\n",
    ],
)
def test_an_embargo_in_a_labelled_headline_or_note_is_obeyed(header: str) -> None:
    found = draft(f"{header}\n{BODY}")

    assert (found.embargoed_until, found.title) == (datetime(2026, 12, 4, 7, 30, tzinfo=UTC), "Lock opens")
