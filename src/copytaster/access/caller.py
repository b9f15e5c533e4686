"""Who sends a request, and what this caller may do and see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from copytaster.model.access import AccessKey, Channel, KeyId, Scope, Session, is_among
from copytaster.model.article import Document

Order = TypeVar("Order", bound=Document)

ANYONE = "anyone"
"""The name of a caller where no keys are needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The sender of a request. ``sources`` are those that it is restricted to; none means all."""

    name: str
    scope: Scope
    via: Channel
    sources: tuple[str, ...] = ()
    key_id: KeyId | None = None
    csrf: str | None = None
    expires_at: datetime | None = None

    def signature(self, given: str | None) -> str:
        """Return the name under which a decision is recorded: the given one, else the key's, else ``api``."""
        return given or (self.name if self.key_id else "api")

    def signed(self, order: Order) -> Order:
        """Return an order with the name under which it is recorded, if it was given without ``by``."""
        if "by" in order.model_fields_set:
            return order
        return order.model_copy(update={"by": self.signature(None)})

    def sees(self, source: str | None) -> bool:
        """Return whether the caller may see what this source delivered."""
        return not self.sources or is_among(source, self.sources)


UNKEYED = Caller(name=ANYONE, scope=Scope.ADMIN, via=Channel.API)
"""The caller where no keys are needed: whoever reaches this machine's loopback interface may do everything."""


def caller_of_key(key: AccessKey) -> Caller:
    """Return the program that has sent a key."""
    return Caller(
        name=key.name, scope=key.scope, via=Channel.API, sources=key.sources, key_id=key.id, expires_at=key.expires_at
    )


def caller_of_session(key: AccessKey, session: Session) -> Caller:
    """Return the person who has logged in with a key: with the rights that the key has now."""
    return Caller(
        name=key.name,
        scope=key.scope,
        via=Channel.DASHBOARD,
        sources=key.sources,
        key_id=key.id,
        csrf=session.csrf,
        expires_at=session.expires_at,
    )
