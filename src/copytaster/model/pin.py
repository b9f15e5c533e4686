"""A person's decision to keep an article, whatever its age."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Pin(BaseModel):
    """Since when an article is pinned; null if it was unpinned. ``by`` is the person who decided it, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime | None = None
    by: str
    reason: str | None = None
