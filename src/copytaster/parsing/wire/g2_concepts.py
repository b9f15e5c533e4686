"""Concepts of NewsML-G2: codes with schemes, names in languages, and where else in an item they are explained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from copytaster.model.article import Subject
from copytaster.parsing.safe_xml import XML_LANG, Element, attribute, children, words_of
from copytaster.parsing.wire.subjects import MEDIA_TOPICS, SUBJECT_CODES, subjects_of

_IPTC_SCHEMES = {
    "http://cv.iptc.org/newscodes/mediatopic/": MEDIA_TOPICS,
    "http://cv.iptc.org/newscodes/subjectcode/": SUBJECT_CODES,
}
"""Schemes that a catalog may give another alias than IPTC does."""

_WORDS = re.compile(r"[A-Z][A-Za-z]{2,}(?:[ -][A-Z][A-Za-z]+)*")
"""A code that is a name for all to read: ``city:Philadelphia``; not ``iso3166-1a2:DE`` or ``geo:345678``."""


class Concepts:
    """What one item says about its codes: aliases of its inline catalog and names of its ``assert`` elements."""

    def __init__(self, item: Element) -> None:
        self._language = (item.get(XML_LANG) or "").partition("-")[0].lower()
        self._aliases = {
            attribute(scheme, "alias"): _IPTC_SCHEMES.get(attribute(scheme, "uri"))
            for catalog in children(item, "catalog")
            for scheme in children(catalog, "scheme")
        }
        self._asserted = {
            attribute(each, "qcode") or attribute(each, "uri") or attribute(each, "literal"): each
            for each in children(item, "assert")
        }

    def name_of(self, concept: Element) -> str | None:
        """Return the concept's name: its own, the one asserted elsewhere, or a code that is a name to read."""
        asserted = self._asserted.get(self.code_of(concept)) if self._asserted else None
        name = self._named(concept) or (self._named(asserted) if asserted is not None else "")
        if name:
            return name
        code = attribute(concept, "qcode").rpartition(":")[2]
        return code if _WORDS.fullmatch(code) else attribute(concept, "literal") or None

    def code_of(self, concept: Element) -> str:
        """Return the code as the item writes it: qcode, else address, else literal; empty without any."""
        return attribute(concept, "qcode") or attribute(concept, "uri") or attribute(concept, "literal")

    def subjects_of(self, concept: Element) -> Iterator[Subject]:
        """Yield the concept as a subject, and those that it says are the same."""
        yield from subjects_of(self._resolved(self.code_of(concept)), self.name_of(concept))
        for same in children(concept, "sameAs"):
            yield from subjects_of(self._resolved(self.code_of(same)), self._named(same) or None)

    def _resolved(self, code: str) -> str:
        alias, parted, rest = code.partition(":")
        scheme = self._aliases.get(alias) if parted else None
        return f"{scheme}:{rest}" if scheme else code

    def _named(self, concept: Element) -> str:
        """Return the name in the item's language, else the first."""
        names = list(children(concept, "name"))
        own = (name for name in names if (name.get(XML_LANG) or "").partition("-")[0].lower() == self._language)
        return words_of(next(own, names[0])) if names else ""


def party_of(party: Element, concepts: Concepts) -> tuple[str | None, float]:
    """Return who that is and how sure: by name, by the code's end (``nprov:AFP``), or by the host of an address."""
    if name := concepts.name_of(party):
        return name, 1.0
    if code := attribute(party, "qcode").rpartition(":")[2]:
        return code, 0.8
    return _host(attribute(party, "uri")), 0.6


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:  # brackets that are no IPv6 address
        return None
