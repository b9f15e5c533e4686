"""The fields of a draft as they are found: of rivals the first one wins, and each tells where it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from copytaster.model.article import ArticleStatus, Image, Provenance, Signal, Subject
from copytaster.parsing.charset.decoding import Decoded
from copytaster.parsing.dates import read_moment
from copytaster.parsing.html.inline_markup import unescaped
from copytaster.parsing.parser import Draft
from copytaster.parsing.plain.furniture import cut_furniture
from copytaster.parsing.plain.opening_lines import names_in, read_opening
from copytaster.parsing.plain.parser import first_sentence

CLOCK_ERROR = timedelta(days=1)
"""How far ahead of ours an agency's clock may be."""

LONGEST_EMBARGO = timedelta(days=3650)
"""Embargoes end within weeks; ten years keep out only what is no date."""

_WORDED = frozenset(["title", "summary", "byline", "note", "dateline"])
"""Fields of words, in which a reference is never meant."""

_BY = re.compile(r"(?:By|Von|Par|Por|Di|Door|Af|Av)[: ]\s*", re.IGNORECASE)
"""English, German, French, Spanish, Italian, Dutch, Danish, Norwegian and Swedish."""


class Findings:
    """Collects a draft's fields. ``family`` is the format's name in their provenance: ``newsml-g2:slugline``."""

    def __init__(self, family: str, now: datetime) -> None:
        self.now = now
        self._family = family
        self._values: dict[str, object] = {}
        self._provenance: dict[str, Provenance] = {}

    def has(self, field: str) -> bool:
        """Say whether a field is set."""
        return field in self._values

    def put(self, field: str, value: object, where: str, sure: float = 1.0) -> None:
        """Set a field, unless it is set or ``value`` is None or empty."""
        if value in (None, "", ()) or field in self._values:
            return
        self._values[field] = unescaped(value) if isinstance(value, str) and field in _WORDED else value
        self._provenance[field] = Provenance(from_=f"{self._family}:{where}", confidence=sure)

    def put_time(self, field: str, printed: str | None, where: str, sure: float = 1.0) -> None:
        """Set a time, unless it is no plausible one; without its zone it is taken as UTC and less sure."""
        ahead = LONGEST_EMBARGO if field == "embargoed_until" else CLOCK_ERROR
        moment = read_moment(printed or "", now=self.now.astimezone(UTC) + ahead)
        if moment:
            self.put(field, moment.at, where, moment.confidence(sure))

    def is_later(self, field: str, than: str) -> bool:
        """Say whether both times are set and the first is the later one."""
        late, early = self._values.get(field), self._values.get(than)
        return isinstance(late, datetime) and isinstance(early, datetime) and late > early

    def day(self, field: str) -> str | None:
        """Return the day of a time that is set, as ``2018-11-21``; else None."""
        moment = self._values.get(field)
        return moment.date().isoformat() if isinstance(moment, datetime) else None

    def put_number(self, field: str, printed: str | None, where: str, *, highest: int) -> None:
        """Set a whole number from 1 to ``highest``."""
        digits = (printed or "").strip()
        if digits.isascii() and digits.isdigit() and len(digits) <= len(str(highest)) and 0 < int(digits) <= highest:
            self.put(field, int(digits), where)

    def put_byline(self, printed: str, where: str, people: Sequence[str] = ()) -> None:
        """Set a byline, and as authors ``people`` or else the names in it."""
        self.put("byline", printed, where)
        self.put("authors", tuple(dict.fromkeys(people)) or people_in(printed), where, 1.0 if people else 0.8)

    def put_text(self, paragraphs: Iterable[str], where: str, sure: float = 1.0) -> None:
        """Set the text without house furniture; byline, date and dateline that stand in it become fields."""
        whole = "\n\n".join(paragraphs)
        if not whole or self.has("text"):
            return
        trimmed = cut_furniture(whole)
        opening = read_opening(trimmed.text.split("\n\n"), now=self.now)
        self.put("text", "\n\n".join(opening.paragraphs), where, sure)
        self.put("dateline", opening.dateline, f"{where}/dateline", 0.9)
        if opening.byline or (credited := trimmed.reporter_line()):
            self.put_byline(opening.byline or credited or "", f"{where}/byline")
        if opening.published:
            self.put("published_at", opening.published.at, f"{where}/date", opening.published.confidence(0.6))

    def add_subjects(self, subjects: Iterable[Subject], where: str) -> None:
        """Set what the source says that it is about, each subject once."""
        self.put("subjects", tuple(dict.fromkeys(subjects)), where)

    def add_images(self, images: Iterable[Image], where: str) -> None:
        """Set the pictures, each once."""
        self.put("images", tuple(dict.fromkeys(images)), where)

    def draft(self, format_: str, decoded: Decoded) -> Draft | None:
        """Return the draft; None where there is neither a text nor a headline.

        A headline alone is a flash, and its own text; a text alone lends its first sentence as headline.
        """
        if self._values.get("signal") is Signal.KILL:
            self.put("status", ArticleStatus.CANCELED, "signal", 0.9)
        text, title = self._values.get("text"), self._values.get("title")
        if text and not title:
            self.put("title", first_sentence(str(text).partition("\n\n")[0]), "first-sentence", 0.4)
        elif title and not text:
            self.put("text", title, "headline-only", 0.3)
        elif not title:
            return None
        draft = Draft(title="", text="", format=format_, charset=decoded.charset)
        provenance = {"charset": decoded.provenance(), **self._provenance}
        return replace(draft, provenance=provenance, **self._values)  # type: ignore[arg-type]  # names are the draft's


def people_in(byline: str) -> tuple[str, ...]:
    """Return the people that a byline names, whatever of these languages its "by" is in."""
    return names_in(_BY.sub("", byline.strip()))
