"""Deleted entries of Atom (RFC 6721)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.model.article import ArticleStatus, Signal
from copytaster.parsing.feeds.parser import FeedParser
from copytaster.parsing.feeds.tombstones import without_tombstones
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft

NOW = datetime(2024, 6, 1, tzinfo=UTC)
NAMESPACE = 'xmlns:at="http://purl.org/atompub/tombstones/1.0"'
ENTRY = "<entry><id>urn:e:2</id><title>Tram runs</title><summary>Every ten minutes.</summary></entry>"
DELETED = '<at:deleted-entry ref="urn:e:1" when="2024-05-30T10:00:00+02:00"/>'


def drafts(inside: str) -> list[Draft]:
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom" {NAMESPACE}><title>The Gazette</title>{inside}</feed>'
    found = list(FeedParser().parse(Original(content=feed.encode(), name="feed.xml", now=NOW)))
    return [each for each in found if isinstance(each, Draft)]


def test_a_deleted_entry_cancels_the_article_with_its_id() -> None:
    kept, deleted = drafts(DELETED + ENTRY)

    assert (kept.guid, kept.status) == ("urn:e:2", ArticleStatus.USABLE)
    assert (deleted.guid, deleted.status, deleted.signal) == ("urn:e:1", ArticleStatus.CANCELED, Signal.KILL)
    assert deleted.modified_at == datetime(2024, 5, 30, 8, tzinfo=UTC)


def test_a_feed_of_deleted_entries_alone_is_read() -> None:
    assert [each.guid for each in drafts(DELETED + DELETED.replace("urn:e:1", "urn:e:3"))] == ["urn:e:1", "urn:e:3"]


@pytest.mark.parametrize(
    "element",
    [
        (
            "<at:deleted-entry when='2024-05-30T10:00:00Z' ref='urn:e:1'><at:by><name>Ida</name></at:by>"
            "<link href='https://other.example/'/><at:comment>Wrong</at:comment></at:deleted-entry>"
        ),
        '<deleted-entry xmlns="http://purl.org/atompub/tombstones/1.0" ref="urn:e:1" when="2024-05-30T10:00:00Z"/>',
    ],
)
def test_what_is_inside_a_deleted_entry_is_not_that_of_the_feed(element: str) -> None:
    kept, deleted = drafts(element + ENTRY)

    assert (kept.authors, kept.url, kept.publisher) == ((), None, "The Gazette")
    assert deleted.guid == "urn:e:1"


def test_a_deleted_entry_that_is_shown_as_text_cancels_nothing() -> None:
    shown = f"<entry><id>urn:e:2</id><title>On feeds</title><content><![CDATA[{DELETED}]]></content></entry>"

    assert [each.guid for each in drafts(f"<!-- {DELETED} -->{shown}")] == ["urn:e:2"]


def test_elements_that_do_not_end_are_read_in_linear_time() -> None:
    text = f"<feed {NAMESPACE}>" + "<at:deleted-entry ref='urn:e:1'> <x" * 20_000

    assert len(without_tombstones(text)[1]) == 20_000
