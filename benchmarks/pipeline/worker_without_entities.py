"""The product's worker with all stages of tagging but the entities: what is left shows the cost of everything else.

Run like ``python -m copytaster_workers``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import copytaster.tagging.tagger
import copytaster_workers.__main__
from copytaster.model.article import Entity
from copytaster.tagging.stages import Finding, Passage, finding


class NoEntities:
    """Implements ``EntityStage``: finds nothing."""

    def entities(self, passages: Sequence[Passage]) -> list[Finding[tuple[Entity, ...] | None]]:
        """Return an empty finding for each passage."""
        return [finding(None, how="none: switched off", confidence=0) for _ in passages]


def switch_entities_off() -> None:
    """Make ``load_tagger`` load no model for entities; there is no setting for it."""
    vars(copytaster.tagging.tagger)["load_entity_recogniser"] = lambda _: NoEntities()


if __name__ == "__main__":
    switch_entities_off()
    sys.exit(copytaster_workers.__main__.main(sys.argv[1:]))
