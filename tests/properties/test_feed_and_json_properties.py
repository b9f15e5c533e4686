from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from hypothesis import given
from hypothesis import strategies as st

from copytaster.errors import PermanentError
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.html.fragments import plain_paragraphs, read_fragment
from copytaster.parsing.json_documents.ninjs_rules import faults_of
from copytaster.parsing.parser import BadItem, Draft, Original
from copytaster.parsing.reading import ParsingReader

NOW = datetime(2024, 6, 1, tzinfo=UTC)

WORDS = st.text("abcdefghijklmnopqrstuvwxyzéñ&<>'\"", min_size=1, max_size=9).filter(lambda word: word[0].isalpha())
PARAGRAPHS = st.lists(WORDS, min_size=1, max_size=9).map(" ".join)
STORIES = st.lists(PARAGRAPHS, min_size=1, max_size=4)

NAMES = st.sampled_from(
    ["headline", "title", "body", "text", "uri", "headlines", "bodies", "value", "@graph", "@type", "items", "version",
     "author", "date", "url", "image", "standard", "hits", "_source", "id", "associations", "renditions", "subjects"]
)  # fmt: skip

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12) | NAMES, inner, max_size=5),
    max_leaves=20,
)


def read(content: bytes, name: str) -> list[Draft | BadItem]:
    try:
        return [
            each.item for each in ParsingReader(default_parsers()).read(Original(content=content, name=name, now=NOW))
        ]
    except PermanentError as error:
        return [BadItem.of("the file", error)]


@given(STORIES)
def test_paragraphs_survive_markup(story: list[str]) -> None:
    markup = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in story)

    assert read_fragment(markup).text == "\n\n".join(story)


@given(st.text(max_size=200))
def test_any_markup_gives_paragraphs_separated_by_one_blank_line(markup: str) -> None:
    text = read_fragment(markup).text

    assert text == plain_paragraphs(text)


@given(JSON)
def test_any_json_value_gives_drafts_or_refusals(value: Any) -> None:
    for item in read(json.dumps(value).encode(), "any.json"):
        assert item.title.strip() if isinstance(item, Draft) else item.refused


@given(st.lists(JSON, min_size=1, max_size=4))
def test_any_json_lines_give_drafts_or_refusals(values: list[Any]) -> None:
    for item in read("\n".join(map(json.dumps, values)).encode(), "any.jsonl"):
        assert item.title.strip() if isinstance(item, Draft) else item.refused


@given(st.dictionaries(NAMES, JSON, max_size=6))
def test_the_rules_of_ninjs_accept_any_object_as_input(item: dict[str, Any]) -> None:
    assert all(isinstance(fault, str) for fault in faults_of(item))


@given(PARAGRAPHS, STORIES)
def test_a_story_is_the_same_from_a_feed_and_from_json(title: str, story: list[str]) -> None:
    markup = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in story)
    entry = f"<entry><title>{escape(title)}</title><content type='html'>{escape(markup)}</content></entry>"
    feed = f"<feed xmlns='http://www.w3.org/2005/Atom'>{entry}</feed>".encode()

    [from_feed] = read(feed, "feed.xml")
    [from_json] = read(json.dumps({"headline": title, "body": "\n\n".join(story)}).encode(), "story.json")

    assert isinstance(from_feed, Draft)
    assert isinstance(from_json, Draft)
    assert (from_feed.title, from_feed.text) == (from_json.title, from_json.text) == (title, "\n\n".join(story))
