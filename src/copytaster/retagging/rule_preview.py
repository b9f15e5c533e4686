"""What rules would do to articles that are there, before they are switched on. Nothing is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from copytaster.model.article import Article, ArticleId, ArticleStatus, Document, FieldSpan
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.store import Store
from copytaster.tagging.existing_labels import existing_labels
from copytaster.tagging.rules.apply import judge
from copytaster.tagging.rules.model import RuleSet

PAGE = 100
"""Articles asked for at once: some 500 KB."""


class PreviewMatch(Document):
    """An article that a rule matches, why, where, and what the rule would do to it; ``topics`` are codes."""

    rule: str
    version: str
    article_id: ArticleId
    title: str
    source: str | None
    why: str
    spans: tuple[FieldSpan, ...]
    tags: tuple[str, ...]
    topics: tuple[str, ...]
    status: ArticleStatus | None


class PreviewedRule(Document):
    """How many articles a rule matches; ``out_of_time`` counts those over which it took too long."""

    id: str
    version: str
    matches: int
    out_of_time: int


class RulePreview(Document):
    """What rules would do to the newest ``articles``: a line per rule, and every match, newest article first."""

    articles: int
    rules: tuple[PreviewedRule, ...]
    matches: tuple[PreviewMatch, ...]


def newest_articles(store: Store, *, last: int) -> Iterator[Article]:
    """Yield the ``last`` articles that were received, newest first, copies left out."""
    query = ArticleQuery(limit=PAGE)
    while last > 0:
        page = store.articles.find(replace(query, limit=min(PAGE, last)))
        yield from page.articles
        last -= len(page.articles)
        if page.next_cursor is None:
            return
        query = replace(query, cursor=page.next_cursor)


def preview_rules(rules: RuleSet, articles: Iterable[Article]) -> RulePreview:
    """Return what the rules would do to the articles, with the labels that these have now."""
    looked_at, late, found = 0, Counter[str](), list[PreviewMatch]()
    for article in articles:
        looked_at += 1
        judged = judge(rules, article, existing_labels(article))
        late.update(judged.late)
        found += [
            PreviewMatch(
                rule=each.rule.id,
                version=each.rule.version,
                article_id=article.id,
                title=article.title,
                source=article.source,
                why=each.why,
                spans=each.spans,
                tags=each.rule.then.tags,
                topics=tuple(topic.code for topic in each.rule.then.topics),
                status=each.rule.then.status,
            )
            for each in judged.matched
        ]
    counts = Counter(each.rule for each in found)
    tried = [
        PreviewedRule(id=rule.id, version=rule.version, matches=counts[rule.id], out_of_time=late[rule.id])
        for rule in rules.rules
    ]
    return RulePreview(articles=looked_at, rules=tuple(tried), matches=tuple(found))
