"""Names in languages without a model: capitalised words that are in the gazetteer or begin with a first name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from copytaster.model.article import EntityType
from copytaster.tagging.entities.gazetteer import Gazetteer
from copytaster.tagging.entities.gazetteer_matches import MAX_WORDS
from copytaster.tagging.entities.mentions import Mention, is_banner
from copytaster.tagging.entities.names import name_key
from copytaster.tagging.entities.recurrences import occurs_in_lowercase, with_recurrences

BASELINE_CONFIDENCE = 0.3
"""Most names are missed: only those are found that a list contains."""

_WORD = re.compile(r"(?:O')?[^\W\d_][^\W_]*(?:-[^\W\d_][^\W_]*)*")  # other apostrophes follow an article: "l'Italie"
_COUNTRY_CODE = re.compile(r"[A-Z]{2}")


def has_capitals(text: str) -> bool:
    """Return whether the text's script has capital letters; without them names do not differ from other words."""
    return text != text.lower()


def baseline_mentions(text: str, gazetteer: Gazetteer) -> list[Mention]:
    """Return the places, people and organisations of the lists in a text with plain quotes, and their recurrences.

    Other capitalised words are no evidence of a name's type, and in German not even of a name, so they are left out.
    """
    words = list(_WORD.finditer(text))
    lowercase = frozenset(word[0] for word in words if word[0].islower())
    found = [mention for run in _runs(text, words) for mention in _names(text, run, gazetteer)]
    return with_recurrences(text, [each for each in found if not occurs_in_lowercase(each.name, lowercase)], lowercase)


def with_countries(gazetteer: Gazetteer, language: str) -> Gazetteer:
    """Return the gazetteer with the names of countries in a language, which are shown by their English names."""
    added = {name_key(local): gazetteer.display_name(english) for local, english in _country_names(language)}
    return replace(gazetteer, display_names={**added, **gazetteer.display_names})


@cache
def _country_names(language: str) -> tuple[tuple[str, str], ...]:
    """Return the names of countries in a language and in English, from the Unicode CLDR; empty without data.

    The first call for a language reads some 100 KB.
    """
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415  # most processes never need it

    try:
        local, english = Locale(language).territories, Locale("en").territories
    except UnknownLocaleError:
        return ()
    return tuple((name, english[code]) for code, name in local.items() if _COUNTRY_CODE.fullmatch(code))


def _runs(text: str, words: Sequence[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Yield the runs of capitalised words that only single spaces separate."""
    run: list[re.Match[str]] = []
    for word in words:
        if run and text[run[-1].end() : word.start()] != " ":
            yield run
            run = []
        if word[0][0].isupper():
            run.append(word)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _names(text: str, run: Sequence[re.Match[str]], gazetteer: Gazetteer) -> Iterator[Mention]:
    """Yield the names in a run, longest first, without overlaps."""
    at = 0
    while at < len(run):
        for size in range(min(MAX_WORDS, len(run) - at), 0, -1):
            start, end = run[at].start(), run[at + size - 1].end()
            entity_type = _type(text[start:end], gazetteer)
            if entity_type:
                yield Mention(start, end, text[start:end], entity_type)
                at += size - 1
                break
        at += 1


def _type(name: str, gazetteer: Gazetteer) -> EntityType | None:
    if gazetteer.is_certain_place(name):
        return EntityType.PLACE
    if gazetteer.name_types.is_club(name) or name_key(name) in gazetteer.name_types.acronyms:
        return EntityType.ORGANISATION
    if not is_banner(name) and gazetteer.name_types.is_person(name) and not gazetteer.is_possible_place(name):
        return EntityType.PERSON
    return None
