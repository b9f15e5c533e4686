"""Stop words of languages other than English: spaCy's lists (MIT licence)."""

from __future__ import annotations

import importlib
import re
from functools import cache

from copytaster.errors import descriptor_shortage

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_SAME_LIST = {"nn": "nb", "bs": "hr", "ms": "id"}
"""Languages that share most of their stop words with one that has a list."""


@cache
def stop_words(language: str) -> frozenset[str]:
    """Return a language's stop words in lower case; empty if spaCy has none.

    The first call for a language imports its list (some milliseconds); importing all would slow the start of workers.
    """
    code = _SAME_LIST.get(language, language)
    if not _LANGUAGE.fullmatch(code):
        return frozenset()
    try:
        module = importlib.import_module(f"spacy.lang.{code}.stop_words")
    except ImportError as error:
        if descriptor_shortage(error):
            raise  # the empty result would be cached
        return frozenset()
    return frozenset(part for word in module.STOP_WORDS for part in (word.lower(), *word.lower().split()))
