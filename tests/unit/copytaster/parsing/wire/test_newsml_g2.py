from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.article import ArticleStatus, Image, Signal, Subject
from copytaster.model.disposition import Reason
from copytaster.parsing.parser import BadItem, Draft
from tests.unit.copytaster.parsing.wire.xml_readings import draft, drafts, readings

NAMESPACE = 'xmlns="http://iptc.org/std/nar/2006-10-01/"'
XHTML = (
    '<inlineXML><html xmlns="http://www.w3.org/1999/xhtml"><body><p>First one.</p><p>Second one.</p>'
    "</body></html></inlineXML>"
)


def item(
    *,
    meta: str = "",
    content: str = "<headline>Bridge opens</headline>",
    content_set: str = XHTML,
    attributes: str = 'version="3"',
) -> str:
    return (
        f'<newsItem {NAMESPACE} guid="urn:x:1" {attributes}><itemMeta><itemClass qcode="ninat:text"/>{meta}</itemMeta>'
        f"<contentMeta>{content}</contentMeta><contentSet>{content_set}</contentSet></newsItem>"
    )


def message(*items: str) -> str:
    return (
        f"<newsMessage {NAMESPACE}><header><sent>2026-01-02T03:04:05Z</sent></header>"
        f"<itemSet>{''.join(items)}</itemSet></newsMessage>"
    )


def refusal(text: str) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        readings(text)
    return caught.value


def test_headline_and_inline_xhtml_become_title_and_paragraphs() -> None:
    found = draft(item())

    assert (found.format, found.title, found.text) == ("newsml-g2", "Bridge opens", "First one.\n\nSecond one.")
    assert found.provenance["title"].from_ == "newsml-g2:contentMeta/headline"


def test_guid_and_version_are_those_of_the_item() -> None:
    found = draft(item())

    assert (found.guid, found.guid_version) == ("urn:x:1", 3)


def test_a_version_may_be_a_time_in_digits() -> None:
    assert draft(item(attributes='version="20260102030405"')).guid_version == 20260102030405


@pytest.mark.parametrize("version", ["0", "-1", "1.5", "two", "9" * 30])
def test_a_version_that_is_not_a_number_is_ignored(version: str) -> None:
    assert draft(item(attributes=f'version="{version}"')).guid_version is None


def test_elements_nested_up_to_the_limit_are_read() -> None:
    deep = f"<inlineXML>{'<div>' * 250}Down here.{'</div>' * 250}</inlineXML>"

    assert draft(item(content_set=deep)).text == "Down here."


def test_the_slug_gives_the_signal_of_an_item_without_one() -> None:
    found = draft(item(content="<headline>A</headline><slugline>CITY-BRIDGE/ (UPDATE 1)</slugline>"))

    assert (found.signal, found.provenance["signal"].confidence) == (Signal.UPDATE, 0.7)


def test_an_item_without_a_version_is_the_first_version() -> None:
    assert draft(item(attributes="")).guid_version == 1


@pytest.mark.parametrize(
    "meta",
    [
        '<pubStatus qcode="stat:canceled"/>',
        '<pubStatus qcode="stat:withheld"/>',
        "<edNote>MANDATORY KILL</edNote>",
        "<embargoed/>",
    ],
)
def test_a_kill_or_hold_without_a_version_is_for_all_versions(meta: str) -> None:
    found = draft(item(attributes="", meta=meta))

    assert found.status is not ArticleStatus.USABLE
    assert (found.guid_version, "guid_version" in found.provenance) == (None, False)


def test_the_items_times_take_precedence_over_the_messages() -> None:
    meta = "<versionCreated>2025-10-21T16:25:32-05:00</versionCreated><firstCreated>2025-10-18T13:12:21Z</firstCreated>"

    found = draft(message(item(meta=meta)))

    assert found.published_at == datetime(2025, 10, 18, 13, 12, 21, tzinfo=UTC)
    assert found.modified_at == datetime(2025, 10, 21, 21, 25, 32, tzinfo=UTC)


def test_the_messages_time_is_the_last_candidate() -> None:
    found = draft(message(item()))

    assert found.published_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert found.provenance["published_at"].confidence < 0.5


def test_a_later_version_was_published_when_its_content_was_created() -> None:
    meta = "<versionCreated>2025-10-21T16:00:00Z</versionCreated>"
    content = "<headline>A</headline><contentCreated>2025-10-20T16:00:00Z</contentCreated>"

    assert draft(item(meta=meta, content=content)).published_at == datetime(2025, 10, 20, 16, tzinfo=UTC)


@pytest.mark.parametrize("year", ["1799", "2031"])
def test_an_implausible_time_is_ignored(year: str) -> None:
    found = draft(item(meta=f"<versionCreated>{year}-01-01T00:00:00Z</versionCreated>"))

    assert (found.published_at, found.modified_at) == (None, None)


def test_an_embargo_may_end_in_the_future() -> None:
    found = draft(item(meta="<embargoed>2026-08-01T12:00:00+02:00</embargoed>"))

    assert found.embargoed_until == datetime(2026, 8, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("meta", "status", "signal"),
    [
        ('<pubStatus qcode="stat:usable"/>', ArticleStatus.USABLE, None),
        ('<pubStatus qcode="stat:withheld"/>', ArticleStatus.WITHHELD, None),
        ('<pubStatus qcode="stat:canceled"/>', ArticleStatus.CANCELED, Signal.KILL),
        ('<pubStatus uri="http://cv.iptc.org/newscodes/pubstatusg2/canceled"/>', ArticleStatus.CANCELED, Signal.KILL),
        ('<pubStatus literal="canceled"/>', ArticleStatus.CANCELED, Signal.KILL),
        ("<pubStatus>withheld</pubStatus>", ArticleStatus.WITHHELD, None),
        ('<signal qcode="sig:update"/>', ArticleStatus.USABLE, Signal.UPDATE),
        ('<signal qcode="sig:correction"/>', ArticleStatus.USABLE, Signal.CORRECTION),
        ('<signal qcode="kestrelsig:kill"/>', ArticleStatus.CANCELED, Signal.KILL),
        ('<signal qcode="sig:update"/><signal qcode="sig:kill"/>', ArticleStatus.CANCELED, Signal.KILL),
        ('<signal qcode="sig:atomic"/>', ArticleStatus.USABLE, None),
    ],
)
def test_status_and_signals_are_read(meta: str, status: ArticleStatus, signal: Signal | None) -> None:
    found = draft(item(meta=meta))

    assert (found.status, found.signal) == (status, signal)


@pytest.mark.parametrize(
    "meta",
    [
        '<pubStatus qcode="stat:canceled"/>',
        '<pubStatus qcode="stat:Cancelled"/>',
        '<pubStatus uri="http://cv.iptc.org/newscodes/pubstatusg2/canceled"/>',
        '<pubStatus qcode="stat:usable"/><signal qcode="kestrelsig:kill"/>',
    ],
)
def test_a_kill_without_text_is_an_item(meta: str) -> None:
    found = draft(item(meta=meta, content="", content_set=""))

    assert (found.guid, found.signal, found.text) == ("urn:x:1", Signal.KILL, "urn:x:1")


@pytest.mark.parametrize(
    ("note", "status", "until"),
    [
        ("EMBARGOED UNTIL 28 December 2026 10:00 GMT", ArticleStatus.USABLE, datetime(2026, 12, 28, 10, tzinfo=UTC)),
        ("Eds: embargoed until the end of the speech", ArticleStatus.WITHHELD, None),
        ("MANDATORY KILL", ArticleStatus.CANCELED, None),
        ("CORRECTS spelling. Please disregard the previous version.", ArticleStatus.USABLE, None),
        ("Please disregard the previous version.", ArticleStatus.USABLE, None),
        ("An embargo on oil is a topic of the summit.", ArticleStatus.USABLE, None),
    ],
)
def test_release_terms_in_a_note_are_obeyed(note: str, status: ArticleStatus, until: datetime | None) -> None:
    found = draft(item(meta=f'<pubStatus qcode="stat:usable"/><edNote>{note}</edNote>'))

    assert (found.status, found.embargoed_until, found.note) == (status, until, note)


def test_a_note_does_not_replace_the_time_of_the_field_by_none() -> None:
    embargo = "<embargoed>2026-12-28T10:00:00Z</embargoed>"
    found = draft(item(meta=f"{embargo}<edNote>Embargoed until noon on Friday, December 28, 2026</edNote>"))

    assert (found.status, found.embargoed_until) == (ArticleStatus.USABLE, datetime(2026, 12, 28, 10, tzinfo=UTC))


def test_slugline_urgency_note_and_place_are_read() -> None:
    found = draft(
        item(
            meta="<edNote>Picture\n follows</edNote><edNote>Repeats</edNote>",
            content="<urgency>2</urgency><headline>A</headline><slugline>City-Bridge</slugline>"
            "<dateline>OSLO, May 1</dateline>"
            "<by>By Ann Field</by><keyword>bridge</keyword><keyword>bridge</keyword>"
            "<located qcode='x:1'>"
            "<name>Oslo</name></located>"
            "<language tag='nb-NO'/><description role='drol:summary'>In short.</description>",
        )
    )

    assert (found.urgency, found.slugline, found.dateline) == (2, "City-Bridge", "OSLO, May 1")
    assert (found.note, found.keywords, found.located) == ("Picture follows\nRepeats", ("bridge",), ("Oslo",))
    assert (found.byline, found.authors, found.language) == ("By Ann Field", ("Ann Field",), "nb")
    assert found.summary == "In short."


def test_the_source_is_the_information_source_or_else_the_provider() -> None:
    provider = '<provider qcode="nprov:KNE"/>'
    origin = '<headline>A</headline><infoSource qcode="is:1"><name>Littoral</name></infoSource>'

    assert draft(item(meta=provider, content=origin)).publisher == "Littoral"
    assert draft(item(meta=provider)).publisher == "KNE"


def test_a_creator_that_is_an_organisation_is_not_an_author() -> None:
    content = '<headline>A</headline><creator type="cpnat:organisation"><name>Kestrel News</name></creator>'

    found = draft(item(content=content))

    assert (found.authors, found.publisher) == ((), "Kestrel News")


def test_subjects_have_codes_and_names_in_the_items_language() -> None:
    content = (
        "<headline>A</headline>"
        '<subject qcode="medtop:20000523"><name xml:lang="de">Arbeitsmarkt</name>'
        '<name xml:lang="en">labour market</name></subject>'
        '<subject uri="http://cv.iptc.org/newscodes/mediatopic/15000000"/>'
        '<subject qcode="subj:04015001"><name>rail</name></subject>'
        '<subject qcode="local:7"><sameAs qcode="subj:17000000"/></subject>'
    )

    assert draft(item(content=content, attributes='version="1" xml:lang="en-GB"')).subjects == (
        Subject(code="medtop:20000523", name="labour market"),
        Subject(code="medtop:15000000", name="sport"),
        Subject(code="subj:04015001", name="rail"),
        Subject(code="medtop:04000000", name="economy, business and finance"),
        Subject(code="local:7"),
        Subject(code="medtop:17000000", name="weather"),
    )


def test_an_inline_catalog_may_define_another_alias_for_the_media_topics() -> None:
    text = item(content='<headline>A</headline><subject qcode="topic:11000000"/>').replace(
        "<itemMeta>",
        '<catalog><scheme alias="topic" uri="http://cv.iptc.org/newscodes/mediatopic/"/></catalog><itemMeta>',
        1,
    )

    assert draft(text).subjects == (Subject(code="medtop:11000000", name="politics"),)


def test_names_are_found_in_assertions() -> None:
    text = item(content='<headline>A</headline><subject qcode="who:12"/>').replace(
        "<contentSet>", '<assert qcode="who:12"><name>Ann Field</name></assert><contentSet>'
    )

    assert draft(text).subjects == (Subject(code="who:12", name="Ann Field"),)


def test_inline_nitf_gives_headline_byline_and_text() -> None:
    content_set = (
        '<inlineXML contenttype="application/nitf+xml"><nitf xmlns="http://iptc.org/std/NITF/2006-10-18/"><body>'
        "<body.head>"
        "<hedline><hl1>From the body</hl1></hedline><byline>By Ann Field, <byttl>Staff</byttl></byline></body.head>"
        "<body.content><p>One.</p><p>Two.</p></body.content></body></nitf></inlineXML>"
    )

    found = draft(item(content="", content_set=content_set))

    assert (found.title, found.text) == ("From the body", "One.\n\nTwo.")
    assert (found.byline, found.authors) == ("By Ann Field, Staff", ("Ann Field",))


@pytest.mark.parametrize(
    "content_set",
    [
        '<inlineData contenttype="text/plain">One.\n\nTwo.</inlineData>',
        '<inlineData contenttype="text/html">&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;</inlineData>',
        '<inlineData contenttype="text/plain" encoding="enc:base64">T25lLgoKVHdvLg==</inlineData>',
        '<inlineXML><div xmlns=""><p>One.</p><p>Two.</p></div></inlineXML>',
        "<inlineXML><p>One.</p><p>Two.</p></inlineXML>",
        '<inlineXML><wrap xmlns="urn:house"><para>One.</para><para>Two.</para></wrap></inlineXML>',
    ],
)
def test_content_of_other_kinds_is_read(content_set: str) -> None:
    assert draft(item(content_set=content_set)).text == "One.\n\nTwo."


def test_the_text_of_a_picture_item_is_its_caption() -> None:
    content_set = (
        '<remoteContent rendition="rnd:thumb" href="s.jpg" contenttype="image/jpeg" size="90"/>'
        '<remoteContent rendition="rnd:highRes" href="l.jpg" contenttype="image/jpeg" size="9000"/>'
    )
    content = (
        "<headline>Fog</headline><creditline>KN</creditline>"
        "<description role='drol:caption'>Fog on the river.</description>"
    )

    found = draft(item(content=content, content_set=content_set))

    assert (found.title, found.text, found.summary) == ("Fog", "Fog on the river.", None)
    assert found.images == (Image(url="l.jpg", caption="Fog on the river.", credit="KN"),)


def test_a_headline_alone_is_also_the_text() -> None:
    found = draft(item(content_set='<inlineXML contenttype="application/nitf+xml"> </inlineXML>'))

    assert (found.title, found.text, found.provenance["text"].confidence) == ("Bridge opens", "Bridge opens", 0.3)


def test_an_item_without_text_is_refused_with_its_guid() -> None:
    error = refusal(item(content="", content_set='<remoteContent href="x.mp4" contenttype="video/mp4"/>'))

    assert (error.reason, "urn:x:1" in error.message) == (Reason.NO_TEXT, True)


@pytest.mark.parametrize("kind", ["conceptItem", "knowledgeItem", "planningItem", "catalogItem"])
def test_vocabularies_and_plans_are_refused_with_their_kind(kind: str) -> None:
    error = refusal(f'<{kind} {NAMESPACE} guid="x"><itemMeta/></{kind}>')

    assert (error.reason, kind in error.message) == (Reason.NO_TEXT, True)


def test_a_message_gives_its_items_and_a_bad_one_does_not_affect_the_others() -> None:
    found = readings(message(item(), item(content="", content_set="", attributes='version="4"'), item()))

    assert [type(each.item) for each in found] == [Draft, BadItem, Draft]
    assert found[1].locator == "urn:x:1"


def test_terms_and_a_package_with_its_items_are_ignored() -> None:
    package = '<packageItem guid="p"><contentMeta><headline>Top ten</headline></contentMeta></packageItem>'

    assert [each.title for each in drafts(message(package, "<conceptItem/>", item()))] == ["Bridge opens"]


def test_a_package_alone_is_the_list_of_its_items() -> None:
    package = (
        f'<packageItem {NAMESPACE} guid="p" version="2"><contentMeta><headline>Top two</headline></contentMeta>'
        f"<groupSet><group>"
        "<itemRef><title>Bridge opens</title><description>After nine years.</description></itemRef>"
        "<itemRef><headline>Fog</headline></itemRef></group></groupSet></packageItem>"
    )

    found = draft(package)

    assert (found.title, found.text) == ("Top two", "Bridge opens\n\nAfter nine years.\n\nFog")


def test_a_news_item_in_another_namespace_is_not_recognised() -> None:
    assert refusal('<newsItem xmlns="urn:other"><headline>A</headline></newsItem>').reason is Reason.UNSUPPORTED_FORMAT


def test_a_news_item_without_a_namespace_is_read() -> None:
    assert draft(item().replace(NAMESPACE, "")).title == "Bridge opens"


def test_a_message_without_items_is_refused() -> None:
    assert refusal(message()).reason is Reason.NO_TEXT


def test_every_field_has_its_source() -> None:
    found = draft(item(meta="<edNote>x</edNote>", content="<headline>A</headline><slugline>b</slugline>"))

    assert {"title", "text", "guid", "guid_version", "note", "slugline", "charset"} <= set(found.provenance)


def test_the_standards_own_examples_give_their_items_or_a_clear_refusal(shared: Path) -> None:
    files = sorted((shared / "corpora" / "formats" / "newsml_g2").glob("*.xml"))

    wrong = [file.name for file in files if not meets_its_markup(file)]

    assert files
    assert wrong == []


def meets_its_markup(file: Path) -> bool:
    """Whether each newsItem with a headline comes out under its guid, and what has no item is refused."""
    root = etree.fromstring(file.read_bytes())
    expected = [
        (each.get("guid"), " ".join(str(headline).split()))
        for each in root.iter("{*}newsItem")
        for headline in [each.findtext("{*}contentMeta/{*}headline")]
        if headline
    ]
    try:
        found = [each.item for each in readings(file.read_text(encoding="utf-8"))]
    except PermanentError as error:
        return not expected and error.reason in {Reason.NO_TEXT, Reason.UNSUPPORTED_FORMAT}
    fields = [(each.guid, each.title) for each in found if isinstance(each, Draft)]
    return all(each in fields for each in expected)


def test_the_header_of_an_xhtml_article_is_not_in_the_text() -> None:
    page = (
        "<html xmlns='http://www.w3.org/1999/xhtml'><body><article><header><h1>Bridge opens</h1><p>Roads</p>"
        "<p>4 May 2026</p></header><section><p>First one.</p></section></article></body></html>"
    )

    found = draft(item(content="", content_set=f"<inlineXML>{page}</inlineXML>"))

    assert (found.title, found.text) == ("Bridge opens", "First one.")


def test_a_text_that_is_only_in_a_header_stays() -> None:
    page = "<html><body><header><p>First one.</p><p>Second one.</p></header></body></html>"

    assert draft(item(content_set=f"<inlineXML>{page}</inlineXML>")).text == "First one.\n\nSecond one."


@pytest.mark.parametrize(
    "data",
    [
        "&lt;p&gt;First one.&lt;/p&gt;&lt;p&gt;Second &amp;amp; third.&lt;/p&gt;",
        "First one.&lt;br/&gt;&lt;br/&gt;Second &amp;amp; third.",
        "<![CDATA[<p>First one.</p>\n<p>Second &amp; third.</p>]]>",
        "<![CDATA[<nitf><body><body.content>First one.<p>Second &amp; third.</p></body.content></body></nitf>]]>",
    ],
)
def test_plain_inline_data_that_is_markup_is_read_as_markup(data: str) -> None:
    found = draft(item(content_set=f"<inlineData contenttype='text/plain'>{data}</inlineData>"))

    assert found.text == "First one.\n\nSecond & third."


def test_items_inside_an_item_are_articles_of_their_own() -> None:
    inner = item().replace("urn:x:1", "urn:x:2").replace("Bridge", "Tunnel")

    found = drafts(message(item(content_set=f"{XHTML}<inlineXML>{inner}</inlineXML>")))

    assert [(each.guid, each.title, each.text) for each in found] == [
        ("urn:x:1", "Bridge opens", "First one.\n\nSecond one."),
        ("urn:x:2", "Tunnel opens", "First one.\n\nSecond one."),
    ]


def test_items_in_an_item_set_of_an_item_without_text_are_read() -> None:
    holder = item(content="", content_set=f"<itemSet>{item()}</itemSet>")

    assert [each.title for each in drafts(message(holder))] == ["Bridge opens"]


def test_the_place_is_the_dateline_of_an_item_with_a_timestamp_as_dateline() -> None:
    content = "<headline>H</headline><dateline>2026-05-04T10:00:00Z</dateline><located><name>Hull</name></located>"

    assert draft(item(content=content)).dateline == "Hull"
