"""Builds a draft: of the candidate values of a field the first usable one is taken, with its source and confidence."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from copytaster.errors import RefusedError
from copytaster.model.article import ArticleStatus, Provenance, Signal
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import Decoded
from copytaster.parsing.dates import Moment, read_moment
from copytaster.parsing.parser import Draft

LONGEST_TITLE = 200
"""Characters; headlines of news agencies end at about 120. A longer line of a text is a paragraph."""

LONGEST_DECLARED_TITLE = 500
"""Characters in a field for titles; the longest headlines seen have 300. A longer value is a misplaced text."""

CLOCK_TOLERANCE = timedelta(days=1)
"""How far a time of publication or change may be in the future: senders' clocks and assumed zones are off by hours."""

LATEST_EMBARGO = datetime(9000, 1, 1, tzinfo=UTC)
"""Any future time is accepted as the end of an embargo: to ignore one would publish the article. The limit leaves room
for conversions between zones, which fail at the end of the year 9999."""

UNZONED_FACTOR = 0.45
"""Multiplies the confidence of a time whose zone is not certain, which may be off by fourteen hours. Even from the most
reliable place the result is below one half: the time is more likely wrong than right."""

HIGHEST_VERSION = 2**53 - 1
"""The largest integer that all readers of JSON agree on (RFC 7493); some agencies use the time as version number."""

_SENTENCE = re.compile(r".+?[.!?…。\uff01\uff1f][\"'”\u2019»)\]]*(?=\s|$)")
_LANGUAGE_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?")


class DraftBuilder:
    """Collects the fields of one draft.

    A parser adds the candidate values of each field in order of precedence, the most reliable source first. The first
    usable value is taken, later ones are ignored. None, empty values and implausible times are not usable.
    """

    def __init__(self, now: datetime, prefix: str = "") -> None:
        """``prefix`` names the format in the source of each value: ``newsml-g2`` gives ``newsml-g2:slugline``."""
        self.now = now
        self._prefix = f"{prefix}:" if prefix else ""
        self._values: dict[str, Any] = {}
        self._provenance: dict[str, Provenance] = {}

    def __contains__(self, field: str) -> bool:
        """Say whether a field has a value."""
        return field in self._values

    @property
    def has_content(self) -> bool:
        """Whether there is a title or a text."""
        return "title" in self or "text" in self

    def get(self, field: str) -> Any:
        """Return the value of a field, or None."""
        return self._values.get(field)

    def add(self, field: str, value: object, source: str, confidence: float = 1.0) -> None:
        """Add a candidate value; ``source`` is its place in the file, ``confidence`` is 0 to 1."""
        self._add(field, value, f"{self._prefix}{source}", confidence)

    def add_from_text(self, field: str, value: object, part: str, confidence: float) -> None:
        """Add a candidate value that was found in the article's text, in its byline for example."""
        self._add(field, value, f"text:{part}", confidence)

    def add_list(self, field: str, values: Iterable[Hashable], source: str, confidence: float = 1.0) -> None:
        """Add a candidate list, each entry once and without empty ones."""
        self.add(field, tuple(dict.fromkeys(filter(None, values))), source, confidence)

    def add_time(self, field: str, value: str | Moment | None, source: str, confidence: float = 1.0) -> None:
        """Add a candidate time, as printed or already read. One without a zone has a lower confidence."""
        moment = None if field in self else self._plausible(field, value)
        if moment:
            self.add(field, moment.at, source, time_confidence(moment, confidence))

    def add_number(self, field: str, value: str | None, source: str, *, highest: int) -> None:
        """Add a candidate whole number from 1 to ``highest``, written in digits."""
        digits = (value or "").strip()
        if digits.isascii() and digits.isdigit() and len(digits) <= len(str(highest)) and 0 < int(digits) <= highest:
            self.add(field, int(digits), source)

    def add_language(self, tag: str | None, source: str, confidence: float = 1.0) -> None:
        """Add a candidate language: the primary subtag of a language tag, in lower case."""
        self.add("language", language_of(tag), source, confidence)

    def draft(self, decoded: Decoded, *, format_: str, name: str) -> Draft:
        """Return the draft.

        Without a text, the summary is the text, else the title. Without a title, the text's first sentence is the
        title. A killed article without a status is canceled. Raises ``RefusedError`` (``no_text``) if title, text and
        summary are all missing; ``name`` is the item's name in the message.
        """
        self._complete()
        if not self.has_content:
            raise RefusedError(
                Reason.NO_TEXT,
                f"{name} has neither a headline nor a text. Check whether it is an article; if it is, report it with "
                "the file attached.",
            )
        draft = Draft(title="", text="", format=format_, charset=decoded.charset)
        return replace(draft, **self._values, provenance={"charset": decoded.provenance(), **self._provenance})

    def _add(self, field: str, value: object, source: str, confidence: float) -> None:
        if field not in self._values and value not in (None, "", ()):
            self._values[field] = value
            self._provenance[field] = Provenance(from_=source, confidence=round(confidence, 2))

    def _plausible(self, field: str, value: str | Moment | None) -> Moment | None:
        latest = LATEST_EMBARGO if field == "embargoed_until" else latest_publication(self.now)
        moment = read_moment(value, now=latest) if isinstance(value, str) else value
        return moment if moment and moment.at <= latest else None

    def _complete(self) -> None:
        if "text" not in self and "summary" in self:
            self._values["text"] = self._values.pop("summary")
            self._provenance["text"] = self._provenance.pop("summary")
        elif "summary" in self:
            self._values["summary"] = one_line(self._values["summary"])
        title, text = self._values.get("title", ""), self._values.get("text", "")
        self.add_from_text("text", title, "title-only", 0.3)
        if len(title) > LONGEST_DECLARED_TITLE:
            del self._values["title"], self._provenance["title"]
            text = title
        self.add_from_text("title", first_sentence(text.partition("\n\n")[0]), "first-sentence", 0.3)
        if self.get("signal") is Signal.KILL:
            self.add("status", ArticleStatus.CANCELED, "signal", 0.9)


def latest_publication(now: datetime) -> datetime:
    """Return the latest plausible time of publication; later ones come from wrong clocks or are placeholders."""
    return now + CLOCK_TOLERANCE


def time_confidence(moment: Moment, confidence: float) -> float:
    """Return the confidence in a time whose source deserves ``confidence``."""
    return confidence if moment.zoned else confidence * UNZONED_FACTOR


def language_of(tag: str | None) -> str | None:
    """Return the primary subtag of a language tag in lower case; None for other strings."""
    match = _LANGUAGE_TAG.fullmatch((tag or "").strip())
    return match[1].lower() if match else None


def one_line(text: str) -> str:
    """Return ``text`` with each run of white space replaced by one space."""
    return " ".join(text.split())


def first_sentence(text: str, limit: int = LONGEST_TITLE) -> str:
    """Return the first sentence of ``text``, or the whole words that fit into ``limit`` characters and an ellipsis."""
    sentence = _SENTENCE.match(text[: limit + 1])
    if sentence and len(sentence.group()) <= limit:
        return sentence.group()
    if len(text) <= limit:
        return text
    return f"{text[: limit - 1].rsplit(' ', 1)[0]}…"
