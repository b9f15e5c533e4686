"""What every name model returns, whichever way it computes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class LabelledSpan(NamedTuple):
    """A span of a text that a model marked as a name, with the model's label (``PERSON``, ``GPE``)."""

    start: int
    end: int
    label: str


class NameModel(Protocol):
    """Marks the names in texts of one language."""

    @property
    def name(self) -> str:
        """The model's language, name and version, as its package writes them (``en_core_web_sm-3.8.0``)."""
        ...

    def spans(self, texts: Sequence[str]) -> list[list[LabelledSpan]]:
        """Return the marked spans of each text, in order, without overlaps."""
        ...
