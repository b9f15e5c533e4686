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

MAX_IMAGES = 20
"""Maximum number of pictures of an article; galleries may have hundreds."""

_ADDRESS_ATTRIBUTES = ("data-src", "data-original", "data-lazy-src", "src")
"""Attributes with a picture's address. Pages with lazy loading have a placeholder in ``src``."""

_MIN_PIXELS = 100
"""Minimum declared width or height in pixels; smaller pictures are icons, portraits of authors and tracking pixels."""

_CREDIT_CLASS = re.compile(r"(?:^|[\s_-])(?:\w*credits?|copyright|photographer|attribution)(?=$|[\s_-])", re.IGNORECASE)
"""Matches the ``class`` of the element that contains the credit, by a whole word."""

_CREDIT_PREFIX = re.compile(r"^(?:(?:photo|image|picture|credit)s?(?: credit)?(?: by)?\s*:|\u00a9)\s*", re.IGNORECASE)

_MAX_PREFIX_LENGTH = 20
"""Maximum number of characters before the name in a credit, as in "Photograph by: "."""

_IMAGE_EXTENSION = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|tiff?|bmp)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pictures:
    """An article's pictures, the leading one first. ``source`` and ``confidence`` describe the leading picture."""

    images: tuple[Image, ...] = ()
    source: str = ""
    confidence: float = 0.0


def read_images(tree: _Element, json_ld_images: Sequence[Image], open_graph_urls: Sequence[str], base: str) -> Pictures:
    """Return at most ``MAX_IMAGES`` pictures with absolute http(s) addresses, each once, with its caption and credit.

    Those of JSON-LD come first, then those of Open Graph and of the page. Costs some 100 µs a page.
    """
    candidates = [
        *((image, "json-ld:image", 0.9) for image in _without_crops(json_ld_images)),
        *((Image(url=url), "og:image", 0.8) for url in open_graph_urls[: 0 if json_ld_images else 1]),
        *((image, "html:figcaption" if image.caption else "html:img", 0.7) for image in _shown_images(tree)),
    ]
    by_key: dict[str, Image] = {}
    leading: tuple[str, float] | None = None
    for image, source, confidence in candidates:
        if url := address(image.url, base):
            first = by_key.get(_size_independent_key(url), Image(url=url))
            by_key[_size_independent_key(url)] = Image(
                url=first.url, caption=first.caption or image.caption, credit=first.credit or image.credit
            )
            leading = leading or (source, confidence)
    return Pictures(tuple(by_key.values())[:MAX_IMAGES], *(leading or ()))


def without_captions(text: str, images: Sequence[Image]) -> str:
    """Return ``text`` without captions of pictures; unchanged if each of its paragraphs is a caption."""
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
    return not rest or bool(credit and rest.endswith(credit) and len(rest) <= len(credit) + _MAX_PREFIX_LENGTH)


def _without_crops(json_ld_images: Sequence[Image]) -> list[Image]:
    """Return the first picture, and the first one of each caption. Others without a caption are crops of the first."""
    first: dict[str, Image] = {}
    for image in json_ld_images:
        first.setdefault(image.caption or "", image)
    return [image for image in first.values() if image.caption or image is json_ld_images[0]]


def _size_independent_key(url: str) -> str:
    """Return a key that all sizes of a picture share: host and path if the path names a picture, else the URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.netloc}{parts.path}" if _IMAGE_EXTENSION.search(parts.path) else url


def _shown_images(tree: _Element) -> Iterator[Image]:
    """Yield the pictures in the article's figures and paragraphs, at most ``MAX_IMAGES``; addresses may be relative."""
    contained = ((each, next(each.iterancestors("figure", "p"), None)) for each in tree.iter("img", "amp-img"))
    large = (pair for pair in contained if pair[1] is not None and not _is_small(pair[0]))
    for element, container in islice(large, MAX_IMAGES):
        urls = (element.get(name) or "data:" for name in _ADDRESS_ATTRIBUTES)
        url = next((each for each in urls if not each.startswith("data:")), None)
        if container is not None and url and not _links_to_page(element) and not is_unrelated(element):
            caption, credit = _caption_and_credit(container)
            yield Image(url=url, caption=caption, credit=credit)


def _is_small(image: _Element) -> bool:
    sizes = (image.get(name, "").removesuffix("px") for name in ("width", "height"))
    return any(size.isdecimal() and int(size[:9]) < _MIN_PIXELS for size in sizes)


def _links_to_page(image: _Element) -> bool:
    """Return whether the picture links to a page, and so belongs to another article. Links to pictures do not count."""
    link = next(image.iterancestors("a"), None)
    target = (link.get("href") or "#") if link is not None else "#"
    return not (target.startswith("#") or _IMAGE_EXTENSION.search(target.partition("?")[0]))


def _caption_and_credit(figure: _Element) -> tuple[str | None, str | None]:
    """Return caption and credit from the figcaption; (None, None) if there is no figcaption."""
    figcaption = next(figure.iter("figcaption"), None)
    if figcaption is None:
        return None, None
    credit_elements = [each for each in figcaption.iterdescendants() if _CREDIT_CLASS.search(each.get("class") or "")]
    full_caption, credit = _text(figcaption), _text(credit_elements[0]) if credit_elements else ""
    caption = full_caption.replace(credit, "", 1).strip() if credit else full_caption
    return caption or None, _CREDIT_PREFIX.sub("", credit) or None


def _text(element: _Element) -> str:
    return tidy(" ".join(map(str, element.itertext())))
