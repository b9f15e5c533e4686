"""A person's decision to release a withheld version of an article, or to withhold it again."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict

from copytaster.model.stated_times import UtcTime


class Release(BaseModel):
    """A decision about one version: it may be used from ``at`` on; null if the release was undone.

    ``by`` is the person who decided it at ``decided_at``, for the given reason.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: UtcTime | None = None
    by: str
    reason: str | None = None
    decided_at: AwareDatetime
