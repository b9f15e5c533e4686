"""From settings to the replay of the journal."""

from __future__ import annotations

from collections.abc import Callable

from copytaster.bootstrap.archive import open_decisions, open_journal, open_placements
from copytaster.bootstrap.retention import open_age_limits
from copytaster.bootstrap.stories import open_story_desk
from copytaster.clock import Clock
from copytaster.model.work import Publisher
from copytaster.recovery.replay import Replay
from copytaster.settings import Settings
from copytaster.store.store import Store


def open_replay(  # noqa: PLR0913  # what differs between the watcher, the command and tests
    settings: Settings, store: Store, publisher: Publisher, *, clock: Clock, by: str, pause: Callable[[float], object]
) -> Replay:
    """Return the replay of the journal; ``by`` is named in timelines, ``pause`` sleeps for the given seconds."""
    return Replay(
        journal=open_journal(settings),
        decisions=open_decisions(settings),
        placements=open_placements(settings),
        ledger=store.ledger,
        articles=store.articles,
        stories=store.stories,
        story_desk=open_story_desk(settings, store, clock=clock),
        files=store.files,
        publisher=publisher,
        clock=clock,
        by=by,
        at_once=settings.batch_size,
        age_limits=open_age_limits(settings),
        pause=pause,
    )
