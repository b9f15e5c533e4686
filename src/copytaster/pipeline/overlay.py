"""Lays what the sender said beside the file over what the file says itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from copytaster.model.article import ArticleStatus, Provenance
from copytaster.model.delivery import Delivery
from copytaster.model.metadata import Metadata
from copytaster.parsing.parser import Draft

SIDECAR_CONFIDENCE = 0.95
"""The sender meant this very file; the rest is for a sidecar that was written for an earlier state of it."""

FOLDER_CONFIDENCE = 0.5
"""True of the folder's files in general, of this one perhaps not."""

OF_ALL = {"source", "language", "status", "embargoed_until"}
"""What is true of every item of a file; one title or id for all of them would make them one article."""

NAMES = {"version": "guid_version"}
"""Fields that drafts have under another name."""


def speaks_of_all(metadata: Metadata) -> bool:
    """Say whether a sidecar says only what is true of every item of its file."""
    return metadata.model_dump(exclude_none=True).keys() <= OF_ALL


def lay_over(draft: Draft, delivery: Delivery, *, alone: bool = True) -> Draft:
    """Return the draft with what its delivery knows.

    What a sidecar says wins over the file; of that only ``OF_ALL`` where the draft is not ``alone`` in its file. What
    a ``_source.yml`` says fills what is absent, and at last the name of the folder under the inbox says who sent it.
    """
    said = delivery.metadata.model_dump(exclude_none=True) if delivery.metadata else {}
    given = {field: value for field, value in said.items() if alone or field in OF_ALL}
    draft = _set(draft, given, origin="sidecar", confidence=SIDECAR_CONFIDENCE)
    known = delivery.folder_defaults.model_dump(exclude_none=True) if delivery.folder_defaults else {}
    absent = {field: value for field, value in known.items() if _is_absent(draft, field)}
    draft = _set(draft, absent, origin="source-file", confidence=FOLDER_CONFIDENCE)
    if draft.source or not delivery.source:
        return draft
    by_folder = {"source": Provenance(from_="inbox:folder", confidence=1.0)}
    return replace(draft, source=delivery.source, provenance=draft.provenance | by_folder)


def _set(draft: Draft, values: Mapping[str, Any], *, origin: str, confidence: float) -> Draft:
    if not values:
        return draft
    named = {NAMES.get(field, field): value for field, value in values.items()}
    said = {NAMES.get(field, field): Provenance(from_=f"{origin}:{field}", confidence=confidence) for field in values}
    return replace(draft, **named, provenance=draft.provenance | said)


def _is_absent(draft: Draft, field: str) -> bool:
    """Say whether a file left a field open; ``usable`` is what a file is that says nothing about its status."""
    if field == "status":
        return draft.status is ArticleStatus.USABLE and "status" not in draft.provenance
    return not getattr(draft, field)
