"""The removal of articles from every part of the store, whatever the reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from copytaster.articles.embargoes import update_embargo
from copytaster.dedup.signature import Signature
from copytaster.model.article import ArticleId
from copytaster.store.matching import is_listed
from copytaster.store.store import Store
from copytaster.stories.members import remove_members

TOGETHER = 10
"""Articles removed together. The longest command takes the server some 2 ms, in which nobody else is served."""


def remove_article(article_id: ArticleId, store: Store, *, before: datetime | None) -> bool:
    """Remove an article, and return whether it was removed; see ``remove_articles``."""
    return bool(remove_articles([article_id], store, before=before))


def remove_articles(article_ids: Sequence[ArticleId], store: Store, *, before: datetime | None) -> list[ArticleId]:
    """Remove articles, but for those that have changed at ``before`` or later; None removes them in any case.

    Returns those that were removed. May be repeated and called by several processes at once: one of them gets each
    article. If this process dies, the times of the last changes are still stored, so that ``Articles.unchanged``
    returns the articles again. An article that is stored again meanwhile stays.

    Copies of the articles stay, and relations of other articles to them. The term frequencies and the source statistics
    stay: they are counts of all articles, not of these. Cost: fourteen round trips, for at most ``TOGETHER`` articles.
    """
    signed = store.near.contained(article_ids)
    signatures = {each: _signatures_of(each, store) if each in signed else [] for each in article_ids}
    absent = store.articles.remove_many(article_ids, before=before)
    removed = [each for each in article_ids if each in absent]
    if not removed:
        return []
    store.near.remove_many({each: signatures[each] for each in removed})
    remove_members(removed, store)
    store.retention.remove_articles(removed)
    ended = store.articles.end_removals(removed, before=before)
    for each in removed:
        if each not in ended:
            _give_back(each, store)
    return [each for each in removed if each in ended]


def _give_back(article_id: ArticleId, store: Store) -> None:
    """Restore what the removal has taken from an article that was stored again meanwhile, if it was."""
    article = store.articles.get(article_id)
    if article is None:
        return
    for signature, at in _signatures_of(article_id, store):
        store.near.add(article_id, signature, at=at)
    # An embargo that has ended since is reported as well.
    update_embargo(article_id, store, now=article.received_at)
    if is_listed(article):
        store.ledger.request_tagging([article_id], due_in=timedelta(0))


def _signatures_of(article_id: ArticleId, store: Store) -> list[tuple[Signature, datetime]]:
    """Return the signatures of all versions of the article."""
    from copytaster.dedup.signing import sign  # noqa: PLC0415  # NumPy is large, and few processes need it

    return [(sign(each.title, each.text), each.effective_at) for each in store.articles.versions(article_id)]
