"""HTML pages: body by trafilatura, metadata by our own table of rivals."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from lxml.etree import ElementDefaultClassLookup, ParserError, XMLSyntaxError
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.article import Provenance
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import Decoded, decode, peek
from copytaster.parsing.html.body import SHORTEST_BODY, paragraphs, read_body
from copytaster.parsing.html.images import without_captions
from copytaster.parsing.html.metadata import Metadata, read_metadata
from copytaster.parsing.html.paywall import find_wall
from copytaster.parsing.parser import Draft, Original
from copytaster.parsing.plain.furniture import cut_furniture
from copytaster.parsing.plain.opening_lines import Opening, names_in, read_opening
from copytaster.parsing.plain.parser import first_sentence
from copytaster.parsing.sniffing import foreign_format, html_likeness

_DECLARED = re.compile(
    r"<\?xml[^>]*?encoding=[\"']([\w.:-]+)|<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE
)

MOST_ATTRIBUTES = 5_000
"""On one element: libxml2's time grows with their square, measured 3.3 s for 60,000 and so .02 s here."""

_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{20000,}")
_ATTRIBUTE = re.compile(r"\s[\w:.-]+=")


class HtmlParser:
    """Reads HTML and XHTML pages with one article each."""

    format = "html"

    def score(self, original: Original) -> float:
        """Return how much the opening looks like HTML; the name's extension tips the scales only where tags are."""
        likeness = 0.0 if foreign_format(original) else html_likeness(original)
        named = original.name.lower().endswith((".html", ".htm", ".xhtml"))
        return min(1.0, likeness + 0.05) if likeness and named else likeness

    def parse(self, original: Original) -> list[Draft]:
        """Return one draft. Raises ``RefusedError`` (``no_text``) when the page has no body worth the name.

        Costs 5 to 20 ms a page, nearly all of it in trafilatura.
        """
        decoded = decode(original.content, _declared_charset(original.content) or original.hints.charset)
        tree = _tree(decoded.text, original.name)
        metadata = read_metadata(tree, now=original.now)
        story = _story(tree, metadata)
        if len("".join(story.text.split())) < SHORTEST_BODY:
            raise _no_text(original.name, "beside menus, links and forms there is hardly a word")
        draft = _draft(story, metadata, decoded, original.now)
        wall = find_wall(draft.text, metadata.access, decoded.text, lambda: _tree(decoded.text, original.name))
        told = draft.provenance | ({"paywalled": wall} if wall else {})
        return [replace(draft, paywalled=wall is not None, provenance=told)]


@dataclass(frozen=True, slots=True)
class _Story:
    text: str
    origin: Provenance


def _declared_charset(content: bytes) -> str | None:
    found = _DECLARED.search(peek(content))
    return found and (found.group(1) or found.group(2))


def _tree(text: str, name: str) -> HtmlElement:
    _check_attributes(text, name)
    # As bytes, for lxml refuses characters that come with an encoding declaration. Depth stays capped: no huge_tree.
    parser = HTMLParser(encoding="utf-8", collect_ids=False, remove_comments=True, remove_pis=True)
    # One class for all elements: asking lxml.html for the one that fits a tag takes a tenth of the time of a page.
    parser.set_element_class_lookup(ElementDefaultClassLookup(element=HtmlElement))
    try:
        return document_fromstring(text.encode(), parser=parser)
    except (ParserError, XMLSyntaxError) as error:
        raise _no_text(name, f"it has no elements ({error})") from error


def _check_attributes(text: str, name: str) -> None:
    for tag in _LONG_TAG.finditer(text):
        if (count := len(_ATTRIBUTE.findall(tag.group()))) > MOST_ATTRIBUTES:
            raise PermanentError(
                Reason.PARSE_FAILED,
                f"{name} has an element with {count} attributes, which no page needs and which would take minutes to "
                "read: look at it in an editor, and drop a mended copy.",
            )


def _story(tree: HtmlElement, metadata: Metadata) -> _Story:
    """Return the body as it stands on the page, or as JSON-LD carries it where the page loads it by script."""
    text = read_body(tree)
    if len(text) < SHORTEST_BODY and metadata.body:
        return _Story(paragraphs(metadata.body), Provenance(from_="json-ld:articleBody", confidence=0.8))
    # .98: F1 on the article-extraction-benchmark.
    return _Story(text, Provenance(from_="html:trafilatura", confidence=0.98))


def _draft(story: _Story, metadata: Metadata, decoded: Decoded, now: datetime) -> Draft:
    title = metadata.title or first_sentence(story.text.partition("\n\n")[0])
    trimmed = cut_furniture(without_captions(_without_title(story.text, metadata.title), metadata.images))
    opening = read_opening(trimmed.text.split("\n\n"), now=now)
    byline = metadata.byline or opening.byline
    draft = Draft(
        title=title,
        text="\n\n".join(opening.paragraphs),
        format=HtmlParser.format,
        charset=decoded.charset,
        summary=metadata.summary,
        byline=byline,
        authors=metadata.authors or names_in(byline or trimmed.reporter_line() or ""),
        dateline=opening.dateline,
        source=metadata.source,
        url=metadata.url,
        language=metadata.language,
        published_at=metadata.published_at or (opening.published.at if opening.published else None),
        modified_at=metadata.modified_at,
        keywords=metadata.keywords,
        subjects=metadata.subjects,
        images=metadata.images,
    )
    return replace(draft, provenance=_provenance(draft, story, decoded, metadata, opening=opening))


def _provenance(
    draft: Draft, story: _Story, decoded: Decoded, metadata: Metadata, *, opening: Opening
) -> dict[str, Provenance]:
    fallback = {
        "title": ("text:first-sentence", 0.3),
        "byline": ("text:byline", 0.7),
        "authors": ("text:byline", 0.6),
        "dateline": ("text:dateline", 0.9),
        "published_at": (opening.published_from, 0.5),
    }
    found = {name: Provenance(from_=where, confidence=sure) for name, (where, sure) in fallback.items()}
    told = {name: origin for name, origin in (found | metadata.provenance).items() if getattr(draft, name)}
    return {"charset": decoded.provenance(), "text": story.origin, **told}


def _without_title(text: str, title: str | None) -> str:
    """Return the text without a first paragraph that repeats the headline; the last paragraph there is stays."""
    first, parted, rest = text.partition("\n\n")
    return rest if parted and title and first.casefold() == title.casefold() else text


def _no_text(name: str, why: str) -> RefusedError:
    return RefusedError(
        Reason.NO_TEXT,
        f"{name} is HTML without an article in it: {why}. Look whether the page loads its text by script; "
        "if so, save it from a browser and drop that file.",
    )
