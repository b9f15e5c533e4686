"""Runs extractors over all pages, one extractor after another, as a worker reads page after page."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

from benchmarks.extraction.corpus import Page
from benchmarks.extraction.peers import Extractor
from benchmarks.extraction.score import score_all, score_page, word_f1, word_recall

ROUNDS = 3
"""The fastest round counts: other processes on the machine can only make a round slower."""

CUT = 0.4
"""Share of a page's true words; a result with fewer is a broken article, not one with a missing paragraph."""


def measure(pages: Sequence[Page], extractors: Mapping[str, Extractor]) -> dict[str, dict[str, Any]]:
    """Return for each extractor its scores, pages per CPU second, pages with less than ``CUT`` and failed pages."""
    for extractor in extractors.values():
        _extract(extractor, pages[0])  # so that imports and compilation at first use are not measured
    found: dict[str, list[str | None]] = {}
    seconds = dict.fromkeys(extractors, float("inf"))
    for _ in range(ROUNDS):
        for name, extractor in extractors.items():
            before = time.process_time()
            found[name] = [_extract(extractor, page) for page in pages]
            seconds[name] = min(seconds[name], time.process_time() - before)
    return {name: _result(pages, found[name], seconds[name]) for name in extractors}


def _extract(extractor: Extractor, page: Page) -> str | None:
    try:
        return extractor(page)
    except Exception:  # noqa: BLE001 - rivals raise any exception; it counts against the rival and does not end the run
        return None


def _result(pages: Sequence[Page], found: Sequence[str | None], seconds: float) -> dict[str, Any]:
    pairs = [(str(page.truth["text"]), text or "") for page, text in zip(pages, found, strict=True)]
    score = score_all(score_page(true, text) for true, text in pairs)
    return {
        "f1": round(score.f1, 4),
        "precision": round(score.precision, 4),
        "recall": round(score.recall, 4),
        "word_f1": round(mean(word_f1(true, text) for true, text in pairs), 4),
        "cut": sum(word_recall(true, text) < CUT for true, text in pairs),
        "pages_per_cpu_second": round(len(pages) / max(seconds, 1e-9), 1),
        "broken": sum(text is None for text in found),
    }
