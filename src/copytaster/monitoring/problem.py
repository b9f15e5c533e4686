"""What a person should know about the system, or do."""

from __future__ import annotations

from pydantic import AwareDatetime

from copytaster.model.article import Document

NO_REDIS = "no_redis"
"""The code of the problem that the server does not answer, or refuses changes."""


class Problem(Document):
    """A problem or notice for a person: a stable code, a sentence, and since when it exists, if that is known."""

    code: str
    message: str
    since: AwareDatetime | None = None

    @property
    def without_details(self) -> Problem:
        """The problem as somebody may see it who may not see the status: its sentence may name files and addresses."""
        return self.model_copy(update={"message": f"{self.code}: the status says what is wrong"})
