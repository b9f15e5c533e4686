"""Where a listing goes on: the place of the last article of a page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copytaster.clock import milliseconds
from copytaster.model.article import Article, ArticleId


class WrongCursorError(ValueError):
    """The text is no cursor that a listing gave out."""


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in a listing: milliseconds of receipt, then the id."""

    received: int
    article_id: ArticleId

    def __str__(self) -> str:
        return f"{self.received}-{self.article_id}"

    @classmethod
    def of(cls, article: Article) -> Cursor:
        """Return the article's place."""
        return cls(milliseconds(article.received_at), article.id)

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Return the cursor that ``text`` spells. Raises ``WrongCursorError``."""
        spelled = re.fullmatch(r"(\d{1,16})-(\w+)", text)
        if not spelled:
            raise WrongCursorError(f"{text!r} is no cursor; take next_cursor of the page before")
        return cls(int(spelled[1]), ArticleId(spelled[2]))
