"""Tags stored articles again whose labels or rules are outdated, and reports the changes.

The workers do the tagging, at the lowest priority. This module sends them the articles in batches, waits for each
batch, and stores its progress on the server, so that an interrupted re-tagging resumes when it is started again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from pydantic import ValidationError

from copytaster.clock import Clock
from copytaster.errors import TransientError
from copytaster.model.article import Article, ArticleId, TaggedBy
from copytaster.model.article_labels import tagging_of
from copytaster.model.work import FIRST_DUE, Publisher, Work
from copytaster.retagging.report import Pending, Plan, Progress, Retagged, labels_of
from copytaster.store.article_pages import article_pages
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.readable import undamaged
from copytaster.store.store import Store
from copytaster.tagging.fingerprint import labels_fingerprint

BATCH_SIZE = 100
"""Articles sent at a time: six seconds of work, so that new articles never wait longer than that."""

POLL_SECONDS = 0.1
"""The interval between two checks whether the workers are done: negligible compared with a batch's six seconds."""

TIMEOUT = timedelta(seconds=60)
"""When no article has been tagged for this long, no worker is free: one article takes 60 ms."""

TRIES = 2
"""A worker may have loaded the rules before they changed: an article tagged by the old ones is sent once more."""

RETRY_SECONDS = 2.5
"""The pause before an article is sent again: workers check the rules' file every two seconds."""

OUTDATED = "forgotten"
"""Replaces the recorded versions of an article that is to be tagged again although nothing has changed."""


@dataclass(frozen=True, slots=True)
class CurrentVersions:
    """The versions that articles are tagged by now: of the tag stage (``labels``) and of the user's rules."""

    labels: str
    rules: str

    def labels_are_current(self, article: Article) -> bool:
        """Return whether the article's labels come from the current version of the tag stage."""
        return article.tagged_by is not None and article.tagged_by.labels == labels_fingerprint(article, self.labels)

    def is_current(self, article: Article) -> bool:
        """Return whether the article was tagged by the current labels' version and rules."""
        rules_are_current = article.tagged_by is not None and article.tagged_by.rules == self.rules
        return rules_are_current and self.labels_are_current(article)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retag:
    """Tags outdated articles again. ``pause`` sleeps for a number of seconds; ``report`` is called after each step."""

    store: Store
    publisher: Publisher
    clock: Clock
    versions: CurrentVersions
    pause: Callable[[float], object]
    report: Callable[[Retagged], None]

    def plan(self, query: ArticleQuery) -> Plan:
        """Return what ``run`` would do, without changing anything."""
        plan = Plan()
        for page in article_pages(self.store.articles, replace(query, limit=BATCH_SIZE)):
            for article in page:
                plan = plan.with_article(
                    recorded=article.tagged_by is not None,
                    labels_current=self.versions.labels_are_current(article),
                    all_current=self.versions.is_current(article),
                )
        return plan

    def run(self, query: ArticleQuery, *, everything: bool = False) -> Retagged:
        """Tag the query's outdated articles again, or all of them with ``everything``, and return the report.

        Raises ``TransientError`` when the server is unreachable or no worker is free; a new run then resumes.
        """
        name = _name(query, everything=everything)
        progress = self._load_progress(name)
        while True:
            progress = self._wait_until_tagged(name, progress)
            if progress.finished:
                break
            progress = self._send_next(name, progress, query, everything=everything)
        self.store.retaggings.remove(name)
        return progress.retagged

    def _load_progress(self, name: str) -> Progress:
        """Return the stored progress, or a new one when nothing is stored or it was stored under other versions."""
        progress = _read(self.store.retaggings.read(name))
        if progress and (progress.labels, progress.rules) == (self.versions.labels, self.versions.rules):
            return progress.model_copy(update={"retagged": progress.retagged.model_copy(update={"went_on": True})})
        return Progress(labels=self.versions.labels, rules=self.versions.rules)

    def _send_next(self, name: str, progress: Progress, query: ArticleQuery, *, everything: bool) -> Progress:
        page = self.store.articles.find(replace(query, cursor=progress.cursor, limit=BATCH_SIZE))
        outdated = [article for article in page.articles if everything or not self.versions.is_current(article)]
        if everything:
            for article in outdated:
                self._mark_outdated(article)
        counts = progress.retagged.with_compared(len(page.articles), unchanged=len(page.articles) - len(outdated))
        progress = progress.model_copy(
            update={
                "cursor": page.next_cursor,
                "finished": page.next_cursor is None,
                "retagged": counts,
                "pending": {article.id: Pending(before=labels_of(article)) for article in outdated},
            }
        )
        # Stored before the articles are sent: after an interruption, the labels before the tagging are still known.
        self.store.retaggings.write(name, progress.model_dump_json())
        self._send([article.id for article in outdated])
        self.report(counts)
        return progress

    def _wait_until_tagged(self, name: str, progress: Progress) -> Progress:
        """Wait until every pending article has been tagged, and count the changes."""
        deadline = self.clock.now() + TIMEOUT
        while progress.pending:
            due = self.store.ledger.tagging_due(list(progress.pending))
            tagged = [article_id for article_id in progress.pending if article_id not in due]
            if tagged:
                progress = self._count(progress, tagged)
                self.store.retaggings.write(name, progress.model_dump_json())
                self.report(progress.retagged)
                deadline = self.clock.now() + TIMEOUT
            elif self.clock.now() >= deadline:
                raise TransientError(
                    f"no worker has tagged any of {len(progress.pending)} articles for {TIMEOUT.total_seconds():g} s:"
                    " none runs, new articles keep them busy, or the queue `retag` is paused; `copytaster status` says"
                    " which. Later run the same command again: it resumes"
                )
            else:
                self.pause(POLL_SECONDS)
        return progress

    def _count(self, progress: Progress, tagged: Sequence[ArticleId]) -> Progress:
        articles = {article.id: article for article in undamaged(tagged, self.store.articles.get_many)}
        retagged, pending, again = progress.retagged, dict(progress.pending), []
        for article_id in tagged:
            article, sent = articles.get(article_id), pending[article_id]
            current = article is not None and self.versions.is_current(article)
            if article is not None and not current and sent.tries < TRIES:
                pending[article_id] = sent.model_copy(update={"tries": sent.tries + 1})
                again.append(article_id)
                continue
            del pending[article_id]
            retagged = retagged.with_result(sent.before, article, current=current)
        if again:
            self.pause(RETRY_SECONDS)
            self._send(again)
        return progress.model_copy(update={"retagged": retagged, "pending": pending})

    def _send(self, ids: Sequence[ArticleId]) -> None:
        self.store.ledger.request_tagging(ids, due_in=FIRST_DUE)
        self.publisher.publish(Work.RETAG, ids)

    def _mark_outdated(self, article: Article) -> None:
        """Replace an article's recorded versions, so that workers tag it again; its labels stay until then."""
        if article.tagged_by is None:
            return
        by = TaggedBy(labels=OUTDATED, rules=OUTDATED, declared_language=article.tagged_by.declared_language)
        outdated = tagging_of(article).model_copy(update={"tagged_by": by})
        self.store.articles.annotate(article.id, article.version, outdated)


def _read(stored: str | None) -> Progress | None:
    """Return the progress that is stored; None if there is none, or another release has stored it in another form."""
    with suppress(ValidationError):
        return Progress.model_validate_json(stored, extra="ignore") if stored else None
    return None


def _name(query: ArticleQuery, *, everything: bool) -> str:
    """Return the name under which progress is stored; equal arguments give equal names."""
    arguments = asdict(query) | {"among": sorted(query.among) if query.among is not None else None, "all": everything}
    return hashlib.sha256(json.dumps(arguments, default=str, sort_keys=True).encode()).hexdigest()
