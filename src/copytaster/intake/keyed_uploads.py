"""Uploads with an idempotency key: the same request may be sent again, and delivers one file."""

from __future__ import annotations

import secrets
from datetime import timedelta

from copytaster.clock import Interval
from copytaster.errors import CopytasterError
from copytaster.intake.uploads import IncomingFile, UploadDesk, UploadedFile
from copytaster.model.delivery import DeliveryId, new_delivery_id
from copytaster.store.ports.idempotency import KeyState

LEASE = timedelta(minutes=1)
"""How long a key stays in use after its process has died; while bytes arrive, the lease is extended."""

KEEP_EVERY = LEASE / 4
"""Interval at which the lease is extended: two extensions may fail."""


class UploadRunningError(CopytasterError):
    """Another request with the same key is running."""

    def __init__(self) -> None:
        super().__init__("a request with this Idempotency-Key is running; send it again when that has ended")


class OtherUploadError(CopytasterError):
    """The key was used for another file, or for the same file with another name or other metadata."""

    def __init__(self) -> None:
        super().__init__("this Idempotency-Key was used for other content, name or metadata; use a new key")


class KeyedUpload:
    """One request; without a ``key`` each request delivers a file.

    ``sender`` is who has chosen the key: others may choose the same one for another file.
    """

    def __init__(self, desk: UploadDesk, key: str | None, *, sender: str | None = None) -> None:
        self._desk = desk
        self._keys = desk.store.idempotency
        self._key = key if key is None or sender is None else f"{sender} {key}"
        self._owner = secrets.token_hex(8)
        self._extensions = Interval(KEEP_EVERY)
        self._known = KeyState(new_delivery_id(desk.clock.now()), is_held=True)

    @property
    def delivery_id(self) -> DeliveryId:
        """The id of the delivery: that of the first request with the key."""
        return self._known.delivery_id

    def begin(self, source: str | None, *, size: int) -> None:
        """Begin the request. ``size`` is the number of bytes that are announced, 0 if that is not known.

        Raises ``UploadRunningError``, ``UploadRefusedError`` and ``TransientError``.
        """
        if self._key is not None:
            self._known = self._keys.begin(self._key, delivery_id=self.delivery_id, owner=self._owner, lease=LEASE)
        if self._known.answer is None:
            if not self._known.is_held:
                raise UploadRunningError
            self._desk.refuse_while_paused(source, size=size)

    def keep(self) -> None:
        """Extend the lease from time to time while bytes arrive. Raises ``UploadRunningError`` if it was lost."""
        if self._is_keyed and self._extensions.has_passed(self._desk.clock.now()):
            self._extend(None)

    def deliver(self, incoming: IncomingFile, file: UploadedFile, *, by: str, sources: tuple[str, ...] = ()) -> str:
        """Deliver the file, or find that it was delivered; return the answer, a delivery as JSON.

        ``sources`` are those that the caller may deliver for, see ``UploadDesk.deliver``.

        Raises ``OtherUploadError``, ``UploadRunningError``, ``UploadRefusedError``, ``OSError`` and ``TransientError``.
        """
        fingerprint = incoming.fingerprint(file)
        if self._known.fingerprint not in {None, fingerprint}:
            raise OtherUploadError
        if self._known.answer is not None:
            return self._known.answer
        self._desk.refuse_wrong(file, incoming)
        self._desk.refuse_while_paused(file.source)
        if self._is_keyed:
            self._extend(fingerprint)
        delivery = self._desk.deliver(incoming, file, self.delivery_id, by=by, sources=sources)
        answer = delivery.model_dump_json()
        if self._key is not None:
            self._keys.finish(self._key, owner=self._owner, answer=answer)
        return answer

    def give_up(self) -> None:
        """Forget the key if nothing was delivered, so that it can be used at once. Raises ``TransientError``."""
        if self._key is not None:
            self._keys.give_up(self._key, owner=self._owner)

    @property
    def _is_keyed(self) -> bool:
        return self._key is not None and self._known.answer is None

    def _extend(self, fingerprint: str | None) -> None:
        if not self._keys.keep(self._key or "", owner=self._owner, lease=LEASE, fingerprint=fingerprint):
            raise UploadRunningError
