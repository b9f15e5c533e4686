"""The removal of an article from every part of the store, whatever the reason."""

from __future__ import annotations

from datetime import datetime

from copytaster.dedup.signature import Signature
from copytaster.model.article import ArticleId
from copytaster.store.store import Store
from copytaster.stories.members import remove_member


def remove_article(article_id: ArticleId, store: Store, *, before: datetime | None) -> bool:
    """Remove the article, unless it has changed at ``before`` or later; None removes it in any case.

    May be repeated and called by several processes at once: one of them gets True. If this process dies, the time of
    the last change is still stored, so that ``Articles.unchanged`` returns the article again.

    Copies of the article stay, and relations of other articles to it. The term frequencies and the source statistics
    stay: they are counts of all articles, not of this one.
    """
    signatures = _signatures(article_id, store)
    if not store.articles.remove(article_id, before=before):
        return False
    store.near.remove(article_id, signatures)
    remove_member(article_id, store)
    store.retention.remove_article(article_id)
    return store.articles.end_removal(article_id, before=before)


def _signatures(article_id: ArticleId, store: Store) -> list[tuple[Signature, datetime]]:
    """Return the signatures by which the near-duplicate index has the article; mostly none, because it is old."""
    if not store.near.contains(article_id):
        return []
    from copytaster.dedup.signing import sign  # noqa: PLC0415  # NumPy is large, and few processes need it

    return [(sign(each.title, each.text), each.effective_at) for each in store.articles.versions(article_id)]
