"""Mentions of names: trims a model's span to the bare name, and infers its type from the surrounding words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copytaster.model.article import EntityType
from copytaster.tagging.entities.names import name_key

_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""All characters that Unicode calls spaces: thin ones follow "Mr." and abbreviations, wide ones come from Japan."""

_QUOTES = str.maketrans(
    dict.fromkeys(_SPACES, " ")
    | {
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}": "'",
        "\N{MODIFIER LETTER APOSTROPHE}": "'",
        "\N{FULLWIDTH APOSTROPHE}": "'",
        "\N{PRIME}": "'",
        "\N{ACUTE ACCENT}": "'",
        "\N{GRAVE ACCENT}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{DOUBLE LOW-9 QUOTATION MARK}": '"',
        "\N{NON-BREAKING HYPHEN}": "-",
        "\N{HYPHEN}": "-",
    }
)

MAX_WORDS = 8
"""Longer spans are lists and headlines that a model took for one name."""

_TITLES = frozenset(
    """
    acting admiral ambassador archbishop attorney baroness bishop brigadier capt captain cardinal chairman
    chairwoman chancellor chief col colonel commander commissioner congressman congresswoman councillor dame
    deputy detective dr executive ex first foreign former gen general gov governor inspector judge justice lady
    lieutenant lord lt maj major mayor minister miss mr mrs ms officer pm president presidents prime prof
    professor rep representative rev reverend secretary sen senator sergeant sgt sir spokesman spokeswoman us
    vice
    """.split()  # noqa: SIM905 - as a list it would fill sixty lines
)
"""Offices and forms of address, as ``names.name_key`` writes them."""

_LEADING_ARTICLE = re.compile(r"(?:the|an?)\s+(?=\w{2}|\w\.\w)", re.IGNORECASE)
_POSSESSIVE = re.compile(r"\s?'[sS]?$|(?<=[a-z])'$")
_DANGLING = re.compile(r"(?:\s+(?:of|the|and|for|in|at|on|by|to|a|an|&))+$|\s*\([^)]*$")
_EDGE = " \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029\"'`.,;:!?()[]{}<>*|/\\-\N{EN DASH}\N{EM DASH}\N{BULLET}_#"
_BREAK = re.compile(r"\n|(?<=[a-z]{4})\.\s|(?<=[A-Z&]{4})\.\s|\s[-\N{EN DASH}\N{EM DASH}|]\s")
_BOILERPLATE = re.compile(r"https?:|www\.|[@|{}<>=]|\.(?:com|org|net)\b", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]")
_ABBREVIATION = re.compile(r"(?:(?:[A-Za-z]\.){2,}|\b(?:Jr|Sr|Inc|Ltd|Corp|Co|Bros)\.)$")
_WORD = re.compile(r"\S+")

_ACRONYM_LETTERS = 6
"""Longer single words in capitals are banners ("EXCLUSIVE"); acronyms are shorter (UNICEF, UNESCO)."""

_PLACE_PREPOSITION = re.compile(r"\b(?:in|near|across|throughout|outside|inside|around)\s+$", re.IGNORECASE)
_PLACE_NOUN_BEFORE = re.compile(
    r"\b(?:cities|city|coast|county|district|hamlet|island|islands|oblast|outskirts|port|province|region|republic|resort|suburb"
    r"|territory|town|towns|village|villages)\s+of\s+$",
    re.IGNORECASE,
)
_TITLE_BEFORE = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Sir|Dame|Lord|Lady|Dr|Prof|Professor|Sen|Senator|Rep|Gov|Gen|Col|Capt|Sgt|Lt|Rev|Judge|Justice"
    r"|Pope|President|Mayor|Chancellor|Premier)\.?\s+$"
)
_CONTEXT_BEFORE = 24  # characters: the longest of the expressions above, with room for spaces

_PLACE_AFTER = re.compile(
    r"\s*(?:,|is|was|,\s*which is)\s+(?:a|an|the)\s+(?:[\w-]+\s+){0,3}?"
    r"(?:cities|city|commune|county|hamlet|island|municipality|port|province|region|resort|river|settlement|suburb"
    r"|town|township|village)\b"
)
_PERSON_AFTER = re.compile(r"\s*\(\s*(?:born|b\.)\s|\s*,\s*(?:aged\s+)?\d{2}\s*,|\s*,\s*who\s|\s+was\s+born\b")
_APPOSITION = re.compile(r"\s*,\s+((?:[A-Z][\w.-]*)(?:\s+[A-Z][\w.-]*){0,2})(?!\s?'s)")


_THING = r"(?:act|amendment|bill|chorea|disease|fever|flu|law|lymphoma|palsy|rule|sarcoma|syndrome|virus)s?"
_THING_AFTER = re.compile(rf"(?:-\w+)*(?:'s|')?\s+{_THING}\b(?!\s+(?-i:[A-Z]))", re.IGNORECASE)
_THING_ITSELF = re.compile(_THING, re.IGNORECASE)
_POSSESSIVE_BEFORE = re.compile(r"'s?\s+$")
_EPONYMS = frozenset({"alzheimer", "asperger", "crohn", "hodgkin", "huntington", "parkinson", "tourette"})
"""Physicians whose names in the possessive are diseases."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in the text (``text[start:end] == name``), with the type that the model and the context suggest."""

    start: int
    end: int
    name: str
    type: EntityType


def plain_quotes(text: str) -> str:
    """Replace each typographic quote, space and hyphen by one plain character, so that offsets stay valid."""
    return text.translate(_QUOTES)


def trim(
    text: str, start: int, end: int, *, person: bool, roles: frozenset[str] = frozenset()
) -> tuple[int, int] | None:
    """Return the bounds of the bare name in a span of text with plain quotes, or None when it contains no name.

    Removed are: everything after a line end or a dash, punctuation, a possessive, a leading "the", connecting words at
    the end and, for a person, titles and ``roles`` before the name.
    """
    start, end = _strip_edges(text, start, end)
    end = start + len(_BREAK.split(text[start:end], maxsplit=1)[0])
    article = _LEADING_ARTICLE.match(text, start, end)
    start = article.end() if article else start
    end = start + len(_POSSESSIVE.sub("", text[start:end]))
    end = start + len(_DANGLING.sub("", text[start:end]))
    if person:
        start = _after_titles(text, start, end, _TITLES | roles)
    start, end = _strip_edges(text, start, end)
    return (start, end) if _is_name(text[start:end]) else None


def type_by_context(text: str, start: int, end: int | None = None) -> EntityType | None:
    """Return the type that the surrounding words indicate: "the town of …", "…, a village", "Mr …", "… (born"."""
    if _PLACE_NOUN_BEFORE.search(text, max(0, start - _CONTEXT_BEFORE), start):
        return EntityType.PLACE
    if _TITLE_BEFORE.search(text, max(0, start - _CONTEXT_BEFORE), start):
        return EntityType.PERSON
    if end is None:
        return None
    if _PLACE_AFTER.match(text, end):
        return EntityType.PLACE
    return EntityType.PERSON if _PERSON_AFTER.match(text, end) else None


def apposition(text: str, end: int) -> str | None:
    """Return the name that follows a name after a comma ("Khasan, Russia"), unless it is a possessive."""
    match = _APPOSITION.match(text, end)
    return match[1].rstrip(".") if match else None


def follows_place_preposition(text: str, start: int, end: int) -> bool:
    """Return whether a one-word name follows "in", "near" or the like, and is not a possessive ("in Kim's car").

    This is a hint, not proof ("in Chopin"): it counts as one vote among the name's mentions.
    """
    possessive = text.startswith("'s", end) or text.startswith("'s", end - 2)
    before = _PLACE_PREPOSITION.search(text, max(0, start - _CONTEXT_BEFORE), start)
    return before is not None and not possessive and " " not in text[start:end]


def is_part_of_thing(text: str, mention: Mention) -> bool:
    """Return whether a name is part of a law's or a disease's name: "Megan's Law", "Marburg virus", "Parkinson's"."""
    if mention.type is not EntityType.PLACE and _THING_AFTER.match(text, mention.end):
        return True
    if _THING_ITSELF.fullmatch(mention.name):
        return _POSSESSIVE_BEFORE.search(text, max(0, mention.start - 3), mention.start) is not None
    return mention.name.casefold() in _EPONYMS and text.startswith("'s", mention.end)


def is_banner(name: str) -> bool:
    """Return whether a name is in capitals and too long for an acronym, like calls to the reader ("READ MORE")."""
    letters = _LETTERS.findall(name)
    return name.isupper() and (len(letters) > _ACRONYM_LETTERS or " " in name)


def _strip_edges(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in _EDGE:
        start += 1
    while end > start and text[end - 1] in _EDGE and not _ABBREVIATION.search(text, start, end):
        end -= 1
    return start, end


def _after_titles(text: str, start: int, end: int, titles: frozenset[str]) -> int:
    for word in _WORD.finditer(text, start, end):
        key = name_key(word[0])
        if key not in titles and not set(key.split()) <= titles:
            return word.start()
    return end


def _is_name(name: str) -> bool:
    letters = _LETTERS.findall(name)
    capitals = any(letter.isupper() or not letter.islower() for letter in letters)
    return len(letters) > 1 and capitals and len(name.split()) <= MAX_WORDS and not _BOILERPLATE.search(name)
