"""Concepts of NewsML-G2: codes with schemes, names in several languages, and assertions elsewhere in an item."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from copytaster.model.article import Subject
from copytaster.parsing.safe_xml import XML_LANG, Element, attribute, children, text_of
from copytaster.parsing.wire.subjects import MEDIA_TOPICS, SUBJECT_CODES, subjects_of

_IPTC_SCHEMES = {
    "http://cv.iptc.org/newscodes/mediatopic/": MEDIA_TOPICS,
    "http://cv.iptc.org/newscodes/subjectcode/": SUBJECT_CODES,
}
"""IPTC's schemes, for which a catalog may define another alias."""

_READABLE_CODE = re.compile(r"[A-Z][A-Za-z]{2,}(?:[ -][A-Z][A-Za-z]+)*")
"""A code that is a readable name: ``city:Philadelphia``; not ``iso3166-1a2:DE`` or ``geo:345678``."""


class Concepts:
    """The concepts of one item, with the aliases of its inline catalog and the names in its ``assert`` elements."""

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
        """Return the concept's name: in itself, in an assertion, or a readable code."""
        asserted = self._asserted.get(self.code_of(concept)) if self._asserted else None
        name = self._named(concept) or (self._named(asserted) if asserted is not None else "")
        if name:
            return name
        code = attribute(concept, "qcode").rpartition(":")[2]
        return code if _READABLE_CODE.fullmatch(code) else attribute(concept, "literal") or None

    def code_of(self, concept: Element) -> str:
        """Return the code as in the item: qcode, else address, else literal; empty without any of them."""
        return attribute(concept, "qcode") or attribute(concept, "uri") or attribute(concept, "literal")

    def subjects_of(self, concept: Element) -> Iterator[Subject]:
        """Yield the concept as a subject, and the concepts that it declares the same."""
        yield from subjects_of(self._resolved(self.code_of(concept)), self.name_of(concept))
        for same in children(concept, "sameAs"):
            yield from subjects_of(self._resolved(self.code_of(same)), self._named(same) or None)

    def _resolved(self, code: str) -> str:
        alias, separator, rest = code.partition(":")
        scheme = self._aliases.get(alias) if separator else None
        return f"{scheme}:{rest}" if scheme else code

    def _named(self, concept: Element) -> str:
        """Return the name in the item's language, else the first."""
        names = list(children(concept, "name"))
        matching = (name for name in names if (name.get(XML_LANG) or "").partition("-")[0].lower() == self._language)
        return text_of(next(matching, names[0])) if names else ""


def party_of(party: Element, concepts: Concepts) -> tuple[str | None, float]:
    """Return a party's name, the end of its code (``nprov:AFP``) or its address's host, and the confidence in it."""
    if name := concepts.name_of(party):
        return name, 1.0
    if code := attribute(party, "qcode").rpartition(":")[2]:
        return code, 0.8
    return _host(attribute(party, "uri")), 0.6


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:  # brackets without an IPv6 address
        return None
