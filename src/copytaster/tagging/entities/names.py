"""Names of one and the same: how names compare, and which short name stands for which full one in an article."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

_DROPPED = str.maketrans({".": None, "'": None, "\N{RIGHT SINGLE QUOTATION MARK}": None, "-": " ", "\N{EN DASH}": " "})

_COMPANY_FORMS = frozenset(
    {
        "ag",
        "asa",
        "bv",
        "co",
        "company",
        "corp",
        "corporation",
        "gmbh",
        "group",
        "holdings",
        "inc",
        "llc",
        "ltd",
        "nv",
        "plc",
        "sa",
        "spa",
    }
)
"""What a firm's name may have at its end and is left out of afterwards."""

_WHOSE = frozenset({"us", "uk", "eu", "un"})
"""Whose an organisation is, before its name."""

_GENERATIONS = frozenset({"jr", "sr", "ii", "iii"})
"""What follows a surname, so that it is not one."""

_CONNECTING = frozenset({"a", "and", "at", "for", "in", "of", "on", "the", "und", "de", "des", "du", "la", "le", "et"})
"""Words that give no letter to an acronym."""

_CAPITALS = re.compile(r"[A-Z]{2,7}")


def key(name: str) -> str:
    """Return what two spellings of a name share: no case, accents, dots, apostrophes, hyphens or odd spaces."""
    # Folding the case brings marks and decomposing brings capitals, so one is done on both sides of the other.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold()).translate(_DROPPED)
    return " ".join("".join(each for each in plain if not unicodedata.combining(each)).split())


def surnames(names: Iterable[str]) -> frozenset[str]:
    """Return the keys of the last words of those names that have at least two."""
    return frozenset(words[-1] for words in map(_words, names) if len(words) > 1)


def fullest_people(names: Iterable[str]) -> dict[str, str]:
    """Map each person's name to the fullest name of the same person among ``names``."""
    return _fullest(names, _same_person)


def fullest_organisations(names: Iterable[str]) -> dict[str, str]:
    """Map each organisation's name to the fullest among ``names``: of firms, and of acronyms spelt out."""
    return _fullest(names, _same_organisation)


def _fullest(names: Iterable[str], same: Callable[[str, str], bool]) -> dict[str, str]:
    """Map names from the longest down; one that fits two different full names is nobody's short form and stays."""
    full: dict[str, str] = {}
    for name in sorted(set(names), key=lambda each: (-len(_words(each)), -len(each), each)):
        fitting = {full[other] for other in full if same(name, other)}
        full[name] = fitting.pop() if len(fitting) == 1 else name
    return full


def _same_person(short: str, full: str) -> bool:
    """Whether ``short`` is a beginning or an end of ``full`` ("Kim", "Putin"), or both without middle names."""
    part, whole = _words(short), _words(full)
    if part == whole:
        return True
    if not part or len(part) > len(whole):
        return False
    bare = _without_generation(whole)
    if part == bare:  # father and son
        return False
    ends = part in (whole[: len(part)], whole[-len(part) :], bare[-len(part) :])
    return ends or (len(part) > 1 and part == [whole[0], bare[-1]])


def _same_organisation(short: str, full: str) -> bool:
    part, whole = _words(short), _words(full)
    if part == whole:
        return True
    if part and part == whole[1:] and whole[0] in _WHOSE:  # the US Department of Justice
        return True
    firm = bool(part) and part == whole[: len(part)] and set(whole[len(part) :]) <= _COMPANY_FORMS
    return firm or _stands_for(short, full)


def _stands_for(acronym: str, full: str) -> bool:
    letters = acronym.replace(".", "")
    words = [word for word in _words(full) if word not in _CONNECTING]
    return bool(_CAPITALS.fullmatch(letters)) and len(words) > 1 and letters.casefold() == "".join(w[0] for w in words)


def _without_generation(words: list[str]) -> list[str]:
    return words[:-1] if len(words) > 1 and words[-1] in _GENERATIONS else words


def _words(name: str) -> list[str]:
    return key(name).split()
