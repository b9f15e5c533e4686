"""Finds further mentions of known names: a model reads one sentence at a time and misses repeated names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from copytaster.model.article import EntityType
from copytaster.tagging.entities.mentions import Mention

LEAST_LETTERS = 3
"""Shorter names ("Li", "UN") are found only by the model: too many other words match them."""

_LOWERCASE_WORD = re.compile(r"(?<![\w-])[a-z][\w-]*")


def lowercase_words(text: str) -> frozenset[str]:
    """Return the words that occur in lower case in the text."""
    return frozenset(_LOWERCASE_WORD.findall(text))


def occurs_in_lowercase(name: str, lowercase: frozenset[str]) -> bool:
    """Return whether a one-word name also occurs in lower case, and so is an ordinary word ("Home", "home")."""
    return " " not in name and not name.isupper() and name.lower() in lowercase


def with_recurrences(text: str, mentions: Sequence[Mention], lowercase: frozenset[str]) -> list[Mention]:
    """Return the mentions plus further mentions of the same names, in order, in one pass over the text.

    A name of several words replaces a mention inside it ("Mars" in "30 Seconds to Mars"). A person's surname is also
    searched.
    """
    types = _types(mentions)
    for person in [name for name, type_ in types.items() if type_ is EntityType.PERSON and " " in name]:
        types.setdefault(person.rpartition(" ")[2], EntityType.PERSON)
    names = [name for name in types if _is_searchable(name) and not occurs_in_lowercase(name, lowercase)]
    if not names:
        return list(mentions)
    return _merged(mentions, [Mention(start, end, name, types[name]) for start, end, name in occurrences(text, names)])


def _is_searchable(name: str) -> bool:
    return (len(name) >= LEAST_LETTERS and name[0] != name[0].lower()) or name[0].isdigit()


def _types(mentions: Iterable[Mention]) -> dict[str, EntityType]:
    """Return the most frequent type of each name."""
    votes: dict[str, Counter[EntityType]] = {}
    for mention in mentions:
        votes.setdefault(mention.name, Counter())[mention.type] += 1
    return {name: counts.most_common(1)[0][0] for name, counts in votes.items()}


def occurrences(text: str, names: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """Yield where names occur as whole words, from left to right without overlaps; of two at one place the longer one.

    A pattern of all names would find the same, but takes longer to compile than to search one text with.
    """
    found = [(start, -len(name), name) for name in names for start in _starts(text, name)]
    last = 0
    for start, _, name in sorted(found):
        if start >= last:
            last = start + len(name)
            yield start, last, name


def _starts(text: str, name: str) -> Iterator[int]:
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        if not (_is_of_word(text[start - 1 : start]) or _is_of_word(text[end : end + 1])):
            yield start
        start = text.find(name, start + 1)


def _is_of_word(character: str) -> bool:
    return character.isalnum() or character in {"_", "-"}


def _merged(mentions: Sequence[Mention], found: Iterable[Mention]) -> list[Mention]:
    """Add the found mentions that overlap no other; one that contains other mentions replaces them."""
    merged = {mention.start: mention for mention in mentions}
    occupied = sorted((mention.start, mention.end) for mention in mentions)
    first = 0
    for candidate in found:
        while first < len(occupied) and occupied[first][1] <= candidate.start:
            first += 1
        overlapping = []
        index = first
        while index < len(occupied) and occupied[index][0] < candidate.end:
            overlapping.append(occupied[index])
            index += 1
        if all(candidate.start <= start and end <= candidate.end for start, end in overlapping):
            if len(overlapping) == 1 and overlapping[0] == (candidate.start, candidate.end):
                continue
            for start, _ in overlapping:
                del merged[start]
            merged[candidate.start] = candidate
    return [merged[start] for start in sorted(merged)]
