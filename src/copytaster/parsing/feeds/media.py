"""Pictures attached to an entry: enclosures and elements of Media RSS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from copytaster.model.article import Image
from copytaster.parsing.charset.decoding import clean
from copytaster.parsing.draft_builder import one_line
from copytaster.parsing.html.fragments import address, read_fragment


def pictures(entry: Mapping[str, Any]) -> tuple[Image, ...]:
    """Return an entry's pictures, each address once; thumbnails only if there is nothing larger.

    Only a single picture has a caption: feedparser does not return which caption belongs to which picture.
    """
    urls = dict.fromkeys(_addresses(entry)) or dict.fromkeys(_thumbnails(entry))
    credit = next((str(each.get("content") or "") for each in entry.get("media_credit") or ()), "")
    caption = caption_of(entry) if len(urls) == 1 else None
    return tuple(Image(url=url, caption=caption, credit=one_line(clean(credit)) or None) for url in urls)


def caption_of(entry: Mapping[str, Any]) -> str | None:
    """Return the text of the entry's ``media:description``."""
    return one_line(read_fragment(str(entry.get("media_caption") or "")).text) or None


def _addresses(entry: Mapping[str, Any]) -> Iterator[str]:
    for medium in (*(entry.get("media_content") or ()), *_enclosures(entry)):
        url = address(str(medium.get("url") or medium.get("href") or ""))
        media_type = str(medium.get("type") or medium.get("medium") or "")
        if url and media_type.startswith("image"):
            yield url


def _enclosures(entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (link for link in entry.get("links") or () if link.get("rel") == "enclosure")


def _thumbnails(entry: Mapping[str, Any]) -> Iterator[str]:
    urls = [str(thumbnail.get("url") or "") for thumbnail in entry.get("media_thumbnail") or ()]
    urls.append(str((entry.get("image") or {}).get("href") or ""))
    return filter(None, map(address, urls))
