"""The cursor of a listing: the position of the last article of a page, after which the next page begins."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copytaster.clock import milliseconds
from copytaster.model.article import ArticleId
from copytaster.model.article_document import AnyForm

LATEST = 1 << 46
"""A time in milliseconds, in the year 4199, that an index of terms can still contain; articles are received earlier."""


class WrongCursorError(ValueError):
    """The text is not a cursor from a listing."""


def version_number(cursor: str | None) -> int:
    """Return the version that a cursor names, 0 for none. Raises ``WrongCursorError``."""
    if cursor is None:
        return 0
    if not re.fullmatch(r"[1-9]\d{0,8}", cursor, re.ASCII):
        raise wrong_version(cursor)
    return int(cursor)


def wrong_version(cursor: object) -> WrongCursorError:
    """Return the error about a cursor that names no version."""
    return WrongCursorError(f"{cursor!r} is no version of the article; use next_cursor of the previous page")


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A position in a listing: the time of receipt in milliseconds, then the id."""

    received: int
    article_id: ArticleId

    def __str__(self) -> str:
        return f"{self.received}-{self.article_id}"

    @classmethod
    def of(cls, article: AnyForm) -> Cursor:
        """Return the article's position."""
        return cls(milliseconds(article.received_at), article.id)

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Return the cursor that ``text`` represents. Raises ``WrongCursorError``."""
        match = re.fullmatch(r"(\d{1,16})-(\w+)", text, re.ASCII)
        if not match or int(match[1]) > LATEST:
            raise WrongCursorError(f"{text!r} is not a cursor; use next_cursor of the previous page")
        return cls(int(match[1]), ArticleId(match[2]))


def before_all_of(received: int) -> Cursor:
    """Return the position below those of all articles that are received at this time, in milliseconds, or later."""
    return Cursor(min(max(received, 0), LATEST), ArticleId("a" + 20 * "0"))
