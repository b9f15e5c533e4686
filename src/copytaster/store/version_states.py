"""The states of the versions of an article: a delivery that brings a state again brings no new version.

An article has one entry for each state, which leads to the newest version in it, so that the versions that a delivery
may repeat are found without reading the others.
"""

from __future__ import annotations

from hashlib import blake2b

from copytaster.dedup.normalise import content_hash
from copytaster.model.article import Article, ArticleStatus

DIGEST_BYTES = 8
"""Of two states with one digest, the older would not be found; an article has hundreds of states at most."""


def states_of(article: Article) -> list[str]:
    """Return the states of a version: its words with its status, and the provider's number, if it has one."""
    numbered = article.guid_version is not None
    states = [_words(article, article.status, numbered=numbered)]
    return [*states, f"n:{article.guid_version}"] if numbered else states


def repeatable_states(article: Article) -> list[str]:
    """Return the states of stored versions that the article may repeat: a few more than it has.

    A version whose embargo has ended is usable at present. Of versions with numbers the newest one of a number may have
    other words than the article, so that one with its words is looked for as well.
    """
    statuses = [article.status]
    if article.status is ArticleStatus.USABLE and article.embargoed_until:
        statuses.append(ArticleStatus.WITHHELD)
    states = [_words(article, status, numbered=each) for status in statuses for each in (False, True)]
    return states if article.guid_version is None else [*states, f"n:{article.guid_version}"]


def _words(article: Article, status: ArticleStatus, *, numbered: bool) -> str:
    until = article.embargoed_until.timestamp() if article.embargoed_until else ""
    text = f"{status} {until} {numbered} {content_hash(article.title, article.text)}"
    return f"t:{blake2b(text.encode(), digest_size=DIGEST_BYTES).hexdigest()}"
