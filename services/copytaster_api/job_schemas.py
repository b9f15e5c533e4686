"""Documents of the routes of jobs."""

from __future__ import annotations

from copytaster.model.article import Document
from copytaster.model.job import Job

JOB = "^j[0-9a-f]{22}$"
"""Pattern of a job's id."""


class JobList(Document):
    """The latest jobs, the newest first."""

    items: tuple[Job, ...]
