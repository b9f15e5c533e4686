"""Deletion: a person removes an article permanently; later deliveries and versions of it are rejected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from copytaster.archive.decisions import Decision, Decisions, deletion_decision
from copytaster.articles.acceptance import UnknownArticleError
from copytaster.articles.exclusive_change import Expected, exclusive_change
from copytaster.articles.original_deletion import OriginalDeletion
from copytaster.articles.removal import remove_article
from copytaster.clock import Clock
from copytaster.model.article import ArticleId
from copytaster.model.batches import batched
from copytaster.model.deletion import Deletion
from copytaster.model.events import EventKind
from copytaster.model.source_names import name_key
from copytaster.store.ports.retention import Removal
from copytaster.store.readable import undamaged
from copytaster.store.store import Store

FILES_AT_ONCE = 1_000
"""Articles of a source whose files are removed together: for each group the whole journal is read."""


class Delete(Protocol):
    """Deletes one article; raises the same errors as ``ArticleDeletion.delete``."""

    def __call__(
        self,
        article_id: ArticleId,
        *,
        by: str,
        reason: str | None,
        with_original: bool = False,
        expected: Expected | None = None,
    ) -> Deletion:
        """Delete the article and return its tombstone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleDeletion:
    """Deletes articles; the deletion is stored beside the archive before the store changes."""

    store: Store
    decisions: Decisions
    originals: OriginalDeletion
    clock: Clock

    def delete(
        self,
        article_id: ArticleId,
        *,
        by: str,
        reason: str | None,
        with_original: bool = False,
        expected: Expected | None = None,
    ) -> Deletion:
        """Remove the article with all its versions, and return its tombstone.

        Its near-copies stay. Its originals stay in the archive, or leave it ``with_original`` unless something else
        needs them. A repeated call completes an interrupted one and keeps the first tombstone. Raises
        ``UnknownArticleError``, ``OtherStateError`` and ``TransientError``, and this ``with_original`` also while the
        server's data is incomplete: nothing is deleted then.
        """
        if with_original:
            self.originals.require_complete_data()
        begun_at = self.clock.now()
        decision = self._delete(article_id, by=by, reason=reason, expected=expected)
        if with_original:
            self._remove_files([decision], begun_at)
        return _tombstone(decision)

    def delete_source(self, source: str, *, by: str, reason: str | None, with_original: bool = False) -> int:
        """Delete all articles whose current version this source has delivered, and return how many there were.

        Articles that it delivers later are stored as before. A repeated call completes an interrupted one. Raises
        ``TransientError`` as ``delete`` does. Cost: reading all articles, and ``with_original`` the journal for every
        thousand deleted.
        """
        if with_original:
            self.originals.require_complete_data()
        count = 0
        for ids in batched(self.of_source(source), FILES_AT_ONCE):
            begun_at, decisions = self.clock.now(), list[Decision]()
            for each in ids:
                with suppress(UnknownArticleError):  # the retention has removed it since it was found
                    decisions.append(self._delete(each, by=by, reason=reason))
            if with_original:
                self._remove_files(decisions, begun_at)
            count += len(decisions)
        return count

    def of_source(self, source: str) -> Iterator[ArticleId]:
        """Yield the articles, also copies, whose current version this source has delivered."""
        wanted, position, is_first, seen = name_key(source), 0, True, set[ArticleId]()
        while position or is_first:
            position, ids = self.store.articles.ids(position)
            is_first = False
            for each in undamaged(ids, self.store.articles.get_many):
                if each.source and name_key(each.source) == wanted and each.id not in seen:
                    seen.add(each.id)
                    yield each.id

    def _delete(
        self, article_id: ArticleId, *, by: str, reason: str | None, expected: Expected | None = None
    ) -> Decision:
        with exclusive_change(article_id, self.store, self.clock, expected=expected):
            return self._delete_alone(article_id, by=by, reason=reason)

    def _delete_alone(self, article_id: ArticleId, *, by: str, reason: str | None) -> Decision:
        articles = self.store.articles
        deletion, known = articles.deletion(article_id), self.decisions.deletion(article_id)
        if deletion is None:
            if articles.get(article_id) is None:
                raise UnknownArticleError(article_id)
            deletion = Deletion(article_id=article_id, at=self.clock.now(), by=by, reason=reason)
        files = self.originals.originals_of(article_id).union(known.files if known else ())
        removed, removed_at = (known.removed, known.at) if known else ((), None)
        decision = deletion_decision(deletion, files, removed, removed_at=removed_at)
        # Also the known one: its file may be damaged.
        self.decisions.record(decision)
        carry_out_deletion(deletion, self.store, by=by)
        return decision

    def _remove_files(self, decisions: Sequence[Decision], begun_at: datetime) -> None:
        """Remove the files of deleted articles from the archive; the decisions first, so that none seems to be lost."""
        unneeded = self.originals.unneeded(frozenset(each for one in decisions for each in one.files), now=begun_at)
        for each in decisions:
            removed = unneeded.intersection(each.files)
            # Deliveries up to this time are not replayed. One of a file that is needed again has to be.
            at = begun_at if removed.issuperset(each.removed) else each.at
            decision = deletion_decision(_tombstone(each), each.files, removed.union(each.removed), removed_at=at)
            self.decisions.record(decision)
        self.originals.remove(unneeded, before=begun_at)


def carry_out_deletion(deletion: Deletion, store: Store, *, by: str) -> None:
    """Remove the article of a deletion that is recorded. A repeated call changes nothing. Raises ``TransientError``."""
    store.articles.refuse(deletion)
    if remove_article(deletion.article_id, store, before=None):
        store.retention.report(Removal(EventKind.ARTICLE_DELETED, f"by {by}", article_ids=(deletion.article_id,)))


def _tombstone(decision: Decision) -> Deletion:
    assert decision.deletion  # noqa: S101  # it was made by ``deletion_decision``
    return decision.deletion
