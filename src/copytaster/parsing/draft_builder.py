"""A draft field by field: the first teller of each field wins, and where it was told is written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from copytaster.errors import RefusedError
from copytaster.model.article import Provenance
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import Decoded
from copytaster.parsing.dates import Moment, read_moment
from copytaster.parsing.parser import Draft
from copytaster.parsing.plain.parser import first_sentence

LONGEST_HEADLINE = 500
"""Characters; the longest headlines that were seen have 300. What is longer is a text in the wrong field."""

AHEAD = timedelta(days=1)
"""How far a date of publication may lie in the future: clocks and zones of senders are off by hours."""


class Fields:
    """Collects the fields of one item."""

    def __init__(self) -> None:
        self._told: dict[str, Any] = {}
        self._provenance: dict[str, Provenance] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._told

    def put(self, name: str, value: object, origin: str, sure: float) -> None:
        """Set a field that nothing has been told about yet; empty values tell nothing. ``sure`` is 0 to 1."""
        if name not in self._told and value not in (None, "", ()):
            self._told[name] = value
            self._provenance[name] = Provenance(from_=origin, confidence=round(sure, 2))

    def put_moment(self, name: str, moment: Moment | None, origin: str, sure: float) -> None:
        """Set a date; one without its zone at a lower confidence."""
        if moment:
            self.put(name, moment.at, origin, moment.confidence(sure))

    def draft(self, decoded: Decoded, *, format_: str, where: str) -> Draft:
        """Return the draft. A missing title is made from the text, a missing text is the summary, else the title.

        Raises ``RefusedError`` (``no_text``) when there is none of them; ``where`` says for people where it lies.
        """
        self._complete()
        if not {"title", "text"} <= self._told.keys():
            raise RefusedError(
                Reason.NO_TEXT,
                f"{where} has neither a headline nor a text. Look whether it is an article at all; if it is, "
                "report it with the file attached.",
            )
        told = dict(self._told)
        draft = Draft(title=told.pop("title"), text=told.pop("text"), format=format_, charset=decoded.charset)
        return replace(draft, **told, provenance={"charset": decoded.provenance(), **self._provenance})

    def _complete(self) -> None:
        if "text" not in self._told and "summary" in self._told:
            self._told["text"] = self._told.pop("summary")
            self._provenance["text"] = self._provenance.pop("summary")
        title, text = self._told.get("title", ""), self._told.get("text", "")
        origin = self._provenance["title"].from_ if title else ""
        self.put("text", title, f"{origin}:title-only", 0.3)
        if len(title) > LONGEST_HEADLINE:
            del self._told["title"], self._provenance["title"]
            self.put("title", first_sentence(title), f"{origin}:first-sentence", 0.3)
        self.put("title", first_sentence(text.partition("\n\n")[0]), "text:first-sentence", 0.3)


def published(printed: str, now: datetime) -> Moment | None:
    """Return the moment of publication that ``printed`` states, if it can be one at ``now``."""
    return read_moment(printed, now=now + AHEAD)


def one_line(text: str) -> str:
    """Return ``text`` with every run of white space as one space."""
    return " ".join(text.split())
