from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.errors import RefusedError
from copytaster.model.article import ArticleStatus, Subject
from copytaster.model.disposition import Reason
from copytaster.parsing.feeds.parser import FeedParser
from copytaster.parsing.original import Frame, Hints
from copytaster.parsing.parser import BadItem, Draft, Item, Original

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def original(content: str | bytes, url: str | None = None) -> Original:
    raw = content if isinstance(content, bytes) else content.encode()
    return Original(content=raw, name="feed.xml", now=NOW, frame=Frame(hints=Hints(url=url)))


def items(content: str | bytes, url: str | None = None) -> list[Item]:
    return list(FeedParser().parse(original(content, url)))


def draft(content: str | bytes, url: str | None = None) -> Draft:
    [item] = items(content, url)
    assert isinstance(item, Draft)
    return item


def rss(inside: str, feed: str = "") -> str:
    modules = (
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:media="http://search.yahoo.com/mrss/"'
    )
    return f'<rss version="2.0" {modules}><channel><title>The Gazette</title>{feed}{inside}</channel></rss>'


def atom(inside: str, feed: str = "", xmlns: str = "http://www.w3.org/2005/Atom") -> str:
    return f'<feed xmlns="{xmlns}"><title>The Gazette</title>{feed}{inside}</feed>'


def test_each_entry_is_an_item_and_one_without_text_does_not_affect_the_others() -> None:
    found = items(
        rss("<item><title>One</title></item><item><link>https://x.org/2</link></item><item><title>3</title></item>")
    )

    assert [type(each) for each in found] == [Draft, BadItem, Draft]
    assert isinstance(found[1], BadItem)
    assert (found[1].locator, found[1].reason) == ("entry 2", Reason.NO_TEXT)


@pytest.mark.parametrize(
    ("reference", "character"),
    [
        ("&#55357;&#56832;", "😀"),
        ("&#xD83D;&#xde00;", "😀"),
        ("&#55357;&#xDE00", "😀"),
        ("&#xd83d;", "\ufffd"),
        ("&#56832;&#55357;", "\ufffd\ufffd"),
        ("&#1114112;", "\ufffd"),
        ("&#xFFFFFFFFFFFF;", "\ufffd"),
        (f"&#{'9' * 5_000};", "\ufffd"),
        ("&#128512;", "😀"),
        ("&#x000001F600;", "😀"),
        ("&#0001048576;a", "\U00100000a"),
        ("&#0000000060;", "<"),
        ("&#55203;&#x0000D7A3;", "힣힣"),
    ],
)
@pytest.mark.parametrize("form", ["{}", "<![CDATA[{}]]>", "&amp;{}"])
def test_a_reference_to_what_is_no_character_does_not_affect_the_other_entries(
    reference: str, character: str, form: str
) -> None:
    described = form.replace("&amp;{}", reference.replace("&", "&amp;")).replace("{}", reference)
    entry = f"<item><title>Gale</title><description>Bad {described} day</description></item>"

    found = items(rss(f"{entry}<item><title>Calm</title><description>A good day</description></item>"))

    texts = [each.text for each in found if isinstance(each, Draft)]
    assert texts == [f"Bad {character} day", "A good day"]


EMBARGO = "EMBARGOED UNTIL 10 JUNE 2026 06:00 BST"


@pytest.mark.parametrize(
    "entry",
    [
        rss(
            f"<item><title>Gale</title><description>&lt;p&gt;{EMBARGO}&lt;/p&gt;&lt;p&gt;Big.&lt;/p&gt;</description></item>"
        ),
        rss(f"<item><title>{EMBARGO}: Gale</title><description>Big.</description></item>"),
        rss(
            f"<item><title>Gale</title><content:encoded>&lt;p&gt;Big.&lt;/p&gt;&lt;p&gt;{EMBARGO}&lt;/p&gt;</content:encoded></item>"
        ),
        atom(f"<entry><title>Gale</title><content type='html'>{EMBARGO}&lt;p&gt;Big.&lt;/p&gt;</content></entry>"),
    ],
)
def test_an_embargo_in_the_text_or_title_of_an_entry_is_obeyed(entry: str) -> None:
    found = draft(entry)

    assert (found.title, found.text) == ("Gale", "Big.")
    assert found.embargoed_until == datetime(2026, 6, 10, 5, tzinfo=UTC)


@pytest.mark.parametrize(("mark", "status"), [("yes", ArticleStatus.WITHHELD), ("no", ArticleStatus.USABLE)])
def test_an_entry_that_is_marked_as_a_draft_is_withheld(mark: str, status: ArticleStatus) -> None:
    control = f"<app:control xmlns:app='http://www.w3.org/2007/app'><app:draft>{mark}</app:draft></app:control>"

    assert draft(atom(f"<entry><title>Gale</title>{control}<content>Big.</content></entry>")).status is status


def test_the_embargo_of_prism_is_obeyed() -> None:
    embargo = "<p:embargoDate xmlns:p='http://prismstandard.org/namespaces/basic/2.0/'>{}</p:embargoDate>"

    ends = [
        draft(rss(f"<item><title>Gale</title>{embargo.format(each)}<description>Big.</description></item>"))
        for each in ("2026-06-10T06:00:00+01:00", "")
    ]

    assert [each.embargoed_until for each in ends] == [datetime(2026, 6, 10, 5, tzinfo=UTC), None]


@pytest.mark.parametrize("title", ["Embargo on oil until 2027", "Withdrawn: a medicine", "Killed: three fishermen"])
def test_a_title_with_words_of_an_embargo_or_a_withdrawal_is_news(title: str) -> None:
    found = draft(rss(f"<item><title>{title}</title><description>Big.</description></item>"))

    assert (found.title, found.status, found.note) == (title, ArticleStatus.USABLE, None)


@pytest.mark.parametrize("is_first", [True, False])
def test_the_title_and_link_of_a_picture_are_not_those_of_the_entry(*, is_first: bool) -> None:
    own = "<title>Gale</title><link>https://x.org/gale</link><description>Big.</description>"
    picture = (
        "<image><url>https://x.org/1.jpg</url><title>A wave</title><link>https://x.org/wave</link>"
        "<description>Spray.</description></image>"
    )

    found = draft(rss(f"<item>{picture + own if is_first else own + picture}</item>"))

    assert (found.title, found.url, found.text) == ("Gale", "https://x.org/gale", "Big.")


def test_content_is_the_text_and_the_description_the_summary() -> None:
    found = draft(
        rss(
            "<item><title>Bridge opens</title><description>A short word.</description>"
            "<content:encoded><![CDATA[<p>The bridge opened.</p><p>Cars use it.</p>]]></content:encoded></item>"
        )
    )

    assert found.title == "Bridge opens"
    assert found.text == "The bridge opened.\n\nCars use it."
    assert found.summary == "A short word."
    assert found.provenance["text"].from_ == "rss:content"


def test_without_content_the_description_is_the_text() -> None:
    found = draft(rss("<item><title>Bridge</title><description>&lt;p&gt;It opened.&lt;/p&gt;</description></item>"))

    assert (found.text, found.summary) == ("It opened.", None)
    assert found.provenance["text"].from_ == "rss:description"


def test_an_rss_item_has_its_link_guid_author_date_language_keywords_and_source() -> None:
    found = draft(
        rss(
            "<item><title>Bridge</title><link>/2024/bridge</link><guid isPermaLink='false'>g-17</guid>"
            "<dc:creator>Jane Doe and John Roe</dc:creator><category>Roads</category><category>Towns</category>"
            "<pubDate>Mon, 06 May 2024 10:00:00 +0200</pubDate></item>",
            "<link>https://gazette.example/</link><language>en-GB</language>",
        )
    )

    assert found.url == "https://gazette.example/2024/bridge"
    assert found.guid == "g-17"
    assert found.authors == ("Jane Doe", "John Roe")
    assert found.published_at == datetime(2024, 5, 6, 8, tzinfo=UTC)
    assert found.language == "en"
    assert found.keywords == ("Roads", "Towns")
    assert found.publisher == "The Gazette"
    assert set(found.provenance) == {
        "title", "text", "url", "guid", "authors", "byline", "published_at", "language", "keywords", "publisher",
        "charset",
    }  # fmt: skip


def test_an_atom_entry_has_its_dates_and_the_author_of_its_feed() -> None:
    found = draft(
        atom(
            "<entry><title>Bridge</title><id>tag:x,2024:1</id><published>2024-05-01T10:00:00Z</published>"
            "<updated>2024-05-02T10:00:00Z</updated></entry>",
            "<author><name>Jane Doe</name></author><link href='https://gazette.example/news/'/>",
        )
    )

    assert found.published_at == datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert found.modified_at == datetime(2024, 5, 2, 10, tzinfo=UTC)
    assert found.authors == ("Jane Doe",)
    assert found.provenance["authors"].from_ == "atom:author-of-feed"
    assert found.guid == "tag:x,2024:1"


def test_relative_links_are_resolved_against_the_nearest_base() -> None:
    found = draft(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://a.example/'><entry xml:base='news/'>"
        "<title>x</title><link href='1.html'/><content type='html'>&lt;img src='p.jpg'&gt;Text</content></entry></feed>"
    )

    assert found.url == "https://a.example/news/1.html"
    assert [image.url for image in found.images] == ["https://a.example/news/p.jpg"]


def test_a_date_in_the_future_is_ignored_and_one_without_a_zone_has_a_lower_confidence() -> None:
    later = "<item><title>x</title><pubDate>Mon, 06 May 2094 10:00:00 GMT</pubDate></item>"
    zoneless = "<entry><title>x</title><published>2024-05-01T10:00:00</published></entry>"

    assert draft(rss(later)).published_at is None
    assert draft(atom(zoneless)).provenance["published_at"].confidence < 0.8


def test_a_category_of_a_vocabulary_is_a_subject() -> None:
    found = draft(
        atom(
            "<entry><title>x</title>"
            "<category scheme='http://cv.iptc.org/newscodes/mediatopic/' term='11000000' label='politics'/></entry>"
        )
    )

    assert found.subjects == (Subject(code="medtop:11000000", name="politics"),)
    assert found.keywords == ("politics",)


def test_pictures_are_read_from_enclosures_media_and_the_text_without_audio() -> None:
    found = draft(
        rss(
            "<item><title>x</title><enclosure url='https://x.org/a.jpg' type='image/jpeg' length='1'/>"
            "<enclosure url='https://x.org/a.mp3' type='audio/mpeg' length='1'/>"
            "<media:content url='https://x.org/b.png' medium='image'/><media:credit>Ann Lens</media:credit></item>"
        )
    )

    assert [(image.url, image.credit) for image in found.images] == [
        ("https://x.org/b.png", "Ann Lens"), ("https://x.org/a.jpg", "Ann Lens"),
    ]  # fmt: skip


def test_the_caption_of_a_picture_is_not_the_text_of_the_entry() -> None:
    found = draft(
        rss(
            "<item><title>x</title><description>The story.</description>"
            "<media:content url='https://x.org/b.png' medium='image'><media:description>A bridge</media:description>"
            "</media:content></item>"
        )
    )

    assert (found.text, found.images[0].caption) == ("The story.", "A bridge")


def test_the_text_of_a_video_entry_is_its_description() -> None:
    film = "<media:group><media:description>A film.</media:description></media:group>"

    found = draft(rss(f"<item><title>x</title>{film}</item>"))

    assert (found.text, found.provenance["text"].from_) == ("A film.", "rss:media:description")


def test_the_front_page_of_the_feed_is_not_the_address_of_an_entry() -> None:
    item = "<item><title>x</title><link>https://gazette.example/</link></item>"

    assert draft(rss(item, "<link>https://gazette.example/</link>")).url is None


def test_a_title_that_rss_escapes_twice_is_read() -> None:
    assert draft(rss("<item><title>AT&amp;amp;T &amp;mdash; up</title></item>")).title == "AT&T \u2014 up"


RDF = (
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>"
    "<item rdf:about='https://x.org/1'><title>Bridge</title></item></rdf:RDF>"
)


@pytest.mark.parametrize(
    "content",
    [
        "<rss version='0.91'><channel><item><title>Bridge</title></item></channel></rss>",
        "<r:rss xmlns:r='http://backend.userland.com/rss2'><r:item><r:title>Bridge</r:title></r:item></r:rss>",
        RDF,
        "<!-- x --><feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title>Bridge</title></entry></feed>",
        "<?xml version='1.0'?><CHANNEL><ITEM HREF='https://x.org/1'><TITLE>Bridge</TITLE></ITEM></CHANNEL>",
        "<rss><channel><item><title>Bridge</title><description>5 < 6 & more</description></item></channel>",
    ],
)
def test_every_version_is_recognised_and_read_ill_formed_ones_too(content: str) -> None:
    assert FeedParser().score(original(content)) >= 0.9
    assert draft(content).title == "Bridge"


@pytest.mark.parametrize(
    "content",
    [
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>",
        "<channel/>",
        "<html><p>rss</p></html>",
        "rss",
    ],
)
def test_files_that_only_resemble_a_feed_are_not_recognised(content: str) -> None:
    assert FeedParser().score(original(content)) < 0.5


def test_the_declared_charset_is_used() -> None:
    content = "<?xml version='1.0' encoding='windows-1251'?>" + rss("<item><title>Мост открыт</title></item>")

    assert draft(content.encode("windows-1251")).title == "Мост открыт"


def test_a_feed_without_entries_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"feed\.xml is a feed without entries") as caught:
        items(rss(""))

    assert caught.value.reason is Reason.NO_TEXT


def test_entities_of_a_document_type_are_neither_expanded_nor_fetched() -> None:
    content = "<!DOCTYPE rss [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'><!ENTITY f SYSTEM 'file:///etc/passwd'>]>" + rss(
        "<item><title>Bridge</title><description>x &b; &f; y</description></item>"
    )

    found = draft(content)

    assert "root:" not in found.text
    assert "hahaha" not in found.text


def test_an_element_with_thousands_of_attributes_is_refused() -> None:
    attributes = " ".join(f'a{number}="1"' for number in range(6_000))

    with pytest.raises(RefusedError, match="6,000 attributes"):
        items(rss(f"<item {attributes}><title>x</title></item>"))


def test_hundreds_of_comments_above_the_root_are_skipped_in_linear_time() -> None:
    assert FeedParser().score(original("<!-- x -->" * 500 + "<other/>")) == 0
    assert FeedParser().score(original("<!-- x -->" * 500 + rss(""))) == 0.95
