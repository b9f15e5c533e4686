"""The pictures of an article: those that a page describes for machines, and those that stand in its body."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.etree import _Element

from copytaster.article import Image, Provenance
from copytaster.parsing.fragment import address
from copytaster.parsing.html_evidence import is_elsewhere, tidy

MOST_IMAGES = 20
"""Galleries go on for hundreds; an article's own pictures are a handful."""

_SOURCES = ("src", "data-src", "data-original", "data-lazy-src")
"""Where pages that load pictures late keep the address, behind a placeholder in ``src``."""

_SMALLEST = 100
"""Pixels of a declared width or height; smaller ones are icons, portraits of authors and counters."""

_CREDIT = re.compile(r"(?:^|[\s_-])(?:\w*credits?|copyright|photographer|attribution)(?=$|[\s_-])", re.IGNORECASE)
"""Whole words in the class of the part of a caption that names who made the picture."""

_CREDIT_LEAD = re.compile(r"^(?:(?:photo|image|picture|credit)s?(?: credit)?(?: by)?\s*:|\u00a9)\s*", re.IGNORECASE)

_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|tiff?|bmp)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pictures:
    """An article's pictures, the leading one first, and where that was told."""

    images: tuple[Image, ...] = ()
    origin: Provenance | None = None


def read_images(tree: _Element, described: Sequence[Image], shared: Sequence[str], base: str) -> Pictures:
    """Return at most ``MOST_IMAGES`` pictures with absolute http(s) addresses, each once, with caption and credit.

    ``described`` are those of JSON-LD, ``shared`` the addresses of Open Graph. Costs some 50 µs a page.
    """
    told = [
        *((image, "json-ld:image", 0.9) for image in _distinct_views(described)),
        *((Image(url=url), "og:image", 0.8) for url in shared[: 0 if described else 1]),
        *((image, "html:figcaption" if image.caption else "html:img", 0.7) for image in _printed(tree, base)),
    ]
    first: dict[str, Image] = {}
    origins: dict[str, Provenance] = {}
    for image, where, sure in told:
        if url := address(image.url, base):
            key = _key(url)
            known = first.get(key, Image(url=url))
            first[key] = Image(
                url=known.url, caption=known.caption or image.caption, credit=known.credit or image.credit
            )
            origins.setdefault(key, Provenance(from_=where, confidence=sure))
    return Pictures(tuple(first.values())[:MOST_IMAGES], next(iter(origins.values()), None))


def without_captions(text: str, images: Sequence[Image]) -> str:
    """Return ``text`` without paragraphs that are the caption of a picture, unless nothing else is left."""
    captions = {image.caption for image in images if image.caption}
    if not captions:
        return text
    kept = [each for each in text.split("\n\n") if each not in captions]
    return "\n\n".join(kept) or text


def _distinct_views(described: Sequence[Image]) -> list[Image]:
    """Return the first picture and others with captions of their own: a list without is one picture in several cuts."""
    first: dict[str, Image] = {}
    for image in described:
        first.setdefault(image.caption or "", image)
    return [image for image in first.values() if image.caption or image is described[0]]


def _key(url: str) -> str:
    """Return what two sizes of one picture share: the address without its query, where that names a file."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.netloc}{parts.path}" if _FILE.search(parts.path) else url


def _printed(tree: _Element, base: str) -> Iterator[Image]:
    """Yield the pictures in figures and paragraphs of the article, at most ``MOST_IMAGES``."""
    found = 0
    for element in tree.iter("img", "amp-img"):
        figure = next(element.iterancestors("figure", "p"), None)
        if figure is None or found == MOST_IMAGES or _is_small(element):
            continue
        url = next(filter(None, (address(element.get(name), base) for name in _SOURCES)), None)
        if url and next(element.iterancestors("article", "main", "body"), tree).tag and not is_elsewhere(element):
            found += 1
            yield Image(url=url, **_caption(figure))
