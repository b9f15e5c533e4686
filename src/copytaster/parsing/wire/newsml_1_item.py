"""Management data of a NewsItem of NewsML 1: identity, revision, times, status, urgency, instructions."""

from __future__ import annotations

import re

from copytaster.model.article import ArticleStatus
from copytaster.parsing.draft_builder import HIGHEST_VERSION, DraftBuilder
from copytaster.parsing.release_terms.embargo_fields import add_embargo
from copytaster.parsing.release_terms.status_codes import add_status, signal_among, status_by_code
from copytaster.parsing.safe_xml import Element, attribute, children, first, text_of
from copytaster.parsing.wire.identifiers import split_version

_COMPLETE = re.compile(r"urn:newsml:[^:]+:\d{8}[^:]*:(?!\d+[NUA]?(?::|$))[^:]+(?::\d+[NUA]?)?", re.IGNORECASE)
"""A public identifier with the item's id, which is not a number alone: that may be the revision."""


def public_id(item: Element) -> str:
    """Return the identifier that is the same for all revisions of an item; empty without one."""
    return _identity(item)[0]


def _identity(item: Element) -> tuple[str, int | None]:
    """Return the identifier without its revision, and the revision that is part of it."""
    identifier = first(item, "Identification/NewsIdentifier")
    parts = [text_of(first(identifier, name)) for name in ("ProviderId", "DateId", "NewsItemId")]
    if all(parts):
        return split_version(":".join(["urn:newsml", *parts]))
    if parts[2]:
        return split_version(text_of(first(identifier, "PublicIdentifier")) or parts[2])
    # Without the item's own id, a public identifier may be the same for all items of a service.
    public = text_of(first(identifier, "PublicIdentifier"))
    return split_version(public) if _COMPLETE.fullmatch(public) else ("", None)


def add_management(builder: DraftBuilder, item: Element, *, part: int) -> None:
    """Add the data of the whole item; ``part`` is the number of the story in it, from 0."""
    guid, version = _identity(item)
    builder.add("guid", f"{guid}#{part + 1}" if guid and part else guid, "NewsIdentifier", 0.8 if part else 1.0)
    revision = text_of(first(item, "Identification/NewsIdentifier/RevisionId"))
    builder.add_number("guid_version", revision, "NewsIdentifier/RevisionId", highest=HIGHEST_VERSION)
    builder.add("guid_version", version, "NewsIdentifier", 0.8)
    management = first(item, "NewsManagement")
    _add_times(builder, management)
    _add_status(builder, management)
    urgency = first(management, "Urgency")
    builder.add_number("urgency", attribute(urgency, "FormalName"), "NewsManagement/Urgency", highest=9)


def add_envelope(builder: DraftBuilder, root: Element) -> None:
    """Add time and sender of the envelope, last because they belong to the transmission."""
    envelope = first(root, "NewsEnvelope")
    builder.add_time("published_at", text_of(first(envelope, "DateAndTime")), "NewsEnvelope/DateAndTime", 0.4)
    sender = first(envelope, "SentFrom/Party")
    builder.add("publisher", attribute(sender, "FormalName"), "NewsEnvelope/SentFrom", 0.5)


def _add_times(builder: DraftBuilder, management: Element | None) -> None:
    this = text_of(first(management, "ThisRevisionCreated"))
    builder.add_time("published_at", text_of(first(management, "FirstCreated")), "NewsManagement/FirstCreated")
    builder.add_time("published_at", this, "NewsManagement/ThisRevisionCreated", 0.8)
    builder.add_time("modified_at", this, "NewsManagement/ThisRevisionCreated")


def _add_status(builder: DraftBuilder, management: Element | None) -> None:
    """Add status, embargo (a status that changes to usable at a time) and signals."""
    status = first(management, "Status")
    stated = attribute(status, "FormalName") or text_of(status)
    change = first(management, "StatusWillChange")
    becomes = status_by_code(attribute(first(change, "FutureStatus"), "FormalName"))
    if becomes is ArticleStatus.USABLE and stated.lower() != "usable":
        add_embargo(builder, text_of(first(change, "DateAndTime")), "NewsManagement/StatusWillChange")
    add_status(builder, stated, "NewsManagement/Status")
    instructions = (attribute(each, "FormalName") for each in children(management, "Instruction"))
    builder.add("signal", signal_among(instructions), "NewsManagement/Instruction")
