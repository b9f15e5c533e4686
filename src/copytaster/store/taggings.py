"""The part of the ledger that is about the tagging of articles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from copytaster.article import ArticleId

if TYPE_CHECKING:  # the ports import this module
    from copytaster.store.ports import Lease


class Taggings(Protocol):
    """Which articles are to be tagged, who does it, and when it is due again."""

    def begin_tagging(self, article_id: ArticleId, *, owner: str, lease: timedelta) -> Lease | None:
        """Like ``begin``, for the tagging of an article. Returns None when no tagging is due or another has it."""
        ...

    def postpone_tagging(self, article_id: ArticleId, *, owner: str, due_in: timedelta) -> bool:
        """Like ``postpone``, for tagging."""
        ...

    def request_tagging(self, article_ids: Sequence[ArticleId], *, due_in: timedelta) -> None:
        """Make the tagging of articles due, in the queue ``retag``; where it is due already, that stands."""
        ...

    def tagging_due(self, article_ids: Sequence[ArticleId]) -> set[ArticleId]:
        """Return those whose tagging is due or under way; one round trip."""
        ...

    def settle_tagging(self, article_id: ArticleId, *, owner: str) -> bool:
        """End the tagging that was due.

        Returns False when ``owner`` does not hold it: another has taken over, or a new version made it due again.
        """
        ...
