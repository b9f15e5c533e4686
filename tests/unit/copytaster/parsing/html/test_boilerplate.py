from __future__ import annotations

import pytest
from lxml.html import document_fromstring

from copytaster.parsing.html.boilerplate import remove_boilerplate

PROSE = "The council voted on Tuesday to keep the swimming pool open through the winter, whatever that may cost."


def cleaned(body: str) -> str:
    tree = document_fromstring(f"<html><body>{body}</body></html>")
    remove_boilerplate(tree)
    return " ".join(" ".join(map(str, tree.itertext())).split())


@pytest.mark.parametrize(
    "name", ["newsletter-box", "Related", "most-read list", "share", "tooltip-3", "article_recirc"]
)
def test_a_box_whose_class_names_boilerplate_is_removed(name: str) -> None:
    text = cleaned(f"<p>{PROSE}</p><p>{PROSE}</p><div class='{name}'><p>Get it daily.</p></div>")

    assert text == f"{PROSE} {PROSE}"


def test_a_box_that_contains_the_story_remains_regardless_of_its_class() -> None:
    assert cleaned(f"<div class='related'><p>{PROSE}</p></div>") == PROSE


def test_a_paragraph_that_only_links_to_other_pages_is_removed() -> None:
    related = "<p>READ MORE: <a href='/a'>The swimming pool that nobody in the council wanted</a></p>"
    video = "<p><a href='/b'>Winter is coming to the northern islands early</a> [VIDEO]</p>"

    assert cleaned(f"<p>{PROSE}</p>{related}{video}") == PROSE


def test_links_in_prose_and_printed_addresses_remain() -> None:
    body = (
        "<p>The <a href='/c'>council</a> said no.</p><p><a href='https://example.org/x'>https://example.org/x</a></p>"
    )

    assert cleaned(body) == "The council said no. https://example.org/x"


def test_a_list_of_links_is_removed_and_a_list_of_facts_remains() -> None:
    links = "".join(f"<li><a href='/{n}'>Another story number {n}</a></li>" for n in range(4))
    facts = "<ul><li>Opened in 1911</li><li>Closed in 1990</li><li>Open again</li></ul>"

    assert cleaned(f"<ul>{links}</ul>{facts}") == "Opened in 1911 Closed in 1990 Open again"


def test_text_between_line_breaks_becomes_paragraphs() -> None:
    tree = document_fromstring(
        f"<html><body><div>{PROSE}<br><br>It was <b>late</b>, he said.<div>x</div></div></body></html>"
    )

    remove_boilerplate(tree)

    assert ["".join(map(str, paragraph.itertext())) for paragraph in tree.iter("p")] == [PROSE, "It was late, he said."]


def test_a_quoted_post_loses_the_frame_that_looks_like_advertising() -> None:
    post = "<div class='social-embed'><blockquote class='twitter-tweet'><p>Pool stays open!</p></blockquote></div>"

    assert "Pool stays open!" in cleaned(f"<p>{PROSE}</p>{post}")


def test_the_parts_of_a_story_in_several_boxes_are_joined_in_order() -> None:
    part = "".join(f"<p>{PROSE} {PROSE} {PROSE}</p>" for _ in range(3))
    box = f"<div><div class='body'>{part}</div></div>"
    tree = document_fromstring(f"<html><body><main>{box}{box}</main></body></html>")

    remove_boilerplate(tree)

    [first, *_] = [box for box in tree.iter("div") if box.get("class") == "body"]
    assert len(list(first.iter("p"))) == 6
