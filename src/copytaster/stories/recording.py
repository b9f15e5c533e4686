"""Changes of stories as they are recorded beside the archive."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from copytaster.archive.placements import PlacedGroup, Placement
from copytaster.store.ports.stories import StoryChange
from copytaster.stories.evidence import Evidence


def recorded(changes: Sequence[StoryChange], *, at: datetime) -> PlacedGroup:
    """Return the placements of changes. Those of copies are left out: a rebuild puts them beside their originals."""
    return PlacedGroup(
        at=at,
        placements=tuple(
            Placement(
                article_id=each.entry.article_id,
                story_id=each.story_id,
                evidence=json.loads(each.entry.evidence) if each.entry.evidence else None,
                merged=tuple(change.merged),
            )
            for change in changes
            for each in change.placed
            if not each.entry.is_copy
        ),
    )


def evidence_bytes(evidence: Evidence) -> bytes:
    """Return evidence as it is stored: JSON without the fields that have their default."""
    return evidence.model_dump_json(exclude_defaults=True).encode()
