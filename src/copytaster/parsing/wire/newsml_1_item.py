"""What a NewsItem of NewsML 1 says about itself: identity, revision, times, status, urgency, instructions."""

from __future__ import annotations

import re

from copytaster.model.article import ArticleStatus, Signal
from copytaster.parsing.draft_builder import HIGHEST_VERSION, DraftBuilder
from copytaster.parsing.safe_xml import Element, attribute, children, first, words_of
from copytaster.parsing.wire.status_codes import signal_by_code, status_by_code

_REVISION = re.compile(r":\d+[NUA]?$")
"""The end of a public identifier: revision number, and whether it is new, an update or all of it."""


def public_id(item: Element) -> str:
    """Return the identifier that all revisions of an item share; empty without one."""
    identifier = first(item, "Identification/NewsIdentifier")
    parts = [words_of(first(identifier, name)) for name in ("ProviderId", "DateId", "NewsItemId")]
    if all(parts):
        return ":".join(["urn:newsml", *parts])
    return _REVISION.sub("", words_of(first(identifier, "PublicIdentifier"))) or parts[2]


def put_management(builder: DraftBuilder, item: Element, *, part: int) -> None:
    """Set what holds for the whole item; ``part`` counts the stories in it from 0."""
    guid = public_id(item)
    builder.add("guid", f"{guid}#{part + 1}" if guid and part else guid, "NewsIdentifier", 0.8 if part else 1.0)
    revision = words_of(first(item, "Identification/NewsIdentifier/RevisionId"))
    builder.add_number("guid_version", revision, "NewsIdentifier/RevisionId", highest=HIGHEST_VERSION)
    management = first(item, "NewsManagement")
    _put_times(builder, management)
    _put_status(builder, management)
    urgency = first(management, "Urgency")
    builder.add_number("urgency", attribute(urgency, "FormalName"), "NewsManagement/Urgency", highest=9)


def put_envelope(builder: DraftBuilder, root: Element) -> None:
    """Set what only the envelope tells: time and sender are the transmission's, so they come last."""
    envelope = first(root, "NewsEnvelope")
    builder.add_time("published_at", words_of(first(envelope, "DateAndTime")), "NewsEnvelope/DateAndTime", 0.4)
    sender = first(envelope, "SentFrom/Party")
    builder.add("source", attribute(sender, "FormalName"), "NewsEnvelope/SentFrom", 0.5)


def _put_times(builder: DraftBuilder, management: Element | None) -> None:
    this = words_of(first(management, "ThisRevisionCreated"))
    builder.add_time("published_at", words_of(first(management, "FirstCreated")), "NewsManagement/FirstCreated")
    builder.add_time("published_at", this, "NewsManagement/ThisRevisionCreated", 0.8)
    builder.add_time("modified_at", this, "NewsManagement/ThisRevisionCreated")


def _put_status(builder: DraftBuilder, management: Element | None) -> None:
    """Set status, embargo (a status that changes to usable at a time) and signals."""
    stated = attribute(first(management, "Status"), "FormalName")
    status = status_by_code(stated)
    builder.add("status", status, "NewsManagement/Status")
    if status is ArticleStatus.CANCELED:
        builder.add("signal", Signal.KILL, "NewsManagement/Status")
    change = first(management, "StatusWillChange")
    becomes = status_by_code(attribute(first(change, "FutureStatus"), "FormalName"))
    if becomes is ArticleStatus.USABLE and stated.lower() != "usable":
        builder.add_time("embargoed_until", words_of(first(change, "DateAndTime")), "NewsManagement/StatusWillChange")
    for each in children(management, "Instruction"):
        builder.add("signal", signal_by_code(attribute(each, "FormalName")), "NewsManagement/Instruction")
