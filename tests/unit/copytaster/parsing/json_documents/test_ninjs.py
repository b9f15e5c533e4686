from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from copytaster.model.article import ArticleStatus, Image, Signal, Subject
from copytaster.model.disposition import Reason
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.json_documents.ninjs_rules import faults_of
from copytaster.parsing.parser import BadItem, Draft, Original
from copytaster.parsing.reading import ParsingReader

NOW = datetime(2024, 6, 1, tzinfo=UTC)

FIRST: dict[str, Any] = {
    "uri": "urn:x:1",
    "type": "text",
    "version": "3",
    "versioncreated": "2024-05-06T10:00:00Z",
    "firstcreated": "2024-05-06T09:00:00Z",
    "headline": "Bridge opens",
    "body_text": "plain",
    "body_xhtml": "<p>The bridge opened.</p><p>Cars use it.</p>",
    "description_text": "A bridge",
    "byline": "Jane Doe",
    "located": "Orrin",
    "urgency": 2,
    "ednote": "Check the name",
    "slugline": "BRIDGE",
    "language": "en-GB",
    "copyrightholder": "The Agency",
    "embargoed": "2024-07-01T00:00:00Z",
    "subject": [{"name": "transport", "scheme": "http://cv.iptc.org/newscodes/mediatopic/", "code": "20000337"}],
    "associations": {
        "photo": {
            "uri": "urn:x:2",
            "type": "picture",
            "headline": "The bridge",
            "byline": "Ann Lens",
            "renditions": {
                "small": {"href": "https://x.org/s.jpg", "width": 100},
                "large": {"href": "https://x.org/l.jpg", "width": 900},
            },
        }
    },
}

THIRD: dict[str, Any] = {
    "standard": {"name": "ninjs", "version": "3.0"},
    "uri": "urn:x:1",
    "type": "text",
    "version": "3",
    "versionCreated": "2024-05-06T10:00:00Z",
    "firstCreated": "2024-05-06T09:00:00Z",
    "headlines": [{"role": "sub", "value": "Under it"}, {"role": "main", "value": "Bridge opens"}],
    "bodies": [
        {"role": "main", "contentType": "text/plain", "value": "plain"},
        {"role": "main", "contentType": "text/html", "value": "<p>The bridge opened.</p><p>Cars use it.</p>"},
    ],
    "descriptions": [{"role": "creditline", "value": "AGENCY"}, {"role": "summary", "value": "A bridge"}],
    "by": "Jane Doe",
    "located": "Orrin",
    "urgency": 2,
    "edNote": "Check the name",
    "slugline": "BRIDGE",
    "language": "en-GB",
    "copyrightHolder": "The Agency",
    "embargoedUntil": "2024-07-01T00:00:00Z",
    "subjects": [{"name": "transport", "uri": "http://cv.iptc.org/newscodes/mediatopic/20000337"}],
    "associations": [
        {
            "name": "photo",
            "uri": "urn:x:2",
            "type": "picture",
            "descriptions": [{"role": "caption", "value": "The bridge"}],
            "by": "Ann Lens",
            "renditions": [{"name": "large", "href": "https://x.org/l.jpg", "width": 900}],
        }
    ],
}


def item(properties: dict[str, Any]) -> Draft | BadItem:
    original = Original(content=json.dumps(properties).encode(), name="story.json", now=NOW)
    [reading] = ParsingReader(default_parsers()).read(original)
    return reading.item


def draft(properties: dict[str, Any]) -> Draft:
    found = item(properties)
    assert isinstance(found, Draft), found
    return found


@pytest.mark.parametrize("properties", [FIRST, THIRD], ids=["1.x", "3.x"])
def test_all_generations_give_the_same_article(properties: dict[str, Any]) -> None:
    found = draft(properties)

    assert (found.title, found.text) == ("Bridge opens", "The bridge opened.\n\nCars use it.")
    assert (found.guid, found.guid_version, found.format) == ("urn:x:1", 3, "ninjs")
    assert found.published_at == datetime(2024, 5, 6, 9, tzinfo=UTC)
    assert found.modified_at == datetime(2024, 5, 6, 10, tzinfo=UTC)
    assert found.embargoed_until == datetime(2024, 7, 1, tzinfo=UTC)
    assert (found.summary, found.byline, found.authors) == ("A bridge", "Jane Doe", ("Jane Doe",))
    assert (found.urgency, found.note, found.slugline, found.language) == (2, "Check the name", "BRIDGE", "en")
    assert (found.located, found.publisher) == (("Orrin",), "The Agency")
    assert found.subjects == (Subject(code="medtop:20000337", name="transport"),)
    assert found.images == (Image(url="https://x.org/l.jpg", caption="The bridge", credit="Ann Lens"),)


def test_a_canceled_item_is_a_kill() -> None:
    found = draft(FIRST | {"pubstatus": "canceled"})

    assert (found.status, found.signal) == (ArticleStatus.CANCELED, Signal.KILL)


def test_a_cancellation_without_text_is_an_item() -> None:
    found = draft({"uri": "urn:x:1", "pubstatus": "canceled", "slugline": "BRIDGE"})

    assert (found.guid, found.signal, found.text) == ("urn:x:1", Signal.KILL, "BRIDGE")


def test_an_old_subject_code_is_mapped() -> None:
    properties = {"name": "sport", "scheme": "http://cv.iptc.org/newscodes/subjectcode", "code": "15000000"}

    assert draft(FIRST | {"subject": [properties]}).subjects == (Subject(code="medtop:15000000", name="sport"),)


def test_the_text_of_a_picture_is_its_caption() -> None:
    properties = {
        "uri": "urn:x:2",
        "type": "picture",
        "headline": "Bridge",
        "description_text": "The bridge on Monday.",
    }

    found = draft(properties)

    assert (found.title, found.text, found.summary) == ("Bridge", "The bridge on Monday.", None)


def test_a_valid_item_without_text_is_refused() -> None:
    found = item({"uri": "urn:x:1", "type": "text", "pubstatus": "usable"})

    assert isinstance(found, BadItem)
    assert found.reason is Reason.NO_TEXT


@pytest.mark.parametrize(
    ("properties", "fault"),
    [
        (FIRST | {"type": "novel"}, "type is none of audio"),
        (FIRST | {"version": 3}, "version is no string"),
        (FIRST | {"pubstatus": "published"}, "pubstatus is none of canceled"),
        (FIRST | {"person": "Jane Doe"}, "person is no array"),
        (FIRST | {"urgency": 0}, "urgency is no whole number from 1 to 9"),
        (FIRST | {"rightsinfo": {"linkedrights": "a", "encodedrights": "b"}}, "exclude each other"),
        (THIRD | {"associations": [{"uri": "urn:x:2"}]}, "name is missing"),
        (THIRD | {"headlines": [{"role": "main"}]}, "value is missing"),
        (THIRD | {"places": [{"name": "x", "geoJSON": {"coordinates": [1, 2]}}]}, "type is missing"),
        (THIRD | {"eventDetails": {"dates": {"startDate": "2024", "expectedStartDate": "2024"}}}, "exclude each other"),
        (THIRD | {"eventDetails": {"dates": {"expectedStartDate": "in May"}}}, "is no date"),
        (THIRD | {"urgency": True}, "urgency is no whole number"),
    ],
)
def test_an_invalid_item_is_refused_with_its_fault(properties: dict[str, Any], fault: str) -> None:
    found = item(properties)

    assert isinstance(found, BadItem)
    assert found.refused
    assert found.reason is Reason.PARSE_FAILED
    assert fault in found.message


@pytest.mark.parametrize(
    "standard",
    [{"name": "ninjs", "version": "3.9"}, {"name": "OWN", "version": "2.1", "schema": "https://agency.example/s.json"}],
)
def test_unknown_properties_are_accepted_in_later_versions_and_in_a_providers_schema(
    standard: dict[str, str],
) -> None:
    assert faults_of(THIRD | {"standard": standard, "colour": "red"}) == []
    assert faults_of(THIRD | {"standard": standard, "urgency": 12}) != []


def test_a_plain_object_with_an_address_as_its_uri_is_not_ninjs() -> None:
    found = draft({"uri": "https://x.org/1", "title": "Bridge", "content": "It opened.", "date": "2024-05-06"})

    assert (found.format, found.text) == ("json", "It opened.")


SUPERDESK: dict[str, Any] = {
    "guid": "urn:newsml:kestrel:1",
    "type": "text",
    "version": "2",
    "versioncreated": "2024-05-06T10:00:00+0000",
    "firstcreated": "2024-05-06T09:00:00+0000",
    "headline": "Bridge opens",
    "body_html": "<p>The bridge opened.</p>",
    "pubstatus": "usable",
    "priority": 6,
    "extra": {"desk": "city"},
    "readtime": 1,
    "place": [{"name": "Orrin", "qcode": "ORR", "state": "Vale"}],
}
AP: dict[str, Any] = {
    "altids": {"itemid": "0a1b2c3d", "etag": "0a1b2c3d_1a2"},
    "version": 1,
    "type": "text",
    "pubstatus": "usable",
    "versioncreated": "2024-05-06T10:00:00Z",
    "firstcreated": "2024-05-06T09:00:00Z",
    "headline": "Bridge opens",
    "body_nitf": "<p>The bridge opened.</p>",
    "editorialpriority": "r",
}


@pytest.mark.parametrize("properties", [FIRST | {"colour": "red"}, FIRST | {"headline_é": "x"}])
def test_unknown_properties_of_a_published_item_are_noted(properties: dict[str, Any]) -> None:
    found = draft(properties)

    assert (found.guid, found.title) == ("urn:x:1", "Bridge opens")
    assert "is no property of ninjs" in (found.note or "")


@pytest.mark.parametrize(
    ("properties", "guid"),
    [
        (SUPERDESK, "urn:newsml:kestrel:1"),
        (SUPERDESK | {"uri": "urn:newsml:kestrel:1"}, "urn:newsml:kestrel:1"),
        (SUPERDESK | {"uri": "https://kestrel.example/items/1?version=2"}, "urn:newsml:kestrel:1"),
        (SUPERDESK | {"guid": "urn:newsml:kestrel:2"}, "urn:newsml:kestrel:2"),
        (SUPERDESK | {"associations": {"photo": {"guid": "p1", "type": "picture"}}}, "urn:newsml:kestrel:1"),
    ],
)
def test_an_item_of_superdesk_is_ninjs(properties: dict[str, Any], guid: str) -> None:
    found = draft(properties)

    assert (found.format, found.guid, found.guid_version) == ("ninjs", guid, 2)
    assert (found.title, found.text) == ("Bridge opens", "The bridge opened.")
    assert "priority is no property of ninjs" in (found.note or "")


@pytest.mark.parametrize("envelope", [AP, {"data": {"item": AP}}, {"item": [AP]}, {"data": {"items": [{"item": AP}]}}])
def test_an_item_of_ap_is_ninjs_in_each_of_its_envelopes(envelope: dict[str, Any]) -> None:
    found = draft(envelope)

    assert (found.format, found.guid, found.guid_version, found.text) == ("ninjs", "0a1b2c3d", 1, "The bridge opened.")


@pytest.mark.parametrize(
    ("pubstatus", "status"),
    [
        ("canceled", ArticleStatus.CANCELED),
        ("Cancelled", ArticleStatus.CANCELED),
        ("withheld", ArticleStatus.WITHHELD),
        ("embargoed", ArticleStatus.WITHHELD),
        ("commissioned", ArticleStatus.WITHHELD),
        ("usable", ArticleStatus.USABLE),
    ],
)
def test_the_status_of_an_agency_is_obeyed_and_an_unknown_one_withholds(pubstatus: str, status: ArticleStatus) -> None:
    assert draft(SUPERDESK | {"pubstatus": pubstatus}).status is status


@pytest.mark.parametrize(
    ("pubstatus", "status"),
    [
        (["canceled"], ArticleStatus.CANCELED),
        ({"qcode": "stat:canceled"}, ArticleStatus.CANCELED),
        ([{"name": "withheld"}], ArticleStatus.WITHHELD),
        ({"state": 4}, ArticleStatus.WITHHELD),
        (None, ArticleStatus.USABLE),
    ],
)
def test_a_status_in_a_list_or_an_object_is_obeyed(pubstatus: object, status: ArticleStatus) -> None:
    assert draft(SUPERDESK | {"pubstatus": pubstatus}).status is status


def test_an_embargo_in_the_note_is_obeyed() -> None:
    found = draft(SUPERDESK | {"ednote": "EMBARGOED UNTIL 28 December 2026 10:00 GMT"})

    assert found.embargoed_until == datetime(2026, 12, 28, 10, tzinfo=UTC)


@pytest.mark.parametrize("signal", ["sig:kill", ["update", "Kill"], [{"scheme": "sig:", "code": "kill"}]])
def test_a_kill_among_signals_is_obeyed(signal: object) -> None:
    assert draft(SUPERDESK | {"signal": signal}).signal is Signal.KILL


@pytest.mark.parametrize("status", ["canceled", "withheld"])
@pytest.mark.parametrize("fault", [{"urgency": "3"}, {"embargoed": None}, {"version": 3}])
def test_an_item_that_restricts_earlier_versions_is_read_in_spite_of_faults(
    status: str, fault: dict[str, object]
) -> None:
    found = draft(FIRST | {"pubstatus": status} | fault)

    assert (found.guid, found.status.value) == (FIRST["uri"], status)
    assert "[ninjs: " in (found.note or "")


@pytest.mark.parametrize(
    ("properties", "status"),
    [
        ({"pubstatus": "cancelled"}, ArticleStatus.CANCELED),
        ({"pubstatus": "Killed"}, ArticleStatus.CANCELED),
        ({"pubstatus": "stat:canceled"}, ArticleStatus.CANCELED),
        ({"pubstatus": ["withdrawn"]}, ArticleStatus.CANCELED),
        ({"pubstatus": "in legal review"}, ArticleStatus.WITHHELD),
        ({"signal": "sig:kill"}, ArticleStatus.CANCELED),
    ],
)
def test_an_item_that_withdraws_in_other_words_is_read(properties: dict[str, Any], status: ArticleStatus) -> None:
    found = draft({"uri": "urn:x:1", "versioncreated": "2024-05-04T08:15:00Z"} | properties)

    assert (found.guid, found.status) == ("urn:x:1", status)
    assert "[ninjs: " in (found.note or "")


def test_a_kill_without_text_is_an_item() -> None:
    kill = {name: value for name, value in SUPERDESK.items() if name not in {"headline", "body_html"}}

    found = draft(kill | {"pubstatus": "canceled"})

    assert (found.guid, found.status, found.signal) == ("urn:newsml:kestrel:1", ArticleStatus.CANCELED, Signal.KILL)


@pytest.mark.parametrize(
    ("value", "until", "status"),
    [
        ("2024-07-01T10:00Z", datetime(2024, 7, 1, 10, tzinfo=UTC), ArticleStatus.USABLE),
        ("2024-07-01T10:00", datetime(2024, 7, 1, 22, tzinfo=UTC), ArticleStatus.USABLE),
        ("Monday morning", None, ArticleStatus.WITHHELD),
        (True, None, ArticleStatus.WITHHELD),
        (False, None, ArticleStatus.USABLE),
        ("", None, ArticleStatus.USABLE),
    ],
)
@pytest.mark.parametrize("name", ["embargoed", "embargo", "embargo_date"])
def test_an_embargo_that_cannot_be_read_withholds(
    name: str, value: object, until: datetime | None, status: ArticleStatus
) -> None:
    found = draft(SUPERDESK | {name: value})

    assert (found.embargoed_until, found.status) == (until, status)
