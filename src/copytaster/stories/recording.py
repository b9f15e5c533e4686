"""Changes of stories as they are recorded beside the archive."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from copytaster.archive.placements import PlacedGroup, Placement
from copytaster.store.ports.stories import StoryChange
from copytaster.stories.evidence import Evidence

WORDS = ("names", "terms", "numbers")
"""The fields of evidence that have words of the article."""


def recorded(changes: Sequence[StoryChange], *, at: datetime) -> PlacedGroup:
    """Return the placements of changes. Those of copies are left out: a rebuild puts them beside their originals.

    The words of the evidence are left out as well: a deleted article must not leave any in the archive, and a rebuild
    finds them again.
    """
    return PlacedGroup(
        at=at,
        placements=tuple(
            Placement(
                article_id=each.entry.article_id,
                story_id=each.story_id,
                evidence=_without_words(each.entry.evidence) if each.entry.evidence else None,
                merged=tuple(change.merged),
            )
            for change in changes
            for each in change.placed
            if not each.entry.is_copy
        ),
    )


def with_words(recorded_evidence: bytes, found: Evidence | None) -> bytes:
    """Return evidence that was recorded, with the words that were found now."""
    evidence = Evidence.model_validate_json(recorded_evidence)
    return evidence_bytes(evidence.model_copy(update={name: getattr(found, name) for name in WORDS} if found else {}))


def _without_words(stored: bytes) -> dict[str, Any]:
    evidence: dict[str, Any] = json.loads(stored)
    return {name: each for name, each in evidence.items() if name not in WORDS}


def evidence_bytes(evidence: Evidence) -> bytes:
    """Return evidence as it is stored: JSON without the fields that have their default."""
    return evidence.model_dump_json(exclude_defaults=True).encode()
