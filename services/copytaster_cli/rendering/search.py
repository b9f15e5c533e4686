"""Results of a search for people: each with the places in its text where the words of the query are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from rich.console import Group, RenderableType
from rich.text import Text

from copytaster.articles.views import ListedArticle
from copytaster.model.article import FieldSpan, Span
from copytaster.model.printable_text import escape
from copytaster_cli.rendering.output import cell

AROUND = 60
"""Characters that are shown before and after a place: with the place some two lines of a terminal."""

EXCERPTS = 2
"""Excerpts of an article: enough to see what it is about."""

FOUND = "bold yellow"


def result_page(found: Sequence[ListedArticle]) -> RenderableType:
    """Return title, particulars and excerpts of each article; the words that were found stand out."""
    return Group(*chain.from_iterable([*_lines(each), Text()] for each in found))


def _lines(article: ListedArticle) -> list[Text]:
    marked = article.highlights or ()
    title = _marked(article.title, 0, len(article.title), [each for each in marked if each.field == "title"])
    title.stylize("bold")
    when = cell(article.published_at or article.received_at)
    particulars = [article.id, when, article.source or article.publisher, article.status.value]
    return [title, Text("  ".join(cell(each) for each in particulars), style="dim"), *_excerpts(article, marked)]


def _excerpts(article: ListedArticle, marked: Sequence[FieldSpan]) -> list[Text]:
    if article.text is None:
        return []
    spans: list[Span] = [each for each in marked if each.field == "text"] or [Span(start=0, end=0)]
    excerpts: list[Text] = []
    shown = 0
    for span in spans:
        if span.start < shown or len(excerpts) == EXCERPTS:
            continue
        start, end = max(shown, span.start - AROUND), min(len(article.text), span.end + AROUND)
        start, shown = _whole_words(article.text, start, end)
        excerpts.append(_marked(article.text, start, shown, spans))
    return excerpts


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds without the parts of words at both ends, where the text has spaces."""
    first, last = text.find(" ", start, start + 20), text.rfind(" ", end - 20, end)
    return (first + 1 if start and first >= 0 else start), (last if end < len(text) and last >= 0 else end)


def _marked(text: str, start: int, end: int, spans: Sequence[Span]) -> Text:
    """Return ``text[start:end]`` on one line, with the spans emphasised and dots where something is omitted."""
    line, at = Text("… " if start else ""), start
    for span in spans:
        if start <= span.start and span.end <= end:
            line.append(_on_one_line(text[at : span.start]))
            line.append(_on_one_line(text[span.start : span.end]), style=FOUND)
            at = span.end
    line.append(_on_one_line(text[at:end]))
    return line.append(" …" if end < len(text) else "")


def _on_one_line(text: str) -> str:
    return escape(text.replace("\n", " "))
