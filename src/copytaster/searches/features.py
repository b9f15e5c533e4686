"""Features: strings that stand for what a query requires of a document, so that sets of them decide most queries.

``wall`` is a word anywhere, ``title:wall`` one in the title, ``gover*`` and ``title:gover*`` the beginning of one,
``sea wall`` two words one after the other, and ``source:kestrel`` a term. No word has one of these signs. What features
do not decide, such as long phrases, is looked for in the words of the document, joined by spaces.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from copytaster.search.document import BREAK, SearchDocument
from copytaster.search.query import Condition, Field, TermCondition, WordCondition
from copytaster.search.words import Phrase

Place = Field | None
"""The field of a feature; None: any of them."""


@dataclass(frozen=True, slots=True)
class ConditionFeatures:
    """What a document that meets a condition has: all ``required`` features, and one of the ``alternatives``, if any.

    If ``is_exact``, a document that has all the required ones meets the condition.
    """

    required: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    is_exact: bool = False


def features_of(condition: Condition) -> ConditionFeatures:
    """Return the features of a condition, as if it were not negated."""
    match condition:
        case TermCondition() if len(condition.terms) == 1:
            return ConditionFeatures(tuple(condition.terms), is_exact=True)
        case TermCondition():
            return ConditionFeatures(alternatives=tuple(sorted(condition.terms)))
        case WordCondition():
            return _features_of_words(condition)


def _features_of_words(condition: WordCondition) -> ConditionFeatures:
    words, place = condition.phrase.words, condition.field
    if len(words) == 1:
        start, sign = f"{place}:" if place else "", "*" if condition.phrase.open_ended else ""
        return ConditionFeatures((f"{start}{words[0]}{sign}",), is_exact=True)
    whole = words[:-1] if condition.phrase.open_ended else words
    # Two words that follow each other may do so in another field, and the pairs of more words in different places.
    is_exact = len(whole) == len(words) == 2 and place is None  # noqa: PLR2004  # a pair
    return ConditionFeatures(tuple(_pairs(whole)) or whole, is_exact=is_exact)


@dataclass(slots=True)
class Needs:
    """Which kinds of features conditions have: documents have many more, and each costs time."""

    pairs: int = 0
    fields: Counter[Field] = field(default_factory=Counter)
    lengths: Counter[tuple[Place, int]] = field(default_factory=Counter)

    def add(self, condition: Condition, times: int = 1) -> None:
        """Add the needs of a condition, or with -1 remove them."""
        if isinstance(condition, TermCondition):
            return
        phrase = condition.phrase
        if len(phrase.words) > 1:
            self.pairs += times
        elif phrase.open_ended:
            self.lengths[condition.field, len(phrase.words[0])] += times
            self.lengths += Counter()  # removes what is zero
        elif condition.field:
            self.fields[condition.field] += times
            self.fields += Counter()


def document_features(document: SearchDocument, needs: Needs) -> frozenset[str]:
    """Return the features of a document, as far as conditions need them."""
    words = frozenset[str]().union(*document.words.values())
    found = set(document.terms.union(words))
    if needs.pairs:
        for each in document.words.values():
            found.update(_pairs(each))
    for name in needs.fields:
        found.update([f"{name}:{word}" for word in document.words.get(name, ())])
    for place, length in needs.lengths:
        known, start = (document.words.get(place, ()), f"{place}:") if place else (words, "")
        found.update([f"{start}{beginning}*" for beginning in {word[:length] for word in known}])
    return frozenset(found)


def joined_words(document: SearchDocument) -> dict[Place, str]:
    """Return the words of each field, and of all of them, with a space before, between and behind."""
    fields: dict[Place, str] = {name: f" {' '.join(words)} " for name, words in document.words.items()}
    fields[None] = BREAK.join(fields.values())
    return fields


def sequence_of(phrase: Phrase) -> str:
    """Return what joined words contain where they have the phrase."""
    return f" {' '.join(phrase.words)}{'' if phrase.open_ended else ' '}"


def _pairs(words: Iterable[str]) -> Iterator[str]:
    return map(" ".join, pairwise(words))
