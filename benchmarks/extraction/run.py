"""Runs extractors over pages, one after the other on each page, so that a noisy machine is noisy for all."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.extraction.corpus import Page
from benchmarks.extraction.peers import Extractor
from benchmarks.extraction.score import PageScore, score_all, score_page


def measure(pages: Sequence[Page], extractors: Mapping[str, Extractor]) -> dict[str, dict[str, Any]]:
    """Return for each extractor F1, precision, recall, pages per CPU second and on how many pages it broke."""
    runs = {name: _Run(extractor) for name, extractor in extractors.items()}
    for run in runs.values():
        run.warm_up(pages[0])
    for page in pages:
        for run in runs.values():
            run.read(page)
    return {name: run.result() for name, run in runs.items()}


class _Run:
    def __init__(self, extractor: Extractor) -> None:
        self._extractor = extractor
        self._seconds = 0.0
        self._broken = 0
        self._scores: list[PageScore] = []

    def warm_up(self, page: Page) -> None:
        """Have it import and compile what it does at first use."""
        self._extract(page)
        self._broken = 0

    def read(self, page: Page) -> None:
        """Read a page, and count time and score."""
        before = time.process_time()
        found = self._extract(page)
        self._seconds += time.process_time() - before
        self._scores.append(score_page(str(page.truth["text"]), found))

    def result(self) -> dict[str, Any]:
        """Return the figures."""
        score = score_all(self._scores)
        return {
            "f1": round(score.f1, 4),
            "precision": round(score.precision, 4),
            "recall": round(score.recall, 4),
            "pages_per_cpu_second": round(len(self._scores) / max(self._seconds, 1e-9), 1),
            "broken": self._broken,
        }

    def _extract(self, page: Page) -> str:
        try:
            return self._extractor(page)
        except Exception:  # noqa: BLE001 - rivals raise what they like; it counts against them, not against the run
            self._broken += 1
            return ""
