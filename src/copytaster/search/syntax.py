"""The syntax of queries: ``harbour "sea wall" -ferry gover* title:flood source:kestrel``.

Terms are separated by spaces, and an article must meet all of them. ``-`` before a term excludes its articles, ``*``
after it allows its last word to continue, quotes hold words together, and ``field:`` restricts the term to a field.
Typographic quotes are quotes as well: phones and word processors put them in place of the straight ones. Of the
operators that other searches have, ``AND`` says what holds anyway; the others are errors, since a query that took them
for words would find something else than what is meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from copytaster.model.source_names import name_key
from copytaster.search.query import Condition, Exact, Field, SearchQuery, TermCondition, WordCondition
from copytaster.search.words import phrase_of, words_of
from copytaster.store.matching import index_term

MAX_CHARACTERS = 1_000
"""Longest query: a long paragraph. It bounds the words of a phrase."""

MAX_TERMS = 32
"""Most terms of a query: more than a person writes. Each costs a look into the index."""

MIN_BEGINNING = 2
"""Fewest letters before ``*``. With one, the index would join the articles of a tenth of all words: 170 ms at 100,000
articles. Characters of scripts without spaces may stand alone.
"""

_GERSHAYIM = r'(?<=[\u05d0-\u05ea])"(?=[\u05d0-\u05ea]{1,3}(?!\w))'
"""The sign within a Hebrew abbreviation as most people type it, which is no quote: before the last letter and those of
an ending, three at most."""

_TERM = re.compile(
    r"""\s*(?P<negated>-(?=\S))?(?:(?P<field>[A-Za-z_]+):)?"""
    rf"""(?:"(?P<quoted>(?:[^"]|{_GERSHAYIM})*)(?P<close>"?)"""
    rf"""|[“”„«»](?P<typographic>(?:[^“”«»"]|{_GERSHAYIM})*)["“”«»]"""
    # A letter before a word in quotes is written together with it; the other quote shows that they are quotes.
    rf"""|(?P<word>(?:[^\s"]|{_GERSHAYIM}(?!\w+"))*))(?P<star>\*?)"""
)

_DAY = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?", re.ASCII)

_AND = "AND"

_NO_OPERATORS = {
    "OR": "there is no OR, because all terms of a query must hold: search for each of the words by itself",
    "NOT": "there is no NOT: to exclude a word, put a hyphen before it",
}
"""What a query says with the operators of other searches, in capitals, and what to do instead."""

_FIELDS = ", ".join([*Field, *Exact])


class QuerySyntaxError(ValueError):
    """The text is not a query; ``position`` is the place of the error, counted from 1."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} (at character {position})")
        self.position = position


@dataclass(frozen=True, slots=True)
class _Term:
    """A term as it is written, with its place; ``value`` has neither quotes nor star."""

    value: str
    field: str | None
    negated: bool
    continues: bool
    position: int


def parse_query(text: str) -> SearchQuery:
    """Return the query that a person has written. Raises ``QuerySyntaxError``."""
    if len(text) > MAX_CHARACTERS:
        raise QuerySyntaxError(f"the query is longer than {MAX_CHARACTERS} characters", MAX_CHARACTERS + 1)
    terms = _split(text)
    if len(terms) > MAX_TERMS:
        raise QuerySyntaxError(f"the query has more than {MAX_TERMS} terms", terms[MAX_TERMS].position)
    conditions = [condition for each in terms if (condition := _condition(each))]
    if not conditions:
        raise QuerySyntaxError("the query has no words", 1)
    if all(each.negated for each in conditions):
        raise QuerySyntaxError("the query only excludes; add a word that articles must have", terms[0].position)
    return SearchQuery(tuple(conditions))


def _split(text: str) -> list[_Term]:
    terms, at = [], 0
    while text[at:].strip():
        match = _TERM.match(text, at)
        assert match  # noqa: S101  # every part of the pattern may be empty
        at = match.end()
        if (written := match[0].strip()) != _AND:
            terms.append(_read(match, written))
    return terms


def _read(match: re.Match[str], written: str) -> _Term:
    start = match.end() - len(match[0].lstrip()) + 1
    if written in _NO_OPERATORS:
        raise QuerySyntaxError(f"{_NO_OPERATORS[written]}. To find the word itself, put it into quotes", start)
    quoted, word, field = match["quoted"], match["word"] or "", match["field"]
    if quoted is None:
        quoted = match["typographic"]
    elif not match["close"]:
        raise QuerySyntaxError('the quote is not closed; add a " at its end', match.start("quoted"))
    value, continues = (quoted, bool(match["star"])) if quoted is not None else (word.rstrip("*"), word.endswith("*"))
    if "*" in value and quoted is None:
        raise QuerySyntaxError("a * may only stand at the end of a word", match.start("word") + value.index("*") + 1)
    if not value.strip() and (field or continues or match["negated"] or quoted is not None):
        raise QuerySyntaxError("a word is missing here", match.end() + 1 if field else start)
    return _Term(value, field.lower() if field else None, bool(match["negated"]), continues, start)


def _condition(term: _Term) -> Condition | None:
    """Return the condition; None for a sign between words, such as ``&`` or ``--``."""
    if term.field in list(Exact):
        return TermCondition(frozenset({index_term(term.field, _exact_value(term))}), negated=term.negated)
    if term.field and term.field not in list(Field):
        what = f"there is no field {term.field!r}; fields are {_FIELDS}. To find the text itself, put it into quotes"
        raise QuerySyntaxError(what, term.position)
    if not words_of(term.value):
        if term.field or term.continues or (term.negated and term.value.strip("-")):
            raise QuerySyntaxError(f"{term.value!r} has no letters or digits", term.position)
        return None
    phrase = phrase_of(term.value, open_ended=term.continues)
    if term.continues and phrase.open_ended and len(phrase.words[-1]) < MIN_BEGINNING and phrase.words[-1].isascii():
        raise QuerySyntaxError(f"a * needs {MIN_BEGINNING} letters before it", term.position)
    return WordCondition(phrase, Field(term.field) if term.field else None, negated=term.negated)


def _exact_value(term: _Term) -> str:
    """Return the value of a term as the index has it."""
    if term.continues:
        raise QuerySyntaxError(f"{term.field}: takes a whole value, without *", term.position)
    match Exact(term.field or ""):
        case Exact.SOURCE | Exact.PUBLISHER:
            return name_key(term.value)
        case Exact.PUBLISHED if not _is_period(term.value):
            raise QuerySyntaxError("published: takes a year, month or day, such as 2026-11-30", term.position)
        case Exact.PUBLISHED | Exact.TOPIC | Exact.TAG | Exact.LANGUAGE | Exact.FORMAT:
            return term.value.strip()


def _is_period(value: str) -> bool:
    """Return whether a value is a year, a month or a day of the calendar."""
    if not _DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value + "-01-01"[len(value) - len("2026") :])
    except ValueError:
        return False
    return True
