"""HTML pages: the text is extracted by trafilatura, the metadata by a table of precedence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml.etree import ElementDefaultClassLookup, ParserError, XMLSyntaxError, strip_elements, strip_tags
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import decode, peek
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.html.body import (
    FLASH,
    MUCH_LONGER,
    SHORTEST_BODY,
    read_body,
    read_larger_body,
    readable_length,
    separate_paragraphs,
)
from copytaster.parsing.html.character_references import with_existing_characters
from copytaster.parsing.html.controls import open_controls_around_story
from copytaster.parsing.html.drawn_marks import write_marks
from copytaster.parsing.html.images import without_captions
from copytaster.parsing.html.metadata import Metadata, read_metadata
from copytaster.parsing.html.paywall import find_paywall
from copytaster.parsing.html.tag_limits import excessive_attributes
from copytaster.parsing.original import HEAD_BYTES
from copytaster.parsing.parser import Draft, Original
from copytaster.parsing.plain.text_fields import add_text
from copytaster.parsing.sniffing import foreign_format, html_likeness

_DECLARED = re.compile(
    r"<\?xml[^>]*?encoding=[\"']([\w.:-]+)|<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE
)

_EXPECTED_SHARE = 0.5
"""Share of the readable characters; a page whose text has less is read a second time.

In a sample of 389 pages the text was then much longer on 15 pages and better on all of them; between 0.5 and 0.6 it was
much longer on 2 and better on 1.
"""

_LOW_SHARE = 0.3
"""Share of the readable characters; a page whose text still has less is read a third time.

In the same sample the text was then much longer on 15 pages and better on 13.
"""

_CONFIDENCE = 0.98
"""F1 on the article-extraction-benchmark."""

_SMALL_PART = 0.2
"""Share of the readable characters. A text with less may be a teaser, or one part of several."""

_SMALL_PART_CONFIDENCE = 0.6

_PART = 0.6
"""Share of the readable characters. In a sample of 383 pages the word F1 of texts with less was .90, of others .97."""

_PART_CONFIDENCE = 0.9


class HtmlParser:
    """Reads HTML and XHTML pages with one article each."""

    format = "html"

    def score(self, original: Original) -> float:
        """Return the likeness of the file's start to HTML, slightly more if the extension is that of HTML too."""
        likeness = 0.0 if foreign_format(original) else html_likeness(original)
        has_extension = original.name.lower().endswith((".html", ".htm", ".xhtml"))
        return min(1.0, likeness + 0.05) if likeness and has_extension else likeness

    def parse(self, original: Original) -> list[Draft]:
        """Return one draft. Raises ``RefusedError`` (``no_text``) for a page without an article.

        Costs 5 to 20 ms a page, nearly all of it in trafilatura; three to six times as much for a page whose text
        seems too short.
        """
        decoded = decode(original.content, _declared_charset(original.content) or original.hints.charset)
        tree = _tree(decoded.text, original.name)
        builder = DraftBuilder(original.now)
        metadata = read_metadata(tree, builder, fetched_from=original.hints.url)
        length = readable_length(tree)
        text = read_body(tree)
        for share, favor_recall in ((_EXPECTED_SHARE, True), (_LOW_SHARE, False)):
            if len(text) < share * length and length >= FLASH:
                text = read_larger_body(_tree(decoded.text, original.name), text, favor_recall=favor_recall)
        _add_text(builder, _Body(text, _confidence(text, length)), metadata, original.name)
        paywall = find_paywall(
            builder.get("text"), metadata.access, decoded.text, lambda: _tree(decoded.text, original.name)
        )
        if paywall:
            builder.add("paywalled", value=True, source=paywall.from_, confidence=paywall.confidence)
        return [builder.draft(decoded, format_=self.format, name=original.name)]


def _declared_charset(content: bytes) -> str | None:
    # Scripts may precede the declaration; the search in the larger part takes up to 1 ms and is rarely necessary.
    match = _DECLARED.search(peek(content)) or _DECLARED.search(peek(content, HEAD_BYTES))
    return match and (match.group(1) or match.group(2))


def _tree(text: str, name: str) -> HtmlElement:
    _check_attributes(text, name)
    # As bytes, because lxml refuses strings with an encoding declaration. Without huge_tree the depth is limited.
    parser = HTMLParser(encoding="utf-8", collect_ids=False, remove_comments=True, remove_pis=True)
    # One class for all elements: the lookup of lxml.html by tag costs a tenth of the time of a page.
    parser.set_element_class_lookup(ElementDefaultClassLookup(element=HtmlElement))
    try:
        tree = document_fromstring(with_existing_characters(text).encode(), parser=parser)
    except (ParserError, XMLSyntaxError) as error:
        raise _no_text(name, f"it has no elements ({error})") from error
    open_controls_around_story(tree)
    write_marks(tree)
    if "<ruby" in text:
        # Readings above the characters repeat them in other letters.
        strip_elements(tree, "rt", "rp", "rtc", with_tail=False)
        strip_tags(tree, "ruby", "rb")
    return tree


def _check_attributes(text: str, name: str) -> None:
    if (count := excessive_attributes(text)) is not None:
        raise PermanentError(
            Reason.PARSE_FAILED,
            f"{name} has an element with {count} attributes, which no page needs and which would take minutes to "
            "read: check it in an editor, and drop a corrected copy.",
        )


@dataclass(frozen=True, slots=True)
class _Body:
    """An extracted text and its confidence."""

    text: str
    confidence: float


def _confidence(text: str, readable: int) -> float:
    if len(text) < _SMALL_PART * readable:
        return _SMALL_PART_CONFIDENCE
    return _PART_CONFIDENCE if len(text) < _PART * readable else _CONFIDENCE


def _add_text(builder: DraftBuilder, body: _Body, metadata: Metadata, name: str) -> None:
    """Add the text on the page, or that in JSON-LD if it is much longer: the page loads its text by script."""
    text, source, confidence = body.text, "html:trafilatura", body.confidence
    stated = separate_paragraphs(metadata.body or "")
    if len(stated) >= max(SHORTEST_BODY, MUCH_LONGER * len(text)):
        text, source, confidence = stated, "json-ld:articleBody", 0.8
    if len("".join(text.split())) < SHORTEST_BODY:
        raise _no_text(name, "it has hardly any text outside menus, links and forms")
    text = without_captions(_without_title(text, builder.get("title")), builder.get("images") or ())
    add_text(builder, [text], source, confidence)


def _without_title(text: str, title: str | None) -> str:
    """Return the text without a first paragraph that repeats the headline, unless it is the only paragraph."""
    first, _, rest = text.partition("\n\n")
    return rest if rest and title and first.casefold() == title.casefold() else text


def _no_text(name: str, why: str) -> RefusedError:
    return RefusedError(
        Reason.NO_TEXT,
        f"{name} is an HTML page without an article: {why}. Check whether the page loads its text by script; if so, "
        "save it from a browser and drop that file.",
    )
