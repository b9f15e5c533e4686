from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from copytaster.errors import PermanentError
from copytaster.model.article import ArticleStatus, Signal
from copytaster.model.disposition import Reason
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.parser import BadItem, Draft, Original
from copytaster.parsing.reading import ParsingReader

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def read(content: Any, name: str = "story.json") -> list[Draft | BadItem]:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return [each.item for each in ParsingReader(default_parsers()).read(Original(content=raw, name=name, now=NOW))]


def draft(content: Any, name: str = "story.json") -> Draft:
    [item] = read(content, name)
    assert isinstance(item, Draft), item
    return item


def reason(content: Any, name: str = "story.json") -> Reason:
    try:
        [item] = read(content, name)
    except PermanentError as error:
        return error.reason
    assert isinstance(item, BadItem), item
    return item.reason


def outcome(item: Draft | BadItem) -> str | Reason:
    return item.title if isinstance(item, Draft) else item.reason


EMBARGO = "EMBARGOED UNTIL 10 JUNE 2026 06:00 BST"
NINJS = {"uri": "urn:x:1", "type": "text", "pubstatus": "usable", "versioncreated": "2024-05-04T08:15:00Z"}


@pytest.mark.parametrize(
    "item",
    [
        {"headline": "Gale", "body": f"{EMBARGO}\n\nBig.", "date": "2024-05-04"},
        {"headline": "Gale", "body_html": f"<p>{EMBARGO}</p><p>Big.</p>", "date": "2024-05-04"},
        {"headline": f"{EMBARGO}: Gale", "body": "Big.", "date": "2024-05-04"},
        {"@type": "NewsArticle", "headline": "Gale", "articleBody": f"Big.\n\n{EMBARGO}"},
        {"headline": "Gale", "body": "Big.", "ednote": f"Adds quotes. {EMBARGO}."},
        {**NINJS, "headline": "Gale", "body_text": f"{EMBARGO}\n\nBig."},
        {**NINJS, "headline": "Gale", "body_text": "Big.", "ednote": f"{EMBARGO}. Photos follow."},
        {**NINJS, "headline": f"{EMBARGO}: Gale", "body_text": "Big."},
    ],
)
def test_an_embargo_in_the_text_or_title_of_an_object_is_obeyed(item: dict[str, str]) -> None:
    found = draft(item)

    assert (found.title, found.text) == ("Gale", "Big.")
    assert found.embargoed_until == datetime(2026, 6, 10, 5, tzinfo=UTC)


LATER = datetime(2026, 6, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "item",
    [
        {"headline": f"{EMBARGO}: Gale", "body": "Big.", "embargoed_until": LATER.isoformat()},
        {"headline": "Gale", "body": f"{EMBARGO}\n\nBig.", "embargo": LATER.isoformat()},
        {
            "headline": "Gale",
            "body": "Big.",
            "embargoed_until": "2026-06-10T05:00:00Z",
            "embargo": LATER.isoformat(),
        },
    ],
)
def test_of_the_embargoes_in_the_fields_and_the_text_of_an_object_the_latest_counts(item: dict[str, str]) -> None:
    assert draft(item).embargoed_until == LATER


@pytest.mark.parametrize("item", [{"body": "Big.", "embargo": "2026-06-12T05:00:00Z"},
                                  {**NINJS, "body_text": "Big.", "embargoed": "2026-06-12T05:00:00Z"}])  # fmt: skip
def test_a_label_in_the_headline_repeats_the_embargo_of_a_field(item: dict[str, str]) -> None:
    found = draft(item | {"headline": "EMBARGOED: Gale"})

    assert (found.title, found.status, found.embargoed_until) == ("Gale", ArticleStatus.USABLE, LATER)


def test_an_embargo_field_that_cannot_be_read_outlasts_the_one_in_the_title() -> None:
    found = draft({"headline": f"{EMBARGO}: Gale", "body": "Big.", "embargo": "until the minister has spoken"})

    assert (found.status, found.embargoed_until) == (ArticleStatus.WITHHELD, None)


STORY = {"id": "5", "headline": "Gale", "body": "Big."}


@pytest.mark.parametrize(
    ("stated", "status"),
    [
        ({"status": "canceled"}, ArticleStatus.CANCELED),
        ({"status": "Withdrawn"}, ArticleStatus.CANCELED),
        ({"pub_status": None, "publishing_status": "stat:deleted"}, ArticleStatus.CANCELED),
        ({"status": {"name": "Pending Review"}}, ArticleStatus.WITHHELD),
        ({"status": "published", "is_published": False}, ArticleStatus.WITHHELD),
        ({"status": "embargoed"}, ArticleStatus.WITHHELD),
        ({"draft": True}, ArticleStatus.WITHHELD),
        ({"isDraft": "Y"}, ArticleStatus.WITHHELD),
        ({"published": "off"}, ArticleStatus.WITHHELD),
        ({"published": "no"}, ArticleStatus.WITHHELD),
        ({"status": 200, "draft": False, "published": True}, ArticleStatus.USABLE),
        ({"status": "ok", "published": "2024-05-04", "draft": None}, ArticleStatus.USABLE),
        ({"@type": "NewsArticle", "articleBody": "Big.", "creativeWorkStatus": "Draft"}, ArticleStatus.WITHHELD),
    ],
)
def test_a_status_that_restricts_an_object_is_obeyed_and_others_mean_nothing(
    stated: dict[str, Any], status: ArticleStatus
) -> None:
    assert draft(STORY | stated).status is status


def test_an_embargoed_object_with_a_time_is_usable_from_then_on() -> None:
    found = draft(STORY | {"status": "scheduled", "embargo_until": "2026-06-10T05:00:00Z"})

    assert (found.status, found.embargoed_until) == (ArticleStatus.USABLE, datetime(2026, 6, 10, 5, tzinfo=UTC))


@pytest.mark.parametrize("stated", [{"draft": True}, {"status": "pending"}, {"status": "on hold"}])
def test_the_end_of_an_embargo_does_not_publish_an_object_whose_status_withholds_it(stated: dict[str, Any]) -> None:
    found = draft(STORY | stated | {"embargo_until": "2026-06-10T05:00:00Z"})

    assert (found.status, found.embargoed_until) == (ArticleStatus.WITHHELD, None)


def test_a_notice_that_an_object_was_deleted_needs_its_id_alone() -> None:
    found = draft({"id": "5", "status": "deleted"})

    assert (found.guid, found.status, found.signal) == ("5", ArticleStatus.CANCELED, Signal.KILL)
    assert reason({"status": "deleted", "name": "5"}) is Reason.NO_TEXT


def test_a_plain_object_is_read_by_the_built_in_names() -> None:
    found = draft(
        {
            "_id": {"$oid": "6650"},
            "Title": "Bridge opens",
            "body_html": "<p>The bridge opened.</p><p>Cars use it.</p>",
            "pub-date": "2024-05-06T10:00:00+02:00",
            "author": {"name": "Jane Doe"},
            "link": "https://gazette.example/1",
            "source": {"id": None, "name": "The Gazette"},
            "tags": "roads, towns",
            "lang": "en_GB",
            "urlToImage": "https://gazette.example/1.jpg",
        }
    )

    assert (found.title, found.text) == ("Bridge opens", "The bridge opened.\n\nCars use it.")
    assert (found.guid, found.url) == ("6650", "https://gazette.example/1")
    assert (found.authors, found.publisher, found.language) == (("Jane Doe",), "The Gazette", "en")
    assert found.published_at == datetime(2024, 5, 6, 8, tzinfo=UTC)
    assert found.keywords == ("roads", "towns")
    assert found.images[0].url == "https://gazette.example/1.jpg"
    assert found.provenance["text"].from_ == "json:body_html"
    assert found.format == "json"


@pytest.mark.parametrize("moment", [1_714_982_400, 1_714_982_400_000, "1714982400", {"$date": "2024-05-06T08:00:00Z"}])
def test_a_date_may_be_a_number_of_seconds_or_milliseconds(moment: Any) -> None:
    assert draft({"headline": "x", "date": moment}).published_at == datetime(2024, 5, 6, 8, tzinfo=UTC)


@pytest.mark.parametrize("moment", [202405060800, "202405060800", 20240506080000, "20240506080000"])
def test_digits_that_are_a_day_and_an_hour_are_no_number_of_seconds(moment: Any) -> None:
    found = draft({"headline": "x", "date": moment, "embargo": moment})

    assert found.published_at == datetime(2024, 5, 6, 8, tzinfo=UTC)
    assert found.embargoed_until == datetime(2024, 5, 6, 20, tzinfo=UTC)
    assert found.provenance["published_at"].confidence < 0.5


@pytest.mark.parametrize("flag", [True, 1.0, 2024.0, 20240506.0])
def test_a_flag_or_another_number_is_no_date(flag: Any) -> None:
    found = draft({"headline": "x", "published": flag, "date": "2024-05-06T08:00:00Z"})

    assert found.published_at == datetime(2024, 5, 6, 8, tzinfo=UTC)


def test_text_that_mentions_tags_is_not_markup() -> None:
    assert draft({"headline": "x", "body": "<script>alert(1)</script> is an attack"}).text == (
        "<script>alert(1)</script> is an attack"
    )


def test_the_elements_of_arrays_and_of_envelopes_are_items() -> None:
    stories = [{"headline": "One", "text": "1"}, {"nothing": "here"}, {"headline": "Two", "text": "2"}]

    plain, wrapped = read(stories), read({"status": "ok", "response": {"docs": stories}})

    for found in (plain, wrapped):
        assert [each.title if isinstance(each, Draft) else each.reason for each in found] == [
            "One",
            Reason.NO_TEXT,
            "Two",
        ]


def test_nested_envelopes_are_opened() -> None:
    hits = {"hits": {"total": 1, "hits": [{"_id": "7", "_source": {"headline": "One", "text": "1"}}]}}

    assert draft(hits).title == "One"


def test_a_news_article_is_found_in_a_graph() -> None:
    found = draft(
        {
            "@context": "https://schema.org",
            "@graph": [
                {"@type": "WebPage", "name": "Page"},
                {
                    "@type": ["NewsArticle"],
                    "headline": "Bridge opens",
                    "articleBody": "It opened.",
                    "author": [{"@type": "Person", "name": "Jane Doe"}],
                    "datePublished": "2024-05-06T08:00:00Z",
                    "mainEntityOfPage": {"@id": "https://gazette.example/1"},
                    "image": {"url": "https://gazette.example/1.jpg", "caption": "The bridge"},
                },
            ],
        }
    )

    assert (found.title, found.text, found.authors) == ("Bridge opens", "It opened.", ("Jane Doe",))
    assert (found.url, found.format) == ("https://gazette.example/1", "json-ld")
    assert found.images[0].caption == "The bridge"


def test_an_item_of_a_json_feed_has_the_values_of_its_feed() -> None:
    found = read(
        {
            "version": "https://jsonfeed.org/version/1",
            "title": "The Gazette",
            "language": "en",
            "author": {"name": "Jane Doe"},
            "items": [
                {"id": "1", "content_text": "It opened.", "title": "Bridge"},
                {"id": "2", "content_html": "<p>Two</p>", "author": {"name": "John Roe"}},
            ],
        }
    )

    first, second = found
    assert isinstance(first, Draft)
    assert isinstance(second, Draft)
    assert (first.authors, first.publisher, first.language, first.format) == (
        ("Jane Doe",),
        "The Gazette",
        "en",
        "json-feed",
    )
    assert (second.authors, second.text, second.title) == (("John Roe",), "Two", "Two")


@pytest.mark.parametrize(
    "content",
    [
        {"name": "left-pad", "version": "1.0.0", "description": "Pads", "author": "Jane", "dependencies": {}},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "x"}, "geometry": None}]},
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Order", "description": "An order"},
        {"@type": "Organization", "name": "The Gazette"},
        {},
        [],
        [1],
        "words",
        17,
        None,
    ],
)
def test_json_without_an_article_is_refused_with_the_reason(content: Any) -> None:
    assert reason(content) is Reason.NO_TEXT


@pytest.mark.parametrize(
    "content",
    [
        b'{"headline": "x",}',
        b'{"headline": "x"} trailing',
        b'{"headline": "line\nbreak"}',
        b"[{",
        b'{"headline": x}',
        b"no json",
        b'{"unclosed": ',
    ],
)
def test_broken_json_is_refused_with_line_and_column(content: bytes) -> None:
    assert reason(content) is Reason.PARSE_FAILED


def test_thousands_of_nested_values_are_refused() -> None:
    assert reason(b"[" * 100_000) is Reason.TOO_DEEP
    assert reason(b'{"a":' * 100_000) is Reason.TOO_DEEP


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b'{"headline": "x", "body": "a", "score": NaN, "n": -Infinity}', "a"),
        (b'{"headline": "x", "body": "a", "body": "b"}', "b"),
        (b'{"headline": "x", "body": "a", "n": ' + b"9" * 10_000 + b', "e": 1e999}', "a"),
        (b'\xef\xbb\xbf{"headline": "x", "body": "a"}', "a"),
        ('\ufeff{"headline": "x", "body": "\u00e9"}'.encode("utf-16-le"), "\u00e9"),
        ('{"headline": "x", "body": "\u00e9"}'.encode("utf-16-be"), "\u00e9"),
        (b'{"headline": "x", "body": "a\\ud800b"}', "ab"),
        (b'{"headline": "x", "body": "caf\xe9 au lait"}', "caf\u00e9 au lait"),
        ('{"headline": "x", "body": "a\u2028b"}'.encode(), "a\n\nb"),
    ],
)
def test_unusual_but_valid_json_is_read(content: bytes, text: str) -> None:
    assert draft(content).text == text


def test_elements_before_a_fault_in_an_array_are_items() -> None:
    found = read(b'[{"headline": "One", "body": "1"}, {"headline": "Two"')

    assert [outcome(each) for each in found] == ["One", Reason.PARSE_FAILED]


def test_thousands_of_names_are_scored_in_linear_time() -> None:
    assert default_parsers().choose(Original(content=b'{"uri": 1,' * 6_000, name="a.json", now=NOW))[0].format == "json"


@pytest.mark.parametrize("empty", ["0", 0, "N/A", "None", "NULL", "<null>", "#N/A", "nan", "-", "00000000-0000-0000"])
def test_the_value_of_an_empty_variable_identifies_no_object(empty: Any) -> None:
    found = draft({"id": empty, "uuid": "7f3", "headline": "Gale", "body": "Big."})

    assert found.guid == "7f3"


@pytest.mark.parametrize("name", ["url", "source_url"])
def test_the_address_of_a_front_page_identifies_no_object(name: str) -> None:
    assert draft({"headline": "Gale", "body": "Big.", name: "https://quay.example/"}).url is None
    assert draft({"headline": "Gale", "body": "Big.", name: "https://quay.example/?p=7"}).url is not None
