"""Builds a draft: of the candidate values of a field the first usable one is taken, with its source and confidence."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from copytaster.errors import RefusedError
from copytaster.model.article import STRICTNESS, ArticleStatus, Provenance, Signal
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import Decoded
from copytaster.parsing.charset.invisible import hidden_data, visible
from copytaster.parsing.dates import Moment, read_moment
from copytaster.parsing.guid_quality import identifies_nothing
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

PLACE_AS_DATELINE = 0.4
"""Confidence of a place that a field states for the whole article and that is used as its dateline."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""What systems print for a time that was never set; no article is known to have this moment."""

HIGHEST_VERSION = 2**53 - 1
"""The largest integer that all readers of JSON agree on (RFC 7493); some agencies use the time as version number."""

_SENTENCE_END = re.compile(
    r"(?<![^\W\d_]\.[^\W\d_])(?<!\b[^\W\d_])[.!?…][\"'”\u2019»)\]]*(?=\s|$)|[。\uff01\uff1f][\"'”\u2019»)\]」』]*"
)
"""The end of a sentence, but not the full stop of an abbreviation or initial: "U.S.", "J. Smith"."""

_ABBREVIATION = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|Gen|Sen|Rep|Gov|Lt|Col|Capt|Sgt|Jr|Sr|vs|No|Nos|Nr|Inc|Ltd|Co|Corp|Mt|Ft|bzw|ca|approx"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)$"
)
_UNCHANGED = frozenset(["guid", "url"])
"""Fields that identify an article: every character counts."""

_BLANK_LINES = re.compile(r"[ \t]*\n[ \t]*\n\s*")

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
        self._notes: list[str] = []
        self._open_embargo: tuple[str, str] | None = None
        self._is_unpublished = False
        self._hidden: str | None = None

    def __contains__(self, field: str) -> bool:
        """Say whether a field has a value."""
        return field in self._values

    @property
    def has_content(self) -> bool:
        """Whether there is a title or a text."""
        return "title" in self or "text" in self

    @property
    def withdraws(self) -> bool:
        """Whether it cancels or withholds the article, earlier versions included."""
        return self.get("status") not in {None, ArticleStatus.USABLE} or self.get("signal") is Signal.KILL

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
        self._add_time(field, value, f"{self._prefix}{source}", confidence)

    def add_time_from_text(self, field: str, value: str | Moment | None, part: str, confidence: float) -> None:
        """Add a candidate time that was found in the article's text."""
        self._add_time(field, value, f"text:{part}", confidence)

    def add_note(self, line: str) -> None:
        """Add a line to the note, after the one that is added as a field."""
        self._notes.append(line)

    def restrict(self, status: ArticleStatus, source: str, confidence: float = 1.0) -> None:
        """Set a status, unless the draft has the same or a stricter one."""
        current = self.get("status") or ArticleStatus.USABLE
        if STRICTNESS.index(status) > STRICTNESS.index(current):
            self._values.pop("status", None)
            self.add("status", status, source, confidence)

    def withhold(self, source: str, confidence: float = 1.0) -> None:
        """Withhold the draft for another reason than an embargo: the end of an embargo does not release it."""
        self.restrict(ArticleStatus.WITHHELD, source, confidence)
        self._is_unpublished = True

    def hold_until(self, at: datetime, source: str, confidence: float = 1.0) -> None:
        """Set the end of an embargo, unless the draft has a later one."""
        if at > self._values.get("embargoed_until", datetime.min.replace(tzinfo=UTC)):
            self._values.pop("embargoed_until", None)
            self.add("embargoed_until", at, source, confidence)

    def hold(self, source: str, why: str) -> None:
        """Withhold the draft for an embargo whose end is not known; a known end of another embargo does not count."""
        self._open_embargo = self._open_embargo or (f"{self._prefix}{source}", why)

    def add_number(self, field: str, value: str | None, source: str, *, highest: int) -> None:
        """Add a candidate whole number from 1 to ``highest``, written in digits."""
        digits = (value or "").strip()
        if digits.isascii() and digits.isdigit() and len(digits) <= len(str(highest)) and 0 < int(digits) <= highest:
            self.add(field, int(digits), source)

    def add_language(self, tag: str | None, source: str, confidence: float = 1.0) -> None:
        """Add a candidate language: the primary subtag of a language tag, in lower case."""
        self.add("language", language_of(tag), source, confidence)

    def add_placeholder(self) -> None:
        """Give a draft without content that may not be used a text, for it restricts the earlier versions of its guid.

        The text is the slug, the note or the guid.
        """
        if not self.withdraws or self.has_content or "summary" in self or "guid" not in self:
            return
        for field in ("slugline", "note", "guid"):
            if field in self:
                self._add("text", self.get(field), self._provenance[field].from_, 0.2)

    def draft(self, decoded: Decoded, *, format_: str, name: str) -> Draft:
        """Return the draft.

        Without a text, the summary is the text, else the title; without both see ``add_placeholder``. Without a title,
        the text's first sentence is the title. A killed article is canceled, one with an embargo without an end is
        withheld. Raises ``RefusedError`` (``no_text``) if title, text and summary are all missing; ``name`` is the
        item's name in the message.
        """
        self.add_placeholder()
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
        if field not in self._values and field not in _UNCHANGED:
            value = self._visible(value)
        if field == "guid" and isinstance(value, str) and identifies_nothing(value):
            return
        if field not in self._values and value not in (None, "", ()):
            self._values[field] = value
            self._provenance[field] = Provenance(from_=source, confidence=round(confidence, 2))

    def _add_time(self, field: str, value: str | Moment | None, source: str, confidence: float) -> None:
        moment = None if field in self else self._plausible(value)
        if moment:
            self._add(field, moment.at, source, time_confidence(moment, confidence))
            if field == "published_at" and moment.local:
                self._values["published_local"] = moment.local

    def _visible(self, value: object) -> object:
        """Return a value without invisible characters; data that they encode is named in the draft's note."""
        if isinstance(value, str):
            self._hidden = self._hidden or hidden_data(value)
            shown = visible(value)
            return _BLANK_LINES.sub("\n\n", shown).strip() if shown != value else value
        if isinstance(value, tuple) and all(isinstance(each, str) for each in value):
            return tuple(filter(None, map(visible, value)))
        return value

    def _plausible(self, value: str | Moment | None) -> Moment | None:
        latest = latest_publication(self.now)
        moment = read_moment(value, now=latest) if isinstance(value, str) else value
        return moment if moment and moment.at <= latest and moment.at != EPOCH else None

    def _complete(self) -> None:
        if self._hidden:
            self.add_note(f"Removed from the text: {self._hidden}, in variation selectors.")
            self._provenance.setdefault("note", Provenance(from_="text:variation-selectors", confidence=1.0))
        if "text" not in self and "summary" in self:
            self._values["text"] = self._values.pop("summary")
            self._provenance["text"] = self._provenance.pop("summary")
        elif "summary" in self:
            self._values["summary"] = one_line(self._values["summary"])
        if located := self.get("located"):
            self._add("dateline", located[0], self._provenance["located"].from_, PLACE_AS_DATELINE)
        title, text = self._values.get("title", ""), self._values.get("text", "")
        self.add_from_text("text", title, "title-only", 0.3)
        if len(title) > LONGEST_DECLARED_TITLE:
            del self._values["title"], self._provenance["title"]
            text = title
        self.add_from_text("title", first_sentence(text.partition("\n\n")[0]), "first-sentence", 0.3)
        self._complete_terms()

    def _complete_terms(self) -> None:
        """Apply signal, open embargo and notes."""
        if self.get("signal") is Signal.KILL:
            self.restrict(ArticleStatus.CANCELED, "signal", 0.9)
        if self._open_embargo or self._is_unpublished:
            # The end of one embargo would release the article in spite of the other one, or of its status.
            self._values.pop("embargoed_until", None)
            self._provenance.pop("embargoed_until", None)
        if self._open_embargo:
            source, why = self._open_embargo
            if self.get("status") in {None, ArticleStatus.USABLE}:
                self._values["status"] = ArticleStatus.WITHHELD
                self._provenance["status"] = Provenance(
                    from_=f"{source}: embargo without an end: {why}", confidence=0.9
                )
        lines = [line for line in dict.fromkeys(self._notes) if line not in (self.get("note") or "")]
        if lines:
            self._values["note"] = "\n".join(filter(None, [self.get("note"), *lines]))
            self._provenance.setdefault("note", Provenance(from_="text:release-line", confidence=0.9))


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
    for end in _SENTENCE_END.finditer(text[: limit + 1]):
        if end.end() <= limit and end.start() and not _ABBREVIATION.search(text, max(0, end.start() - 8), end.start()):
            return text[: end.end()]
    if len(text) <= limit:
        return text
    return f"{text[: limit - 1].rsplit(' ', 1)[0]}…"
