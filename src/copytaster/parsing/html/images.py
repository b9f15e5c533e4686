"""The pictures of an article: those described in the page's metadata and those shown in its body."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from lxml.etree import _Element

from copytaster.model.article import Image
from copytaster.parsing.html.fragments import address
from copytaster.parsing.html.metadata_sources import is_unrelated, tidy

MOST_IMAGES = 20
"""Galleries have hundreds; an article has a handful of pictures."""

_ADDRESS_ATTRIBUTES = ("data-src", "data-original", "data-lazy-src", "src")
"""Attributes with a picture's address. Pages that load pictures late have a placeholder in ``src``."""

_SMALLEST = 100
"""Pixels of a declared width or height; smaller pictures are icons, portraits of authors and counters."""

_CREDIT = re.compile(r"(?:^|[\s_-])(?:\w*credits?|copyright|photographer|attribution)(?=$|[\s_-])", re.IGNORECASE)
"""Whole words in the class of the part of a caption that is the credit."""

_CREDIT_LEAD = re.compile(r"^(?:(?:photo|image|picture|credit)s?(?: credit)?(?: by)?\s*:|\u00a9)\s*", re.IGNORECASE)

_CREDIT_WORDS = 20
"""Characters before a name: "Photograph by: "."""

_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|tiff?|bmp)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pictures:
    """An article's pictures, the leading one first, with the source of the first and the confidence in it."""

    images: tuple[Image, ...] = ()
    source: str = ""
    confidence: float = 0.0


def read_images(tree: _Element, described: Sequence[Image], shared: Sequence[str], base: str) -> Pictures:
    """Return at most ``MOST_IMAGES`` pictures with absolute http(s) addresses, each once, with caption and credit.

    ``described`` are the pictures of JSON-LD, ``shared`` the addresses of Open Graph. Costs some 100 µs a page.
    """
    candidates = [
        *((image, "json-ld:image", 0.9) for image in _distinct_views(described)),
        *((Image(url=url), "og:image", 0.8) for url in shared[: 0 if described else 1]),
        *((image, "html:figcaption" if image.caption else "html:img", 0.7) for image in _shown_images(tree)),
    ]
    by_key: dict[str, Image] = {}
    leading: tuple[str, float] | None = None
    for image, source, confidence in candidates:
        if url := address(image.url, base):
            first = by_key.get(_key(url), Image(url=url))
            by_key[_key(url)] = Image(
                url=first.url, caption=first.caption or image.caption, credit=first.credit or image.credit
            )
            leading = leading or (source, confidence)
    return Pictures(tuple(by_key.values())[:MOST_IMAGES], *(leading or ()))


def without_captions(text: str, images: Sequence[Image]) -> str:
    """Return ``text`` without paragraphs that are captions of pictures; unchanged if nothing else remains."""
    captions = [(image.caption, image.credit) for image in images if image.caption]
    if not captions:
        return text
    remaining = [each for each in text.split("\n\n") if not any(_is_caption(each, *caption) for caption in captions)]
    return "\n\n".join(remaining) or text


def _is_caption(paragraph: str, caption: str, credit: str | None) -> bool:
    """Whether a paragraph is the caption, alone or followed by the credit."""
    if not paragraph.startswith(caption):
        return False
    rest = paragraph[len(caption) :]
    return not rest or bool(credit and rest.endswith(credit) and len(rest) <= len(credit) + _CREDIT_WORDS)


def _distinct_views(described: Sequence[Image]) -> list[Image]:
    """Return the first picture and those with other captions: pictures without captions are crops of one picture."""
    first: dict[str, Image] = {}
    for image in described:
        first.setdefault(image.caption or "", image)
    return [image for image in first.values() if image.caption or image is described[0]]


def _key(url: str) -> str:
    """Return a key that all sizes of a picture share: the address without its query, if that names a file."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.netloc}{parts.path}" if _FILE.search(parts.path) else url


def _shown_images(tree: _Element) -> Iterator[Image]:
    """Yield the pictures in the article's figures and paragraphs, at most ``MOST_IMAGES``; addresses are unresolved."""
    placed = ((each, next(each.iterancestors("figure", "p"), None)) for each in tree.iter("img", "amp-img"))
    large = (pair for pair in placed if pair[1] is not None and not _is_small(pair[0]))
    for element, container in islice(large, MOST_IMAGES):
        urls = (element.get(name) or "data:" for name in _ADDRESS_ATTRIBUTES)
        url = next((each for each in urls if not each.startswith("data:")), None)
        if container is not None and url and not _links_to_page(element) and not is_unrelated(element):
            caption, credit = _caption_and_credit(container)
            yield Image(url=url, caption=caption, credit=credit)


def _is_small(image: _Element) -> bool:
    sizes = (image.get(name, "").removesuffix("px") for name in ("width", "height"))
    return any(size.isdecimal() and int(size[:9]) < _SMALLEST for size in sizes)


def _links_to_page(image: _Element) -> bool:
    """Whether the picture is a link to another page, and so belongs to another story; not to a larger picture."""
    link = next(image.iterancestors("a"), None)
    target = (link.get("href") or "#") if link is not None else "#"
    return not (target.startswith("#") or _FILE.search(target.partition("?")[0]))


def _caption_and_credit(figure: _Element) -> tuple[str | None, str | None]:
    """Return the caption and the credit of a figure; a paragraph has neither."""
    figcaption = next(figure.iter("figcaption"), None)
    if figcaption is None:
        return None, None
    credit_elements = [each for each in figcaption.iterdescendants() if _CREDIT.search(each.get("class") or "")]
    whole, credit = _text(figcaption), _text(credit_elements[0]) if credit_elements else ""
    caption = whole.replace(credit, "", 1).strip() if credit else whole
    return caption or None, _CREDIT_LEAD.sub("", credit) or None


def _text(element: _Element) -> str:
    return tidy(" ".join(map(str, element.itertext())))
