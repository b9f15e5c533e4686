"""A person's decision to release a withheld version of an article, or to withhold it again."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Release(BaseModel):
    """A decision about one version: it may be used from ``at`` on; null if the release was undone.

    ``by`` is the person who decided it at ``decided_at``, for the given reason.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime | None = None
    by: str
    reason: str | None = None
    decided_at: AwareDatetime
