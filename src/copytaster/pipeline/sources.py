"""Who delivered an article, and who its publisher is: names from the delivery and from the file itself."""

from __future__ import annotations

from dataclasses import replace

from copytaster.intake.printable_names import source_of
from copytaster.model.article import Provenance
from copytaster.model.delivery import Delivery, Outcome
from copytaster.model.sighting import watched_source
from copytaster.model.source_names import aliased, name_key, resolve_name
from copytaster.parsing.parser import Draft
from copytaster.pipeline.dependencies import Dependencies

FALLBACK_CONFIDENCE = 0.3
"""A file directly in the inbox: the publisher that it names has perhaps not sent it."""


def source_for(delivery: Delivery, publisher: str | None) -> tuple[str | None, dict[str, Provenance]]:
    """Return who delivered the file, with its provenance: sidecar, ``_source.yml``, first folder, else the publisher.

    Instead of the publisher's name its key is returned, which is the same for all spellings, unless it has an alias.
    """
    aliases = _aliases(delivery)
    declared = delivery.folder_defaults.source if delivery.folder_defaults else None
    if delivery.metadata and delivery.metadata.source:
        return resolve_name(delivery.metadata.source, aliases), _found("sidecar:source", 0.95)
    if declared:
        return resolve_name(declared, aliases), _found("source-file:source", 1.0)
    if delivery.source:
        return resolve_name(delivery.source, aliases), _found("inbox:folder", 1.0)
    if publisher is None:
        return None, {}
    return aliased(publisher, aliases) or name_key(publisher), _found("publisher", FALLBACK_CONFIDENCE)


def seen(delivery: Delivery, outcome: Outcome, deps: Dependencies) -> Outcome:
    """Return the outcome with the source whose contract learns from it, if one does."""
    source = watched_source(delivery, now=deps.clock.now())
    return outcome.model_copy(update={"source": source}) if source else outcome


def with_one_publisher(draft: Draft, delivery: Delivery) -> Draft:
    """Return the draft with the publisher's display name, or the name that the table of aliases gives."""
    name = resolve_name(draft.publisher, _aliases(delivery)) if draft.publisher else ""
    if name:
        return replace(draft, publisher=name)
    return replace(draft, publisher=None, provenance={k: v for k, v in draft.provenance.items() if k != "publisher"})


def guid_namespace(draft: Draft, delivery: Delivery) -> str | None:
    """Return the name that makes a guid unique which is no URI; see decision 0043.

    It is the name as the file or the sender writes it. Aliases and rules of spelling must not change ids, so they are
    not applied here.
    """
    stated = delivery.metadata.source if delivery.metadata else None
    declared = delivery.folder_defaults.source if delivery.folder_defaults else None
    return stated or draft.publisher or declared or source_of(delivery.path) or delivery.source


def _aliases(delivery: Delivery) -> dict[str, str] | None:
    return delivery.folder_defaults.aliases if delivery.folder_defaults else None


def _found(place: str, confidence: float) -> dict[str, Provenance]:
    return {"source": Provenance(from_=place, confidence=confidence)}
