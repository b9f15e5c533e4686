from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.article import Article
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.reading import ParsingReader
from tests.factories import START, Desk, a_desk

ADDRESS = "https://news.example.org/2025/ferry"
PUBLISHED = START - timedelta(days=400)
OLDER, NEWER = PUBLISHED + timedelta(hours=2), PUBLISHED + timedelta(days=3)


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return a_desk(memory_store(clock), clock, reader=ParsingReader(default_parsers()))


def page(words: str, *, published: datetime | None, modified: datetime | None = None) -> bytes:
    times = {"article:published_time": published, "article:modified_time": modified}
    tags = "".join(f'<meta property="{name}" content="{at.isoformat()}">' for name, at in times.items() if at)
    text = f"The ferry to Skerry Bay {words}, the harbour master told the council on the quay. " * 6
    return (
        f"<html><head><title>Ferry {words}</title>{tags}</head>"
        f"<body><article><h1>Ferry {words}</h1><p>{text}</p></article></body></html>"
    ).encode()


def warc(body: bytes, date: str) -> bytes:
    http = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    head = (
        f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: {ADDRESS}\r\nWARC-Date: {date}\r\n"
        f"WARC-Record-ID: <urn:uuid:1>\r\nContent-Type: application/http\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


def mhtml(body: bytes, date: str) -> bytes:
    head = (
        f"From: <Saved by Blink>\r\nSnapshot-Content-Location: {ADDRESS}\r\nDate: {date}\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/related; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n'
    )
    return head.encode() + body + b"\r\n--b--\r\n"


def at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def present(desk: Desk, *files: tuple[str, bytes]) -> Article:
    """Return the present version of the article that the files have, delivered one after another."""
    found = set()
    for name, content in files:
        delivery = desk.deliver(content, path=f"web/{name}")
        desk.clock.advance(seconds=60)
        desk.ingest(delivery)
        found |= set(desk.settled(delivery).article_ids)
    (article,) = desk.store.articles.get_many(list(found))
    return article


@pytest.mark.parametrize("newer_first", [False, True])
@pytest.mark.parametrize("published", [PUBLISHED, None])
def test_archives_are_loaded_in_any_order(desk: Desk, published: datetime | None, *, newer_first: bool) -> None:
    files = [
        ("older.warc", warc(page("is late", published=published), at(OLDER))),
        ("newer.mhtml", mhtml(page("is back", published=published), NEWER.strftime("%d %b %Y %H:%M:%S +0000"))),
    ]

    article = present(desk, *(reversed(files) if newer_first else files))

    assert (article.title, article.captured_at, article.published_at) == ("Ferry is back", NEWER, published)
    assert article.provenance["captured_at"].from_ == "container:date"
    assert desk.store.articles.version_count(article.id) == 2


@pytest.mark.parametrize("capture_first", [False, True])
def test_a_time_that_the_page_states_counts_before_that_of_its_capture(desk: Desk, *, capture_first: bool) -> None:
    files = [
        ("a.warc", warc(page("is late", published=PUBLISHED, modified=OLDER), at(NEWER))),
        ("b.html", page("is back", published=PUBLISHED, modified=NEWER).replace(
            b"</head>", f'<link rel="canonical" href="{ADDRESS}"></head>'.encode())),
    ]  # fmt: skip

    article = present(desk, *(files if capture_first else reversed(files)))

    assert article.title == "Ferry is back"


@pytest.mark.parametrize(
    "date",
    [
        at(START + timedelta(hours=1)),
        at(PUBLISHED - timedelta(days=2)),
        "1970-01-01T00:00:00Z",
        NEWER.strftime("%Y-%m-%dT%H:%M:%S"),
        NEWER.strftime("%Y%m%d%H%M%S"),
        "2025",
        "soon",
        "",
    ],
    ids=["after receipt", "before publication", "never set", "no zone", "digits", "a year", "no date", "empty"],
)
def test_a_time_of_a_capture_that_is_wrong_or_uncertain_has_no_effect(desk: Desk, date: str) -> None:
    article = present(desk, ("a.warc", warc(page("is late", published=PUBLISHED), date)))

    assert (article.captured_at, article.published_at) == (None, PUBLISHED)
    assert "captured_at" not in article.provenance


def test_a_page_without_times_was_not_captured_before_the_web_had_archives(desk: Desk) -> None:
    article = present(desk, ("a.warc", warc(page("is late", published=None), "1980-01-01T00:00:00Z")))

    assert (article.captured_at, article.published_at) == (None, None)
    assert article.received_at >= datetime(2000, 1, 1, tzinfo=UTC)
