"""Who may use the API, and who changed what."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, NewType

from pydantic import AwareDatetime, Field, StringConstraints

from copytaster.model.article import Document, Text
from copytaster.model.source_names import name_key
from copytaster.model.stated_times import UtcTime

KeyId = NewType("KeyId", str)
"""The public id of a key, derived from its hash: ``k`` and twelve hexadecimal digits."""

KEY_ID = "^k[0-9a-f]{12}$"
"""Pattern of a ``KeyId``."""


TARGET_CHARACTERS = 500
"""Characters that an entry of the audit trail has of each text of a request or command: a path may have 64 KB, and a
retry of many files names each.
"""

NAME_CHARACTERS = 100
"""Longest name of a key: it stands in tables and decisions."""


class Scope(StrEnum):
    """What a key permits; each scope includes the ones before it.

    ``read``: see articles, files, stories and the state of the system. ``write``: also decide about them. ``admin``:
    also webhooks and the audit trail.
    """

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    def includes(self, other: Scope) -> bool:
        """Return whether whoever has this scope has the other one, too."""
        order = list(Scope)
        return order.index(self) >= order.index(other)


class AccessKey(Document):
    """A key as it is stored: its hash, not the key itself. With ``sources`` it permits only what these delivered."""

    id: KeyId
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_CHARACTERS)]
    scope: Scope
    sources: tuple[Text, ...] = ()
    sha256: str
    created_at: AwareDatetime
    created_by: str
    expires_at: UtcTime | None = None
    revoked_at: AwareDatetime | None = None
    revoked_by: str | None = None

    def invalid_since(self, now: datetime) -> datetime | None:
        """Return when the key was revoked, or else when it expired; None if it is valid."""
        if self.revoked_at:
            return self.revoked_at
        return self.expires_at if self.expires_at and self.expires_at <= now else None


class Session(Document):
    """A login of a person in a browser by a key. Changes must repeat ``csrf``, which other sites cannot know."""

    key_id: KeyId
    csrf: str
    created_at: AwareDatetime
    expires_at: AwareDatetime


class Channel(StrEnum):
    """How a change was requested: by a program, by a person logged in to the dashboard, or by a command."""

    API = "api"
    DASHBOARD = "dashboard"
    CLI = "cli"


class AuditEntry(Document):
    """Who changed what, when, from where, and with which result.

    ``who`` is the name of a key, or of the user that ran a command; ``anyone`` where no keys are needed. ``status`` is
    the HTTP status, or the exit status of a command.
    """

    id: str = Field(default="", description="Its place in the trail; later entries have greater ids.")
    at: AwareDatetime = Field(description="When it was requested.")
    who: str = Field(description="Name of the key, or of the user that ran the command.")
    key_id: KeyId | None = Field(default=None, description="Id of the key; null where none was needed.")
    via: Channel = Field(description="How it was requested.")
    address: str | None = Field(default=None, description="Address of the client, or host of the command.")
    action: str = Field(description="Method and route, or command.")
    target: str | None = Field(
        default=None, description="What was to be changed: ids, and names where there are none yet."
    )
    status: int = Field(description="HTTP status, or exit status of the command.")
    succeeded: bool = Field(description="Whether it was done.")

    @property
    def is_refusal(self) -> bool:
        """Whether the API refused the request, so that it changed nothing.

        A command that has begun counts as a change, also if it failed: it may have changed something before.
        """
        refused = HTTPStatus.BAD_REQUEST <= self.status < HTTPStatus.INTERNAL_SERVER_ERROR
        return refused and self.via is not Channel.CLI


def is_among(source: str | None, sources: tuple[str, ...]) -> bool:
    """Return whether a source has one of these names; case and a leading article do not matter."""
    return source is not None and name_key(source) in {name_key(each) for each in sources}
