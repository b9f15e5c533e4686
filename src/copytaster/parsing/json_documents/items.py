"""From what was found in JSON to an item."""

from __future__ import annotations

from dataclasses import dataclass

from copytaster.errors import RefusedError
from copytaster.parsing.charset.decoding import Decoded
from copytaster.parsing.draft_builder import Fields
from copytaster.parsing.parser import BadItem, Draft


@dataclass(frozen=True, slots=True)
class Document:
    """What the items of a document share: its name and its parser's format."""

    name: str
    format: str

    def item(self, found: Fields | RefusedError, decoded: Decoded, where: str) -> Draft | BadItem:
        """Return the article at ``where``, or what is wrong with it."""
        if isinstance(found, RefusedError):
            return self.refused(found, where)
        try:
            return found.draft(decoded, format_=self.format, where=where)
        except RefusedError as error:
            return self.refused(error, where)

    def refused(self, error: RefusedError, where: str) -> BadItem:
        """Return the bad item at ``where``, with the document's name in its message."""
        return BadItem(where, error.reason, f"{self.name}: {error.message}")
