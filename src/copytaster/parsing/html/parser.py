"""HTML pages: the text is extracted by trafilatura, the metadata by a table of precedence."""

from __future__ import annotations

import re

from lxml.etree import ElementDefaultClassLookup, ParserError, XMLSyntaxError
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import decode, peek
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.html.body import SHORTEST_BODY, read_body, separate_paragraphs
from copytaster.parsing.html.images import without_captions
from copytaster.parsing.html.metadata import Metadata, read_metadata
from copytaster.parsing.html.paywall import find_paywall
from copytaster.parsing.parser import Draft, Original
from copytaster.parsing.plain.text_fields import add_text
from copytaster.parsing.sniffing import foreign_format, html_likeness

_DECLARED = re.compile(
    r"<\?xml[^>]*?encoding=[\"']([\w.:-]+)|<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE
)

MOST_ATTRIBUTES = 5_000
"""On one element. The time of libxml2 grows with the square: 3.3 s measured for 60,000, so .02 s for this number."""

_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{20000,}")
_ATTRIBUTE = re.compile(r"\s[\w:.-]+=")


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

        Costs 5 to 20 ms a page, nearly all of it in trafilatura.
        """
        decoded = decode(original.content, _declared_charset(original.content) or original.hints.charset)
        tree = _tree(decoded.text, original.name)
        builder = DraftBuilder(original.now)
        metadata = read_metadata(tree, builder)
        _add_text(builder, tree, metadata, original.name)
        paywall = find_paywall(
            builder.get("text"), metadata.access, decoded.text, lambda: _tree(decoded.text, original.name)
        )
        if paywall:
            builder.add("paywalled", value=True, source=paywall.from_, confidence=paywall.confidence)
        return [builder.draft(decoded, format_=self.format, name=original.name)]


def _declared_charset(content: bytes) -> str | None:
    match = _DECLARED.search(peek(content))
    return match and (match.group(1) or match.group(2))


def _tree(text: str, name: str) -> HtmlElement:
    _check_attributes(text, name)
    # As bytes, because lxml refuses strings with an encoding declaration. Without huge_tree the depth is limited.
    parser = HTMLParser(encoding="utf-8", collect_ids=False, remove_comments=True, remove_pis=True)
    # One class for all elements: the lookup of lxml.html by tag costs a tenth of the time of a page.
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
                "read: check it in an editor, and drop a corrected copy.",
            )


def _add_text(builder: DraftBuilder, tree: HtmlElement, metadata: Metadata, name: str) -> None:
    """Add the text on the page, or that in JSON-LD for a page that loads its text by script. Uses up ``tree``."""
    # .98: F1 on the article-extraction-benchmark.
    text, source, confidence = read_body(tree), "html:trafilatura", 0.98
    if len(text) < SHORTEST_BODY and metadata.body:
        text, source, confidence = separate_paragraphs(metadata.body), "json-ld:articleBody", 0.8
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
