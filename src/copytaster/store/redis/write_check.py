"""The question to the server whether it accepts changes."""

from __future__ import annotations

from redis import Redis
from redis.exceptions import ResponseError

from copytaster.errors import ChangesRefusedError
from copytaster.store.redis.client import transient_errors
from copytaster.system.remedies import explain_server_error

NO_FIELD = ""
"""A field that the hash does not have: a server that refuses changes refuses to remove it too."""


class RedisWriteCheck:
    """Implements ``WriteCheck``, in a cluster for the node that has the hash ``key``."""

    def __init__(self, client: Redis, key: str) -> None:
        self._client = client
        self._key = key

    def check(self) -> None:
        """Ask the server; see ``WriteCheck.check``."""
        with transient_errors():
            try:
                self._client.hdel(self._key, NO_FIELD)
            except ResponseError as error:
                raise ChangesRefusedError(explain_server_error(error)) from error
