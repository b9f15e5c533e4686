"""From settings to the acceptance of copies."""

from __future__ import annotations

from copytaster.articles.acceptance import Acceptance
from copytaster.bootstrap.archive import open_decisions
from copytaster.clock import Clock
from copytaster.settings import Settings
from copytaster.store.store import Store


def open_acceptance(settings: Settings, store: Store, *, clock: Clock, by: str) -> Acceptance:
    """Return the acceptance of copies as separate articles; ``by`` is recorded in the decision."""
    return Acceptance(store=store, decisions=open_decisions(settings), clock=clock, by=by)
