"""Features: strings that stand for what a query requires of a document, so that sets of them decide most queries.

``wall`` is a word anywhere, ``title:wall`` one in the title, ``gover*`` and ``title:gover*`` the beginning of one,
``sea wall`` two words one after the other, and ``source:kestrel`` a term. No word has one of these signs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from copytaster.search.document import SearchDocument
from copytaster.search.query import Condition, Field, TermCondition, WordCondition

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
        sign = "*" if condition.phrase.open_ended else ""
        return ConditionFeatures((_named(place, words[0], sign),), is_exact=True)
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
    found = {*words, *document.terms}
    if needs.pairs:
        for each in document.words.values():
            found.update(_pairs(each))
    for name in needs.fields:
        found.update(_named(name, word) for word in document.words.get(name, ()))
    for place, length in needs.lengths:
        known = document.words.get(place, ()) if place else words
        found.update(_named(place, beginning, "*") for beginning in {word[:length] for word in known})
    return frozenset(found)


def _pairs(words: Iterable[str]) -> Iterator[str]:
    return map(" ".join, pairwise(words))


def _named(place: Place, word: str, sign: str = "") -> str:
    return f"{place}:{word}{sign}" if place else f"{word}{sign}"
