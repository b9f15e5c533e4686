"""Tags articles again that would be tagged otherwise today, and says what that changed.

The work is done by the workers, behind everything else; this sends it in small parts, waits for each, and keeps on the
server how far it is: whoever begins the same re-tagging again goes on from there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from copytaster.clock import Clock
from copytaster.errors import TransientError
from copytaster.model.article import Article, ArticleId, TaggedBy, Tagging
from copytaster.model.work import FIRST_DUE, Publisher, Work
from copytaster.retagging.report import Pending, Plan, Progress, Retagged, labels_of
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.store import Store
from copytaster.tagging.fingerprint import labels_fingerprint

AT_ONCE = 100
"""Articles sent at a time: six seconds of work, so that live articles never stand behind more."""

POLL_SECONDS = 0.1
"""How often is asked whether the workers have done: next to the six seconds nothing is lost."""

PATIENCE = timedelta(seconds=60)
"""When no article has been tagged for so long, no worker is there; one article takes 60 ms."""

TRIES = 2
"""A worker may have read the rules before they changed: what it tagged by the old ones is sent once more."""

LOOK_AGAIN_SECONDS = 2.5
"""Before that: workers look at the rules' file every two seconds."""

FORGOTTEN = "forgotten"
"""Stands for what something was tagged by when it is to be tagged again whatever that was."""


@dataclass(frozen=True, slots=True)
class CurrentVersions:
    """What articles are tagged by today: the version of the labels' makers, and of the user's rules."""

    labels: str
    rules: str

    def labels_hold(self, article: Article) -> bool:
        """Say whether the labels would be found by the same means today."""
        return article.tagged_by is not None and article.tagged_by.labels == labels_fingerprint(article, self.labels)

    def holds(self, article: Article) -> bool:
        """Say whether nothing has changed since the article was tagged."""
        return self.labels_hold(article) and article.tagged_by is not None and article.tagged_by.rules == self.rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Retag:
    """Tags again what has changed. ``pause`` sleeps for so many seconds; ``report`` is told of every step."""

    store: Store
    publisher: Publisher
    clock: Clock
    today: CurrentVersions
    pause: Callable[[float], object]
    report: Callable[[Retagged], None]

    def plan(self, query: ArticleQuery) -> Plan:
        """Return what ``run`` would do, and change nothing."""
        plan = Plan()
        for page in self._pages(query):
            for article in page:
                plan = plan.counted(
                    tagged=article.tagged_by is not None,
                    labels=self.today.labels_hold(article),
                    rules=self.today.holds(article),
                )
        return plan

    def run(self, query: ArticleQuery, *, everything: bool = False) -> Retagged:
        """Tag the articles of the query again that have changed, or ``everything``, and return what came of it.

        Raises ``TransientError`` when the server is away or no worker does anything; begun again it goes on.
        """
        name = _name(query, everything=everything)
        progress = self._begun(name)
        while True:
            progress = self._see_through(name, progress)
            if progress.finished:
                break
            progress = self._send_next(name, progress, query, everything=everything)
        self.store.retaggings.forget(name)
        return progress.retagged

    def _begun(self, name: str) -> Progress:
        """Return how far it is; a note from when other means were in force says nothing about these."""
        note = self.store.retaggings.read(name)
        begun = Progress.model_validate_json(note) if note else None
        if begun and (begun.labels, begun.rules) == (self.today.labels, self.today.rules):
            return begun.model_copy(update={"retagged": begun.retagged.model_copy(update={"went_on": True})})
        return Progress(labels=self.today.labels, rules=self.today.rules)

    def _send_next(self, name: str, progress: Progress, query: ArticleQuery, *, everything: bool) -> Progress:
        page = self.store.articles.find(replace(query, cursor=progress.cursor, limit=AT_ONCE))
        wanted = [each for each in page.articles if everything or not self.today.holds(each)]
        if everything:
            for each in wanted:
                self._forget(each)
        counts = progress.retagged.looked_at_more(len(page.articles), unchanged=len(page.articles) - len(wanted))
        progress = progress.model_copy(
            update={
                "cursor": page.next_cursor,
                "finished": page.next_cursor is None,
                "retagged": counts,
                "pending": {each.id: Pending(before=labels_of(each)) for each in wanted},
            }
        )
        # Noted before it is sent, so that what the labels were before is known whenever this is cut short.
        self.store.retaggings.write(name, progress.model_dump_json())
        self._send([each.id for each in wanted])
        self.report(counts)
        # What was sent last has to be seen through before the end.
        return progress

    def _see_through(self, name: str, progress: Progress) -> Progress:
        """Wait until what was sent has been tagged, and count what that changed."""
        gives_up = self.clock.now() + PATIENCE
        while progress.pending:
            due = self.store.ledger.tagging_due(list(progress.pending))
            ended = [each for each in progress.pending if each not in due]
            if ended:
                progress = self._count(progress, ended)
                self.store.retaggings.write(name, progress.model_dump_json())
                self.report(progress.retagged)
                gives_up = self.clock.now() + PATIENCE
            elif self.clock.now() >= gives_up:
                raise TransientError(
                    f"no worker has tagged any of {len(progress.pending)} articles for {PATIENCE.total_seconds():g} s;"
                    " see `copytaster status`, and begin again: it goes on where it was"
                )
            else:
                self.pause(POLL_SECONDS)
        return progress

    def _count(self, progress: Progress, ended: Sequence[ArticleId]) -> Progress:
        articles = {each.id: each for each in self.store.articles.get_many(ended)}
        retagged, pending, again = progress.retagged, dict(progress.pending), []
        for each in ended:
            article, sent = articles.get(each), pending[each]
            if article is not None and not self.today.holds(article) and sent.tries < TRIES:
                pending[each] = sent.model_copy(update={"tries": sent.tries + 1})
                again.append(each)
                continue
            del pending[each]
            retagged = retagged.after(sent.before, article, held=article is not None and self.today.holds(article))
        if again:
            self.pause(LOOK_AGAIN_SECONDS)
            self._send(again)
        return progress.model_copy(update={"retagged": retagged, "pending": pending})

    def _send(self, ids: Sequence[ArticleId]) -> None:
        self.store.ledger.request_tagging(ids, due_in=FIRST_DUE)
        self.publisher.publish(Work.RETAG, ids)

    def _forget(self, article: Article) -> None:
        """Let it look as if an article had been tagged by something else; its labels stay until it is tagged anew."""
        if article.tagged_by is None:
            return
        by = TaggedBy(labels=FORGOTTEN, rules=FORGOTTEN, declared_language=article.tagged_by.declared_language)
        shared = {name: getattr(article, name) for name in Tagging.model_fields if name != "tagged_by"}
        self.store.articles.annotate(article.id, article.version, Tagging.model_validate(shared | {"tagged_by": by}))

    def _pages(self, query: ArticleQuery) -> Iterator[Sequence[Article]]:
        cursor = None
        while True:
            page = self.store.articles.find(replace(query, cursor=cursor, limit=AT_ONCE))
            yield page.articles
            if page.next_cursor is None:
                return
            cursor = page.next_cursor


def _name(query: ArticleQuery, *, everything: bool) -> str:
    """Return the same for the same re-tagging."""
    asked = asdict(query) | {"among": sorted(query.among) if query.among is not None else None, "all": everything}
    return hashlib.sha256(json.dumps(asked, default=str, sort_keys=True).encode()).hexdigest()
