"""The messages to webhooks on the server: each change is one script over one hash slot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from redis import Redis
from redis.commands.core import Script

from copytaster.clock import Clock, from_milliseconds, milliseconds
from copytaster.model.webhook import Attempt, EndpointId, EndpointState, Message
from copytaster.store.keys import Keys
from copytaster.store.ports.webhook_messages import ATTEMPTS_KEPT, MAX_DEAD, MAX_WAITING
from copytaster.store.redis.client import script, text, transient_errors

DUE, MESSAGES, ATTEMPTS, DEAD, STATE, LOG = "due", "messages", "attempts", "dead", "state", "log"
"""The keys of an endpoint; see ``Keys.webhook``."""


class RedisWebhookMessages:
    """Implements ``WebhookMessages``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock
        self._enqueue = script(client, "webhook_enqueue")
        self._take = script(client, "webhook_take")
        self._end = script(client, "webhook_end", shared=["trim_dead"])
        self._bury = script(client, "webhook_bury", shared=["trim_dead"])
        self._replay = script(client, "webhook_replay")

    def cursor(self) -> str | None:
        """Return the position; see ``WebhookMessages.cursor``."""
        with transient_errors():
            found = self._client.get(self._keys.webhook_cursor())
        return text(found) if found else None

    def enqueue(self, messages: Mapping[EndpointId, Sequence[Message]], *, cursor: str | None, moved_to: str) -> bool:
        """Add messages; see ``WebhookMessages.enqueue``."""
        keys = [self._keys.webhook_cursor()]
        arguments: list[str | int] = [cursor or "", moved_to, self._now(), MAX_WAITING]
        for endpoint_id, added in messages.items():
            keys += self._names(endpoint_id, DUE, MESSAGES, STATE)
            arguments += [len(added), *(part for each in added for part in (each.event_id, each.body))]
        return bool(self._run(self._enqueue, keys, arguments))

    def take(self, endpoint_id: EndpointId, *, limit: int, lease: timedelta) -> list[Message]:
        """Return due messages; see ``WebhookMessages.take``."""
        names = self._names(endpoint_id, DUE, MESSAGES, ATTEMPTS)
        taken = self._run(self._take, names, [self._now(), self._now(lease), limit])
        rows = zip(taken[::3], taken[1::3], taken[2::3], strict=True)
        return [Message(event_id=text(name), body=text(body), attempts=int(count)) for name, body, count in rows]

    def give_back(self, endpoint_id: EndpointId, event_ids: Sequence[str], *, due_in: timedelta) -> None:
        """Make messages due; see ``WebhookMessages.give_back``."""
        (due,) = self._names(endpoint_id, DUE)
        with transient_errors():
            if event_ids:
                self._client.zadd(due, {str(each): self._now(due_in) for each in event_ids}, xx=True)

    def end(self, endpoint_id: EndpointId, attempt: Attempt, *, retry_in: timedelta | None = None) -> EndpointState:
        """Record an attempt; see ``WebhookMessages.end``."""
        names = self._names(endpoint_id, DUE, MESSAGES, ATTEMPTS, DEAD, STATE, LOG)
        arguments: list[str | int] = [
            attempt.event_id,
            attempt.end.value,
            self._now(retry_in or timedelta(0)),
            milliseconds(attempt.at),
            attempt.model_dump_json(exclude_none=True),
            ATTEMPTS_KEPT,
            MAX_DEAD,
        ]
        self._run(self._end, names, arguments)
        return self.state(endpoint_id)

    def end_failing(self, endpoint_id: EndpointId) -> None:
        """Forget since when it fails; see ``WebhookMessages.end_failing``."""
        (state,) = self._names(endpoint_id, STATE)
        with transient_errors():
            self._client.hdel(state, "failing_since")

    def bury(self, endpoint_id: EndpointId) -> None:
        """Make waiting messages dead; see ``WebhookMessages.bury``."""
        self._run(self._bury, self._names(endpoint_id, DUE, MESSAGES, ATTEMPTS, DEAD, STATE), [self._now(), MAX_DEAD])

    def replay(self, endpoint_id: EndpointId, event_id: str | None = None) -> int:
        """Make dead messages due; see ``WebhookMessages.replay``."""
        return int(
            self._run(self._replay, self._names(endpoint_id, DUE, ATTEMPTS, DEAD), [self._now(), event_id or ""])
        )

    def dead(self, endpoint_id: EndpointId, *, limit: int) -> list[Message]:
        """Return dead messages; see ``WebhookMessages.dead``."""
        messages, attempts, dead = self._names(endpoint_id, MESSAGES, ATTEMPTS, DEAD)
        with transient_errors():
            events: Any = self._client.zrevrange(dead, 0, limit - 1)
            if not events:
                return []
            bodies: Any = self._client.hmget(messages, events)
            counts: Any = self._client.hmget(attempts, events)
        rows = zip(events, bodies, counts, strict=True)
        return [Message(event_id=text(name), body=text(body), attempts=int(n or 0)) for name, body, n in rows if body]

    def state(self, endpoint_id: EndpointId) -> EndpointState:
        """Return the state; see ``WebhookMessages.state``."""
        due, dead, state = self._names(endpoint_id, DUE, DEAD, STATE)
        with transient_errors():
            pipe = self._client.pipeline(transaction=True)
            pipe.zcard(due)
            pipe.zcard(dead)
            pipe.hgetall(state)
            waiting, died, stored = pipe.execute()
        found = {text(name): int(value) for name, value in stored.items()}
        times = {name: from_milliseconds(found.pop(name)) for name in list(found) if name.endswith(("_at", "_since"))}
        return EndpointState(waiting=waiting, dead=died, **found, **times)

    def attempts(self, endpoint_id: EndpointId) -> list[Attempt]:
        """Return the log; see ``WebhookMessages.attempts``."""
        (log,) = self._names(endpoint_id, LOG)
        with transient_errors():
            rows: Any = self._client.lrange(log, 0, -1)
        return [Attempt.model_validate_json(each) for each in rows]

    def forget(self, endpoint_id: EndpointId) -> None:
        """Remove an endpoint; see ``WebhookMessages.forget``."""
        with transient_errors():
            self._client.delete(*self._names(endpoint_id, DUE, MESSAGES, ATTEMPTS, DEAD, STATE, LOG))

    def _names(self, endpoint_id: EndpointId, *kinds: str) -> list[str]:
        return [self._keys.webhook(endpoint_id, each) for each in kinds]

    def _now(self, later: timedelta = timedelta(0)) -> int:
        return milliseconds(self._clock.now() + later)

    def _run(self, of: Script, keys: list[str], arguments: Sequence[str | int]) -> Any:
        with transient_errors():
            return of(keys=keys, args=arguments)
