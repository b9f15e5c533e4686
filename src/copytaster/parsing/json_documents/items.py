"""Turns the fields of a JSON object, or the reason why there are none, into an item."""

from __future__ import annotations

from dataclasses import dataclass

from copytaster.errors import RefusedError
from copytaster.parsing.charset.decoding import Decoded
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.parser import BadItem, Draft


@dataclass(frozen=True, slots=True)
class Document:
    """What the items of a document have in common: the document's name and its format."""

    name: str
    format: str

    def item(self, fields: DraftBuilder | RefusedError, decoded: Decoded, where: str) -> Draft | BadItem:
        """Return the article at ``where``, or a bad item with the reason why there is none."""
        if isinstance(fields, RefusedError):
            return self.refused(fields, where)
        try:
            return fields.draft(decoded, format_=self.format, name=where)
        except RefusedError as error:
            return self.refused(error, where)

    def refused(self, error: RefusedError, where: str) -> BadItem:
        """Return the bad item at ``where``, with the document's name in its message."""
        return BadItem(where, error.reason, f"{self.name}: {error.message}")
