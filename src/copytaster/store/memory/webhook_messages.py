"""The messages to webhooks in memory."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from copytaster.clock import Clock
from copytaster.model.webhook import Attempt, AttemptEnd, EndpointId, EndpointState, Message
from copytaster.store.ports.webhook_messages import ATTEMPTS_KEPT, MAX_DEAD, MAX_WAITING


@dataclass(slots=True)
class _Box:
    """The messages of one endpoint: ``due`` and ``dead`` have the times of each."""

    messages: dict[str, Message] = field(default_factory=dict)
    due: dict[str, datetime] = field(default_factory=dict)
    dead: dict[str, datetime] = field(default_factory=dict)
    state: EndpointState = field(default_factory=EndpointState)
    log: list[Attempt] = field(default_factory=list)

    def note(self, **changes: object) -> None:
        """Change the state."""
        self.state = self.state.model_copy(update=changes)


class MemoryWebhookMessages:
    """Implements ``WebhookMessages``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._cursor: str | None = None
        self._boxes: dict[EndpointId, _Box] = {}

    def cursor(self) -> str | None:
        """Return the position; see ``WebhookMessages.cursor``."""
        return self._cursor

    def enqueue(self, messages: Mapping[EndpointId, Sequence[Message]], *, cursor: str | None, moved_to: str) -> bool:
        """Add messages; see ``WebhookMessages.enqueue``."""
        with self._lock:
            if self._cursor != cursor:
                return False
            self._cursor = moved_to
            for endpoint_id, added in messages.items():
                box = self._box(endpoint_id)
                for each in added:
                    self._add(box, each)
            return True

    def take(self, endpoint_id: EndpointId, *, limit: int, lease: timedelta) -> list[Message]:
        """Return due messages; see ``WebhookMessages.take``."""
        with self._lock:
            box, now = self._box(endpoint_id), self._clock.now()
            due = sorted((at, name) for name, at in box.due.items() if at <= now)[:limit]
            box.due |= {name: now + lease for _, name in due}
            return [box.messages[name] for _, name in due]

    def give_back(self, endpoint_id: EndpointId, event_ids: Sequence[str], *, due_in: timedelta) -> None:
        """Make messages due; see ``WebhookMessages.give_back``."""
        with self._lock:
            box, due_at = self._box(endpoint_id), self._clock.now() + due_in
            box.due |= {each: due_at for each in event_ids if each in box.due}

    def end(self, endpoint_id: EndpointId, attempt: Attempt, *, retry_in: timedelta | None = None) -> EndpointState:
        """Record an attempt; see ``WebhookMessages.end``."""
        with self._lock:
            box, name = self._boxes.get(endpoint_id, _Box()), attempt.event_id
            message = box.messages.get(name)
            if message is None:
                return self.state(endpoint_id)
            box.log = [attempt, *box.log][:ATTEMPTS_KEPT]
            if attempt.end is AttemptEnd.DELIVERED:
                del box.messages[name]
                box.due.pop(name, None)
                box.dead.pop(name, None)
                box.note(delivered=box.state.delivered + 1, last_success_at=attempt.at, failing_since=None)
                return self.state(endpoint_id)
            box.messages[name] = message.model_copy(update={"attempts": message.attempts + 1})
            box.note(failed=box.state.failed + 1, failing_since=box.state.failing_since or attempt.at)
            if name in box.due and attempt.end is AttemptEnd.DEAD:
                del box.due[name]
                self._die(box, {name: attempt.at})
            elif name in box.due and retry_in is not None:
                box.due[name] = self._clock.now() + retry_in
            return self.state(endpoint_id)

    def end_failing(self, endpoint_id: EndpointId) -> None:
        """Forget since when it fails; see ``WebhookMessages.end_failing``."""
        with self._lock:
            self._box(endpoint_id).note(failing_since=None)

    def bury(self, endpoint_id: EndpointId) -> None:
        """Make waiting messages dead; see ``WebhookMessages.bury``."""
        with self._lock:
            box = self._box(endpoint_id)
            waiting, box.due = box.due, {}
            self._die(box, dict.fromkeys(waiting, self._clock.now()))

    def replay(self, endpoint_id: EndpointId, event_id: str | None = None) -> int:
        """Make dead messages due; see ``WebhookMessages.replay``."""
        with self._lock:
            box = self._box(endpoint_id)
            chosen = [each for each in box.dead if event_id in {None, each}]
            for each in chosen:
                del box.dead[each]
                box.due[each] = self._clock.now()
                box.messages[each] = box.messages[each].model_copy(update={"attempts": 0})
            return len(chosen)

    def dead(self, endpoint_id: EndpointId, *, limit: int) -> list[Message]:
        """Return dead messages; see ``WebhookMessages.dead``."""
        with self._lock:
            box = self._box(endpoint_id)
            names = sorted(((at, name) for name, at in box.dead.items()), reverse=True)
            return [box.messages[name] for _, name in names[:limit]]

    def state(self, endpoint_id: EndpointId) -> EndpointState:
        """Return the state; see ``WebhookMessages.state``."""
        with self._lock:
            box = self._boxes.get(endpoint_id, _Box())
            return box.state.model_copy(update={"waiting": len(box.due), "dead": len(box.dead)})

    def attempts(self, endpoint_id: EndpointId) -> list[Attempt]:
        """Return the log; see ``WebhookMessages.attempts``."""
        return list(self._boxes.get(endpoint_id, _Box()).log)

    def forget(self, endpoint_id: EndpointId) -> None:
        """Remove an endpoint; see ``WebhookMessages.forget``."""
        with self._lock:
            self._boxes.pop(endpoint_id, None)

    def _box(self, endpoint_id: EndpointId) -> _Box:
        return self._boxes.setdefault(endpoint_id, _Box())

    def _add(self, box: _Box, message: Message) -> None:
        if message.event_id in box.messages:
            return
        if len(box.due) >= MAX_WAITING:
            box.note(missed=box.state.missed + 1)
            return
        box.messages[message.event_id] = message
        box.due[message.event_id] = self._clock.now()

    def _die(self, box: _Box, times: Mapping[str, datetime]) -> None:
        box.dead |= times
        oldest = sorted(box.dead, key=lambda each: (box.dead[each], each))[: max(0, len(box.dead) - MAX_DEAD)]
        for each in oldest:
            del box.dead[each], box.messages[each]
        box.note(missed=box.state.missed + len(oldest))
