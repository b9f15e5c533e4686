"""The pictures of an article: those that a page describes for machines, and those that stand in its body."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from lxml.etree import _Element

from copytaster.model.article import Image, Provenance
from copytaster.parsing.html.fragments import address
from copytaster.parsing.html.metadata_sources import is_elsewhere, tidy

MOST_IMAGES = 20
"""Galleries go on for hundreds; an article's own pictures are a handful."""

_SOURCES = ("data-src", "data-original", "data-lazy-src", "src")
"""Where pages that load pictures late keep the address, behind a placeholder in ``src``."""

_SMALLEST = 100
"""Pixels of a declared width or height; smaller ones are icons, portraits of authors and counters."""

_CREDIT = re.compile(r"(?:^|[\s_-])(?:\w*credits?|copyright|photographer|attribution)(?=$|[\s_-])", re.IGNORECASE)
"""Whole words in the class of the part of a caption that names who made the picture."""

_CREDIT_LEAD = re.compile(r"^(?:(?:photo|image|picture|credit)s?(?: credit)?(?: by)?\s*:|\u00a9)\s*", re.IGNORECASE)

_CREDIT_WORDS = 20
"""Characters before a name: "Photograph by: "."""

_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|tiff?|bmp)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pictures:
    """An article's pictures, the leading one first, and where that was told."""

    images: tuple[Image, ...] = ()
    origin: Provenance | None = None


def read_images(tree: _Element, described: Sequence[Image], shared: Sequence[str], base: str) -> Pictures:
    """Return at most ``MOST_IMAGES`` pictures with absolute http(s) addresses, each once, with caption and credit.

    ``described`` are those of JSON-LD, ``shared`` the addresses of Open Graph. Costs some 100 µs a page.
    """
    told = [
        *((image, "json-ld:image", 0.9) for image in _distinct_views(described)),
        *((Image(url=url), "og:image", 0.8) for url in shared[: 0 if described else 1]),
        *((image, "html:figcaption" if image.caption else "html:img", 0.7) for image in _printed(tree)),
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
    captions = [(image.caption, image.credit) for image in images if image.caption]
    if not captions:
        return text
    kept = [each for each in text.split("\n\n") if not any(_is_caption(each, *caption) for caption in captions)]
    return "\n\n".join(kept) or text


def _is_caption(paragraph: str, caption: str, credit: str | None) -> bool:
    """Whether a paragraph is the caption, alone or with the credit behind it."""
    if not paragraph.startswith(caption):
        return False
    rest = paragraph[len(caption) :]
    return not rest or bool(credit and rest.endswith(credit) and len(rest) <= len(credit) + _CREDIT_WORDS)


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


def _printed(tree: _Element) -> Iterator[Image]:
    """Yield the pictures in figures and paragraphs of the article, at most ``MOST_IMAGES``, addresses as printed."""
    placed = ((each, next(each.iterancestors("figure", "p"), None)) for each in tree.iter("img", "amp-img"))
    shown = (pair for pair in placed if pair[1] is not None and not _is_small(pair[0]))
    for element, around in islice(shown, MOST_IMAGES):
        told = (element.get(name) or "data:" for name in _SOURCES)
        url = next((each for each in told if not each.startswith("data:")), None)
        if around is not None and url and not _leads_away(element) and not is_elsewhere(element):
            caption, credit = _told_below(around)
            yield Image(url=url, caption=caption, credit=credit)


def _is_small(image: _Element) -> bool:
    sizes = (image.get(name, "").removesuffix("px") for name in ("width", "height"))
    return any(size.isdecimal() and int(size[:9]) < _SMALLEST for size in sizes)


def _leads_away(image: _Element) -> bool:
    """Whether the picture is a link to anything but a larger copy of itself: then it belongs to another story."""
    link = next(image.iterancestors("a"), None)
    target = (link.get("href") or "#") if link is not None else "#"
    return not (target.startswith("#") or _FILE.search(target.partition("?")[0]))


def _told_below(figure: _Element) -> tuple[str | None, str | None]:
    """Return the caption and the credit of a figure; a paragraph has neither."""
    told = next(figure.iter("figcaption"), None)
    if told is None:
        return None, None
    marked = [each for each in told.iterdescendants() if _CREDIT.search(each.get("class") or "")]
    whole, credit = _text(told), _text(marked[0]) if marked else ""
    caption = whole.replace(credit, "", 1).strip() if credit else whole
    return caption or None, _CREDIT_LEAD.sub("", credit) or None


def _text(element: _Element) -> str:
    return tidy(" ".join(map(str, element.itertext())))
