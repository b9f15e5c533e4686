"""Days with a month in words, in the languages of news agencies; the names are those of Unicode's CLDR (Babel)."""

# ruff: noqa: RUF001  # typographic dashes and apostrophes are meant

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import regex

if TYPE_CHECKING:
    from babel import Locale

_LANGUAGES = (
    "en", "de", "fr", "es", "pt", "it", "nl", "sv", "nb", "nn", "da", "is", "fi", "et", "lv", "lt", "pl", "cs", "sk",
    "sl", "hr", "bs", "sr", "sr_Latn", "mk", "bg", "ru", "uk", "be", "ro", "hu", "el", "tr", "az", "sq", "ca", "eu",
    "gl", "id", "ms", "vi",
)  # fmt: skip
"""Languages with a wire service whose datelines print the day before or after the month's name."""

_MONTH = r"(?P<month>\p{L}{3,14})\.?"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|er|re|º|ª|°)?\.?"
_YEAR = r"(?P<year>\d{4})\.?"
_OF = r"(?:de |d['’]|di |of )?"
_FORMS = tuple(
    regex.compile(form, regex.IGNORECASE)
    for form in (
        rf"{_DAY} ?{_OF}{_MONTH}(?:,? ?(?:de |del )?{_YEAR})?(?: ?г\.)?",
        rf"{_MONTH} ?{_DAY}(?: d\.?)?(?:,? ?{_YEAR})?",
        rf"{_YEAR} ?(?:m\. )?{_MONTH} ?{_DAY}(?: d\.?)?",
    )
)
_WORDS = regex.compile(r"\p{L}+")
_TIME_WORDS = frozenset([
    "t", "z", "h", "am", "pm", "uhr", "kl", "utc", "gmt", "bst", "cet", "cest", "eet", "eest", "wet", "west", "msk",
    "jst", "ist", "est", "edt", "cst", "cdt", "mst", "mdt", "pst", "pdt", "aest", "aedt", "of", "de", "st", "nd", "rd",
    "th",
])  # fmt: skip
"""Words of times and days: zones, halves of the day, letters of ISO 8601, endings of ordinals."""

_NUMBERS = regex.compile(r"(?:0?[1-9]|[12]\d|3[01])[./-](?:0?[1-9]|1[0-2])(?:[./-](?:\d{4}|\d\d))?\.?")
"""Day and month in digits: their order is uncertain, so that they date nothing."""


def is_day(printed: str) -> bool:
    """Say whether ``printed`` is a day: day and month, in either order, with or without a year and a weekday."""
    return bool(_NUMBERS.fullmatch(printed)) or _match(printed) is not None


def names_place(dateline: str) -> bool:
    """Say whether a dateline has a word besides a date, a time and a zone; without a place it is a timestamp."""
    words = {_folded(word) for word in _WORDS.findall(dateline)} - _TIME_WORDS
    if not words or not any(character.isdigit() for character in dateline):
        return bool(words)
    return not words <= _months().keys() | _weekdays()


def iso_day(printed: str) -> str | None:
    """Return a day with its year and the month's name in ISO 8601; None if one is missing or has two meanings."""
    match = _match(printed)
    if match is None or not match["year"]:
        return None
    months = _numbers_of(match["month"])
    return f"{match['year']}-{min(months):02}-{int(match['day']):02}" if len(months) == 1 else None


def _match(printed: str) -> regex.Match[str] | None:
    if not _DIGIT.search(printed):
        return None
    first, last = _FIRST_WORD.match(printed), _LAST_WORD.search(printed)
    if last and _folded(last["word"]) in _weekdays():
        printed = printed[: last.start()]
    if first and _folded(first["word"]) in _weekdays():
        printed = printed[first.end() :]
    matches = (form.fullmatch(printed) for form in _FORMS)
    return next((each for each in matches if each and _numbers_of(each["month"])), None)


def _numbers_of(month: str) -> frozenset[int]:
    """Return the months with a name or abbreviation, or else those whose names begin so: agencies abbreviate freely."""
    folded, months = _folded(month), _months()
    if folded in months:
        return months[folded]
    return frozenset(number for name, numbers in months.items() if name.startswith(folded) for number in numbers)


_DIGIT = regex.compile(r"\d")
"""Without one, the names of the months need not be loaded."""

_FIRST_WORD = regex.compile(r"(?P<word>\p{L}{2,14})\.?,? ")
_LAST_WORD = regex.compile(r",? (?P<word>\p{L}{2,14})$")


def _folded(month: str) -> str:
    # A capital İ of Turkish folds to an i and a combining dot.
    return month.casefold().replace("\u0307", "")


@cache
def _months() -> dict[str, frozenset[int]]:
    """Return the months by their names and abbreviations; ``listopad`` is October and November."""
    found: dict[str, set[int]] = {"sept": {9}, "sep": {9}, "mrz": {3}}
    for locale in _locales():
        for names in _widths(locale.months):
            for number, name in names.items():
                found.setdefault(_folded(name.strip(".")), set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


@cache
def _weekdays() -> frozenset[str]:
    return frozenset(
        _folded(name.strip(".")) for each in _locales() for names in _widths(each.days) for name in names.values()
    )


def _widths(names: Any) -> Iterator[Any]:
    for context in ("format", "stand-alone"):
        yield from (names[context][width] for width in ("wide", "abbreviated"))


@cache
def _locales() -> tuple[Locale, ...]:
    # Imported at first use: it takes about .3 s with all languages, and few files have a date in a dateline.
    from babel import Locale  # noqa: PLC0415

    return tuple(map(Locale.parse, _LANGUAGES))
