"""What is new in an article: the sentences that no earlier article of its story has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from copytaster.dedup.normalise import words

LEAST_WORDS = 5
"""Shorter sentences ("He was 81.") are of no use without the sentence before them."""

KNOWN_SHARE = 0.7
"""A sentence is known if an earlier one has this share of its words."""

_END = re.compile(r"(?<=[.!?\u3002])[\"'\u201d\u2019)]*\s+(?=[\"'\u201c\u2018(]*[^\sa-z])|\n\s*\n|\n(?=\s)")


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text, without line breaks inside them."""
    for part in _END.split(text):
        sentence = " ".join(part.split())
        if sentence:
            yield sentence


def new_sentences(text: str, earlier: Iterable[str], *, most: int) -> tuple[str, ...]:
    """Return the first ``most`` sentences of a text that none of the earlier texts has, also not in similar words.

    Cost: in proportion to the lengths of all texts; the caller bounds their number.
    """
    known = [frozenset(words(sentence)) for each in earlier for sentence in sentences(each)]
    postings: dict[str, list[int]] = {}
    for number, sentence_words in enumerate(known):
        for word in sentence_words:
            postings.setdefault(word, []).append(number)
    found: list[str] = []
    for sentence in sentences(text):
        own = frozenset(words(sentence))
        if len(own) >= LEAST_WORDS and not _is_known(own, postings):
            found.append(sentence)
            if len(found) == most:
                break
    return tuple(found)


def _is_known(own: frozenset[str], postings: dict[str, list[int]]) -> bool:
    shared: dict[int, int] = {}
    for word in own:
        for number in postings.get(word, ()):
            shared[number] = shared.get(number, 0) + 1
    return max(shared.values(), default=0) >= KNOWN_SHARE * len(own)
