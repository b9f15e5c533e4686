"""Compares names, and maps the short names in an article to the full names that they stand for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

_DROPPED = str.maketrans({".": None, "'": None, "\N{RIGHT SINGLE QUOTATION MARK}": None, "-": " ", "\N{EN DASH}": " "})

KEYS_KEPT = 4_096
"""Names whose keys are kept, those of some hundred articles: the key of each name is asked for five times or more."""

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
"""Legal forms at the end of a company's name, which later mentions omit."""

_OWNERS = frozenset({"us", "uk", "eu", "un"})
"""Owners that may precede an organisation's name."""

_GENERATIONS = frozenset({"jr", "sr", "ii", "iii"})
"""Suffixes that follow a surname."""

_CONNECTING = frozenset({"a", "and", "at", "for", "in", "of", "on", "the", "und", "de", "des", "du", "la", "le", "et"})
"""Words that contribute no letter to an acronym."""

_CAPITALS = re.compile(r"[A-Z]{2,7}")


@lru_cache(maxsize=KEYS_KEPT)
def name_key(name: str) -> str:
    """Return a form that all spellings of a name share, without case, accents, dots, apostrophes and hyphens."""
    if name.isascii():
        return " ".join(name.lower().translate(_DROPPED).split())
    # Case folding can add combining marks and decomposition can add capitals, so decomposition is done twice.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold()).translate(_DROPPED)
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


def surnames(names: Iterable[str]) -> frozenset[str]:
    """Return the keys of the last words of names that have at least two words."""
    return frozenset(words[-1] for words in map(_words, names) if len(words) > 1)


def full_person_names(names: Iterable[str]) -> dict[str, str]:
    """Map each person's name to the longest name of the same person among ``names``."""
    return _full_names(names, _same_person)


def full_organisation_names(names: Iterable[str]) -> dict[str, str]:
    """Map each organisation's name to its longest form in ``names``: with legal form, or with its acronym spelt out."""
    return _full_names(names, _same_organisation)


def _full_names(names: Iterable[str], same: Callable[[str, str], bool]) -> dict[str, str]:
    """Map names, longest first. A name that fits two different full names is ambiguous, and is mapped to itself."""
    full: dict[str, str] = {}
    for name in sorted(set(names), key=lambda name: (-len(_words(name)), -len(name), name)):
        candidates = {full[other] for other in full if same(name, other)}
        full[name] = candidates.pop() if len(candidates) == 1 else name
    return full


def _same_person(short: str, full: str) -> bool:
    """Return whether ``short`` begins or ends ``full`` ("Kim", "Putin"), or omits its middle names."""
    part, whole = _words(short), _words(full)
    if part == whole:
        return True
    if not part or len(part) > len(whole):
        return False
    without_suffix = _without_generation(whole)
    if part == without_suffix:  # father and son
        return False
    ends = part in (whole[: len(part)], whole[-len(part) :], without_suffix[-len(part) :])
    return ends or (len(part) > 1 and part == [whole[0], without_suffix[-1]])


def _same_organisation(short: str, full: str) -> bool:
    part, whole = _words(short), _words(full)
    if part == whole:
        return True
    if part and part == whole[1:] and whole[0] in _OWNERS:  # the US Department of Justice
        return True
    company = bool(part) and part == whole[: len(part)] and set(whole[len(part) :]) <= _COMPANY_FORMS
    return company or _is_acronym(short, full)


def _is_acronym(acronym: str, full: str) -> bool:
    letters = acronym.replace(".", "")
    words = [word for word in _words(full) if word not in _CONNECTING]
    return bool(_CAPITALS.fullmatch(letters)) and len(words) > 1 and letters.casefold() == "".join(w[0] for w in words)


def _without_generation(words: list[str]) -> list[str]:
    return words[:-1] if len(words) > 1 and words[-1] in _GENERATIONS else words


def _words(name: str) -> list[str]:
    return name_key(name).split()
