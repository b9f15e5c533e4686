"""A preview of what rules would do to stored articles, before they are put in force. Nothing is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from copytaster.model.article import Article, ArticleId, ArticleStatus, Document, FieldSpan
from copytaster.store.article_pages import article_pages
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.store import Store
from copytaster.tagging.existing_labels import existing_labels
from copytaster.tagging.rules.apply import evaluate
from copytaster.tagging.rules.model import RuleSet

PAGE = 100
"""Articles per query: some 500 KB."""


class PreviewMatch(Document):
    """An article that a rule matches, the evidence, and what the rule would add; ``topics`` are codes."""

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
    """How many articles a rule matches, and on how many it exceeded its time limit (``out_of_time``)."""

    id: str
    version: str
    matches: int
    out_of_time: int


class RulePreview(Document):
    """The effects of rules on the newest articles: one entry per rule, and every match, newest article first.

    ``articles`` is the number of articles that were evaluated.
    """

    articles: int
    rules: tuple[PreviewedRule, ...]
    matches: tuple[PreviewMatch, ...]


def newest_articles(store: Store, *, last: int) -> Iterator[Article]:
    """Yield the ``last`` articles received, newest first, without duplicates."""
    for page in article_pages(store.articles, ArticleQuery(limit=PAGE), most=last):
        yield from page


def preview_rules(rules: RuleSet, articles: Iterable[Article]) -> RulePreview:
    """Return what the rules would do to the articles with their current labels."""
    count, timed_out, matches = 0, Counter[str](), list[PreviewMatch]()
    for article in articles:
        count += 1
        evaluation = evaluate(rules, article, existing_labels(article))
        timed_out.update(each.id for each in evaluation.timed_out)
        matches += [
            PreviewMatch(
                rule=match.rule.id,
                version=match.rule.version,
                article_id=article.id,
                title=article.title,
                source=article.source,
                why=match.why,
                spans=match.spans,
                tags=match.rule.then.tags,
                topics=tuple(topic.code for topic in match.rule.then.topics),
                status=match.rule.then.status,
            )
            for match in evaluation.matches
        ]
    matches_by_rule = Counter(match.rule for match in matches)
    previewed = [
        PreviewedRule(
            id=rule.id, version=rule.version, matches=matches_by_rule[rule.id], out_of_time=timed_out[rule.id]
        )
        for rule in rules.rules
    ]
    return RulePreview(articles=count, rules=tuple(previewed), matches=tuple(matches))
