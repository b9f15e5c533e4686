"""Outages: a resource that the work needs is unavailable, and the files that need it wait without being blamed."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime

from copytaster.model.article import Document


class Resource(StrEnum):
    """A resource that may be unavailable; part of problem codes and a metric label."""

    ARCHIVE = "archive"
    QUARANTINE = "quarantine"
    SERVER = "server"
    WORKER = "worker"


CURES: dict[Resource, str] = {
    Resource.ARCHIVE: "check that the archive's disk is mounted, has room and can be read, or that its bucket can be"
    " reached",
    Resource.QUARANTINE: "check that the quarantine's disk is mounted, has room and can be written",
    Resource.SERVER: "check that the Redis server runs, and has free memory and disk space",
    Resource.WORKER: "check that the worker's machine has room for temporary files, and free memory, descriptors and"
    " processes",
}
"""What a person can do about an outage of each resource."""


class Wait(Document):
    """A delivery's wait for the end of an outage.

    ``since`` is when its first attempt failed by an outage, ``attempts`` the number of attempts that have failed so.
    """

    resource: Resource
    since: AwareDatetime
    attempts: int


class Outage(Document):
    """A resource for which deliveries wait: how many, and since when the first of them waits for it."""

    resource: Resource
    since: AwareDatetime
    waiting: int
