"""Guids that identify no entry, and feeds behind warnings."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Draft
from copytaster.parsing.reading import ParsingReader

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NAMES = ("Pier", "Mole", "Slip")


def items(content: str | bytes, name: str = "news.rss") -> list[Draft | BadItem]:
    raw = content.encode() if isinstance(content, str) else content
    readings = ParsingReader(default_parsers()).read(Original(content=raw, name=name, now=NOW))
    return [each.item for each in readings]


def drafts(content: str | bytes, name: str = "news.rss") -> list[Draft]:
    return [each for each in items(content, name) if isinstance(each, Draft)]


NIL = "urn:uuid:00000000-0000-0000-0000-000000000000"


def rss(guids: list[str], links: list[str] | None = None, titles: tuple[str, ...] = NAMES) -> str:
    links = links if links is not None else [f"https://port.example/{name}" for name in titles]
    entries = []
    for title, guid, link in zip(titles, guids, links, strict=True):
        identifiers = f"<link>{link}</link>" if link else ""
        identifiers += f"<guid isPermaLink='false'>{guid}</guid>" if guid else ""
        text = f"<description>The {title} closed on Monday for repairs.</description>"
        entries.append(f"<item><title>{title} closed</title>{identifiers}{text}</item>")
    return (
        '<?xml version="1.0"?><rss version="2.0"><channel><title>Port</title>'
        f"<link>https://port.example/</link>{''.join(entries)}</channel></rss>"
    )


@pytest.mark.parametrize(
    "guid",
    ["0", "item", "tag:port.example,2026:item", "https://port.example/", "http://port.example", "https://port.example/feed",
     "urn:uuid:00000000-0000-0000-0000-000000000000", "null", "123"],
)  # fmt: skip
def test_a_guid_of_several_entries_is_no_identity(guid: str) -> None:
    found = drafts(rss([guid] * 3))

    assert [each.guid for each in found] == [None] * 3
    assert [each.url for each in found] == [f"https://port.example/{name}" for name in NAMES]


@pytest.mark.parametrize(
    "guid", ["0", "https://port.example/", "https://PORT.example", "null", "undefined", NIL]
)  # fmt: skip
def test_a_guid_that_identifies_nothing_is_no_identity_of_a_single_entry(guid: str) -> None:
    [found] = drafts(rss([guid], titles=("Pier",)))

    assert found.guid is None
    assert found.url == "https://port.example/Pier"


def test_two_entries_with_one_guid_do_not_spoil_the_guid_of_the_third() -> None:
    assert [each.guid for each in drafts(rss(["a", "a", "b"]))] == [None, None, "b"]


def test_an_entry_that_is_listed_twice_keeps_its_guid() -> None:
    link = "https://port.example/pier"

    assert [each.guid for each in drafts(rss(["a", "a"], [link, link], ("Pier", "Pier")))] == ["a", "a"]


def test_a_guid_of_several_titles_without_links_is_no_identity() -> None:
    assert [(each.guid, each.url) for each in drafts(rss(["a"] * 3, [""] * 3))] == [(None, None)] * 3


def test_one_link_and_one_guid_for_all_entries_identify_none() -> None:
    found = drafts(rss(["a"] * 3, ["https://port.example/news"] * 3))

    assert [(each.guid, each.url) for each in found] == [(None, None)] * 3


def test_good_guids_are_kept_with_one_link_for_all_entries() -> None:
    found = drafts(rss(["a", "b", "c"], ["https://port.example/news"] * 3))

    assert [each.guid for each in found] == ["a", "b", "c"]


def atom(entry_id: str) -> str:
    entries = "".join(
        f"<entry><title>{name} closed</title><id>{entry_id}</id><link href='https://port.example/{name}'/>"
        f"<updated>2026-05-0{number}T10:00:00Z</updated><content>The {name} closed.</content></entry>"
        for number, name in enumerate(NAMES, start=1)
    )
    return (
        "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>Port</title><id>urn:port</id>"
        f"<link rel='self' href='https://port.example/atom.xml'/><link href='https://port.example/'/>{entries}</feed>"
    )


@pytest.mark.parametrize("entry_id", ["urn:same", "urn:port", "https://port.example/atom.xml"])
def test_an_id_of_several_atom_entries_is_no_identity(entry_id: str) -> None:
    assert [each.guid for each in drafts(atom(entry_id), "news.xml")] == [None] * 3


@pytest.mark.parametrize("entry_id", ["1", "0", "https://port.example/", "https://port.example/feed.json"])
def test_an_id_of_several_items_of_a_json_feed_is_no_identity(entry_id: str) -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Port",
        "home_page_url": "https://port.example/",
        "feed_url": "https://port.example/feed.json",
        "items": [
            {
                "id": entry_id,
                "url": f"https://port.example/{name}",
                "title": name,
                "content_text": f"The {name} closed.",
            }
            for name in NAMES
        ],
    }

    found = drafts(json.dumps(feed), "feed.json")

    assert [(each.guid, each.url) for each in found] == [(None, f"https://port.example/{name}") for name in NAMES]


GOOD = rss(["a", "b", "c"])
NOISE = {
    "a notice": "Notice: Undefined index: id in /srv/feed.php on line 12\n",
    "warnings in HTML": "<br />\n<b>Warning</b>:  Undefined variable $x in <b>/srv/a.php</b> on line <b>3</b><br />\n",
    "a table of a debugger": "<br />\n<font size='1'><table><tr><th>Deprecated: old</th></tr></table></font>\n",
    "paragraphs": "<p>Warning: mysql_connect() failed</p>\n" * 20,
    "blank lines": "\n \n\t\n",
    "blank lines and a mark": "\n\n\ufeff",
    "zero width space": "\u200b",
    "stray bytes": "x1",
    "HTTP headers": "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nX-Powered-By: PHP\r\n\r\n",
    "CGI headers": "Content-Type: application/rss+xml; charset=utf-8\r\nX-Powered-By: PHP/7\r\n\r\n",
    "a log line": "[28-Nov-2026 10:00:00 UTC] PHP Deprecated:  strftime() in a.php on line 9\n",
    "a comment": "<!-- cached -->\n",
}  # fmt: skip


@pytest.mark.parametrize("name", NOISE)
@pytest.mark.parametrize("file_name", ["news.rss", "news.xml", "news.txt", "news"])
def test_a_feed_behind_noise_is_read(name: str, file_name: str) -> None:
    found = items(NOISE[name] + GOOD + "\n<br />Notice: at the end\n", file_name)

    assert [each.guid for each in found if isinstance(each, Draft)] == ["a", "b", "c"]
    assert len(found) == 3


@pytest.mark.parametrize("lead", ["", "\n\n", "Warning: late data on line 4\n", "\ufeff\n"])
def test_a_wire_document_behind_noise_is_read(lead: str) -> None:
    nitf = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<nitf><head><title>Pier closed</title></head><body><body.head>'
        "<hedline><hl1>Pier closed</hl1></hedline></body.head><body.content><p>The pier closed.</p></body.content>"
        "</body></nitf>\n"
    )

    assert [(each.format, each.title) for each in drafts(lead + nitf, "pier.xml")] == [("nitf", "Pier closed")]


def test_unknown_markup_behind_warnings_is_never_an_article() -> None:
    [found] = items('Warning: x on line 3\n<?xml version="1.0"?>\n<sitemap><url>https://port.example</url></sitemap>\n')

    assert isinstance(found, BadItem)


@pytest.mark.parametrize(
    "content",
    [
        f"How to write a feed\n\nA feed is short. This one has three entries. Here it is.\n\n{GOOD}\n\nThat is all.\n",
        f"# An error in feeds\n\n```xml\n{GOOD}\n```\n",
    ],
)
def test_a_text_about_a_feed_stays_a_text(content: str) -> None:
    [found] = drafts(content, "about.txt")

    assert found.format in {"text", "markdown"}


def test_one_entry_that_cannot_be_read_does_not_end_the_feed() -> None:
    broken = rss(["a", "b", "c"]).replace("The Mole closed", "&lt;a href='http://[port'&gt;The Mole&lt;/a&gt; closed")

    titles = [each.title for each in drafts(broken)]

    assert {"Pier closed", "Slip closed"} <= set(titles)
