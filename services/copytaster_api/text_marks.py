"""Texts in pieces, of which some are marked: names, evidence for topics, what a rule matched, what a search found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from copytaster.articles.views import ListedArticle
from copytaster.model.article import Article, FieldSpan, Span

KINDS: Mapping[str, str] = {
    "person": "person",
    "org": "organisation",
    "place": "place",
    "topic": "evidence for a topic",
    "tag": "matched by a rule",
    "found": "found by the search",
}
"""The kinds of marks in the order of the legend, with what each means."""

BEFORE, AFTER = 80, 240
"""Characters of a text before and after the first word that a search found: two or three lines of a list."""

WORD = 40
"""Most characters that are left out so that a passage begins and ends with a whole word. Scripts without spaces between
words have a space where another script begins, or none.
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """A range of a text, counted in characters, and for what it is evidence."""

    kind: str
    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage, its place in the whole text, and the marks that cover it; without any it is plain text."""

    text: str
    start: int
    marks: tuple[Mark, ...] = ()

    @property
    def kinds(self) -> str:
        """The kinds of the marks, each once, as CSS classes."""
        return " ".join(dict.fromkeys(each.kind for each in self.marks))

    @property
    def labels(self) -> str:
        """What the marks are evidence for, each once."""
        return "; ".join(dict.fromkeys(each.label for each in self.marks))


def pieces(text: str, marks: Iterable[Mark]) -> list[Piece]:
    """Return the text in pieces; marks may overlap, and those that are not inside the text are left out."""
    inside = sorted((each for each in marks if 0 <= each.start < each.end <= len(text)), key=lambda each: each.start)
    edges = sorted({0, len(text), *(each.start for each in inside), *(each.end for each in inside)})
    return list(_pieces(text, inside, edges))


def _pieces(text: str, marks: Sequence[Mark], edges: Sequence[int]) -> Iterator[Piece]:
    covering: list[Mark] = []
    taken = 0
    for start, end in pairwise(edges):
        covering = [each for each in covering if each.end > start]
        while taken < len(marks) and marks[taken].start == start:
            covering.append(marks[taken])
            taken += 1
        yield Piece(text[start:end], start, tuple(covering))


def marks_in_title(article: Article) -> list[Mark]:
    """Return the marks of an article's title: only rules have evidence there."""
    return list(_of_rules(article, "title"))


def marks_in_text(article: Article) -> list[Mark]:
    """Return the marks of an article's text: names, topics and rules."""
    names = (
        Mark(each.type, f"{each.name} ({KINDS[each.type]})", span.start, span.end)
        for each in article.entities or ()
        for span in each.spans
    )
    topics = (
        Mark("topic", f"topic {each.name}", span.start, span.end)
        for each in article.topics or ()
        for span in each.spans
    )
    return [*names, *topics, *_of_rules(article, "text")]


def _of_rules(article: Article, field: str) -> Iterator[Mark]:
    for each in article.tags:
        label = f"tag {each.name} (rule {each.rule})"
        yield from (Mark("tag", label, span.start, span.end) for span in each.spans if span.field == field)


def found_title(article: ListedArticle) -> list[Piece]:
    """Return the title of a result with the words that the search found."""
    return pieces(article.title, _found(_spans(article, "title")))


def passage(article: ListedArticle) -> list[Piece]:
    """Return the passage of a text around the first word that a search found, else the summary or the beginning.

    Empty while the text may not be used.
    """
    if article.text is None:
        return []
    spans = _spans(article, "text")
    if not spans:
        return [Piece(_cut(article.summary or article.text, 0, AFTER), 0)]
    start = max(spans[0].start - BEFORE, 0)
    if start:
        start = article.text.find(" ", start, min(start + WORD, spans[0].start)) + 1 or start
    cut = _cut(article.text, start, start + BEFORE + AFTER)
    shifted = (Span(start=each.start - start, end=each.end - start) for each in spans if each.start >= start)
    return ([Piece("… ", 0)] if start else []) + pieces(cut, _found(shifted))


def _cut(text: str, start: int, end: int) -> str:
    """Return a part of the text that ends with a word, if that is not too long, and an ellipsis if more follows."""
    if end >= len(text):
        return text[start:]
    space = text.rfind(" ", max(start, end - WORD), end)
    return f"{text[start : end if space < 0 else space]} …"


def _spans(article: ListedArticle, field: str) -> list[FieldSpan]:
    spans = (each for each in article.highlights or () if each.field == field)
    return sorted(spans, key=lambda each: each.start)


def _found(spans: Iterable[Span]) -> Iterator[Mark]:
    return (Mark("found", KINDS["found"], each.start, each.end) for each in spans)


def legend(*marked: Sequence[Mark]) -> list[tuple[str, str]]:
    """Return the kinds that occur among the marks, each with its meaning."""
    present = {each.kind for some in marked for each in some}
    return [(kind, meaning) for kind, meaning in KINDS.items() if kind in present]
