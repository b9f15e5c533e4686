"""Days, months and years that a text mentions: articles about one event mention the same ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from copytaster.tagging.entities.names import name_key
from copytaster.tagging.stages import UNDETERMINED

MARK = "@"
"""Keys of days begin with it, so that no word or number has the same key."""

_YEAR = re.compile(r"(?:19|20)\d\d")
_DIGITS = re.compile(r"\d+")
_ORDINAL = {"st", "nd", "rd", "th", "de", "of"}


@dataclass(slots=True)
class MentionedDays:
    """The keys of weekdays, days of months, months and years in a text, each as often as it is mentioned.

    ``digits`` are the places of the numbers that are part of a day, which are no other facts.
    """

    keys: list[str] = field(default_factory=list)
    digits: set[int] = field(default_factory=set)


def mentioned_days(tokens: Sequence[str], language: str) -> MentionedDays:
    """Return the days among the words and numbers of a text.

    A month counts with a number beside it ("May 3"), since its name can be another word. Names of weekdays and months
    are those of ``language``; of a language without such names only days in digits are found.
    """
    words, found = _calendar(language), MentionedDays()
    for place, token in enumerate(tokens):
        if token[0].isdigit():
            _add_digits(found, tokens, place)
        elif key := words.get(token.casefold()):
            if key[1] == "m":
                _add_month(found, key, tokens, place)
            else:
                found.keys.append(key)
    return found


def _add_digits(found: MentionedDays, tokens: Sequence[str], place: int) -> None:
    parts, end = _DIGITS.findall(tokens[place]), place + 1
    if len(parts) == 1:
        if _YEAR.fullmatch(tokens[place]):
            found.keys.append(f"{MARK}y{tokens[place]}")
            found.digits.add(place)
        end = place + 3
        parts += [each for each in tokens[place + 1 : end] if each.isdigit()]
    if len(parts) != 3 or not any(map(_YEAR.fullmatch, (parts[0], parts[-1]))):  # noqa: PLR2004  # year, month and day
        return
    year, first, second = parts if _YEAR.fullmatch(parts[0]) else (parts[2], parts[0], parts[1])
    month, day = sorted((int(first), int(second))) if int(first) > 12 else (int(first), int(second))  # noqa: PLR2004
    found.keys += [f"{MARK}y{year}", f"{MARK}m{month}", f"{MARK}m{month}-{day}"]
    found.digits.update(range(place, end))


def _add_month(found: MentionedDays, month: str, tokens: Sequence[str], place: int) -> None:
    before = [each for each in range(place - 1, place - 4, -1) if each >= 0 and tokens[each] not in _ORDINAL][:1]
    after = [place + 1] if place + 1 < len(tokens) else []
    for number in (*before, *after):
        if tokens[number].isdigit() and 0 < int(tokens[number]) <= 31:  # noqa: PLR2004  # a day of a month
            found.keys += [month, f"{month}-{int(tokens[number])}"]
            found.digits.add(number)
            return


@cache
def _calendar(language: str) -> Mapping[str, str]:
    # Imported at first use, which takes some 50 ms: processes that place no articles save it.
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415

    if language == UNDETERMINED:
        return {}
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return {}
    words = {
        name.casefold().strip("."): f"{MARK}m{number}"
        for width in ("abbreviated", "wide")
        for number, name in locale.months["format"][width].items()
    }
    words |= {name.casefold(): f"{MARK}w{number}" for number, name in locale.days["format"]["wide"].items()}
    return {name_key(name): key for name, key in words.items()} | words
