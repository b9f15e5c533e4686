"""The part of the articles that is about copies that a person takes for none."""

from __future__ import annotations

from typing import Protocol

from copytaster.article import ArticleId


class Acceptances(Protocol):
    """Splits wrong merges."""

    def remove_duplicate(self, article_id: ArticleId, copy: ArticleId) -> None:
        """Take away the links to the deliveries of ``copy``, which has turned out to be none."""
        ...

    def accept(self, article_id: ArticleId) -> None:
        """Let the article be one of its own: no version of it has a relation from now on, and it is listed.

        Also said before the article is there.
        """
        ...

    def is_accepted(self, article_id: ArticleId) -> bool:
        """Say whether the article was accepted."""
        ...
