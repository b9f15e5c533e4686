"""Documents of the routes of pauses."""

from __future__ import annotations

from pydantic import Field

from copytaster.model.article import Document, Text
from copytaster.model.pause import Pause, PauseKind


class PauseList(Document):
    """What people have paused, the oldest pause first."""

    items: tuple[Pause, ...]


class ResumeOrder(Document):
    """The query parameters of a request to end a pause; unknown ones are refused."""

    kind: PauseKind = Field(description="What is resumed: the `intake`, one `source`, or one `queue`.")
    name: Text | None = Field(default=None, description="Name of the source or queue.")
    by: Text | None = Field(default=None, description="The person who resumes it; by default the name of the key.")
