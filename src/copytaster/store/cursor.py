"""The cursor of a listing: the position of the last article of a page, after which the next page begins."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copytaster.clock import milliseconds
from copytaster.model.article import Article, ArticleId


class WrongCursorError(ValueError):
    """The text is not a cursor from a listing."""


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A position in a listing: the time of receipt in milliseconds, then the id."""

    received: int
    article_id: ArticleId

    def __str__(self) -> str:
        return f"{self.received}-{self.article_id}"

    @classmethod
    def of(cls, article: Article) -> Cursor:
        """Return the article's position."""
        return cls(milliseconds(article.received_at), article.id)

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Return the cursor that ``text`` represents. Raises ``WrongCursorError``."""
        match = re.fullmatch(r"(\d{1,16})-(\w+)", text)
        if not match:
            raise WrongCursorError(f"{text!r} is not a cursor; use next_cursor of the previous page")
        return cls(int(match[1]), ArticleId(match[2]))
