"""Datelines: place, date and agency before the first sentence of a wire story, in the forms of many agencies."""

# ruff: noqa: RUF001  # typographic dashes and apostrophes are meant

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex

from copytaster.parsing.plain.agencies import is_agency
from copytaster.parsing.plain.months import is_day, iso_day

_LONGEST = 150
"""Characters, agency and dash included; two cities with regions and date have about 100."""

_MOST_WORDS = 10
"""Words in the places of a dateline: two places with their regions."""

_BRACKETED = regex.compile(r" ?(?:\((?P<agency>[^()\n]{2,40})\)|(?<=[\s.,])/ ?(?P<agency>[^/()\n]{2,30}?) ?/)")
"""An agency in brackets or between slashes."""

_BARE = regex.compile(
    r"(?:[ ,]|[.,-] | [\u2013—] )(?P<agency>\p{Lu}[\p{L}.]{1,10}(?: \p{Lu}\p{L}{3,8})?)(?=\.? *[\s\u2013—.,-])"
)
"""A known agency that is only separated by spaces: ``SYDNEY, AAP - ``."""

_BEHIND = regex.compile(r"\s*(?P<mark>\.?\s*(?:--+|[-\u2013—_]|=+)|[.:])?\s*")
_DASH = regex.compile(r"\s+(?:--+|[-\u2013_])\s+|\.-\s+|\s*—\s*|\s+--+(?=\S)")
"""A dash behind a place. A hyphen needs white space on both sides: "MID-OCTOBER"."""

_FULL_STOP = regex.compile(
    r"(?<=[\p{L}\d])(?:\.:?|:)(?:$|\s+(?!\d{4}\b)(?=[\"'«»„“”‘’¿¡(\[]*(?:\p{Lu}|\p{Lt}|\p{Lo}|\d)))"
)
"""The end of a dateline without a dash, before a new sentence."""

_AGENCY_FIRST = regex.compile(r"\((?P<agency>[^()\n]{2,30})\)(?P<mark>\s*(?:--+|[-\u2013—:=]))?\s*")
_OWN_AGENCY = regex.compile(r"(?P<agency>\p{Lu}[\p{L}/-]{1,10}(?: \p{Lu}\p{L}{3,8})?)(?:\.| ?[-\u2013—]) ")
"""The agency between the dash and the text: "МОСКВА, 3 ноя - РИА Новости. "."""

_AGENCY_FORM = regex.compile(r"(?:\p{Lu}|[a-z]{2,5}(?=$|[/-]))[\p{L}\d .&/-]{1,30}|[a-z]{2,5}")
"""Unknown agencies: a name with a capital, or a short abbreviation."""

_SENTENCE = regex.compile(r"[\"'«»„“”‘’¿¡(\[]*(?:\p{Lu}|\p{Lt}|\p{Lo}|\d|[$€£#@])")
_WORD = regex.compile(
    r"['’]?(?:d['’]|l['’])?\p{Lu}[\p{L}\p{M}.'’-]*|['’]s-\p{Lu}[\p{L}-]+|[\p{Lo}\p{M}]+", regex.IGNORECASE
)
_CAPITAL = regex.compile(r"(?:['’]s-|[dl]['’])?['’]?(?:\p{Lu}|\p{Lo})")
_PARTICLES = frozenset([
    "a", "al", "am", "an", "and", "at", "bei", "de", "del", "della", "der", "di", "do", "dos", "du", "e", "el", "en",
    "et", "i", "im", "in", "la", "las", "le", "les", "los", "na", "nad", "of", "on", "près", "sur", "und", "upon",
    "van", "y", "aan", "und/oder", "near", "aboard",
])  # fmt: skip
"""Words in lower case within names of places, or between two of them."""

_BRACKETED_PLACE = regex.compile(r"\s?[\[(][\p{L} .-]{2,25}[\])]")
"""``Frankfurt (Oder)``, ``New Delhi [India]``."""

_DAY_ONLY = regex.compile(r", \d{1,2}$")
"""The day of the month alone, as in ``MADRID, 3 (EUROPA PRESS)``."""

_LONGEST_DATE = 35
"""Characters: ``Wednesday, September 23, 2026`` has 29."""

_FIRST_WORDS = frozenset([
    "abu", "addis", "al", "bad", "baton", "buenos", "cape", "den", "des", "east", "el", "fort", "frankfurt", "great",
    "hong", "kuala", "la", "las", "le", "los", "mexico", "new", "north", "phnom", "port", "porto", "rio", "saint",
    "saint-", "salt", "san", "sankt", "santa", "santiago", "santo", "são", "sao", "south", "sri", "st", "st.", "tel",
    "west",
])  # fmt: skip
"""First words of names of places that have several words."""

_NO_PLACES = frozenset([
    "ALERT", "ANALYSIS", "ANSWER", "BREAKING", "CORRECTED", "CORRECTION", "COVID", "EDITORIAL", "EXCLUSIVE", "FACTBOX",
    "FEATURE", "FIFA", "LIVE", "NASA", "NATO", "NEWS", "NOTE", "OPEC", "OPINION", "QUESTION", "REFILE", "REVIEW",
    "TIMELINE", "UEFA", "UNESCO", "UNICEF", "UPDATE", "URGENT", "VIDEO", "WATCH", "WARNING",
])  # fmt: skip
"""Words in capitals before a dash that are not places: labels, and organisations that the news name in capitals."""

_EAST_ASIAN = regex.compile(
    r"(?:（|\()?(?:新华社|中新社|中新网|中央社|共同社)(?:记者)?(?P<line>\p{Han}{2,12}?\d{1,2}(?:月\d{1,2})?日)(?:电|電|讯|訊)"
    r"(?:\s*[（(][^（）()]{1,40}[）)])?[）)]?[：:]?\s*"
    r"|【(?P<line>[\p{Han}\p{Katakana}ー・]{1,20}?)=?＝?(?:共同|時事|ＡＦＰ時事|AFP時事|AFP|ロイター)】\s*"
)
"""Chinese agencies print agency, place, day and "telegraphed"; Japanese ones place and agency in brackets."""


@dataclass(frozen=True, slots=True)
class Dateline:
    """A dateline and the text behind it; ``line`` is the place and date as printed, None if only an agency was."""

    line: str | None
    rest: str

    def iso_day(self) -> str | None:
        """Return the day of a dateline with a year in ISO 8601, else None."""
        date = _date_at_end(self.line or "")
        return iso_day(date) if date else None


def split_dateline(paragraph: str, story: str = "") -> Dateline | None:
    """Return the dateline of a paragraph; None if there is none.

    The agency and the dash behind the dateline are in neither part. ``story`` is the whole text: a word in capitals
    that it repeats is a name in capitals, not a place.
    """
    head = paragraph[:_LONGEST]
    if match := _EAST_ASIAN.match(head):
        return Dateline(match["line"], paragraph[match.end() :])
    if found := _agency_first(paragraph, head):
        return found
    for match in (*_BRACKETED.finditer(head), *_BARE.finditer(head)):
        if found := _with_agency(paragraph, head, match):
            return found
    return _without_agency(paragraph, head, story) or _with_full_stop(paragraph, head, story)


def _agency_first(paragraph: str, head: str) -> Dateline | None:
    """Read ``(ANSA) - ROMA, 03 NOV - `` and ``(Reuters) - ``."""
    match = _AGENCY_FIRST.match(head)
    if match is None or not (is_agency(match["agency"]) or (match["mark"] and _AGENCY_FORM.fullmatch(match["agency"]))):
        return None
    rest = paragraph[match.end() :]
    for dash in _DASH.finditer(rest[:_LONGEST]):
        line = _tidy(rest[: dash.start()])
        if _is_line(line) and (_date_at_end(line) or line.isupper()) and _SENTENCE.match(rest, dash.end()):
            return Dateline(line, rest[dash.end() :])
        break
    return Dateline(None, rest) if _SENTENCE.match(rest) else None


def _with_agency(paragraph: str, head: str, mark: regex.Match[str]) -> Dateline | None:
    """Read ``Paris, 3 nov 2025 (AFP) - ``, ``MOSCOW, November 3. /TASS/. `` and ``SYDNEY, AAP - ``."""
    behind = _BEHIND.match(head, mark.end())
    line, rest = _tidy(head[: mark.start()]), paragraph[behind.end() :] if behind else ""
    if behind is None or not _is_line(line) or (rest and not _SENTENCE.match(rest)):
        return None
    if is_agency(mark["agency"]):
        return Dateline(line, rest)
    if mark.re is _BARE or not behind["mark"] or not rest or not _AGENCY_FORM.fullmatch(mark["agency"]):
        return None
    return Dateline(line, rest) if _is_certain(line) else None


def _without_agency(paragraph: str, head: str, story: str) -> Dateline | None:
    """Read ``ROMA, 3 NOV - ``, and ``PARIS — `` where no word in capitals is repeated in the story."""
    dash = _DASH.search(head)
    if dash is None:
        return None
    line, rest = _tidy(head[: dash.start()]), paragraph[dash.end() :]
    date = _date_at_end(line)
    # A new sentence must follow: in "NATO - the alliance - said" the name is the subject.
    if line == date or not _is_line(line) or not _SENTENCE.match(rest) or (rest.isupper() and not line.isupper()):
        return None
    if own := _OWN_AGENCY.match(rest):
        rest = rest[own.end() :] if is_agency(own["agency"]) else rest
    place = _tidy(line.removesuffix(date)) if date else line
    if not _capitals(place):
        # Two numbers are a day only beside an agency: "Version 1.8".
        return Dateline(line, rest) if date and _LETTER.search(date) else None
    return Dateline(line, rest) if _names_a_place(place, story[len(line) :]) else None


def _with_full_stop(paragraph: str, head: str, story: str) -> Dateline | None:
    """Read ``BUDAPEST, december 4. ``: a place in capitals and a day with the month in words, without a dash."""
    for stop in _FULL_STOP.finditer(head):
        line = _tidy(head[: stop.start()])
        date = _date_at_end(line)
        if not date or line == date or not _LETTER.search(date) or not _is_line(line):
            continue
        place = _tidy(line.removesuffix(date))
        if _capitals(place) and _names_a_place(place, story[len(line) :]):
            return Dateline(line, paragraph[stop.end() :])
    return None


def _capitals(place: str) -> list[str]:
    """Return the words of the first place if they are in capitals, else none."""
    return _IN_CAPITALS.findall(place.partition(",")[0]) if _in_capitals(place) else []


def _names_a_place(place: str, story: str) -> bool:
    """Say whether words in capitals are no label, and no name that the story repeats in capitals."""
    capitals = _capitals(place)
    repeated = not story.isupper() and any(_has_word(word, story) for word in capitals)
    return not (_NO_PLACES.intersection(capitals) or repeated)


def _has_word(word: str, story: str) -> bool:
    # Few stories have it: the expression is compiled for these alone.
    return word in story and regex.search(rf"\b{regex.escape(word)}\b", story) is not None


def _in_capitals(place: str) -> bool:
    """Say whether the first place, before its region, is in capitals, and has two letters or more."""
    first = _BRACKETED_PLACE.sub("", place.partition(",")[0])
    words = [word for word in _BETWEEN_WORDS.split(first) if word.lower() not in _PARTICLES or word.isupper()]
    return bool(words) and all(word.upper() == word for word in words) and len(first) > 1


def _is_certain(line: str) -> bool:
    """Say whether a line is a dateline without a known agency: it has a day or capitals, or names one place."""
    if _date_at_end(line) or _in_capitals(line) or "," in line:
        return True
    words = line.replace("/", " ").split()
    return len(words) == 1 or words[0].lower() in _FIRST_WORDS or "/" in line


def _is_line(line: str) -> bool:
    """Say whether a line has only places, and at most a day at its end."""
    date = _date_at_end(line)
    place = _tidy(line.removesuffix(date)) if date else _DAY_ONLY.sub("", line)
    words = list(_words(place))
    if not words:
        return bool(date)
    return len(words) <= _MOST_WORDS and bool(_CAPITAL.match(words[0])) and all(map(_may_be_in_place, words))


def _words(place: str) -> Iterator[str]:
    for part in _BETWEEN_PLACES.split(_BRACKETED_PLACE.sub("", place)):
        if part:
            yield part


def _may_be_in_place(word: str) -> bool:
    if word.lower() in _PARTICLES:
        return True
    # A full stop ends an abbreviation (St., Fla., D.C.), or else a sentence.
    ends = word.endswith(".") and len(word) > _LONGEST_ABBREVIATION
    return not ends and bool(_WORD.fullmatch(word)) and bool(_CAPITAL.match(word))


_LONGEST_ABBREVIATION = 8
"""Characters of a word with a full stop within a dateline: ``Calif.``, and places that Russian agencies end so."""

_ABBREVIATED = regex.compile(r"(?:\b\p{Lu}\.\p{Lu}|\b\p{L}\p{Ll}{1,4})\.$")
"""The abbreviations that end a dateline: ``D.C.``, ``Fla.``, ``nov.``"""


# Compiled here: the module's functions look their pattern up in each call, which takes as long as most of the searches.
_LETTER = regex.compile(r"\p{L}")
_IN_CAPITALS = regex.compile(r"\p{Lu}[\p{Lu}\p{M}'’.-]+")
_BETWEEN_WORDS = regex.compile(r"[ /]")
_BETWEEN_PLACES = regex.compile(r"[,/ ]+")
_WORD_START = regex.compile(r"(?<![\p{L}\d./-])[\p{L}\d]")

_LINES_REMEMBERED = 16
"""The same line is searched for its date up to six times while one dateline is read."""


@lru_cache(maxsize=_LINES_REMEMBERED)
def _date_at_end(line: str) -> str | None:
    """Return the day at the end of a line as printed, with a weekday beside it; None without one."""
    tail = line[-_LONGEST_DATE:]
    for start in _WORD_START.finditer(tail):
        printed = tail[start.start() :]
        if is_day(printed):
            return printed
    return None


def _tidy(line: str) -> str:
    """Return a line without the punctuation behind it; the full stop of an abbreviation remains."""
    line = line.strip().rstrip(" ,-\u2013—")
    return line if _ABBREVIATED.search(line) else line.rstrip(".")
