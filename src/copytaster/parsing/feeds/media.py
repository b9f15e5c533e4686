"""Pictures that an entry carries beside its text: enclosures and the elements of Media RSS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from copytaster.article import Image
from copytaster.parsing.charset import clean
from copytaster.parsing.fields import one_line
from copytaster.parsing.fragment import address


def pictures(entry: Mapping[str, Any]) -> tuple[Image, ...]:
    """Return an entry's pictures, each address once; thumbnails only where there is nothing larger."""
    found = dict.fromkeys(_addresses(entry)) or dict.fromkeys(_thumbnails(entry))
    credit = next((str(each.get("content") or "") for each in entry.get("media_credit") or ()), "")
    return tuple(Image(url=url, credit=one_line(clean(credit)) or None) for url in found)


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
