"""What is new in an article: the sentences that no earlier article of its story has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import ceil

from copytaster.dedup.normalise import words

LEAST_WORDS = 5
"""Shorter sentences ("He was 81.") are of no use without the sentence before them."""

KNOWN_SHARE = 0.7
"""A sentence is known if an earlier one has this share of its words."""

_END = re.compile(
    r"(?<=[.!?\u3002])[\"'\u201d\u2019)]*\s+(?=[\"'\u201c\u2018(]*[^\sa-z])|\n\s*\n|\n(?=\s)"
    # No space follows the stops of Chinese and Japanese. After one inside quotation marks the sentence goes on.
    r"|(?<=[\u3002\uff01\uff1f])(?=[^\s\"')\u3002\uff01\uff1f\u300d\u300f\u201d\u2019\uff09])"
)


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text, without line breaks inside them."""
    for part in _END.split(text):
        sentence = " ".join(part.split())
        if sentence:
            yield sentence


class EarlierSentences:
    """The sentences of the articles that were read so far, with which the next one is compared."""

    def __init__(self) -> None:
        self._known: list[frozenset[str]] = []
        self._postings: dict[str, list[int]] = {}

    def add(self, text: str) -> None:
        """Add the sentences of a text."""
        for sentence in sentences(text):
            self._add(frozenset(words(sentence)))

    def new_in(self, text: str, *, most: int) -> tuple[str, ...]:
        """Return the first ``most`` sentences that no earlier text has, also not in similar words, and add the text.

        Cost: some 10 microseconds for each sentence of the text, somewhat more among many earlier ones.
        """
        own = [(sentence, frozenset(words(sentence))) for sentence in sentences(text)]
        found = [sentence for sentence, has in own if len(has) >= LEAST_WORDS and not self._is_known(has)]
        for _, has in own:
            self._add(has)
        return tuple(found[:most])

    def _add(self, own: frozenset[str]) -> None:
        for word in own:
            self._postings.setdefault(word, []).append(len(self._known))
        self._known.append(own)

    def _is_known(self, own: frozenset[str]) -> bool:
        needed = ceil(KNOWN_SHARE * len(own))
        postings = sorted((self._postings.get(word, []) for word in own), key=len)
        # A sentence with enough of the words has one of the rarest, unless it lacks more words than it may.
        rarest = postings[: len(own) - needed + 1]
        return any(len(own & self._known[each]) >= needed for numbers in rarest for each in numbers)
