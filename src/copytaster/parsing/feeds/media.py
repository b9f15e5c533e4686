"""Pictures that an entry carries beside its text: enclosures and the elements of Media RSS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from copytaster.model.article import Image
from copytaster.parsing.charset.decoding import clean
from copytaster.parsing.draft_builder import one_line
from copytaster.parsing.html.fragments import address, read_fragment


def pictures(entry: Mapping[str, Any]) -> tuple[Image, ...]:
    """Return an entry's pictures, each address once; thumbnails only where there is nothing larger.

    A caption is told where there is one picture: feedparser does not say which words belong to which.
    """
    found = dict.fromkeys(_addresses(entry)) or dict.fromkeys(_thumbnails(entry))
    credit = next((str(each.get("content") or "") for each in entry.get("media_credit") or ()), "")
    told = caption_of(entry) if len(found) == 1 else None
    return tuple(Image(url=url, caption=told, credit=one_line(clean(credit)) or None) for url in found)


def caption_of(entry: Mapping[str, Any]) -> str | None:
    """Return the words of the entry's ``media:description``."""
    return one_line(read_fragment(str(entry.get("media_caption") or "")).text) or None


def _addresses(entry: Mapping[str, Any]) -> Iterator[str]:
    told = [*(entry.get("media_content") or ()), *_enclosures(entry)]
    for each in told:
        url = address(str(each.get("url") or each.get("href") or ""))
        kind = str(each.get("type") or each.get("medium") or "")
        if url and kind.startswith("image"):
            yield url


def _enclosures(entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (each for each in entry.get("links") or () if each.get("rel") == "enclosure")


def _thumbnails(entry: Mapping[str, Any]) -> Iterator[str]:
    told = [str(each.get("url") or "") for each in entry.get("media_thumbnail") or ()]
    told.append(str((entry.get("image") or {}).get("href") or ""))
    return filter(None, map(address, told))
