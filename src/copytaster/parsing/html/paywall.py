"""Whether a page is the stub of an article that only subscribers can read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lxml.etree import _Element, strip_elements

from copytaster.model.article import Provenance

_LOCKS = (
    ("json-ld:isAccessibleForFree", re.compile(r"(?:https?://schema\.org/)?false"), 0.9),
    ("json-ld:hasPart", re.compile(r"(?:https?://schema\.org/)?false"), 0.9),
    ("meta:article:content_tier", re.compile(r"locked|metered", re.IGNORECASE), 0.8),
)
"""Where a page says that not everybody may read the article, in which words, and how sure that makes a short text."""

_FREE = re.compile(r"(?:https?://schema\.org/)?true")

ACCESS_PLACES = frozenset({"meta:article:content_tier"})
"""What the gatherer must look for; JSON-LD is read as a whole."""

STUB_SHARE = 0.5
"""Of the words that the page declares: extraction loses a tenth, a wall leaves a paragraph or two."""

STUB_WORDS = 200
"""Without a declared length: what stands before a wall is one to four paragraphs."""

_STUB_CHARACTERS = 1_000
"""Only behind shorter texts are a wall's words looked for on the page, which costs a second reading of it."""

_WALL = re.compile(
    r"\b(?:subscribe|log ?in|sign ?in|register)(?: now)?(?: or \w+(?: in| up)?)? to "
    r"(?:(?:continue|keep) reading|read on|unlock)\b"
    r"|\bto (?:continue|keep) reading\b.{0,40}\b(?:subscribe|subscription|log ?in|sign ?in|account)\b"
    r"|\b(?:this|the) (?:article|story|content|post) is (?:only |exclusively |reserved )?"
    r"(?:for|available to|exclusive to) (?:our |paid |paying |registered )*subscribers\b"
    r"|\bsubscribers[- ]only (?:article|story|content)\b"
    r"|\br\u00e9serv\u00e9e?s? (?:aux|\u00e0 nos) abonn\u00e9s\b|\babonnez-vous pour lire la suite\b"
    r"|\bexclusiv[oa] para suscriptores\b|\bsuscr\u00edb[ae]te para (?:seguir|continuar) leyendo\b"
    r"|\b(?:jetzt|um) weiterlesen\b.{0,40}\babo(?:nn\w+)?\b|\bnur f\u00fcr abonnenten\b",
    re.IGNORECASE,
)
"""What a wall says to readers. "Already a subscriber?" stands on top of every page and says nothing."""

_ANCHORS = (
    "to continue reading", "to keep reading", "to read on", "to unlock", "subscribers", "abonn", "suscri",
    "weiterlesen",
)  # fmt: skip
"""One of them is in whatever ``_WALL`` matches; a page with none, as most, is not read a second time."""

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")
"""A word; in scripts without spaces a character, as publishers count there."""

_SILENT = ("head", "script", "style", "template")


@dataclass(frozen=True, slots=True)
class Access:
    """What a page says of who may read its article, and how many ``words`` the whole has (0: not said)."""

    lock: Provenance | None = None
    free: bool = False
    words: int = 0


def read_access(evidence: Mapping[str, Sequence[str]]) -> Access:
    """Return what the page says; a lock beside ``isAccessibleForFree: true`` is that of a part, and counts."""
    locks = (
        Provenance(from_=where, confidence=sure)
        for where, words, sure in _LOCKS
        if any(words.fullmatch(told) for told in evidence.get(where, ()))
    )
    free = any(_FREE.fullmatch(told) for told in evidence.get("json-ld:isAccessibleForFree", ()))
    counts = [int(told) for told in evidence.get("json-ld:wordCount", ()) if re.fullmatch(r"[0-9]{1,6}", told)]
    lock = next(locks, None)
    # Counting costs a tenth of a millisecond and matters behind a lock alone.
    body = sum(map(_count, evidence.get("json-ld:articleBody", ()))) if lock else 0
    return Access(lock, free, max([body, *counts]))


def find_wall(text: str, access: Access, markup: str, page: Callable[[], _Element]) -> Provenance | None:
    """Return by what ``text`` is known as a stub, None for a whole article, locked or not.

    ``page`` reads ``markup``, the page as it came; it is called for short texts only, whose page may say so in words.
    """
    searched = access.lock is not None or (not access.free and len(text) <= _STUB_CHARACTERS)
    if not searched or not _is_short(_count(text), access.words):
        return None
    if access.lock:
        return access.lock
    lowered = markup.lower()
    walled = any(anchor in lowered for anchor in _ANCHORS) and _WALL.search(_visible(page()))
    return Provenance(from_="html:wall", confidence=0.7) if walled else None


def _is_short(words: int, declared: int) -> bool:
    # The body in JSON-LD may be cut as well: one that is as short as the text proves nothing.
    return words < (STUB_SHARE * declared if declared >= STUB_WORDS else STUB_WORDS)


def _count(text: str) -> int:
    return len(_WORD.findall(text))


def _visible(tree: _Element) -> str:
    strip_elements(tree, *_SILENT, with_tail=False)
    return " ".join(" ".join(map(str, tree.itertext())).split())
