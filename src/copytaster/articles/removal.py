"""The removal of an article from every part of the store, whatever the reason."""

from __future__ import annotations

from datetime import datetime, timedelta

from copytaster.articles.embargoes import update_embargo
from copytaster.dedup.signature import Signature
from copytaster.model.article import ArticleId
from copytaster.store.matching import is_listed
from copytaster.store.store import Store
from copytaster.stories.members import remove_member


def remove_article(article_id: ArticleId, store: Store, *, before: datetime | None) -> bool:
    """Remove the article, unless it has changed at ``before`` or later; None removes it in any case.

    May be repeated and called by several processes at once: one of them gets True. If this process dies, the time of
    the last change is still stored, so that ``Articles.unchanged`` returns the article again. An article that is stored
    again meanwhile stays.

    Copies of the article stay, and relations of other articles to it. The term frequencies and the source statistics
    stay: they are counts of all articles, not of this one.
    """
    signatures = _signatures(article_id, store)
    if not store.articles.remove(article_id, before=before):
        return False
    store.near.remove(article_id, signatures)
    remove_member(article_id, store)
    store.retention.remove_article(article_id)
    if store.articles.end_removal(article_id, before=before):
        return True
    _give_back(article_id, store)
    return False


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


def _signatures(article_id: ArticleId, store: Store) -> list[tuple[Signature, datetime]]:
    """Return the signatures by which the near-duplicate index has the article; mostly none, because it is old."""
    return _signatures_of(article_id, store) if store.near.contains(article_id) else []


def _signatures_of(article_id: ArticleId, store: Store) -> list[tuple[Signature, datetime]]:
    """Return the signatures of all versions of the article."""
    from copytaster.dedup.signing import sign  # noqa: PLC0415  # NumPy is large, and few processes need it

    return [(sign(each.title, each.text), each.effective_at) for each in store.articles.versions(article_id)]
