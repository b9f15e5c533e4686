"""One arrival of one file: the record that answers "where is file X?"."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import NewType

from pydantic import AwareDatetime, Field

from copytaster.clock import milliseconds
from copytaster.model.article import ArticleId, Document, Relation
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.metadata import SIDECAR, FolderDefaults, Metadata
from copytaster.model.progress import Progress
from copytaster.model.work import Work

DeliveryId = NewType("DeliveryId", str)


class DeliveryState(StrEnum):
    """Where a delivery is. ``settled`` is final and goes with a disposition."""

    WAITING = "waiting"
    WORKING = "working"
    SETTLED = "settled"


class TimelineEntry(Document):
    """Something that happened to a delivery: when, at which stage, by which process, what."""

    at: AwareDatetime
    stage: str
    by: str
    what: str


class Delivery(Document):
    """One record of the ledger.

    ``path`` is the path below the inbox as a person would type it (undecodable bytes are escaped), ``name`` its last
    part, ``source`` its first folder. ``sha256`` is null when the file was refused unread. ``due_at`` is when the
    reconciler wakes somebody for it; null once it is settled. ``lane`` is the queue that it waits in, ``faults`` how
    often it was begun and its worker died or the program broke on it. ``retry_of`` names the failed delivery whose
    file this one brings again, ``retried_as`` the delivery that brought this one's file again. ``sidecar`` is the
    sha256 of the file's sidecar, an original like the file, and ``metadata`` what it says; ``folder_defaults`` is what
    the ``_source.yml`` of its folders said on its arrival. ``progress`` counts the items of a file that holds several,
    null for others.
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
    due_at: AwareDatetime | None = None
    disposition: Disposition | None = None
    reason: Reason | None = None
    message: str | None = None
    settled_at: AwareDatetime | None = None
    article_ids: tuple[ArticleId, ...] = ()
    relation: Relation | None = None
    retry_of: DeliveryId | None = None
    retried_as: DeliveryId | None = None
    progress: Progress | None = None
    timeline: tuple[TimelineEntry, ...] = ()


def how_registered(delivery: Delivery) -> str:
    """Return what the timeline says of a delivery's beginning."""
    if delivery.sha256 is None:
        return "registered unread"
    together = f", with sidecar {delivery.name}{SIDECAR}" if delivery.sidecar else ""
    return f"registered: archived and due{together}"


class Outcome(Document):
    """How a delivery ended: everything that settling it writes into the ledger."""

    disposition: Disposition
    reason: Reason | None = None
    message: str | None = None
    article_ids: tuple[ArticleId, ...] = ()
    relation: Relation | None = None
    progress: Progress | None = None
    to_tag: tuple[ArticleId, ...] = ()
    """The articles whose tagging becomes due in the same transaction."""


class Balance(Document):
    """The ledger's closed balance: ``seen`` equals the sum of ``dispositions`` plus ``in_flight``, always."""

    seen: int
    in_flight: int
    dispositions: dict[Disposition, int]

    @property
    def closed(self) -> bool:
        """Whether the sums agree."""
        return self.seen == self.in_flight + sum(self.dispositions.values())


def new_delivery_id(now: datetime) -> DeliveryId:
    """Return an id that sorts by time of arrival and never repeats: ``d`` + milliseconds + 40 random bits, in hex."""
    return DeliveryId(f"d{milliseconds(now):012x}{secrets.token_hex(5)}")
