"""A page's metadata: every place that tells a field is a rival, and one table says who wins and how sure that is."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from urllib.parse import urljoin, urlsplit, urlunsplit

from lxml.etree import _Element

from copytaster.model.article import Image, Provenance, Subject
from copytaster.parsing.dates import DATE_PATTERN, read_moment
from copytaster.parsing.html.images import read_images
from copytaster.parsing.html.metadata_sources import Evidence, gather, printed_authors
from copytaster.parsing.html.paywall import ACCESS_PLACES, Access, read_access
from copytaster.parsing.html.precedence import RIVALS, Rival
from copytaster.parsing.html.subjects import keywords_of, sections_of
from copytaster.parsing.plain.opening_lines import BY, is_byline, names_in

T = TypeVar("T")

_HELPERS = ACCESS_PLACES | {"html:base", "html:h1", "og:image"}
"""Places that tell no field of the table."""

_WANTED = _HELPERS | {where for rivals in RIVALS.values() for where, _ in rivals}

_TITLE_BARS = re.compile(r"\s+(?:[-|\u2013—·:»/]|::)\s+")
_LEAD_IN = re.compile(rf"^\s*{BY}\b[: ]\s*", re.IGNORECASE)
_NAME_BARS = re.compile(r"\s*(?:[,;|/&]|\band\b)\s*", re.IGNORECASE)
_PRINTED_MOMENT = re.compile(rf"(?:[A-Z][a-z]+day,? )?{DATE_PATTERN}.*", re.DOTALL)
_ADDRESS = re.compile(r"\(?(?:https?:|www\.|@|[\w.]+@)\S+", re.IGNORECASE)
_NOT_A_NAME = re.compile(r"[@/\\<>{}]|^\W*$|\d")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?")

_LONGEST_BYLINE = 120
"""Characters, with role, house and date; what is longer is a box about the author."""

_NAME_LENGTHS = range(2, 81)
"""Characters; what is longer is a biography or a list that nobody parted."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says about its article; absent is None. ``body`` is the text that JSON-LD carries, if any."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    byline: str | None = None
    published_at: datetime | None = None
    modified_at: datetime | None = None
    url: str | None = None
    source: str | None = None
    language: str | None = None
    summary: str | None = None
    body: str | None = None
    keywords: tuple[str, ...] = ()
    subjects: tuple[Subject, ...] = ()
    images: tuple[Image, ...] = ()
    access: Access = field(default_factory=Access)
    provenance: dict[str, Provenance] = field(default_factory=dict)


def read_metadata(tree: _Element, *, now: datetime) -> Metadata:
    """Return a page's metadata, each field from its best rival that makes sense, with provenance."""
    evidence, described = gather(tree, _WANTED)
    picked = _Picker(evidence)
    source, url = picked.text("source"), picked.url()
    return Metadata(
        title=picked.title(source),
        authors=picked.authors(tree),
        byline=picked.byline(),
        published_at=picked.moment("published_at", now),
        modified_at=picked.moment("modified_at", now),
        url=url,
        source=source,
        language=picked.language(),
        summary=picked.text("summary"),
        body=next(iter(evidence.get("json-ld:articleBody", ())), None),
        keywords=picked.listed("keywords", keywords_of),
        subjects=picked.listed("subjects", sections_of),
        images=picked.images(tree, described, url),
        access=read_access(evidence),
        provenance=picked.provenance,
    )


@dataclass(frozen=True, slots=True)
class _Picker:
    """Walks a field's rivals and notes which one won."""

    evidence: Evidence
    provenance: dict[str, Provenance] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """Return the field as it is told first."""
        return next((self._won(name, rival, told) for rival, told in self._rivals(name)), None)

    def listed(self, name: str, read: Callable[[Sequence[str]], tuple[T, ...]]) -> tuple[T, ...]:
        """Return what ``read`` makes of all that the first rival tells of which it makes something."""
        for where, confidence in RIVALS[name]:
            if values := read(self.evidence.get(where, ())):
                self.provenance[name] = Provenance(from_=where, confidence=confidence)
                return values
        return ()

    def images(self, tree: _Element, described: Sequence[Image], url: str | None) -> tuple[Image, ...]:
        """Return the article's pictures; addresses are seen from the page's base, else from its own ``url``."""
        base = urljoin(url or "", next(iter(self._all("html:base")), ""))
        found = read_images(tree, described, self._all("og:image"), base)
        if found.origin:
            self.provenance["images"] = found.origin
        return found.images

    def title(self, source: str | None) -> str | None:
        """Return the headline without the site's name behind (or before) it."""
        houses = {_folded(house) for house in [source, *self._all("json-ld:publisher", "og:site_name")] if house}
        headings = {_folded(told) for told in self._all("html:h1", "og:title", "json-ld:headline")}
        rivals = [pair for pair in self._rivals("title") if _folded(pair[1]) not in houses]
        shown = [_words(told) for told in self._all("html:title", "html:h1")]
        # A headline that readers see nowhere on the page describes something else: a section, a subject, another story.
        best = next((pair for pair in rivals if any(_alike(_words(pair[1]), words) for words in shown)), None)
        rival, told = best or next(iter(rivals), (None, ""))
        return self._won("title", rival, without_site(told, houses, headings)) if rival else None

    def authors(self, tree: _Element) -> tuple[str, ...]:
        """Return the names of the first rival that has any; the page is searched only when nothing else names them."""
        for where, confidence in RIVALS["authors"]:
            told = printed_authors(tree) if where == "html:author" else self.evidence.get(where, ())
            if names := _printed_names(told) if where.startswith("html:") else author_names(told):
                self.provenance["authors"] = Provenance(from_=where, confidence=confidence)
                return names
        return ()

    def byline(self) -> str | None:
        """Return the byline as readers see it, when it is one and not a block that holds more."""
        told = next((told for told in self.evidence.get("html:byline", ()) if is_byline(told)), None)
        return told and self._won("byline", ("html:byline", 0.6), told)

    def moment(self, name: str, now: datetime) -> datetime | None:
        """Return the first moment that can be read and is plausible; without a zone at a lower confidence."""
        for (where, confidence), told in self._rivals(name):
            if moment := read_moment(told, now=now):
                self.provenance[name] = Provenance(from_=where, confidence=moment.confidence(confidence))
                return moment.at
        return None

    def url(self) -> str | None:
        """Return the article's own absolute address; a site's front page is none."""
        base = next(iter(self._all("html:base", "og:url")), "")
        found = ((rival, article_address(told, base)) for rival, told in self._rivals("url"))
        return next((self._won("url", rival, address) for rival, address in found if address), None)

    def language(self) -> str | None:
        """Return the language's primary subtag in small letters (``en``)."""
        found = ((rival, _LANGUAGE.fullmatch(told)) for rival, told in self._rivals("language"))
        return next((self._won("language", rival, match.group(1).lower()) for rival, match in found if match), None)

    def _rivals(self, name: str) -> Iterator[tuple[Rival, str]]:
        return ((rival, told) for rival in RIVALS[name] for told in self.evidence.get(rival[0], ()))

    def _all(self, *places: str) -> list[str]:
        return [told for place in places for told in self.evidence.get(place, ())]

    def _won(self, name: str, rival: Rival, value: str) -> str:
        self.provenance[name] = Provenance(from_=rival[0], confidence=rival[1])
        return value


def without_site(title: str, houses: Container[str], headings: Container[str]) -> str:
    """Return ``title`` without a part parted by a bar, where that part is a house or the rest is a heading of the page.

    ``houses`` and ``headings`` are folded: small letters and digits only.
    """
    for bar in reversed(list(_TITLE_BARS.finditer(title))):
        before, after = title[: bar.start()], title[bar.end() :]
        if _folded(after) in houses or _folded(before) in headings:
            return before
        # A masthead is a heading too, but a name is shorter than a headline.
        if _folded(before) in houses or (_folded(after) in headings and len(after) > len(before)):
            return after
    return title


def author_names(told: Iterable[str]) -> tuple[str, ...]:
    """Return the names in what a page says of its authors: each once, in order, without "By", links and handles."""
    pieces = (piece for entry in told for piece in _parted(_LEAD_IN.sub("", _ADDRESS.sub("", entry))))
    names = (_LEAD_IN.sub("", piece).strip(" ,.;:-\u2013—|") for piece in pieces)
    kept = (name for name in names if len(name) in _NAME_LENGTHS and not _NOT_A_NAME.search(name))
    first: dict[str, str] = {}
    for name in kept:
        first.setdefault(name.casefold(), name)
    return tuple(first.values())


def _parted(names: str) -> list[str]:
    pieces = [piece for piece in _NAME_BARS.split(names) if piece.strip(" .")]
    # A house such as "A & B" is one name: no person's has one letter.
    return pieces if all(len(piece) in _NAME_LENGTHS for piece in pieces) else [names]


def article_address(told: str, base: str = "") -> str | None:
    """Return an absolute http(s) address without fragment, resolved against ``base``; None for a site's front page."""
    try:
        parts = urlsplit(urljoin(base, told))
        host = parts.hostname
    except ValueError:  # brackets that are no IPv6 address
        return None
    if parts.scheme not in {"http", "https"} or not host or (parts.path in {"", "/"} and not parts.query):
        return None
    return urlunsplit(parts._replace(fragment=""))


def _printed_names(told: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the first short line that is made of names: those after it belong to other stories."""
    lines = (_PRINTED_MOMENT.sub("", line) for line in told if len(line) <= _LONGEST_BYLINE)
    return next(filter(None, (names_in(_LEAD_IN.sub("", line)) for line in lines)), ())


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two headings share half the words of the shorter."""
    return 2 * len(one & other) >= min(len(one), len(other)) > 0


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
