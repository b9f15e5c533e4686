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
    # An answer of INFO has a line for every kind of command that the server has ever executed, for other tests as well.
    cost, first, before = Cost(), _counts(client), _counts(client)
    yield cost
    after = _counts(client)
    counting = [later - earlier for earlier, later in zip(first, before, strict=True)]
    cost.commands, cost.read, cost.written = (
        end - start - own for start, end, own in zip(before, after, counting, strict=True)
    )


def _counts(client: Redis) -> tuple[int, int, int]:
    """Return the counts since the start of the connection; reading them costs about the same each time."""
    calls: dict[str, Any] = client.info("commandstats")
    connection: dict[str, Any] = client.client_info()
    commands = sum(each["calls"] for each in calls.values())
    return commands, int(connection["tot-net-out"]), int(connection["tot-net-in"])
