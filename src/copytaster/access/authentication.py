"""Finds out who sends a request, and whether keys are needed at all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from copytaster.access.caller import UNKEYED, Caller, caller_of_key
from copytaster.access.keyring import Keyring
from copytaster.access.logins import Logins
from copytaster.clock import Clock, Interval
from copytaster.errors import CopytasterError, TransientError
from copytaster.model.access import KeyId
from copytaster.model.outage import Resource
from copytaster.store.ports.key_uses import KeyUses

LOOK_INTERVAL = timedelta(seconds=1)
"""How often this process looks whether a first key was created: so long it takes until keys are needed."""

USE_INTERVAL = timedelta(minutes=1)
"""How often the use of a key is written down: it is for finding keys that nobody uses any more."""


class NoCredentialsError(CopytasterError):
    """Keys are needed, and the request has neither a key nor a session."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request has sent: a key, or the token of a session."""

    key: str | None = None
    session: str | None = None


class Authentication:
    """Used by all requests of a process. ``exposed``: other machines can connect, so that keys are needed in any case.

    Otherwise keys are needed from the first one that is created, also after all of them were revoked.
    ``is_archive_away`` tells whether the disk with the keys is not mounted; then there seem to be none.
    """

    def __init__(  # noqa: PLR0913  # the stores of keys, sessions and uses, and what decides whether keys are needed
        self,
        keyring: Keyring,
        logins: Logins,
        uses: KeyUses,
        clock: Clock,
        *,
        exposed: bool,
        is_archive_away: Callable[[], bool],
    ) -> None:
        self.keyring = keyring
        self.logins = logins
        self._uses = uses
        self._clock = clock
        self._needed = exposed
        self._is_archive_away = is_archive_away
        self._looks = Interval(LOOK_INTERVAL)
        self._has_looked = False
        self._noted: dict[KeyId, datetime] = {}
        self._lock = threading.Lock()

    def needs_keys(self) -> bool:
        """Return whether keys are needed. At most one listing of the archive's keys in a second.

        Raises ``TransientError`` if the archive is unavailable.
        """
        with self._lock:
            if not self._needed and self._looks.has_passed(self._clock.now()):
                try:
                    self._needed = self._have_keys_existed()
                except TransientError:
                    self._looks = Interval(LOOK_INTERVAL)  # nobody is let in because a look has failed
                    raise
                self._has_looked = True
            return self._needed

    def _have_keys_existed(self) -> bool:
        if self.keyring.keys.exist():
            return True
        if self._is_archive_away():
            raise TransientError(
                "it is not known whether requests need keys: the archive, which has them, is empty, although the server"
                " has received files. Mount the archive's disk, or correct COPYTASTER_ARCHIVE_URL",
                resource=Resource.ARCHIVE,
            )
        return False

    @property
    def are_keys_known_unneeded(self) -> bool:
        """Whether no key is needed, as the last look said, and no other look is due; never waits."""
        return self._has_looked and not self._needed and not self._looks.is_over(self._clock.now())

    @property
    def were_keys_unneeded(self) -> bool:
        """Whether no key was needed at the last look that told it, however long ago; never waits.

        That is enough for what an answer tells, and not for what it permits.
        """
        return self._has_looked and not self._needed

    def identify(self, credentials: Credentials) -> Caller:
        """Return who sends a request. Cost: one read of the archive, and a command for a session.

        A key that is sent counts before a session. Raises ``NoCredentialsError``, ``RefusedKeyError`` and
        ``TransientError``.
        """
        if not self.needs_keys():
            return UNKEYED
        if credentials.key is not None:
            caller = caller_of_key(self.keyring.check(credentials.key))
        elif credentials.session is not None:
            caller = self.logins.find(credentials.session)
        else:
            raise NoCredentialsError(
                "this needs a key: send it as `Authorization: Bearer ct_…`, or log in at /login with a browser;"
                " `copytaster keys create` makes one"
            )
        self._note_use(caller)
        return caller

    def _note_use(self, caller: Caller) -> None:
        if caller.key_id is None:
            return
        now = self._clock.now()
        with self._lock:
            noted = self._noted.get(caller.key_id)
            if noted and noted <= now < noted + USE_INTERVAL:
                return
            self._noted[caller.key_id] = now
        try:
            self._uses.note(caller.key_id, now)
        except TransientError:
            return  # the request itself may not need the server
