"""A key for what is remembered about an article."""

from __future__ import annotations

from copytaster.model.article import Article


class SameArticle:
    """An article that is equal to itself only: comparing its fields would take longer than what is remembered saves.

    A store that remembers articles returns the same object as long as the stored one has not changed.
    """

    __slots__ = ("article",)

    def __init__(self, article: Article) -> None:
        self.article = article

    def __hash__(self) -> int:
        return id(self.article)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameArticle) and other.article is self.article
