"""Reads the metadata of a page: adds the candidate values of each field to the draft in the order of precedence."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit, urlunsplit

from lxml.etree import _Element
from lxml.html import HtmlElement

from copytaster.model.article import Image
from copytaster.parsing.dates import DATE_PATTERN
from copytaster.parsing.draft_builder import DraftBuilder, latest_publication
from copytaster.parsing.html.fragments import with_scheme
from copytaster.parsing.html.headings import folded, similar, words
from copytaster.parsing.html.images import read_images
from copytaster.parsing.html.marked_times import marked_times
from copytaster.parsing.html.metadata_sources import SourceValues, author_elements, author_lines, collect_values
from copytaster.parsing.html.page_dates import day_in_address, printed_days
from copytaster.parsing.html.paywall import ACCESS_SOURCES, Access, read_access
from copytaster.parsing.html.precedence import PRECEDENCE
from copytaster.parsing.html.subjects import keywords_of, sections_of
from copytaster.parsing.plain.opening_lines import BY, is_byline, names_in
from copytaster.parsing.plain.organisations import is_organisation

_OTHER_SOURCES = ACCESS_SOURCES | {"html:base", "html:h1", "og:image"}
"""Sources that are not in the table of precedence."""

_SOURCES = _OTHER_SOURCES | {source for sources in PRECEDENCE.values() for source, _ in sources}

_WIDE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_TITLE_SEPARATORS = re.compile(
    rf"\s+(?:[-|\u2013—·:»/]|::)\s+|\s*\uff5c\s*|(?<=[{_WIDE}])[-_|\u2013—]{{1,2}}(?=[{_WIDE}])"
)
"""Chinese, Japanese and Korean titles have no spaces around the separator."""
_BY = re.compile(rf"^\s*{BY}\b[: ]\s*", re.IGNORECASE)
_NAME_SEPARATORS = re.compile(r"\s*(?:[,;|/&]|\band\b)\s*", re.IGNORECASE)
_PRINTED_DATE = re.compile(rf"(?:[A-Z][a-z]+day,? )?{DATE_PATTERN}.*", re.DOTALL)
_ADDRESS = re.compile(r"\(?(?:https?:|www\.|@|[\w.]+@)\S+", re.IGNORECASE)
_NOT_A_NAME = re.compile(r"[@/\\<>{}]|^\W*$|\d")
_DEGREE = re.compile(
    r"(?:ph\.? ?d|m\.? ?d|d\.? ?o|d\.? ?phil|r\.? ?n|m\.? ?p\.? ?h|m\.? ?b\.? ?a|m\.? ?sc|b\.? ?sc?|esq|r\.? ?d"
    r"|d\.? ?d\.? ?s|j\.? ?d|ll\.? ?m)\.?",
    re.IGNORECASE,
)
"""A degree behind a comma, which would be read as one more author."""

_BUTTONS = re.compile(
    r"\s*[|·•-]?\s*\b(?:share (?:this|on|via|article)|shares? (?=tweet|facebook)|tweet\b|follow (?:on|@|us)"
    r"|view (?:all )?(?:posts|profile)|(?:facebook|twitter|linkedin|whatsapp|e-?mail)\s*(?:facebook|twitter|linkedin"
    r"|whatsapp|e-?mail|$)).*",
    re.IGNORECASE | re.DOTALL,
)
"""Links and buttons that are in the element of the author."""

_HOUSE = re.compile(
    r"^the\b|^[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}$|\b(?:agency|associates|associated press|association|board"
    r"|broadcasting|bureau|canadian press|company|corp"
    r"|corporation|desk|editors|foundation|gmbh|group|inc|institute|ltd|magazine|media|network|news|newspapers?|newsroom|press"
    r"|radio|redaktion|reporters|r[eé]daction|redacci[oó]n|reuters|staff|team|television|tv|university|writers"
    r"|admin|administrator|webmaster|editorial|chronicle|courier|gazette|herald|observer|post|times|tribune|zeitung"
    r"|anzeiger|nachrichten|kurier|tageblatt|rundschau)\b",
    re.IGNORECASE,
)
"""Words in the names of publishers, sites and desks. A wrong match only prefers another name that the page states."""

_LONGEST_BYLINE = 120
"""Characters, with role, publisher and date; a longer text is a box about the author."""

_NAME_LENGTHS = range(2, 81)
"""Characters; a longer text is a biography or a list without separators."""


_SEARCHES: dict[str, Callable[[_Element], list[str]]] = {
    "html:author": author_elements,
    "html:author-line": author_lines,
}
"""Sources of authors that are searched only if they are needed: they cost up to 1 ms each."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Metadata that are no fields of the draft: the text in JSON-LD, if any, and who may read the article."""

    body: str | None
    access: Access


def read_metadata(tree: HtmlElement, builder: DraftBuilder, *, fetched_from: str | None = None) -> Metadata:
    """Add the fields that a page's metadata state, and return the others; its container states ``fetched_from``."""
    values, described = collect_values(tree, _SOURCES)
    candidates = _Candidates(values, builder, article_address(fetched_from or "") or "")
    candidates.add_lines("publisher")
    candidates.add_url()
    candidates.add_title()
    candidates.add_authors(tree)
    candidates.add_byline()
    candidates.add_times("published_at")
    candidates.add_times("modified_at")
    candidates.add_visible_date(tree)
    candidates.add_languages()
    candidates.add_lines("summary")
    candidates.add_lists("keywords", keywords_of)
    candidates.add_lists("subjects", sections_of)
    candidates.add_images(tree, described)
    return Metadata(body=next(iter(values.get("json-ld:articleBody", ())), None), access=read_access(values))


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Adds the candidate values of each field in the order of its sources; ``fetched_from`` may be empty."""

    values: SourceValues
    builder: DraftBuilder
    fetched_from: str

    def add_lines(self, field: str) -> None:
        for source, confidence, value in self._candidates(field):
            self.builder.add(field, value, source, confidence)

    def add_times(self, field: str) -> None:
        for source, confidence, value in self._candidates(field):
            self.builder.add_time(field, value, source, confidence)

    def add_visible_date(self, tree: _Element) -> None:
        """Add the dates that the page states to readers; searched only if no metadata state the one of publication."""
        if "published_at" in self.builder:
            return
        times = marked_times(tree)
        for printed in times.published:
            self.builder.add_time("published_at", printed, "html:time", 0.6)
        for printed in times.changed:
            self.builder.add_time("modified_at", printed, "html:time", 0.6)
        if "published_at" in self.builder:
            return
        latest = latest_publication(self.builder.now)
        tags = self._all("html:lang", "json-ld:inLanguage", "meta:content-language", "og:locale")
        days = printed_days(tree, next(iter(tags), None), latest)
        self.builder.add_time("modified_at", days.changed, "html:date-line", 0.6)
        self.builder.add_time("published_at", days.published, "html:date-line", 0.6)
        self.builder.add_time("published_at", day_in_address(self.builder.get("url")), "html:address", 0.6)
        for printed in times.changed:
            self.builder.add_time("published_at", printed, "html:changed-time", 0.45)
        # A page that prints only when it was changed shows readers a version of that day. It may have been published
        # years before, so the confidence is low; but the order of versions and stories is right.
        self.builder.add_time("published_at", days.changed, "html:changed-line", 0.5)

    def add_languages(self) -> None:
        for source, confidence, value in self._candidates("language"):
            self.builder.add_language(value, source, confidence)

    def add_lists(self, field: str, read: Callable[[Sequence[str]], tuple[object, ...]]) -> None:
        """Add what ``read`` makes of all values of a source."""
        for source, confidence in PRECEDENCE[field]:
            self.builder.add(field, read(self.values.get(source, ())), source, confidence)

    def add_url(self) -> None:
        base = _joined(self.fetched_from, next(iter(self._all("html:base", "og:url")), ""))
        for source, confidence, value in self._candidates("url"):
            self.builder.add("url", article_address(value, base), source, confidence)
        # What follows needs an address: that of the pictures, and the day in it.
        self.builder.add("url", self.fetched_from or None, "container:address", 0.8)

    def add_title(self) -> None:
        """Add the headline without the site's name before or behind it."""
        site_names = self._all("json-ld:publisher", "og:site_name")
        sites = {folded(name) for name in (self.builder.get("publisher"), *site_names, *self._named_sites()) if name}
        headings = {folded(value) for value in self._all("html:h1", "og:title", "json-ld:headline")}
        visible = [words(value) for value in self._all("html:title", "html:h1")]
        titles = [each for each in self._candidates("title") if folded(each[2]) not in sites]
        # A title that is not visible on the page describes something else: a section, a subject, another story.
        shown = [each for each in titles if any(similar(words(each[2]), shown) for shown in visible)]
        for source, confidence, value in (*shown, *titles):
            self.builder.add("title", without_site(value, sites, headings), source, confidence)

    def _named_sites(self) -> Iterator[str]:
        """Yield the parts of the page's title beside its only ``h1``; some pages state the site's name as headline."""
        headings = self._all("html:h1")
        for title in self._all("html:title") if len(headings) == 1 else ():
            for separator in _TITLE_SEPARATORS.finditer(title):
                before, after = title[: separator.start()], title[separator.end() :]
                for headline, site in ((before, after), (after, before)):
                    if folded(headline) == folded(headings[0]) and len(site) < len(headline):
                        yield site

    def add_authors(self, tree: _Element) -> None:
        """Add the authors; people before publishers and desks, which are authors only if no source names a person.

        The elements of the page are searched only if no other source names a person.
        """
        houses: list[tuple[tuple[str, ...], str, float]] = []
        for source, confidence in PRECEDENCE["authors"]:
            search = _SEARCHES.get(source)
            values = search(tree) if search else self.values.get(source, ())
            names = _names_in_lines(values) if source.startswith("html:") else author_names(values)
            people = tuple(name for name in names if not self._is_house(name))
            if len(people) < len(names):
                # The last word of a publisher's name may be behind an "and": "Office for Ships and Boats".
                people = tuple(name for name in people if " " in name)
            if people:
                self.builder.add("authors", people, source, confidence)
                return
            houses.append((names, source, confidence))
        for names, source, confidence in houses:
            self.builder.add("authors", names, source, confidence)

    def _is_house(self, name: str) -> bool:
        sites = (self.builder.get("publisher"), *self._all("json-ld:publisher", "og:site_name"))
        if _HOUSE.search(name) or is_organisation(name):
            return True
        return folded(name) in {folded(site) for site in sites if site}

    def add_byline(self) -> None:
        """Add the visible byline, unless its element contains more than a byline."""
        for value in filter(is_byline, self._all("html:byline")):
            self.builder.add("byline", value, "html:byline", 0.6)

    def add_images(self, tree: _Element, described: Sequence[Image]) -> None:
        """Add the article's pictures; addresses are relative to the page's base, else to its own address."""
        base = _joined(self.builder.get("url") or "", next(iter(self._all("html:base")), ""))
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
        if folded(after) in sites or folded(before) in headings:
            return before
        # The site's name may be a heading too, but is shorter than a headline.
        if folded(before) in sites or (folded(after) in headings and len(after) > len(before)):
            return after
    return title


def author_names(values: Iterable[str]) -> tuple[str, ...]:
    """Return the names in metadata of authors: in order, each once, without "By", links and handles."""
    stated = (_BUTTONS.sub("", _BY.sub("", _ADDRESS.sub("", value))) for value in values)
    pieces = (piece for value in stated for piece in _split_names(value))
    names = (_BY.sub("", piece).strip(" ,.;:-\u2013—|") for piece in pieces)
    first: dict[str, str] = {}
    for name in names:
        if len(name) in _NAME_LENGTHS and not _NOT_A_NAME.search(name) and not _DEGREE.fullmatch(name):
            first.setdefault(name.casefold(), name)
    return tuple(first.values())


def _split_names(names: str) -> list[str]:
    pieces = [piece for piece in _NAME_SEPARATORS.split(names) if piece.strip(" .")]
    # "A & B" is one name, of an organisation: no person's name has one letter.
    return pieces if all(len(piece) in _NAME_LENGTHS for piece in pieces) else [names]


def article_address(value: str, base: str = "") -> str | None:
    """Return an absolute http(s) address without fragment, resolved against ``base``; None for a site's front page."""
    try:
        parts = urlsplit(urljoin(base, with_scheme(value, base)))
        host = parts.hostname
    except ValueError:  # brackets without an IPv6 address
        return None
    if parts.scheme not in {"http", "https"} or not host or (parts.path in {"", "/"} and not parts.query):
        return None
    return urlunsplit(parts._replace(fragment=""))


def _joined(base: str, address: str) -> str:
    """Return an address, resolved against ``base``; the base alone if the address is none."""
    try:
        return urljoin(base, address)
    except ValueError:  # brackets without an IPv6 address
        return base


def names_no_article(address: str) -> bool:
    """Say whether an address is that of a site's front page, which any number of articles may state."""
    return article_address(address) is None


def _names_in_lines(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the names in the first short line that consists of names; later lines belong to other stories."""
    bare = (_BUTTONS.sub("", _PRINTED_DATE.sub("", line)) for line in lines)
    bylines = (_BY.sub("", line) for line in bare if len(line) <= _LONGEST_BYLINE)
    return next(filter(None, map(names_in, bylines)), ())
