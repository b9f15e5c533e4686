"""How the server stores small hashes: packed, as long as none of their values is longer than its setting allows."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from redis import Redis, ResponseError

from copytaster.store.redis.packing import PIECE

SETTING = "hash-max-listpack-value"

LONGEST_VALUE = 4_096
"""The setting's value for servers of this product: the records of nearly all articles are shorter. A hash is searched
from its beginning, so one that is packed should not be much longer than those of articles."""


class PackedHashes:
    """Knows the server's setting; asks for it once in a process, because it only decides about memory."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    @cached_property
    def longest_value(self) -> int:
        """The length of a value in bytes up to which a hash stays packed.

        It is the usual one where the server does not let its clients read settings, as many hosted ones.
        """
        try:
            found: Any = self._client.config_get(SETTING)
        except ResponseError:
            return PIECE
        return next((int(value) for value in found.values()), PIECE)
