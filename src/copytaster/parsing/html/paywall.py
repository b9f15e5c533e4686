"""Recognises the stub of an article behind a paywall: it is short, and the page says that access is restricted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lxml.etree import _Element, strip_elements

from copytaster.model.article import Provenance

_RESTRICTIONS = (
    ("json-ld:isAccessibleForFree", re.compile(r"(?:https?://schema\.org/)?false"), 0.9),
    ("json-ld:hasPart", re.compile(r"(?:https?://schema\.org/)?false"), 0.9),
    ("meta:article:content_tier", re.compile(r"locked|metered", re.IGNORECASE), 0.8),
)
"""Sources that restrict access, the value that does so, and the confidence that a short text is then a stub."""

_FREE = re.compile(r"(?:https?://schema\.org/)?true")

ACCESS_SOURCES = frozenset({"meta:article:content_tier"})
"""Sources to collect in addition to JSON-LD, whose properties are all collected."""

STUB_SHARE = 0.5
"""Of the words that the page declares: extraction loses a tenth, a paywall leaves one or two paragraphs."""

STUB_WORDS = 200
"""Without a declared length: a stub has one to four paragraphs."""

_STUB_CHARACTERS = 1_000
"""Notices of a paywall are searched only for shorter texts, because this parses the page a second time."""

_NOTICE = re.compile(
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
"""Notices of a paywall to readers. "Already a subscriber?" is at the top of every page and is not one."""

_ANCHORS = (
    "to continue reading", "to keep reading", "to read on", "to unlock", "subscribers", "abonn", "suscri",
    "weiterlesen",
)  # fmt: skip
"""Each match of ``_NOTICE`` contains one of them; most pages contain none and are not parsed a second time."""

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")
"""A word, or a character of a script without spaces, as publishers count."""

_INVISIBLE = ("head", "script", "style", "template")


@dataclass(frozen=True, slots=True)
class Access:
    """Who may read an article according to its page, and how many ``words`` the whole has (0 if not declared)."""

    restriction: Provenance | None = None
    free: bool = False
    words: int = 0


def read_access(values: Mapping[str, Sequence[str]]) -> Access:
    """Return the page's statements. With ``isAccessibleForFree: true`` a restriction is that of a part, and counts."""
    restrictions = (
        Provenance(from_=source, confidence=confidence)
        for source, pattern, confidence in _RESTRICTIONS
        if any(pattern.fullmatch(value) for value in values.get(source, ()))
    )
    free = any(_FREE.fullmatch(value) for value in values.get("json-ld:isAccessibleForFree", ()))
    counts = [int(value) for value in values.get("json-ld:wordCount", ()) if re.fullmatch(r"[0-9]{1,6}", value)]
    restriction = next(restrictions, None)
    # Counting costs a tenth of a millisecond and matters for restricted articles alone.
    body = sum(map(_count, values.get("json-ld:articleBody", ()))) if restriction else 0
    return Access(restriction, free, max([body, *counts]))


def find_paywall(text: str, access: Access, markup: str, page: Callable[[], _Element]) -> Provenance | None:
    """Return the source that shows ``text`` to be a stub; None for a complete article, restricted or not.

    ``page`` parses ``markup``, the page as received; it is called for short texts on pages that may have a notice.
    """
    searched = access.restriction is not None or (not access.free and len(text) <= _STUB_CHARACTERS)
    if not searched or not _is_short(_count(text), access.words):
        return None
    if access.restriction:
        return access.restriction
    lowered = markup.lower()
    noticed = any(anchor in lowered for anchor in _ANCHORS) and _NOTICE.search(_visible_text(page()))
    return Provenance(from_="html:wall", confidence=0.7) if noticed else None


def _is_short(words: int, declared: int) -> bool:
    # The body in JSON-LD may be cut too: one as short as the text proves nothing.
    return words < (STUB_SHARE * declared if declared >= STUB_WORDS else STUB_WORDS)


def _count(text: str) -> int:
    return len(_WORD.findall(text))


def _visible_text(tree: _Element) -> str:
    strip_elements(tree, *_INVISIBLE, with_tail=False)
    return " ".join(" ".join(map(str, tree.itertext())).split())
