"""What the server counts: commands, reads from sockets, bytes of memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis import Redis

from copytaster.model.delivery import DeliveryState
from copytaster.model.work import Work
from copytaster.store.keys import Keys

SCRIPT_CALLS = ("evalsha", "eval")
"""The commands that run a script; each command inside is counted as well."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The server's counters since its start, without those of the benchmark itself.

    ``commands`` are all that the server has executed, those inside scripts among them. ``scripts`` are calls of
    scripts. ``round_trips`` are reads from sockets that brought something: a pipeline is one, a request of more than 16
    KB is several. ``used_memory`` is all memory of the server, in bytes.
    """

    commands: int
    scripts: int
    round_trips: int
    used_memory: int


class ServerCounter:
    """Reads the counters, and how much work waits; it knows how much of them it has caused itself."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._keys = Keys()
        self._own_commands = 0
        self._own_reads = 0

    def counts(self) -> Counts:
        """Return the counters up to now."""
        # The INFO that runs is not counted in its own reply.
        reply: dict[str, Any] = self._client.info("all")
        found = Counts(
            commands=int(reply["total_commands_processed"]) - self._own_commands,
            scripts=sum(int(reply[name]["calls"]) for each in SCRIPT_CALLS if (name := f"cmdstat_{each}") in reply),
            round_trips=int(reply["total_reads_processed"]) - self._own_reads,
            used_memory=int(reply["used_memory"]),
        )
        self._own_commands += 1
        self._own_reads += 1
        return found

    def progress(self) -> Progress:
        """Return how far the work is, by one round trip."""
        keys = self._keys
        pipe = self._client.pipeline(transaction=False)
        pipe.hget(keys.balance(), "seen")
        for state in (DeliveryState.WAITING, DeliveryState.WORKING):
            pipe.zcard(keys.deliveries("state", state))
        for work in (Work.TAG, Work.RETAG):
            pipe.zcard(keys.due(work))
        seen, waiting, working, tag, retag = pipe.execute()
        self._own_commands += 5
        self._own_reads += 1
        return Progress(int(seen or 0), int(waiting) + int(working), int(tag) + int(retag))


@dataclass(frozen=True, slots=True)
class Progress:
    """Deliveries that were registered, those of them in flight, and articles to be tagged."""

    seen: int
    in_flight: int
    to_tag: int

    @property
    def waiting(self) -> int:
        """Everything that is left to do."""
        return self.in_flight + self.to_tag
