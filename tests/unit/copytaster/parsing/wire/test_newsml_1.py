from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.errors import RefusedError
from copytaster.model.article import ArticleStatus, Image, Signal, Subject
from copytaster.model.disposition import Reason
from copytaster.parsing.parser import BadItem, Draft
from tests.unit.copytaster.parsing.wire.xml_readings import draft, drafts, readings

IDENTITY = (
    "<Identification><NewsIdentifier><ProviderId>kestrel.example</ProviderId><DateId>20260102</DateId>"
    "<NewsItemId>7</NewsItemId><RevisionId PreviousRevision='1' Update='N'>2</RevisionId>"
    "<PublicIdentifier>urn:newsml:kestrel.example:20260102:7:2N</PublicIdentifier></NewsIdentifier></Identification>"
)


def component(title: str = "Title", *, more: str = "", content: str = "<p>One.</p><p>Two.</p>", lines: str = "") -> str:
    return (
        f"<NewsComponent><NewsLines><HeadLine>{title}</HeadLine>{lines}</NewsLines>{more}"
        f"<ContentItem><MediaType FormalName='Text'/><DataContent>{content}</DataContent></ContentItem></NewsComponent>"
    )


def newsml(*components: str, management: str = "") -> str:
    return (
        "<NewsML Version='1.2'><NewsEnvelope><SentFrom><Party FormalName='Line 7'/></SentFrom>"
        "<DateAndTime>20260103T000000Z</DateAndTime></NewsEnvelope>"
        f"<NewsItem>{IDENTITY}<NewsManagement>{management}</NewsManagement>{''.join(components)}</NewsItem></NewsML>"
    )


def test_headline_and_text_are_those_of_the_component() -> None:
    found = draft(newsml(component()))

    assert (found.format, found.title, found.text) == ("newsml-1", "Title", "One.\n\nTwo.")


def test_all_revisions_have_the_same_guid_and_their_own_number() -> None:
    found = draft(newsml(component()))

    assert (found.guid, found.guid_version) == ("urn:newsml:kestrel.example:20260102:7", 2)


def test_the_items_times_take_precedence_over_the_envelopes() -> None:
    times = (
        "<FirstCreated>20260102T080000+0100</FirstCreated><ThisRevisionCreated>20260102T120000Z</ThisRevisionCreated>"
    )

    found = draft(newsml(component(), management=times))

    assert found.published_at == datetime(2026, 1, 2, 7, tzinfo=UTC)
    assert found.modified_at == datetime(2026, 1, 2, 12, tzinfo=UTC)


def test_the_envelope_gives_date_and_source_of_an_item_without_them() -> None:
    found = draft(newsml(component()))

    assert (found.published_at, found.publisher) == (datetime(2026, 1, 3, tzinfo=UTC), "Line 7")


@pytest.mark.parametrize(
    ("management", "status", "signal"),
    [
        ("<Status FormalName='Usable'/>", ArticleStatus.USABLE, None),
        ("<Status FormalName='Withheld'/>", ArticleStatus.WITHHELD, None),
        ("<Status FormalName='Canceled'/>", ArticleStatus.CANCELED, Signal.KILL),
        ("<Instruction FormalName='Rectify'/>", ArticleStatus.USABLE, Signal.CORRECTION),
        ("<Instruction FormalName='Update'/>", ArticleStatus.USABLE, Signal.UPDATE),
    ],
)
def test_status_and_instructions_are_read(management: str, status: ArticleStatus, signal: Signal | None) -> None:
    found = draft(newsml(component(), management=management))

    assert (found.status, found.signal) == (status, signal)


def test_a_status_that_will_change_to_usable_is_an_embargo() -> None:
    management = (
        "<Status FormalName='Embargoed'/><Urgency FormalName='2'/><StatusWillChange><FutureStatus FormalName='Usable'/>"
        "<DateAndTime>20260701T060000Z</DateAndTime></StatusWillChange>"
    )

    found = draft(newsml(component(), management=management))

    assert (found.embargoed_until, found.urgency) == (datetime(2026, 7, 1, 6, tzinfo=UTC), 2)


def test_lines_and_metadata_are_read() -> None:
    lines = (
        "<ByLine>Von Ann Field</ByLine><DateLine>OSLO</DateLine><SlugLine>City-Bridge</SlugLine>"
        "<KeywordLine>a; b</KeywordLine>"
        "<NewsLine><NewsLineType FormalName='EditorialNote'/><NewsLineText>Repeats</NewsLineText></NewsLine>"
    )
    metadata = (
        "<AdministrativeMetadata><Source><Party FormalName='Kestrel'/></Source></AdministrativeMetadata>"
        "<DescriptiveMetadata><Language FormalName='de-AT'/><SubjectCode><Subject FormalName='15000000'/></SubjectCode>"
        "<Location><Property FormalName='Country' Value='Norway'/><Property FormalName='City' Value='Oslo'/></Location>"
        "</DescriptiveMetadata>"
    )

    found = draft(newsml(component(lines=lines, more=metadata)))

    assert (found.byline, found.authors, found.dateline) == ("Von Ann Field", ("Ann Field",), "OSLO")
    assert (found.slugline, found.keywords, found.note) == ("City-Bridge", ("a", "b"), "Repeats")
    assert (found.publisher, found.language, found.located) == ("Kestrel", "de", ("Oslo",))
    assert found.subjects == (Subject(code="medtop:15000000", name="sport"),)


def test_an_advisory_line_is_the_note_and_may_correct() -> None:
    line = (
        "<SubHeadLine>In short</SubHeadLine><NewsLine><NewsLineType FormalName='AdvisoryLine'/>"
        "<NewsLineText>CORRECTS name in first paragraph</NewsLineText></NewsLine>"
    )

    found = draft(newsml(component(lines=line)))

    assert (found.note, found.signal) == ("CORRECTS name in first paragraph", Signal.CORRECTION)
    assert found.summary == "In short"


def test_each_component_with_its_own_headline_is_an_article() -> None:
    inner = component("Inner", content="<p>Inside.</p>")
    outer = (
        f"<NewsComponent><NewsLines><HeadLine>Outer</HeadLine></NewsLines>{inner}{component('Other')}</NewsComponent>"
    )

    found = drafts(newsml(outer))

    assert [each.title for each in found] == ["Inner", "Other"]
    assert [each.guid for each in found] == [
        "urn:newsml:kestrel.example:20260102:7",
        "urn:newsml:kestrel.example:20260102:7#2",
    ]


def test_the_caption_of_a_photo_belongs_to_the_picture() -> None:
    photo = (
        "<NewsComponent><Role FormalName='Supporting'/>"
        "<NewsComponent><Role FormalName='Caption'/><ContentItem><MediaType FormalName='Text'/>"
        "<DataContent><p>Fog.</p></DataContent></ContentItem></NewsComponent>"
        "<NewsComponent><ContentItem Href='a.jpg'><MediaType FormalName='Photo'/></ContentItem></NewsComponent>"
        "</NewsComponent>"
    )
    text = component()
    whole = (
        f"<NewsComponent><NewsLines><HeadLine>Title</HeadLine>"
        f"</NewsLines>{text.replace('<HeadLine>Title</HeadLine>', '')}{photo}</NewsComponent>"
    )

    found = draft(newsml(whole))

    assert (found.text, found.images) == ("One.\n\nTwo.", (Image(url="a.jpg", caption="Fog."),))


@pytest.mark.parametrize(
    "content",
    [
        "<nitf><body><body.content><p>One.</p><p>Two.</p></body.content></body></nitf>",
        "<html><body><p>One.</p><p>Two.</p></body></html>",
        "&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;",
        "One.\n\nTwo.",
    ],
)
def test_content_of_every_kind_is_read(content: str) -> None:
    assert draft(newsml(component(content=content))).text == "One.\n\nTwo."


def test_a_bad_item_does_not_affect_the_others() -> None:
    text = newsml(component()).replace("</NewsML>", "<NewsItem><NewsComponent/></NewsItem></NewsML>")

    assert [type(each.item) for each in readings(text)] == [Draft, BadItem]


@pytest.mark.parametrize("text", [newsml(), "<NewsML Version='1.2'><NewsEnvelope/></NewsML>"])
def test_a_document_without_text_is_refused(text: str) -> None:
    with pytest.raises(RefusedError) as caught:
        readings(text)

    assert caught.value.reason is Reason.NO_TEXT


@pytest.mark.parametrize(
    ("until", "at"),
    [
        ("20260701T0600Z", datetime(2026, 7, 1, 6, tzinfo=UTC)),
        ("20260701T06Z", datetime(2026, 7, 1, 6, tzinfo=UTC)),
        ("20260701T06:00Z", datetime(2026, 7, 1, 6, tzinfo=UTC)),
        ("20260701T0600", datetime(2026, 7, 1, 18, tzinfo=UTC)),
        ("soon", None),
        ("", None),
    ],
)
def test_an_embargo_without_a_readable_end_withholds(until: str, at: datetime | None) -> None:
    management = (
        "<Status FormalName='Embargoed'/><StatusWillChange><FutureStatus FormalName='Usable'/>"
        f"<DateAndTime>{until}</DateAndTime></StatusWillChange>"
    )
    found = draft(newsml(component(), management=management))

    assert found.embargoed_until == at
    assert found.status is (ArticleStatus.USABLE if at else ArticleStatus.WITHHELD)


def test_a_kill_without_text_is_an_item() -> None:
    found = draft(newsml(management="<Status FormalName='Usable'/><Instruction FormalName='Delete'/>"))

    assert (found.guid, found.text) == ("urn:newsml:kestrel.example:20260102:7",) * 2
    assert found.status is ArticleStatus.CANCELED


def test_a_status_as_text_is_obeyed() -> None:
    assert draft(newsml(component(), management="<Status>Canceled</Status>")).status is ArticleStatus.CANCELED


def test_an_unknown_status_withholds() -> None:
    assert draft(newsml(component(), management="<Status FormalName='Hold'/>")).status is ArticleStatus.WITHHELD


@pytest.mark.parametrize(
    "public", ["urn:newsml:kestrel.example:20260102:1N", "urn:newsml:kestrel.example:20260102::1N"]
)
def test_a_public_identifier_without_the_items_id_is_no_identity(public: str) -> None:
    text = newsml(component()).replace("<NewsItemId>7<", "<NewsItemId><")
    text = text.replace("urn:newsml:kestrel.example:20260102:7:2N", public)

    assert draft(text).guid is None
