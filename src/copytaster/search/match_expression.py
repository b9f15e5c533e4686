"""A query as an expression of SQLite's FTS5, and terms as words of its index."""

from __future__ import annotations

import hashlib

from copytaster.search.query import Condition, Field, SearchQuery, TermCondition
from copytaster.search.words import Phrase

COLUMNS = tuple(Field)
"""The columns of words, in the order of the table; the column of terms follows."""

TERMS = "terms"

_TERM = "\ue001"
"""Begins each term in the index, so that no word of a text is one."""


def match_expression(query: SearchQuery) -> str:
    """Return the expression of a query: its words, which are the first phrases, then terms, then what it excludes."""
    terms = [each for each in query.conditions if isinstance(each, TermCondition) and not each.negated]
    required = [*map(_expression, query.of_words()), *map(_expression, terms)]
    excluded = [_expression(each) for each in query.conditions if each.negated]
    return " NOT ".join([f"({' AND '.join(required)})", *excluded])


def indexed_term(term: str) -> str:
    """Return the word that stands for a term in the index: a digest, since a term may contain any character."""
    return _TERM + hashlib.blake2b(term.encode(), digest_size=8).hexdigest()


def _expression(condition: Condition) -> str:
    if isinstance(condition, TermCondition):
        return f"({TERMS} : ({' OR '.join(_quoted((indexed_term(each),)) for each in sorted(condition.terms))}))"
    phrase: Phrase = condition.phrase
    column = f"{condition.field} : " if condition.field else ""
    return f"({column}{_quoted(phrase.words)}{' *' if phrase.open_ended else ''})"


def _quoted(words: tuple[str, ...]) -> str:
    """Return a phrase; words have letters, digits and marks only, no quotes."""
    return f'"{" ".join(words)}"'
