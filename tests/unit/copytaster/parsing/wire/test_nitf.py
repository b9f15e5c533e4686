from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.errors import RefusedError
from copytaster.model.article import ArticleStatus, Image, Signal, Subject
from copytaster.model.disposition import Reason
from tests.unit.copytaster.parsing.wire.xml_readings import draft, drafts

TEXT = "<p>One.</p><p>Two.</p>"


def nitf(
    *,
    data: str = "",
    head: str = "",
    top: str = "<hedline><hl1>Title</hl1></hedline>",
    text: str = TEXT,
    attributes: str = "",
) -> str:
    return (
        f"<nitf><head>{head}<docdata {attributes}>{data}</docdata></head>"
        f"<body><body.head>{top}</body.head><body.content>{text}</body.content></body></nitf>"
    )


def test_headline_and_text_are_those_of_the_body() -> None:
    found = draft(nitf())

    assert (found.format, found.title, found.text) == ("nitf", "Title", "One.\n\nTwo.")


def test_without_a_headline_the_title_in_the_head_is_used() -> None:
    assert draft(nitf(head="<title>From the head</title>", top="")).title == "From the head"


def test_identity_urgency_keywords_and_place_are_read_from_the_head() -> None:
    found = draft(
        nitf(
            data='<doc-id id-string="kn.1" regsrc="KN"/><urgency ed-urg="2"/><du-key key="City-Bridge" version="4"/>'
            '<key-list><keyword key="bridge"/></key-list><evloc city="Oslo"/><ed-msg info="Adds quote"/>'
        )
    )

    assert (found.guid, found.guid_version, found.urgency, found.slugline) == ("kn.1", 4, 2, "City-Bridge")
    assert (found.keywords, found.located, found.note, found.publisher) == (("bridge",), ("Oslo",), "Adds quote", "KN")


@pytest.mark.parametrize(
    ("norm", "at"),
    [
        ("20260210T191044Z", datetime(2026, 2, 10, 19, 10, 44, tzinfo=UTC)),
        ("20260210T191044+1100", datetime(2026, 2, 10, 8, 10, 44, tzinfo=UTC)),
        ("2026-02-10T19:10:44", datetime(2026, 2, 10, 19, 10, 44, tzinfo=UTC)),
        ("20260210", datetime(2026, 2, 10, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_both_forms_of_iso_8601(norm: str, at: datetime) -> None:
    assert draft(nitf(data=f'<date.issue norm="{norm}"/>')).published_at == at


def test_a_release_after_the_issue_is_an_embargo() -> None:
    found = draft(nitf(data='<date.issue norm="20260210T100000Z"/><date.release norm="20260212T060000Z"/>'))

    assert found.embargoed_until == datetime(2026, 2, 12, 6, tzinfo=UTC)


def test_a_release_at_the_time_of_issue_is_not_an_embargo() -> None:
    found = draft(nitf(data='<date.issue norm="20260210T100000Z"/><date.release norm="20260210T110000+0100"/>'))

    assert found.embargoed_until is None


@pytest.mark.parametrize(
    ("issue", "release", "until"),
    [
        ("20260601T060000Z", "20260601T060000Z", datetime(2026, 6, 1, 6, tzinfo=UTC)),
        ("20260605T060000Z", "20260603T060000Z", datetime(2026, 6, 3, 6, tzinfo=UTC)),
        ("20260603T060000", "20260603T060000", datetime(2026, 6, 3, 18, tzinfo=UTC)),
        ("20260601T090000", "20260601T090000", None),  # may be the local time of the arrival, in Tokyo
    ],
)
def test_a_release_after_the_arrival_is_an_embargo(issue: str, release: str, until: datetime | None) -> None:
    found = draft(nitf(data=f'<date.issue norm="{issue}"/><date.release norm="{release}"/>'))

    assert found.embargoed_until == until


def test_the_last_revision_is_the_time_of_change() -> None:
    head = '<revision-history norm="20260211T100000Z"/><revision-history norm="20260212T100000Z"/>'

    assert draft(nitf(head=head)).modified_at == datetime(2026, 2, 12, 10, tzinfo=UTC)


def test_the_last_revision_is_the_latest_moment_whatever_its_zone() -> None:
    head = '<revision-history norm="20260211T233000-0500"/><revision-history norm="20260212T010000Z"/>'

    assert draft(nitf(head=head)).modified_at == datetime(2026, 2, 12, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attributes", "data", "status", "signal"),
    [
        ('management-status="embargoed"', "", ArticleStatus.WITHHELD, None),
        ('management-status="on hold"', "", ArticleStatus.WITHHELD, None),
        ('management-status="withheld"', "", ArticleStatus.WITHHELD, None),
        ('management-status="canceled"', "", ArticleStatus.CANCELED, Signal.KILL),
        ("", '<correction id-string="kn.0" info="Name"/>', ArticleStatus.USABLE, Signal.CORRECTION),
        ("", '<ed-msg msg-type="kill"/>', ArticleStatus.CANCELED, Signal.KILL),
        ("", '<ed-msg info="Embargoed until the end of the speech"/>', ArticleStatus.WITHHELD, None),
    ],
)
def test_management_and_corrections_are_read(
    attributes: str, data: str, status: ArticleStatus, signal: Signal | None
) -> None:
    found = draft(nitf(attributes=attributes, data=data))

    assert (found.status, found.signal) == (status, signal)


def test_subject_codes_become_media_topics() -> None:
    head = (
        '<tobject><tobject.subject tobject.subject.refnum="15000000"/>'
        '<tobject.subject tobject.subject.refnum="02003001" tobject.subject.matter="police"/></tobject>'
    )

    assert draft(nitf(head=head)).subjects == (
        Subject(code="medtop:15000000", name="sport"),
        Subject(code="subj:02003001", name="police"),
        Subject(code="medtop:02000000", name="crime, law and justice"),
    )


def test_byline_dateline_distributor_and_abstract_are_read() -> None:
    top = (
        "<hedline><hl1>Title</hl1></hedline><byline>By <person>Ann Field</person><byttl>City editor</byttl></byline>"
        "<distributor><org>Kestrel</org></distributor><dateline><location>OSLO</location>"
        "<story.date>May 1</story.date></dateline>"
        "<abstract><p>In short.</p></abstract>"
    )

    found = draft(nitf(top=top, data='<doc-id regsrc="KN" id-string="1"/>'))

    assert (found.byline, found.authors) == ("By Ann Field, City editor", ("Ann Field",))
    assert (found.dateline, found.publisher, found.summary) == ("OSLO, May 1", "Kestrel", "In short.")


def test_an_abstract_without_a_text_is_the_text() -> None:
    found = draft(nitf(top="<hedline><hl1>Title</hl1></hedline><abstract><p>In short.</p></abstract>", text=""))

    assert (found.text, found.summary) == ("In short.", None)


def test_media_are_pictures_and_not_text() -> None:
    media = (
        '<media media-type="image"><media-reference source="a.jpg"/><media-caption>Fog</media-caption>'
        "</media><p>One.</p>"
    )

    found = draft(nitf(text=media))

    assert (found.text, found.images) == ("One.", (Image(url="a.jpg", caption="Fog"),))


def test_a_dateline_in_the_text_becomes_the_dateline() -> None:
    found = draft(nitf(text="<p>OSLO (KN) - The bridge is open.</p>"))

    assert (found.dateline, found.text) == ("OSLO", "The bridge is open.")


def test_stories_in_a_senders_envelope_are_read() -> None:
    envelope = f"<delivery><meta/>{nitf()}{nitf(top='<hedline><hl1>Second</hl1></hedline>')}</delivery>"

    assert [each.title for each in drafts(envelope)] == ["Title", "Second"]


def test_a_kill_without_text_is_an_item() -> None:
    found = draft(nitf(data='<doc-id id-string="kn.17"/><ed-msg msg-type="kill"/>', top="", text=""))

    assert (found.guid, found.text, found.status) == ("kn.17", "kn.17", ArticleStatus.CANCELED)


def test_a_document_without_text_is_refused() -> None:
    with pytest.raises(RefusedError) as caught:
        drafts(nitf(top="", text=""))

    assert caught.value.reason is Reason.NO_TEXT


@pytest.mark.parametrize(
    ("release", "until"),
    [
        ("20260612T0600Z", datetime(2026, 6, 12, 6, tzinfo=UTC)),
        ("20260612T06Z", datetime(2026, 6, 12, 6, tzinfo=UTC)),
        ("20260612T06:00+0200", datetime(2026, 6, 12, 4, tzinfo=UTC)),
        ("20260612T0600", datetime(2026, 6, 12, 18, tzinfo=UTC)),
        ("20260612", datetime(2026, 6, 12, 12, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("issue", ['<date.issue norm="20260520T100000Z"/>', '<date.issue norm="May"/>', ""])
def test_an_embargo_without_seconds_or_zone_ends_at_the_latest_moment(
    release: str, until: datetime, issue: str
) -> None:
    found = draft(nitf(data=f'{issue}<date.release norm="{release}"/>'))

    assert (found.embargoed_until, found.status) == (until, ArticleStatus.USABLE)


@pytest.mark.parametrize("release", ["12 June", "20260612T25Z", "later", "2026-05-20 2330"])
def test_an_embargo_that_cannot_be_read_withholds(release: str) -> None:
    found = draft(nitf(data=f'<date.issue norm="20260520T100000Z"/><date.release norm="{release}"/>'))

    assert (found.embargoed_until, found.status) == (None, ArticleStatus.WITHHELD)
    assert release in found.provenance["status"].from_
