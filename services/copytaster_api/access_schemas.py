"""Documents of the audit trail that only the HTTP API uses."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from copytaster.model.access import AuditEntry
from copytaster.model.article import Document
from copytaster_api.schemas import MAX_ITEMS

ENTRY = "^[0-9]{1,19}-[0-9]{1,19}$"
"""Pattern of the id of an entry; with a digit more the server refuses it, as it does those of other scripts."""


class AuditFilters(Document):
    """The query parameters of the audit trail; unknown ones are refused."""

    limit: int = Field(default=50, ge=1, le=MAX_ITEMS, description="Most items of the page.")
    cursor: Annotated[str, StringConstraints(pattern=ENTRY)] | None = Field(
        default=None, description="`next_cursor` of the page before."
    )


class AuditList(Document):
    """A page of the audit trail, the latest first; ``next_cursor`` is null on the last."""

    items: tuple[AuditEntry, ...]
    next_cursor: str | None
