"""Checks of what happens when a server dies: whether another one takes over, and which writes are lost then."""

from __future__ import annotations

from collections.abc import Iterator

from copytaster.doctor.finding import Finding, fail, ok, warn
from copytaster.store.ports.server_facts import FailoverFacts

ENOUGH_SENTINELS = 3
"""Two agree when one is lost; with fewer, nobody is elected to replace the server."""

ENOUGH_REPLICAS = 2
"""After a failover one of them is the primary server, and needs another one that has its writes."""


def check_failover(facts: FailoverFacts | None) -> Iterator[Finding]:
    """Yield the findings about a server with replicas; none if it is a single one."""
    if facts is None:
        return
    yield _replicas(facts)
    yield _cut_off(facts)
    if facts.sentinels is not None:
        yield _sentinels(facts.sentinels)


def check_queues(is_cluster: bool | str, *, separate: bool) -> Finding:
    """Return the finding about the server of the queues; ``is_cluster`` is the error if it does not tell."""
    if isinstance(is_cluster, str):
        return fail("queues", f"the server of the queues: {is_cluster}", "start it, or correct COPYTASTER_BROKER_URL")
    if is_cluster:
        return fail(
            "queues",
            "the server of the queues is a node of a Redis Cluster, on which Celery does not work",
            "set COPYTASTER_BROKER_URL to a server of its own (redis://) or to Sentinels (redis+sentinel://)",
        )
    return ok("queues", "on a server of their own" if separate else "on the server of the store")


def _replicas(facts: FailoverFacts) -> Finding:
    found = f"replicas that are connected to the primary server: {facts.replicas}"
    if not facts.replicas:
        return warn("replicas", f"{found}; no server can take over", "start a replica")
    if facts.needed and facts.replicas < ENOUGH_REPLICAS:
        return warn(
            "replicas",
            f"{found}; after a failover the new one has none, and refuses all writes until a replica is back",
            "start a second replica",
        )
    return ok("replicas", found)


def _cut_off(facts: FailoverFacts) -> Finding:
    if facts.needed is None or facts.max_lag is None:
        return ok("cut_off_server", "the server does not let its clients read its settings")
    if not facts.needed:
        return warn(
            "cut_off_server",
            "a primary server that is cut off from its replicas accepts writes, which are lost: `min-replicas-to-write`"
            " is 0",
            "set `min-replicas-to-write 1` and `min-replicas-max-lag` on all servers, with at least two replicas",
        )
    found = f"a primary server refuses writes when no replica has answered for {facts.max_lag} s"
    if facts.down_after is not None and facts.max_lag >= facts.down_after:
        return warn(
            "cut_off_server",
            f"{found}, and is replaced after {facts.down_after:g} s: what it accepts in between is lost",
            "set `min-replicas-max-lag` to less than the `down-after-milliseconds` of the Sentinels",
        )
    return ok("cut_off_server", found)


def _sentinels(number: int) -> Finding:
    found = f"Sentinels that know each other: {number}"
    if number < ENOUGH_SENTINELS:
        return warn(
            "sentinels", f"{found}; if one is lost, no server is replaced", "run three, each on its own machine"
        )
    return ok("sentinels", found)
