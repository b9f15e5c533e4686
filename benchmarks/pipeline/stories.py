"""A generated story, before it is written in a format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

AGENCY = "Kestrel"
"""The invented agency of all stories; their files arrive from several sources."""

PARAGRAPH = 2
"""Sentences in a paragraph, as in agency copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A headline, sentences, and what a header says; ``number`` is unique among the files."""

    kind: str
    number: int
    title: str
    slug: str
    place: str
    reporter: str
    editor: str
    sentences: tuple[str, ...]
    at: datetime

    @property
    def dateline(self) -> str:
        """Place, day and agency, as they stand before the first sentence."""
        return f"{self.place.upper()}, {self.at:%b} {self.at.day} ({AGENCY}) - "

    @property
    def paragraphs(self) -> list[str]:
        """The text without dateline and credits."""
        starts = range(0, len(self.sentences), PARAGRAPH)
        return [" ".join(self.sentences[start : start + PARAGRAPH]) for start in starts]
