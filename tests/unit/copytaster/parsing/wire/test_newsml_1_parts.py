"""Stories of NewsML 1 whose text is in several components, in several formats, or in another document."""

from __future__ import annotations

import pytest

from copytaster.model.article import ArticleStatus, Image
from tests.unit.copytaster.parsing.wire.test_newsml_1 import component, newsml
from tests.unit.copytaster.parsing.wire.xml_readings import draft, drafts


def content(data: str, *, media: str = "Text", format_: str = "") -> str:
    stated = f"<Format FormalName='{format_}'/>" if format_ else ""
    return f"<ContentItem><MediaType FormalName='{media}'/>{stated}<DataContent>{data}</DataContent></ContentItem>"


def part(role: str, data: str, lines: str = "") -> str:
    return f"<NewsComponent><Role FormalName='{role}'/>{lines}{content(data)}</NewsComponent>"


def group(*parts: str, lines: str = "", attributes: str = "") -> str:
    return f"<NewsComponent {attributes}>{lines}{''.join(parts)}</NewsComponent>"


def lines(headline: str, more: str = "") -> str:
    return f"<NewsLines><HeadLine>{headline}</HeadLine>{more}</NewsLines>"


TITLE, LEAD, BODY = part("Title", "Mill burns"), part("Lead", "A mill burned."), part("Body", "<p>One.</p><p>Two.</p>")


def test_title_lead_and_body_are_one_story() -> None:
    (found,) = drafts(newsml(group(TITLE, LEAD, BODY)))

    assert (found.title, found.text) == ("Mill burns", "A mill burned.\n\nOne.\n\nTwo.")


def test_the_lead_is_first_even_if_it_follows_the_body() -> None:
    assert draft(newsml(group(BODY, LEAD, TITLE))).text == "A mill burned.\n\nOne.\n\nTwo."


@pytest.mark.parametrize("name", ["title", "TITLE", "Headline", "Head line", "Titel"])
def test_formal_names_of_roles_are_compared_without_case_and_spaces(name: str) -> None:
    assert draft(newsml(group(part(name, "Mill burns"), BODY))).title == "Mill burns"


def test_the_headline_takes_precedence_over_the_title_part() -> None:
    assert draft(newsml(group(TITLE, BODY, lines=lines("Mill on fire")))).title == "Mill on fire"


def test_headlines_of_parts_do_not_make_several_stories() -> None:
    parts = [part("Lead", "A mill burned.", lines("Mill")), part("Body", "<p>One.</p>", lines("Mill"))]

    (found,) = drafts(newsml(group(*parts)))

    assert (found.title, found.text) == ("Mill", "A mill burned.\n\nOne.")


def test_parts_of_an_unknown_role_belong_to_the_text() -> None:
    assert draft(newsml(group(BODY, part("Zwischentext", "<p>Three.</p>")))).text == "One.\n\nTwo.\n\nThree."


def test_teaser_note_byline_and_dateline_are_fields() -> None:
    parts = [part("Teaser", "Nobody was hurt"), part("Byline", "By Ann Lee"), part("DateLine", "Hull")]

    found = draft(newsml(group(BODY, *parts, part("Editors note", "Picture follows"))))

    assert (found.summary, found.byline, found.dateline, found.note) == (
        "Nobody was hurt", "By Ann Lee", "Hull", "Picture follows",
    )  # fmt: skip
    assert found.text == "One.\n\nTwo."


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (content("<p>One.</p>", format_="XHTML"), content("One as text.", format_="ASCII")),
        (content("<p>One.</p>", format_="NITF"), content("One as text.", format_="Text")),
    ],
)
def test_of_several_formats_of_a_content_the_first_is_taken(first: str, second: str) -> None:
    assert draft(newsml(group(first, second, lines=lines("Mill")))).text == "One."


def test_of_equivalent_components_the_first_is_taken() -> None:
    english, french = (
        group(content("<p>One.</p>"), lines=lines("Mill")),
        group(content("<p>Un.</p>"), lines=lines("Feu")),
    )

    (found,) = drafts(newsml(group(english, french, attributes="EquivalentsList='yes'")))

    assert (found.title, found.text) == ("Mill", "One.")


def test_components_that_are_not_equivalent_are_stories() -> None:
    first, second = group(content("<p>One.</p>"), lines=lines("Mill")), group(content("<p>B.</p>"), lines=lines("Feu"))

    assert [each.title for each in drafts(newsml(group(first, second)))] == ["Mill", "Feu"]


def test_complementary_contents_of_one_component_are_joined() -> None:
    assert draft(newsml(group(content("<p>One.</p>"), content("<p>Two.</p>"), lines=lines("M")))).text == "One.\n\nTwo."


NITF = (
    "<nitf><head><docdata><urgency ed-urg='2'/></docdata></head><body><body.head>"
    "<hedline><hl1>Mill burns</hl1></hedline>"
    "<byline>By <person>Ann Lee</person></byline><dateline><location>Hull</location></dateline></body.head>"
    "<body.content><p>One.</p><p>Two.</p></body.content></body></nitf>"
)


@pytest.mark.parametrize("media", ["ComplexData", "Text", "ComplexText", ""])
@pytest.mark.parametrize("data", [NITF, f"<![CDATA[{NITF}]]>", f"<![CDATA[<?xml version='1.0'?>\n{NITF}]]>"])
def test_a_whole_nitf_document_is_read(media: str, data: str) -> None:
    found = draft(newsml(group(content(data, media=media))))

    assert (found.title, found.text, found.dateline, found.urgency) == ("Mill burns", "One.\n\nTwo.", "Hull", 2)
    assert found.authors == ("Ann Lee",)


def test_a_lead_precedes_the_text_of_a_nitf_body() -> None:
    assert draft(newsml(group(LEAD, part("Body", NITF)))).text == "A mill burned.\n\nOne.\n\nTwo."


@pytest.mark.parametrize("where", ["component", "item", "content", "root"])
def test_the_language_may_be_stated_on_any_element_around_the_text(where: str) -> None:
    tag = {"component": "<NewsComponent", "item": "<NewsItem", "content": "<ContentItem", "root": "<NewsML"}[where]

    assert draft(newsml(component()).replace(tag, f"{tag} xml:lang='pt-BR'", 1)).language == "pt"


def test_an_empty_headline_is_replaced_by_the_first_sentence() -> None:
    text = newsml(group(content("<p>A mill burned. Nobody was hurt.</p>"), lines=lines("")))
    text = text.replace("</Identification>", "<NameLabel>MILL-FIRE-03</NameLabel></Identification>")

    assert draft(text).title == "A mill burned."


@pytest.mark.parametrize("printed", ["20260505T190000Z", "2026-05-05 19:00", "2.4.2026 16:02:09 CEST", "5 May 2026"])
def test_a_timestamp_is_no_dateline_and_the_place_is_used_instead(printed: str) -> None:
    place = (
        "<DescriptiveMetadata><Location><Property FormalName='City' Value='Leeds'/></Location></DescriptiveMetadata>"
    )

    found = draft(newsml(component(lines=f"<DateLine>{printed}</DateLine>", more=place)))

    assert found.dateline == "Leeds"
    assert found.provenance["dateline"].confidence < 0.5


@pytest.mark.parametrize("printed", ["LONDON", "Hull, May 5", "Paris, 5 mai 2026 (AFP)", "PARIS 20260505"])
def test_a_dateline_with_a_place_stays(printed: str) -> None:
    assert draft(newsml(component(lines=f"<DateLine>{printed}</DateLine>"))).dateline == printed


def test_the_place_of_origin_precedes_places_that_are_mentioned() -> None:
    def place(city: str, how: str) -> str:
        return f"<Location HowPresent='{how}'><Property FormalName='City' Value='{city}'/></Location>"

    places = place("Rome", "RelatesTo") + place("Leeds", "Origin")

    found = draft(newsml(component(more=f"<DescriptiveMetadata>{places}</DescriptiveMetadata>")))

    assert found.located == ("Leeds", "Rome")


def test_of_equivalent_pictures_the_largest_is_taken_with_the_caption_beside_them() -> None:
    def picture(role: str, name: str, size: int) -> str:
        return (
            f"<NewsComponent><Role FormalName='{role}'/><ContentItem Href='{name}'><MediaType FormalName='Photo'/>"
            f"<Characteristics><SizeInBytes>{size}</SizeInBytes></Characteristics></ContentItem></NewsComponent>"
        )

    sizes = [picture("Thumbnail", "s.jpg", 9), picture("Preview", "m.jpg", 30), picture("HighRes", "l.jpg", 400)]
    pictures = group(*sizes, part("Caption", "The mill"), attributes="EquivalentsList='yes'")

    assert draft(newsml(group(BODY, pictures))).images == (Image(url="l.jpg", caption="The mill"),)


def test_items_inside_a_component_are_articles_of_their_own() -> None:
    inner = newsml(component("Inner")).partition("<NewsItem>")[2].partition("</NewsItem>")[0]

    found = drafts(newsml(component("Outer"), f"<NewsComponent><NewsItem>{inner}</NewsItem></NewsComponent>"))

    assert [(each.title, each.text) for each in found] == [("Outer", "One.\n\nTwo."), ("Inner", "One.\n\nTwo.")]


def test_a_withdrawal_without_text_is_an_article() -> None:
    found = draft(newsml("<NewsComponent/>", management="<Status FormalName='Canceled'/>"))

    assert (found.status, found.guid) == (ArticleStatus.CANCELED, "urn:newsml:kestrel.example:20260102:7")


def test_emphasis_in_plain_data_is_not_printed() -> None:
    assert draft(newsml(component(content="One &lt;b&gt;loud&lt;/b&gt; word."))).text == "One loud word."


def test_a_text_that_mentions_a_tag_is_plain_text() -> None:
    assert draft(newsml(component(content="Use the &lt;p&gt; tag."))).text == "Use the <p> tag."
