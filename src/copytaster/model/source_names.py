"""Names of sources and publishers: one spelling for display, one key for comparison, and a user's table of aliases."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

_SECTIONS = frozenset(
    {
        *(
            "news",
            "home",
            "homepage",
            "home page",
            "front page",
            "latest news",
            "breaking news",
            "top stories",
            "sport",
        ),
        *("sports", "world", "business", "politics", "opinion", "culture"),
        *("nachrichten", "startseite", "politik", "wirtschaft", "kultur", "actualités", "accueil", "une", "noticias"),
        *("inicio", "portada", "deportes", "notizie", "nieuws", "nyheter", "notícias"),
    }
)
"""Words that name a section of a publisher, or its start page, where they are the last part of a name."""

_SEPARATOR = re.compile(r" ?[:|] ?| [-\u2013\u2014\u00b7] ")
"""Separates a name from its section: a colon or bar, or a hyphen, dash or middle dot between spaces."""

_ARTICLES = frozenset({"the", "der", "die", "das", "le", "la", "les", "el", "los", "las", "il", "de", "het"})
"""Articles that the same publisher's name has on one page and lacks on another. Single letters ("A", "O") are none:
they are initials as often."""

KEYS = 2_000
"""Names whose keys are remembered: a store has some hundred sources, and each list compares them with all its items."""


def display_name(name: str) -> str:
    """Return a name in Unicode NFKC with single spaces, without the section at its end (``: News``, ``| Sport``)."""
    tidied = " ".join(unicodedata.normalize("NFKC", name).split())
    while separators := list(_SEPARATOR.finditer(tidied)):
        last = separators[-1]
        if not last.start() or tidied[last.end() :].casefold() not in _SECTIONS:
            break
        tidied = tidied[: last.start()].rstrip()
    return tidied


@lru_cache(maxsize=KEYS)
def name_key(name: str) -> str:
    """Return the key by which names are compared: the display name without case and without a leading article.

    The key of a key is the key. A name that is only an article keeps it.
    """
    key, previous = display_name(name), ""
    while key != previous:
        previous = key
        key = display_name(unicodedata.normalize("NFKC", key).casefold())
        first, _, rest = key.partition(" ")
        key = rest if rest and first in _ARTICLES else key
    return key


def resolve_name(name: str, aliases: Mapping[str, str] | None) -> str:
    """Return the name that a table of aliases gives for ``name``, else its display name."""
    return aliased(name, aliases) or display_name(name)


def aliased(name: str, aliases: Mapping[str, str] | None) -> str | None:
    """Return the name that a table of aliases gives for ``name``, in the table's spelling; None if it has none."""
    return _by_key(aliases).get(name_key(name)) if aliases else None


def alias_fault(aliases: Mapping[str, str]) -> str | None:
    """Return why a table cannot be used: it gives two names, or two spellings of a name; None if it can be used."""
    table = _by_key(aliases)
    for alias, target in aliases.items():
        if not name_key(alias) or not display_name(target):
            return f"{alias!r} or its name {target!r} has no letters"
        for name in (alias, target):
            if table[name_key(name)] != target:
                return f"{name!r} has two names, {table[name_key(name)]!r} and {target!r}"
    return None


def _by_key(aliases: Mapping[str, str]) -> dict[str, str]:
    """Return the names by key: those of the aliases, and each name for its own other spellings."""
    own = {name_key(target): target for target in aliases.values()}
    return own | {name_key(alias): target for alias, target in aliases.items()}
