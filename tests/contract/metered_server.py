"""What work costs on a real server: its commands, also those inside scripts, and the bytes on the connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from redis import Redis


@dataclass(slots=True)
class Cost:
    """The commands that the server ran, and the bytes of replies and requests."""

    commands: int = 0
    read: int = 0
    written: int = 0


@contextmanager
def metered(client: Redis) -> Iterator[Cost]:
    """Count what happens in the block on the client's only connection."""
    cost, before = Cost(), _counts(client)
    yield cost
    after = _counts(client)
    cost.commands, cost.read, cost.written = (last - first for first, last in zip(before, after, strict=True))


def _counts(client: Redis) -> tuple[int, int, int]:
    """Return the counts since the start of the connection; reading them costs the same each time, but for digits."""
    calls: dict[str, Any] = client.info("commandstats")
    connection: dict[str, Any] = client.client_info()
    commands = sum(each["calls"] for each in calls.values())
    return commands, int(connection["tot-net-out"]), int(connection["tot-net-in"])
