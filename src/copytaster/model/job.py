"""Jobs: what a person decides about many failed files or withheld articles at once, done beside other work."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import NewType, Self

from pydantic import AwareDatetime, Field, model_validator

from copytaster.clock import milliseconds
from copytaster.model.article import Document, Text
from copytaster.model.disposition import Reason
from copytaster.model.stated_times import StatedTime

JobId = NewType("JobId", str)

MAX_PROBLEMS = 20
"""Problems that a job lists; it counts all of them."""


class JobAction(StrEnum):
    """What is done with each: a failed file is retried or dismissed, a withheld article is released."""

    RETRY = "retry"
    DISMISS = "dismiss"
    RELEASE = "release"


class JobState(StrEnum):
    """The state of a job: it waits, counts what it is about, works, and has ended."""

    WAITING = "waiting"
    COUNTING = "counting"
    RUNNING = "running"
    ENDED = "ended"


class JobOrder(Document):
    """What a person orders. Conditions that are given must all hold; without any, it is about all."""

    action: JobAction = Field(description="What is done with each: `retry` or `dismiss` a failed file, or `release`.")
    reason: Reason | None = Field(default=None, description="Only files that failed for this reason.")
    source: Text | None = Field(default=None, description="Only what this source delivered.")
    name: Text | None = Field(default=None, description="Only files whose path, or articles whose title, has this.")
    seen_at: StatedTime | None = Field(
        default=None,
        description="When the person saw what it is about: what failed, or arrived, later is left alone. By default the"
        " time of the order.",
    )
    dry_run: bool = Field(default=False, strict=True, description="Only count, and list what would be left out.")
    by: Text = Field(default="api", description="The person who decided it; over HTTP by default the name of the key.")
    why: Text | None = Field(default=None, description="Why withheld articles may be used.")

    @model_validator(mode="after")
    def _refuse_meaningless_conditions(self) -> Self:
        if self.action is JobAction.RELEASE and self.reason:
            raise ValueError("`reason` is about failed files; withheld articles have none")
        return self


class JobProblem(Document):
    """A file or an article with which nothing was done, and why."""

    id: str
    name: str | None
    why: str


class Job(Document):
    """A job and how far it is.

    ``total`` counts what it is about, once it is counted; ``done``, ``failed`` and ``skipped`` grow towards it.
    ``skipped`` were left out, because the action does not apply to them, or somebody else was quicker. ``problems`` are
    the first of both. ``position`` is the last one that has ended, ``current`` the one that is being worked on, and
    ``tries`` counts its attempts.
    """

    id: JobId
    order: JobOrder
    state: JobState = JobState.WAITING
    created_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    total: int = 0
    done: int = 0
    failed: int = 0
    skipped: int = 0
    problems: tuple[JobProblem, ...] = ()
    position: str | None = None
    current: str | None = None
    tries: int = 0

    @property
    def seen_at(self) -> datetime:
        """When the person saw what the job is about: at the latest when it was ordered."""
        return min(self.created_at, self.order.seen_at or self.created_at)

    @property
    def by(self) -> str:
        """Who acts, for timelines and records."""
        return f"{self.order.by} (job {self.id})"

    def with_problem(self, problem: JobProblem, **counts: int) -> Job:
        """Return the job with one more problem, and with these counts."""
        return self.model_copy(update={"problems": (*self.problems, problem)[:MAX_PROBLEMS], **counts})


def new_job_id(now: datetime) -> JobId:
    """Return a unique id that sorts by time: ``j``, milliseconds and 40 random bits, in hex."""
    return JobId(f"j{milliseconds(now):012x}{secrets.token_hex(5)}")
