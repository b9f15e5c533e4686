"""Whether an article repeats a version that is stored, so that it is no new one."""

from __future__ import annotations

from datetime import UTC, datetime

from copytaster.dedup.normalise import content_hash
from copytaster.model.article import STRICTNESS, Article, ArticleStatus
from copytaster.model.version_order import is_later, rank
from copytaster.store.store import Store

NO_END = datetime.max.replace(tzinfo=UTC)


def is_repeated(article: Article, current: Article, store: Store) -> bool:
    """Return whether a stored version equals this one: by the provider's version number, else by words and status.

    Another state of another time is another version, whatever its number: some providers send each state as the first.
    A page that is delivered again in an old state is not a new version; one that is withdrawn with the same words is,
    and so is a kill that is repeated because the article has become usable since.
    """
    if _kills(article, current):
        return False
    return any(_is_same(article, each) for each in store.articles.repeated(article))


def _kills(article: Article, current: Article) -> bool:
    if article.status is not ArticleStatus.CANCELED or current.status is ArticleStatus.CANCELED:
        return False
    return is_later(rank(article), rank(current))


def _is_same(article: Article, known: Article) -> bool:
    if known.release and _withholds_anew(article, known):
        return False
    # Only the provider's status is compared: a person's release and a user's rule may have changed the stored one.
    stored = known.model_copy(update={"release": None, "ruling": None}).at(article.received_at)
    same_status = (article.status, article.embargoed_until) == (stored.status, stored.embargoed_until)
    is_same_state = same_status and content_hash(article.title, article.text) == content_hash(known.title, known.text)
    if article.guid_version is not None and known.guid_version is not None:
        # A kill or a longer embargo under the number of a version is not that version.
        is_of_number = article.guid_version == known.guid_version and _strictness(article) <= _strictness(stored)
        return is_of_number and (is_same_state or not _was_changed(article, known))
    return is_same_state


def _was_changed(article: Article, known: Article) -> bool:
    """Return whether the two state different times of change; that of publication may be the time of sending."""
    return None not in {article.modified_at, known.modified_at} and article.modified_at != known.modified_at


def _withholds_anew(article: Article, known: Article) -> bool:
    """Return whether the article is withheld for another reason than the stored version, which a person released."""
    reasons = [each.provenance["status"].from_ if "status" in each.provenance else None for each in (article, known)]
    return article.status is ArticleStatus.WITHHELD and reasons[0] != reasons[1]


def _strictness(article: Article) -> tuple[int, datetime]:
    """Return how strict a status is: of two that withhold, the one that ends later is stricter."""
    is_withheld = article.status is ArticleStatus.WITHHELD
    return STRICTNESS.index(article.status), (article.embargoed_until or NO_END) if is_withheld else NO_END
