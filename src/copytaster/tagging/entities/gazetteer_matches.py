"""Finds names that the model missed: places in the gazetteer, and people by their first names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from copytaster.model.article import EntityType
from copytaster.tagging.entities.gazetteer import Gazetteer
from copytaster.tagging.entities.mentions import Mention, is_banner

MAX_WORDS = 4
"""Words of the longest names of places and people; longer runs of capitalised words are headlines."""

_CAPITALISED_RUN = re.compile(r"(?<![\w.'-])[^\W\d_a-z][\w'.-]*[\w](?:[ ][^\W\d_a-z][\w'-]*\w)*(?![\w-])")


def gazetteer_matches(text: str, mentions: Sequence[Mention], gazetteer: Gazetteer) -> list[Mention]:
    """Return the mentions, plus runs of capitalised words that are a certain place or begin with a first name.

    A run is tested as a whole, then without its first word, which may begin a sentence ("In Romania").
    """
    found = [*mentions]
    occupied = iter(sorted((mention.start, mention.end) for mention in mentions))
    start, end = next(occupied, (len(text), len(text)))
    for run in _CAPITALISED_RUN.finditer(text):
        while end <= run.start():
            start, end = next(occupied, (len(text) + 1, len(text) + 1))
        if start >= run.end():
            found += list(_matches(run, gazetteer))[:1]
    return sorted(found, key=lambda mention: mention.start)


def _matches(run: re.Match[str], gazetteer: Gazetteer) -> Iterator[Mention]:
    rest = run[0].partition(" ")[2]
    for name in filter(None, (run[0], rest)):
        start = run.end() - len(name)
        if len(name.split()) > MAX_WORDS:
            continue
        if gazetteer.is_certain_place(name):
            yield Mention(start, run.end(), name, EntityType.PLACE)
        elif not is_banner(name) and gazetteer.name_types.is_person(name) and not gazetteer.is_possible_place(name):
            yield Mention(start, run.end(), name, EntityType.PERSON)
