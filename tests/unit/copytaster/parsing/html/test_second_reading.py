from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from copytaster.parsing.html.parser import HtmlParser
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft

SENTENCES = tuple(
    f"The {place} was measured again in {year}, and the surveyors found that its wall moved by {width} mm."
    for place, year, width in (
        ("quay", 2019, 4), ("lock", 2020, 7), ("weir", 2021, 9), ("mole", 2022, 3), ("dock", 2023, 8),
        ("pier", 2024, 2),
    )
)  # fmt: skip


def parse(body: str, head: str = "") -> Draft:
    page = f"<html lang=en><head><title>Walls move</title>{head}</head><body>{body}</body></html>"
    [draft] = HtmlParser().parse(Original(name="p.html", content=page.encode(), now=datetime(2026, 6, 1, tzinfo=UTC)))
    return draft


def test_the_text_in_json_ld_is_taken_if_the_page_shows_a_short_part_of_it() -> None:
    described = {"@type": "NewsArticle", "headline": "Walls move", "articleBody": "\n\n".join(SENTENCES)}
    head = f'<script type="application/ld+json">{json.dumps(described)}</script>'
    draft = parse(f"<article><h1>Walls move</h1><p>{SENTENCES[0]}</p></article>", head)

    assert all(sentence in draft.text for sentence in SENTENCES)
    assert draft.provenance["text"].from_ == "json-ld:articleBody"


def test_a_short_description_in_json_ld_does_not_replace_the_text() -> None:
    described = {"@type": "NewsArticle", "headline": "Walls move", "articleBody": SENTENCES[0]}
    head = f'<script type="application/ld+json">{json.dumps(described)}</script>'
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    draft = parse(f"<article><h1>Walls move</h1>{paragraphs}</article>", head)

    assert draft.text.split("\n\n") == list(SENTENCES)
    assert draft.provenance["text"].from_ == "html:trafilatura"


def test_a_story_in_a_box_that_names_a_subscription_is_read() -> None:
    paragraphs = "".join(f"<div>{sentence}</div>" for sentence in SENTENCES)
    draft = parse(f"<h1>Walls move</h1><div class='subscribe newsletter'>{paragraphs}</div>")

    assert all(sentence in draft.text for sentence in SENTENCES)


@pytest.mark.parametrize("box", ["aside", "nav", "button", "footer", "label"])
def test_a_story_in_an_element_for_other_things_is_read(box: str) -> None:
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    draft = parse(f"<{box}><article><h1>Walls move</h1>{paragraphs}</article></{box}><p>All rights are reserved.</p>")

    assert all(sentence in draft.text for sentence in SENTENCES)


def test_a_teaser_in_an_aside_is_not_read() -> None:
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    teaser = "<aside><article><h2>Gulls return</h2><p>The gulls are back at the harbour.</p></article></aside>"
    draft = parse(f"<article><h1>Walls move</h1>{paragraphs}</article>{teaser}")

    assert all(sentence in draft.text for sentence in SENTENCES)
    assert "gulls" not in draft.text


def test_a_story_that_is_only_in_noscript_is_read() -> None:
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    draft = parse(f"<h1>Walls move</h1><div id=app></div><noscript>{paragraphs}</noscript>")

    assert draft.text.split("\n\n") == list(SENTENCES)


def test_a_copy_of_the_story_in_noscript_is_not_read_again() -> None:
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    draft = parse(f"<article><h1>Walls move</h1>{paragraphs}</article><noscript>{paragraphs}</noscript>")

    assert draft.text.split("\n\n") == list(SENTENCES)


def test_a_notice_to_switch_scripts_on_is_not_read() -> None:
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    notice = "<noscript><p>Please switch scripts on in your browser to see the film.</p></noscript>"
    draft = parse(f"{notice}<article><h1>Walls move</h1>{paragraphs}</article>")

    assert draft.text.split("\n\n") == list(SENTENCES)


def test_a_standfirst_that_is_a_sentence_belongs_to_the_text_and_a_heading_does_not() -> None:
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    standfirst = "Surveyors warn that the walls of the harbour will not last another winter."
    draft = parse(f"<article><h1>Walls move</h1><h2>Harbour</h2><h2>{standfirst}</h2>{paragraphs}</article>")

    assert draft.text.split("\n\n") == [standfirst, *SENTENCES]


def test_a_charset_declared_behind_a_long_script_is_found() -> None:
    script = f"<script>{'var x = 1; ' * 1_000}</script>"
    page = (
        f"<html><head>{script}<meta charset=windows-1250><title>Żółta ściana</title></head><body>"
        f"<article><h1>Żółta ściana</h1><p>Ściana się przesuwa. {SENTENCES[0]}</p></article></body></html>"
    )
    original = Original(name="p.html", content=page.encode("cp1250"), now=datetime(2026, 6, 1, tzinfo=UTC))
    [draft] = HtmlParser().parse(original)

    assert draft.provenance["charset"].from_ == "declared"
    assert draft.title == "Żółta ściana"


@pytest.mark.parametrize(("extra", "least", "most"), [(0, 0.95, 1.0), (14, 0.8, 0.95), (80, 0.0, 0.7)])
def test_a_text_that_is_a_small_part_of_the_page_has_a_low_confidence(extra: int, least: float, most: float) -> None:
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    cells = "".join(
        f"<div class=comments><p>Reader {at} writes that all of it is wrong.</p></div>" for at in range(extra)
    )
    draft = parse(f"<article><h1>Walls move</h1>{paragraphs}</article>{cells}")

    assert least <= draft.provenance["text"].confidence <= most
