"""The keys of the API: created, listed, revoked and checked."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime

from copytaster.access.key_format import hash_of, id_of, is_well_formed, new_key
from copytaster.archive.access_keys import AccessKeys
from copytaster.clock import Clock
from copytaster.errors import CopytasterError
from copytaster.model.access import NAME_CHARACTERS, AccessKey, KeyId, Scope
from copytaster.model.article import Document
from copytaster.model.source_names import name_key


class UnknownKeyError(CopytasterError):
    """There is no key with this id."""

    def __init__(self, key_id: KeyId) -> None:
        super().__init__(f"there is no key {key_id}; `copytaster keys list` shows them")


class WrongKeyOrderError(CopytasterError):
    """A key cannot be created in this way; the message says why."""


class RefusedKeyError(CopytasterError):
    """A key permits nothing: it is not one of this system, or was revoked, or has expired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOrder:
    """What a new key is."""

    name: str
    scope: Scope
    sources: tuple[str, ...] = ()
    expires_at: datetime | None = None


class ShownKey(Document):
    """A key as it is shown: without its hash, and with its last use, exact to a minute, if it is known."""

    id: KeyId
    name: str
    scope: Scope
    sources: tuple[str, ...]
    created_at: AwareDatetime
    created_by: str
    expires_at: AwareDatetime | None
    revoked_at: AwareDatetime | None
    revoked_by: str | None
    used_at: AwareDatetime | None


class NewKey(ShownKey):
    """A key that was just created, with what it is sent as; this is not shown again."""

    key: str


def shown_key(key: AccessKey, used_at: datetime | None = None) -> ShownKey:
    """Return a key as it is shown."""
    return ShownKey(**key.model_dump(exclude={"sha256"}), used_at=used_at)


@dataclass(frozen=True, slots=True)
class Keyring:
    """Every method raises ``TransientError`` if the archive is unavailable."""

    keys: AccessKeys
    clock: Clock

    def create(self, order: KeyOrder, *, by: str) -> tuple[AccessKey, str]:
        """Create a key, and return it as it is stored, and the secret, which is not stored.

        Raises ``WrongKeyOrderError``.
        """
        now = self.clock.now()
        if not 1 <= len(order.name.strip()) <= NAME_CHARACTERS:
            raise WrongKeyOrderError(f"the name of a key has 1 to {NAME_CHARACTERS} characters")
        if order.scope is Scope.ADMIN and order.sources:
            raise WrongKeyOrderError("a key with the scope admin cannot be restricted to sources; use read or write")
        if not all(map(name_key, order.sources)):
            raise WrongKeyOrderError("the name of a source is empty; name one, or leave it out for all sources")
        if order.expires_at and order.expires_at <= now:
            raise WrongKeyOrderError(f"the key would have expired at {order.expires_at.isoformat()} already")
        secret = new_key()
        digest = hash_of(secret)
        key = AccessKey(
            id=id_of(digest),
            name=order.name,
            scope=order.scope,
            sources=order.sources,
            sha256=digest,
            created_at=now,
            created_by=by,
            expires_at=order.expires_at,
        )
        self.keys.write(key)
        return key, secret

    def revoke(self, key_id: KeyId, *, by: str) -> AccessKey:
        """Make a key, and the sessions of who logged in with it, permit nothing; repeating this changes nothing.

        Raises ``UnknownKeyError``.
        """
        key = self.keys.get(key_id)
        if key is None:
            raise UnknownKeyError(key_id)
        if not key.revoked_at:
            key = key.model_copy(update={"revoked_at": self.clock.now(), "revoked_by": by})
            self.keys.write(key)
        return key

    def check(self, secret: str) -> AccessKey:
        """Return the key with this secret. Cost: one read of the archive. Raises ``RefusedKeyError``."""
        digest = hash_of(secret)
        key = self.keys.get(id_of(digest)) if is_well_formed(secret) else None
        if key is None or not hmac.compare_digest(key.sha256, digest):
            raise RefusedKeyError("this is not a key of this system; `copytaster keys create` makes one")
        return self._valid(key)

    def get_valid(self, key_id: KeyId) -> AccessKey:
        """Return a key by its id. Cost: one read of the archive. Raises ``RefusedKeyError``."""
        key = self.keys.get(key_id)
        if key is None:
            raise RefusedKeyError(f"the key {key_id} was removed")
        return self._valid(key)

    def _valid(self, key: AccessKey) -> AccessKey:
        if since := key.invalid_since(self.clock.now()):
            what = "was revoked" if key.revoked_at else "has expired"
            raise RefusedKeyError(f"the key {key.name!r} ({key.id}) {what} at {since.isoformat(timespec='seconds')}")
        return key
