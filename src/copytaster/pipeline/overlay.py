"""Merges metadata from sidecar and folder defaults into the fields that the file itself gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any

from copytaster.model.article import ArticleStatus, Provenance
from copytaster.model.delivery import Delivery
from copytaster.model.metadata import Metadata
from copytaster.parsing.parser import Draft

SIDECAR_CONFIDENCE = 0.95
"""The sender wrote it for this file; the remainder is for a sidecar that was written for an earlier state of it."""

FOLDER_CONFIDENCE = 0.5
"""It holds for the folder's files in general, and perhaps not for this one."""

OF_THE_DELIVERY = {"source", "aliases", "expects"}
"""Fields that say who delivered the file and how: ``pipeline.sources`` and the watch over the sources read them."""

NAMES = {"version": "guid_version"}
"""Fields that have another name in drafts."""


def overlay_metadata(
    draft: Draft, delivery: Delivery, *, alone: bool = True, described: Metadata | None = None
) -> Draft:
    """Return the draft with the metadata of its delivery.

    A sidecar takes precedence over the file; if the draft is not ``alone`` in its file, only for the fields that can
    hold for all items. ``described`` is what the sidecar of the draft's member of an archive says, which takes
    precedence over that of the archive. A ``_source.yml`` fills absent fields. Who delivered the file is not a field of
    the draft.
    """
    sidecar = delivery.metadata or Metadata()
    sidecar = sidecar if alone else sidecar.for_all_items()
    sidecar = described.beneath(sidecar) if described else sidecar
    stated = sidecar.model_dump(exclude_none=True, exclude=OF_THE_DELIVERY)
    draft = _set(draft, stated, origin="sidecar", confidence=SIDECAR_CONFIDENCE)
    folder = delivery.folder_defaults
    defaults = folder.model_dump(exclude_none=True, exclude=OF_THE_DELIVERY) if folder else {}
    absent = {field: value for field, value in defaults.items() if _is_absent(draft, field)}
    return _set(draft, absent, origin="source-file", confidence=FOLDER_CONFIDENCE)


def _set(draft: Draft, values: Mapping[str, Any], *, origin: str, confidence: float) -> Draft:
    if not values:
        return draft
    named = {NAMES.get(field, field): value for field, value in values.items()}
    if moment := named.get("published_at"):
        named |= {"published_at": moment.astimezone(UTC), "published_local": moment}
    known = {NAMES.get(field, field): Provenance(from_=f"{origin}:{field}", confidence=confidence) for field in values}
    provenance = draft.provenance | known
    if values.get("status") is ArticleStatus.WITHHELD and "embargoed_until" not in values:
        # Withheld without an end: that of the embargo which the file states would release it.
        named["embargoed_until"] = None
        provenance.pop("embargoed_until", None)
    return replace(draft, **named, provenance=provenance)


def _is_absent(draft: Draft, field: str) -> bool:
    """Return whether the file gave no value for a field; ``usable`` is the status of a file that gives none."""
    if field == "status":
        return draft.status is ArticleStatus.USABLE and "status" not in draft.provenance
    return not getattr(draft, field)
