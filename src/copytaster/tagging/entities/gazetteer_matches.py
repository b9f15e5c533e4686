"""Names that a model overlooked and lists know: places, and people by their first names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from copytaster.model.article import EntityType
from copytaster.tagging.entities.gazetteer import Gazetteer
from copytaster.tagging.entities.mentions import Mention, is_shouted

MOST_WORDS = 4
"""Words of the longest names of places and people; longer runs of capitals are headlines."""

_RUN = re.compile(r"(?<![\w.'-])[^\W\d_a-z][\w'.-]*[\w](?:[ ][^\W\d_a-z][\w'-]*\w)*(?![\w-])")


def gazetteer_matches(text: str, mentions: Sequence[Mention], gazetteer: Gazetteer) -> list[Mention]:
    """Return the mentions with those runs of capitalised words that are certainly a place or begin with a first name.

    A run is taken whole, or without its first word, which may be the first of a sentence ("In Romania").
    """
    found = [*mentions]
    taken = iter(sorted((each.start, each.end) for each in mentions))
    start, end = next(taken, (len(text), len(text)))
    for run in _RUN.finditer(text):
        while end <= run.start():
            start, end = next(taken, (len(text) + 1, len(text) + 1))
        if start >= run.end():
            found += list(_known(run, gazetteer))[:1]
    return sorted(found, key=lambda each: each.start)


def _known(run: re.Match[str], gazetteer: Gazetteer) -> Iterator[Mention]:
    rest = run[0].partition(" ")[2]
    for name in filter(None, (run[0], rest)):
        start = run.end() - len(name)
        if len(name.split()) > MOST_WORDS:
            continue
        if gazetteer.certain(name):
            yield Mention(start, run.end(), name, EntityType.PLACE)
        elif not is_shouted(name) and gazetteer.kinds.is_person(name) and not gazetteer.possible(name):
            yield Mention(start, run.end(), name, EntityType.PERSON)
