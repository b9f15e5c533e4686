"""Makes decisions of people again that the server has lost with its last writes, or that its backup did not have."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from copytaster.archive.decisions import Decision, DecisionKind
from copytaster.articles.acceptance import Acceptance
from copytaster.articles.deletion import carry_out_deletion
from copytaster.articles.releases import carry_out_release
from copytaster.errors import DamagedRecordError, NewerRecordError
from copytaster.model.batches import batched
from copytaster.model.story_decision import StoryDecision
from copytaster.stories.decided import Decided
from copytaster.stories.decisions import StoryDesk

PAGE = 500
"""Articles in one round trip that are looked for in the store."""


def redecide(desk: StoryDesk, *, since: datetime | None) -> None:
    """Change the stories as people decided, or undid, at ``since`` or later (ever if None), where the store lacks it.

    What does not fit the present stories any more is left as it is. May be repeated. Raises ``TransientError``. Cost:
    one read of each decision in the archive, and a few round trips for each of those that are compared.
    """
    made = desk.decisions.about_stories()
    decided = Decided.of(made)
    for each in sorted(made, key=_last_changed):
        if since is None or _last_changed(each) >= since:
            desk.repeat(each, decided)


def _last_changed(decision: StoryDecision) -> datetime:
    return decision.undone.at if decision.undone else decision.at


def redecide_articles(made: Sequence[Decision], acceptance: Acceptance, *, since: datetime | None) -> None:
    """Change the stored articles as people decided at ``since`` or later (ever if None), where the store lacks it.

    Articles that are not stored are left to the marks that wait for them. May be repeated. Raises ``TransientError``.
    Cost: one round trip for every 500 decisions, and some ten for each about a stored article.
    """
    recent = [each for each in made if since is None or each.at >= since]
    for page in batched(recent, PAGE):
        stored = acceptance.store.articles.last_changes([each.article_id for each in page])
        for each in page:
            if each.article_id in stored:
                # Left to a newer release, which wrote the article, or to a person: nothing else has to wait for that.
                with suppress(NewerRecordError, DamagedRecordError):
                    _repeat(each, acceptance)


def _repeat(decision: Decision, acceptance: Acceptance) -> None:
    store = acceptance.store
    if decision.deletion:
        carry_out_deletion(decision.deletion, store, by=decision.by)
    elif decision.kind is DecisionKind.ACCEPT:
        acceptance.repeat(decision)
    elif decision.release:
        article = store.articles.get(decision.article_id)
        if article and article.origin == decision.origin and article.release != decision.release:
            carry_out_release(article, decision.release, store, now=acceptance.clock.now(), by=decision.by)
