"""Runs metadata readers over pages and counts the correct values of each field."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.extraction.corpus import Page
from benchmarks.metadata.judge import same_authors, same_day, same_headline, same_title
from benchmarks.metadata.peers import Found, Reader

_DAY = len("2024-05-03")
"""Some truths are a month or a year, with which no day can be compared."""


def measure(pages: Sequence[Page], readers: Mapping[str, Reader]) -> dict[str, dict[str, Any]]:
    """Return for each reader ``[right, of, wrong]`` per field, and pages per CPU second (of the full parse at least).

    ``title`` forgives a site's name behind a bar, on either side; ``title_to_the_letter`` does not.
    """
    return {name: _run(pages, reader) for name, reader in readers.items()}


def _run(pages: Sequence[Page], reader: Reader) -> dict[str, Any]:
    reader(pages[0])
    counts = {field: [0, 0, 0] for field in ("title", "title_to_the_letter", "authors", "published")}
    before = time.process_time()
    found = [_read(reader, page) for page in pages]
    seconds = time.process_time() - before
    for page, said in zip(pages, found, strict=True):
        for field, right in _judge(page.truth, said).items():
            counts[field][0] += right
            counts[field][1] += 1
            counts[field][2] += not right and _has_value(field, said)
    return {**counts, "pages_per_cpu_second": round(len(pages) / max(seconds, 1e-9), 1)}


def _has_value(field: str, said: Found) -> bool:
    return bool(said.published if field == "published" else said.authors if field == "authors" else said.title)


def _read(reader: Reader, page: Page) -> Found:
    try:
        return reader(page)
    except Exception:  # noqa: BLE001 - rivals raise what they like; it counts against them, not against the run
        return Found()


def _judge(truth: Mapping[str, Any], said: Found) -> dict[str, bool]:
    """Return which fields are right, of those that the page has."""
    judged = {}
    if title := truth.get("title"):
        judged["title"] = same_headline(title, said.title)
        judged["title_to_the_letter"] = same_title(title, said.title)
    if byline := truth.get("byline"):
        judged["authors"] = same_authors(byline, said.authors)
    moment = truth.get("publishedTime")
    if moment and len(moment) >= _DAY:
        judged["published"] = same_day(moment, said.published)
    return judged
