from __future__ import annotations

import pytest
from lxml.etree import fromstring

from copytaster.model.article import Image
from copytaster.parsing.html.inline_markup import images_of, paragraphs_of, prose_of, teletype_paragraphs


@pytest.mark.parametrize(
    ("markup", "paragraphs"),
    [
        ("<body><p>One  line.</p><p/><p> Two </p></body>", ["One line.", "Two"]),
        ("<body>loose<p>One</p>more</body>", ["loose", "One", "more"]),
        ("<p>wrapped at the<br/>margin of a page.<br/>New one</p>", ["wrapped at the margin of a page.", "New one"]),
        ("<p>one<br/><br/>two</p>", ["one", "two"]),
        ("<p>It was <q>quick</q>, <q>'very'</q>.</p>", ["It was \u201cquick\u201d, 'very'."]),
        ("<p>up 3<frac><frac-num>1</frac-num><frac-den>2</frac-den></frac> points</p>", ["up 3 1/2 points"]),
        ("<p>a <frac><frac-num>1</frac-num><frac-sep>/</frac-sep><frac-den>4</frac-den></frac></p>", ["a 1/4"]),
        ("<ul><li>a <b>bold</b> point</li><li>two</li></ul>", ["a bold point", "two"]),
        ("<table><tr><td>Rovers</td><td>2</td></tr><tr><td>City</td><td>1</td></tr></table>", ["Rovers 2", "City 1"]),
        ("<div><script>x()</script><p>text</p><style>p{}</style></div>", ["text"]),
        ("<block><p>one</p><hl2>Head</hl2><note><p>for editors</p></note></block>", ["one", "Head"]),
        (
            "<pre>One long line that a narrow page has wrapped\nhere.\n\nNext.</pre>",
            ["One long line that a narrow page has wrapped here.", "Next."],
        ),
    ],
)
def test_block_elements_separate_paragraphs(markup: str, paragraphs: list[str]) -> None:
    assert paragraphs_of(fromstring(markup)) == paragraphs


def test_text_with_fixed_lines_in_one_element_keeps_its_paragraphs() -> None:
    typed = fromstring(
        "<p>(Adds comment)\n\n    By Ann Field\n    OSLO (KN) - The new bridge over the river\ncarried its first "
        "cars on"
        " Tuesday, nine years\nafter work began.\n    It cost more.\n    </p>"
    )

    assert paragraphs_of(typed) == [
        "(Adds comment)",
        "By Ann Field",
        "OSLO (KN) - The new bridge over the river carried its first cars on Tuesday, nine years after work began.",
        "It cost more.",
    ]


def test_lines_of_an_indented_document_are_one_paragraph() -> None:
    laid_out = fromstring("<p>The new bridge over the river\n      carried its first cars\n      on Tuesday.\n    </p>")

    assert paragraphs_of(laid_out) == ["The new bridge over the river carried its first cars on Tuesday."]


def test_among_full_lines_one_may_end_with_a_sentence() -> None:
    first, second, third = (
        "The new bridge over the river has carried",
        "its first cars to the other side of it.",
        "It cost more.",
    )
    second = f"{second} {third}"

    wrapped = fromstring(f"<p>{first}<br/>{second}<br/>Much more.</p>")

    assert paragraphs_of(wrapped) == [f"{first} {second} Much more."]


def test_references_that_were_escaped_twice_are_resolved() -> None:
    assert paragraphs_of(fromstring("<p>five o&amp;#39;clock &amp;amp; &amp;lt;tea&amp;gt;</p>")) == [
        "five o'clock & &lt;tea&gt;"
    ]


def test_short_lines_of_a_list_remain_lines() -> None:
    results = (
        "Rovers 2 City 1\nTown 0 United 0\n\n   An indented paragraph that fills the line to its end\nand goes on."
    )

    assert teletype_paragraphs(results) == [
        "Rovers 2 City 1",
        "Town 0 United 0",
        "An indented paragraph that fills the line to its end and goes on.",
    ]


def test_the_prose_of_unknown_xml_is_returned() -> None:
    event = fromstring(
        "<event id='7'><name>Spring meeting of beekeepers</name><start>2026-05-01</start><type>talk</type></event>"
    )

    assert prose_of(event) == ["Spring meeting of beekeepers"]


def test_pictures_have_their_captions() -> None:
    body = fromstring(
        "<body><figure><img src='a.jpg'/><figcaption>Bees at <b>work</b></figcaption></figure>"
        "<img src='b.jpg' alt='A hive'/>"
        "<media media-type='image'><media-reference source='c.jpg'/><media-caption>Honey</media-caption>"
        "<media-producer>Ida Lund</media-producer></media><media media-type='audio'>"
        "<media-reference source='d.mp3'/></media></body>"
    )

    assert images_of(body) == (
        Image(url="a.jpg", caption="Bees at work"),
        Image(url="b.jpg", caption="A hive"),
        Image(url="c.jpg", caption="Honey", credit="Ida Lund"),
    )
