"""The mentions of a name that a model overlooked: it reads sentence by sentence, an article says a name again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from copytaster.model.article import EntityType
from copytaster.tagging.entities.mentions import Mention

SHORTEST = 3
"""Letters: shorter names ("Li", "UN") are found by the model or not at all."""

_LOWER_WORD = re.compile(r"(?<![\w-])[a-z][\w-]*")


def lower_words(text: str) -> frozenset[str]:
    """Return the words that the text writes small somewhere."""
    return frozenset(_LOWER_WORD.findall(text))


def spoken_small(name: str, small: frozenset[str]) -> bool:
    """Whether a name of one word is an ordinary word of this text, written small elsewhere ("Home", "home")."""
    return " " not in name and not name.isupper() and name.lower() in small


def recurring(text: str, mentions: Sequence[Mention], small: frozenset[str]) -> list[Mention]:
    """Return the mentions with those of the same names that were overlooked, in order; one pass over the text.

    A name of several words takes the place of what was marked inside it ("Mars" in "30 Seconds to Mars"). A person's
    surname is looked for as well.
    """
    kinds = _kinds(mentions)
    for each in [name for name, kind in kinds.items() if kind is EntityType.PERSON and " " in name]:
        kinds.setdefault(each.rpartition(" ")[2], EntityType.PERSON)
    names = [each for each in kinds if (len(each) >= SHORTEST and each[0] != each[0].lower()) or each[0].isdigit()]
    names = [each for each in names if not spoken_small(each, small)]
    if not names:
        return list(mentions)
    found = [Mention(match.start(), match.end(), match[0], kinds[match[0]]) for match in _pattern(names).finditer(text)]
    return _merged(mentions, found)


def _kinds(mentions: Iterable[Mention]) -> dict[str, EntityType]:
    heard: dict[str, Counter[EntityType]] = {}
    for mention in mentions:
        heard.setdefault(mention.name, Counter())[mention.type] += 1
    return {name: voices.most_common(1)[0][0] for name, voices in heard.items()}


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=lambda each: (-len(each), each))
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])")


def _merged(marked: Sequence[Mention], found: Iterable[Mention]) -> list[Mention]:
    """Add what overlaps nothing; what holds a marked mention within itself takes its place."""
    kept = {each.start: each for each in marked}
    taken = sorted((each.start, each.end) for each in marked)
    at = 0
    for each in found:
        while at < len(taken) and taken[at][1] <= each.start:
            at += 1
        overlapping = []
        ahead = at
        while ahead < len(taken) and taken[ahead][0] < each.end:
            overlapping.append(taken[ahead])
            ahead += 1
        if all(each.start <= start and end <= each.end for start, end in overlapping):
            if len(overlapping) == 1 and overlapping[0] == (each.start, each.end):
                continue
            for start, _ in overlapping:
                del kept[start]
            kept[each.start] = each
    return [kept[start] for start in sorted(kept)]
