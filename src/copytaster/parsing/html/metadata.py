"""Reads the metadata of a page: adds the candidate values of each field to the draft in the order of precedence."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit, urlunsplit

from lxml.etree import _Element

from copytaster.model.article import Image
from copytaster.parsing.dates import DATE_PATTERN
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.html.images import read_images
from copytaster.parsing.html.metadata_sources import SourceValues, author_elements, collect_values
from copytaster.parsing.html.paywall import ACCESS_SOURCES, Access, read_access
from copytaster.parsing.html.precedence import PRECEDENCE
from copytaster.parsing.html.subjects import keywords_of, sections_of
from copytaster.parsing.plain.opening_lines import BY, is_byline, names_in

_OTHER_SOURCES = ACCESS_SOURCES | {"html:base", "html:h1", "og:image"}
"""Sources that are not in the table of precedence."""

_SOURCES = _OTHER_SOURCES | {source for sources in PRECEDENCE.values() for source, _ in sources}

_TITLE_SEPARATORS = re.compile(r"\s+(?:[-|\u2013—·:»/]|::)\s+")
_BY = re.compile(rf"^\s*{BY}\b[: ]\s*", re.IGNORECASE)
_NAME_SEPARATORS = re.compile(r"\s*(?:[,;|/&]|\band\b)\s*", re.IGNORECASE)
_PRINTED_DATE = re.compile(rf"(?:[A-Z][a-z]+day,? )?{DATE_PATTERN}.*", re.DOTALL)
_ADDRESS = re.compile(r"\(?(?:https?:|www\.|@|[\w.]+@)\S+", re.IGNORECASE)
_NOT_A_NAME = re.compile(r"[@/\\<>{}]|^\W*$|\d")

_LONGEST_BYLINE = 120
"""Characters, with role, publisher and date; a longer text is a box about the author."""

_NAME_LENGTHS = range(2, 81)
"""Characters; a longer text is a biography or a list without separators."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Metadata that are no fields of the draft: the text in JSON-LD, if any, and who may read the article."""

    body: str | None
    access: Access


def read_metadata(tree: _Element, builder: DraftBuilder) -> Metadata:
    """Add the fields that a page's metadata state, and return the other metadata."""
    values, described = collect_values(tree, _SOURCES)
    candidates = _Candidates(values, builder)
    candidates.add_lines("source")
    candidates.add_url()
    candidates.add_title()
    candidates.add_authors(tree)
    candidates.add_byline()
    candidates.add_times("published_at")
    candidates.add_times("modified_at")
    candidates.add_languages()
    candidates.add_lines("summary")
    candidates.add_lists("keywords", keywords_of)
    candidates.add_lists("subjects", sections_of)
    candidates.add_images(tree, described)
    return Metadata(body=next(iter(values.get("json-ld:articleBody", ())), None), access=read_access(values))


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Adds the candidate values of each field in the order of its sources."""

    values: SourceValues
    builder: DraftBuilder

    def add_lines(self, field: str) -> None:
        for source, confidence, value in self._candidates(field):
            self.builder.add(field, value, source, confidence)

    def add_times(self, field: str) -> None:
        for source, confidence, value in self._candidates(field):
            self.builder.add_time(field, value, source, confidence)

    def add_languages(self) -> None:
        for source, confidence, value in self._candidates("language"):
            self.builder.add_language(value, source, confidence)

    def add_lists(self, field: str, read: Callable[[Sequence[str]], tuple[object, ...]]) -> None:
        """Add what ``read`` makes of all values of a source."""
        for source, confidence in PRECEDENCE[field]:
            self.builder.add(field, read(self.values.get(source, ())), source, confidence)

    def add_url(self) -> None:
        base = next(iter(self._all("html:base", "og:url")), "")
        for source, confidence, value in self._candidates("url"):
            self.builder.add("url", article_address(value, base), source, confidence)

    def add_title(self) -> None:
        """Add the headline without the site's name before or behind it."""
        site_names = self._all("json-ld:publisher", "og:site_name")
        sites = {_folded(name) for name in (self.builder.get("source"), *site_names) if name}
        headings = {_folded(value) for value in self._all("html:h1", "og:title", "json-ld:headline")}
        visible = [_words(value) for value in self._all("html:title", "html:h1")]
        titles = [each for each in self._candidates("title") if _folded(each[2]) not in sites]
        # A title that is not visible on the page describes something else: a section, a subject, another story.
        shown = [each for each in titles if any(_similar(_words(each[2]), words) for words in visible)]
        for source, confidence, value in (*shown, *titles):
            self.builder.add("title", without_site(value, sites, headings), source, confidence)

    def add_authors(self, tree: _Element) -> None:
        """Add the authors; the elements of the page are searched only if no other source has a name."""
        for source, confidence in PRECEDENCE["authors"]:
            if "authors" in self.builder:
                break
            values = author_elements(tree) if source == "html:author" else self.values.get(source, ())
            names = _names_in_lines(values) if source.startswith("html:") else author_names(values)
            self.builder.add("authors", names, source, confidence)

    def add_byline(self) -> None:
        """Add the visible byline, unless its element contains more than a byline."""
        for value in filter(is_byline, self._all("html:byline")):
            self.builder.add("byline", value, "html:byline", 0.6)

    def add_images(self, tree: _Element, described: Sequence[Image]) -> None:
        """Add the article's pictures; addresses are relative to the page's base, else to its own address."""
        base = urljoin(self.builder.get("url") or "", next(iter(self._all("html:base")), ""))
        found = read_images(tree, described, self._all("og:image"), base)
        self.builder.add("images", found.images, found.source, found.confidence)

    def _candidates(self, field: str) -> Iterator[tuple[str, float, str]]:
        for source, confidence in PRECEDENCE[field]:
            for value in self.values.get(source, ()):
                yield source, confidence, value

    def _all(self, *sources: str) -> list[str]:
        return [value for source in sources for value in self.values.get(source, ())]


def without_site(title: str, sites: Container[str], headings: Container[str]) -> str:
    """Return ``title`` without the part on one side of a separator that names the site.

    A part names the site if it is in ``sites``, or if the other part is one of the page's ``headings``. Both are
    folded: lower-case letters and digits only.
    """
    for separator in reversed(list(_TITLE_SEPARATORS.finditer(title))):
        before, after = title[: separator.start()], title[separator.end() :]
        if _folded(after) in sites or _folded(before) in headings:
            return before
        # The site's name may be a heading too, but is shorter than a headline.
        if _folded(before) in sites or (_folded(after) in headings and len(after) > len(before)):
            return after
    return title


def author_names(values: Iterable[str]) -> tuple[str, ...]:
    """Return the names in metadata of authors: in order, each once, without "By", links and handles."""
    pieces = (piece for value in values for piece in _split_names(_BY.sub("", _ADDRESS.sub("", value))))
    names = (_BY.sub("", piece).strip(" ,.;:-\u2013—|") for piece in pieces)
    first: dict[str, str] = {}
    for name in names:
        if len(name) in _NAME_LENGTHS and not _NOT_A_NAME.search(name):
            first.setdefault(name.casefold(), name)
    return tuple(first.values())


def _split_names(names: str) -> list[str]:
    pieces = [piece for piece in _NAME_SEPARATORS.split(names) if piece.strip(" .")]
    # "A & B" is one name, of an organisation: no person's name has one letter.
    return pieces if all(len(piece) in _NAME_LENGTHS for piece in pieces) else [names]


def article_address(value: str, base: str = "") -> str | None:
    """Return an absolute http(s) address without fragment, resolved against ``base``; None for a site's front page."""
    try:
        parts = urlsplit(urljoin(base, value))
        host = parts.hostname
    except ValueError:  # brackets without an IPv6 address
        return None
    if parts.scheme not in {"http", "https"} or not host or (parts.path in {"", "/"} and not parts.query):
        return None
    return urlunsplit(parts._replace(fragment=""))


def _names_in_lines(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the names in the first short line that consists of names; later lines belong to other stories."""
    bylines = (_BY.sub("", _PRINTED_DATE.sub("", line)) for line in lines if len(line) <= _LONGEST_BYLINE)
    return next(filter(None, map(names_in, bylines)), ())


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


def _similar(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two headings share half the words of the shorter."""
    return 2 * len(one & other) >= min(len(one), len(other)) > 0


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
