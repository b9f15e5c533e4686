"""Management data of a NewsItem of NewsML 1: identity, revision, times, status, urgency, instructions."""

from __future__ import annotations

import re

from copytaster.model.article import ArticleStatus, Signal
from copytaster.parsing.draft_builder import HIGHEST_VERSION, DraftBuilder
from copytaster.parsing.safe_xml import Element, attribute, children, first, text_of
from copytaster.parsing.wire.status_codes import signal_by_code, status_by_code

_REVISION = re.compile(r":\d+[NUA]?$")
"""The end of a public identifier: revision number, and N (new), U (update) or A (all)."""


def public_id(item: Element) -> str:
    """Return the identifier that is the same for all revisions of an item; empty without one."""
    identifier = first(item, "Identification/NewsIdentifier")
    parts = [text_of(first(identifier, name)) for name in ("ProviderId", "DateId", "NewsItemId")]
    if all(parts):
        return ":".join(["urn:newsml", *parts])
    return _REVISION.sub("", text_of(first(identifier, "PublicIdentifier"))) or parts[2]


def add_management(builder: DraftBuilder, item: Element, *, part: int) -> None:
    """Add the data of the whole item; ``part`` is the number of the story in it, from 0."""
    guid = public_id(item)
    builder.add("guid", f"{guid}#{part + 1}" if guid and part else guid, "NewsIdentifier", 0.8 if part else 1.0)
    revision = text_of(first(item, "Identification/NewsIdentifier/RevisionId"))
    builder.add_number("guid_version", revision, "NewsIdentifier/RevisionId", highest=HIGHEST_VERSION)
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
    builder.add("source", attribute(sender, "FormalName"), "NewsEnvelope/SentFrom", 0.5)


def _add_times(builder: DraftBuilder, management: Element | None) -> None:
    this = text_of(first(management, "ThisRevisionCreated"))
    builder.add_time("published_at", text_of(first(management, "FirstCreated")), "NewsManagement/FirstCreated")
    builder.add_time("published_at", this, "NewsManagement/ThisRevisionCreated", 0.8)
    builder.add_time("modified_at", this, "NewsManagement/ThisRevisionCreated")


def _add_status(builder: DraftBuilder, management: Element | None) -> None:
    """Add status, embargo (a status that changes to usable at a time) and signals."""
    stated = attribute(first(management, "Status"), "FormalName")
    status = status_by_code(stated)
    builder.add("status", status, "NewsManagement/Status")
    if status is ArticleStatus.CANCELED:
        builder.add("signal", Signal.KILL, "NewsManagement/Status")
    change = first(management, "StatusWillChange")
    becomes = status_by_code(attribute(first(change, "FutureStatus"), "FormalName"))
    if becomes is ArticleStatus.USABLE and stated.lower() != "usable":
        builder.add_time("embargoed_until", text_of(first(change, "DateAndTime")), "NewsManagement/StatusWillChange")
    for each in children(management, "Instruction"):
        builder.add("signal", signal_by_code(attribute(each, "FormalName")), "NewsManagement/Instruction")
