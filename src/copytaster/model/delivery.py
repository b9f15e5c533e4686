"""A delivery, one arrival of one file: the record that answers "where is file X?"."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from pydantic import AwareDatetime, Field

from copytaster.clock import from_milliseconds, milliseconds
from copytaster.model.article import ArticleId, Document, Relation
from copytaster.model.disposition import SAME_AFTER_RETRY, Disposition, Reason
from copytaster.model.metadata import SIDECAR, FolderDefaults, Metadata
from copytaster.model.numbering import Numbered
from copytaster.model.outage import Wait
from copytaster.model.progress import ItemEnd, Progress
from copytaster.model.work import Work

DeliveryId = NewType("DeliveryId", str)


class DeliveryState(StrEnum):
    """The state of a delivery. ``settled`` is final; a settled delivery has a disposition."""

    WAITING = "waiting"
    WORKING = "working"
    SETTLED = "settled"


class TimelineEntry(Document):
    """An entry of a delivery's timeline: when, at which stage, by which process or person, what happened."""

    at: AwareDatetime
    stage: str
    by: str
    what: str


class Delivery(Document):
    """One record of the ledger.

    ``path`` is the path below the inbox in printable form (undecodable bytes are escaped), ``name`` its last part,
    ``source`` who delivered it: the name that a ``_source.yml`` declares, else the first folder.
    ``sha256`` is null if the file was refused unread. ``due_at`` is when the reconciler
    publishes the delivery again; null once it is settled. ``lane`` is the queue in which it waits. ``attempts`` counts
    the attempts without those that failed by an outage, ``faults`` those that ended with a dead worker or an unexpected
    error. ``outage`` is set while the delivery waits for the end of an outage. ``retry_of`` is the failed delivery
    whose file this one delivers again, ``retried_as`` the delivery that delivered this one's file again. ``continues``
    is the earlier delivery of the same file, to which its writer has added since. ``sidecar`` is the sha256 of the
    file's sidecar, an original like the file, and ``metadata`` its content; ``folder_defaults`` is the content of the
    ``_source.yml`` files of its folders when it arrived. ``progress`` counts the items of a file of several items, null
    for other files. ``software`` is the version of the program that rejected or quarantined it, null for other ends.
    """

    id: DeliveryId
    name: str
    path: str
    source: str | None
    size: int = Field(ge=0)
    sha256: str | None
    received_at: AwareDatetime
    sidecar: str | None = None
    metadata: Metadata | None = None
    folder_defaults: FolderDefaults | None = None
    state: DeliveryState = DeliveryState.WAITING
    lane: Work = Work.INGEST
    attempts: int = 0
    faults: int = 0
    outage: Wait | None = None
    due_at: AwareDatetime | None = None
    disposition: Disposition | None = None
    reason: Reason | None = None
    message: str | None = None
    settled_at: AwareDatetime | None = None
    article_ids: tuple[ArticleId, ...] = ()
    relation: Relation | None = None
    retry_of: DeliveryId | None = None
    retried_as: DeliveryId | None = None
    continues: DeliveryId | None = None
    progress: Progress | None = None
    software: str | None = None
    timeline: tuple[TimelineEntry, ...] = ()

    @property
    def has_failed_file(self) -> bool:
        """Whether the delivery failed and was not retried, so that its file is in quarantine."""
        return self.disposition is not None and self.disposition.keeps_file and self.retried_as is None

    def may_change(self, software: str) -> bool:
        """Return whether a retry of the unchanged failed file by this version of the program may end otherwise."""
        return self.has_failed_file and (self.reason not in SAME_AFTER_RETRY or self.software != software)


def registered_line(delivery: Delivery) -> str:
    """Return the timeline's line about a registration."""
    if delivery.sha256 is None:
        return "registered unread"
    with_sidecar = f", with sidecar {delivery.name}{SIDECAR}" if delivery.sidecar else ""
    continued = f"; its writer continued after delivery {delivery.continues}" if delivery.continues else ""
    return f"registered: archived and due{with_sidecar}{continued}"


def begun_line(lease: timedelta) -> str:
    """Return the timeline's line about an attempt that begins."""
    return f"taken for {lease.total_seconds():g} s"


def postponed_line(due_in: timedelta, why: str) -> str:
    """Return the timeline's line about an attempt that failed."""
    return f"postponed for {due_in.total_seconds():g} s: {why}"


def excused_line(why: str) -> str:
    """Return the timeline's line about an attempt that ended because the server did not answer."""
    return f"an attempt was interrupted and does not count: {why}"


UNRECORDED = frozenset({"to_tag", "items", "source", "numbers"})
"""Fields of an outcome that are no part of the delivery's record."""


class Outcome(Document):
    """How a delivery ended: everything that the ledger records when the delivery is settled."""

    disposition: Disposition
    reason: Reason | None = None
    message: str | None = None
    article_ids: tuple[ArticleId, ...] = ()
    relation: Relation | None = None
    progress: Progress | None = None
    to_tag: tuple[ArticleId, ...] = ()
    """The articles whose tagging becomes due in the same transaction."""
    items: tuple[ItemEnd, ...] | None = None
    """The items since the last ``advance``, for the event; null if ``article_ids`` and ``disposition`` say the same."""
    source: str | None = None
    """The source of the delivery, if its end is to be seen as one of this source; see ``model.sighting``."""
    numbers: tuple[Numbered, ...] = ()
    """The numbers that its items state, in their order."""

    @property
    def line(self) -> str:
        """The timeline's line about the end of the delivery."""
        return ": ".join(filter(None, [self.disposition.value, self.reason, self.message]))


class Balance(Document):
    """The ledger's balance: ``seen`` always equals the sum of ``dispositions`` plus ``in_flight``."""

    seen: int
    in_flight: int
    dispositions: dict[Disposition, int]

    @property
    def closed(self) -> bool:
        """Whether the two sides are equal."""
        return self.seen == self.in_flight + sum(self.dispositions.values())


def refusal_of(delivery: Delivery) -> Outcome | None:
    """Return the outcome of a delivery that was refused at intake: its file was not read."""
    if delivery.sha256 is not None or delivery.disposition is None:
        return None
    return Outcome(disposition=delivery.disposition, reason=delivery.reason, message=delivery.message)


def new_delivery_id(now: datetime) -> DeliveryId:
    """Return a unique id that sorts by time of arrival: ``d`` + milliseconds + 40 random bits, in hex."""
    return DeliveryId(f"d{milliseconds(now):012x}{secrets.token_hex(5)}")


def arrival_of(delivery_id: DeliveryId) -> datetime:
    """Return the time of arrival, to the millisecond, which the id contains."""
    return from_milliseconds(int(delivery_id[1:13], 16))
