"""Articles for people: tables, and everything about one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from copytaster.model.article import Article, ArticleStatus, Duplicate
from copytaster.model.printable_text import escape
from copytaster_cli.rendering.deliveries import describe_relation
from copytaster_cli.rendering.output import cell, table

if TYPE_CHECKING:  # lists do not need the models that an explanation imports
    from copytaster.explain import Decision

MAX_TOPICS = 5
"""Topics of an article that are shown in a list."""


def articles_table(articles: Iterable[Article]) -> Table:
    """Return one row for each article."""
    return table(
        "ARTICLE",
        "PUBLISHED OR RECEIVED",
        "SOURCE",
        "PUBLISHER",
        "STATUS",
        "TITLE",
        "TOPICS",
        rows=(
            (
                each.id,
                each.published_at or each.received_at,
                each.source,
                each.publisher,
                _status(each),
                each.title,
                _topic_names(each),
            )
            for each in articles
        ),
    )


def article_page(article: Article, *, versions: int | None = None) -> RenderableType:
    """Return the fields of an article with their origins, its labels with the evidence, and its text."""
    return Group(
        Text(escape(article.title), style="bold"),
        Text(),
        _sourced_fields(article, versions),
        Text(),
        *_labels(article),
        Text(escape(article.text)),
    )


def duplicates_table(duplicates: Iterable[Duplicate]) -> Table:
    """Return one row for each copy of an article."""
    return table(
        "DUPLICATE",
        "KIND",
        "FILE",
        "RECEIVED",
        rows=((d.delivery_id, f"{d.kind} {d.score:.2f}", d.name, d.received_at) for d in duplicates),
    )


def decisions_table(decisions: Sequence[Decision]) -> Table:
    """Return the decision of each stage, with its reason."""
    return table("STAGE", "DECISION", "WHY", rows=((each.stage, each.what, each.why) for each in decisions))


def _sourced_fields(article: Article, versions: int | None) -> Table:
    made = Table.grid(padding=(0, 2))
    for name, value in _plain_fields(article, versions).items():
        provenance = article.provenance.get(name)
        origin = f"{provenance.from_} ({provenance.confidence:.2f})" if provenance else ""
        if value not in {None, ""}:
            made.add_row(Text(name, style="dim"), Text(cell(value)), Text(escape(origin), style="dim"))
    return made


def _plain_fields(article: Article, versions: int | None) -> dict[str, object]:
    """Return the fields with a single value, under their names in the article document, in reading order."""
    return {
        "id": article.id,
        "version": f"{article.version} of {versions}" if versions else article.version,
        "status": _status(article),
        "ruling": _ruling(article),
        "release": _release(article),
        "source": article.source,
        "publisher": article.publisher,
        "byline": article.byline,
        "authors": ", ".join(article.authors),
        "dateline": article.dateline,
        "summary": article.summary,
        "url": article.url,
        "guid": article.guid,
        "language": article.language,
        "published_at": article.published_at,
        "published_local": article.published_local,
        "modified_at": article.modified_at,
        "captured_at": article.captured_at,
        "received_at": article.received_at,
        "embargoed_until": article.embargoed_until,
        "word_count": article.word_count,
        "format": article.format,
        "sha256": article.sha256,
        "story_id": article.story_id,
        "relation": describe_relation(article.relation),
        "duplicates": _duplicates(article),
        "title": article.title,
        "text": f"{len(article.text)} characters",
    }


def _labels(article: Article) -> list[RenderableType]:
    sections = (
        table(
            "TOPIC",
            "CODE",
            "SCORE",
            "WHY",
            rows=((t.name, t.code, f"{t.score:.2f}", t.why) for t in article.topics or ()),
        ),
        table("ENTITY", "TYPE", "MENTIONS", rows=((e.name, e.type, e.count) for e in article.entities or ())),
        table("KEYWORD", "SCORE", rows=((k.term, f"{k.score:.2f}") for k in article.keywords or ())),
        table("TAG", "RULE", "VERSION", "WHY", rows=((t.name, t.rule, t.version, t.why) for t in article.tags)),
        duplicates_table(article.duplicates),
    )
    return [part for section in sections if section.row_count for part in (section, Text())]


def _duplicates(article: Article) -> str | None:
    """Return how many copies there are, and the command that prints them; None if the page has all of them."""
    if article.duplicate_count <= len(article.duplicates):
        return None
    newest = f"the newest {len(article.duplicates)} of {article.duplicate_count:,}"
    return f"{newest}; `copytaster show {article.id} --duplicates` prints all"


def _status(article: Article) -> str:
    """Return the status, and the provider's instruction for earlier versions."""
    return ", ".join(filter(None, [article.status, article.signal]))


def _ruling(article: Article) -> str | None:
    """Return the change of the status by a user's rule."""
    ruling = article.ruling
    return f"{ruling.status} by rule {ruling.rule} ({ruling.version}): {ruling.why}" if ruling else None


def _release(article: Article) -> str | None:
    """Return the decision of a person about a release; for a withheld article without one, the command."""
    release = article.release
    if release is None:
        withheld = article.status is ArticleStatus.WITHHELD
        return f"`copytaster release {article.id}` releases it" if withheld else None
    what = f"released from {cell(release.at)}" if release.at else "withheld again"
    decided = f"{what}, decided by {release.by} at {cell(release.decided_at)}"
    return f"{decided}: {release.reason}" if release.reason else decided


def _topic_names(article: Article) -> str | None:
    if article.topics is None:
        return "(not tagged yet)"
    return ", ".join(each.name for each in article.topics[:MAX_TOPICS]) or None
