"""Records who requested a change, and with which result, before the result is sent."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from anyio.to_thread import run_sync
from fastapi import Request
from starlette.types import Message, Send

from copytaster.access.caller import Caller
from copytaster.errors import TransientError
from copytaster.model.access import TARGET_CHARACTERS, AuditEntry
from copytaster_api.access_rules import READING
from copytaster_api.audit_targets import target_of
from copytaster_api.dependencies import ApiDependencies
from copytaster_api.route_rules import FoundRule

log = structlog.get_logger(__name__)


class AuditedRequest:
    """One request. ``caller`` is set when it is known; without one, and for requests that only read, nothing is kept.

    Requests that were refused although the caller is known are recorded, too.
    """

    def __init__(self, deps: ApiDependencies, request: Request, found: FoundRule) -> None:
        self.caller: Caller | None = None
        self._deps = deps
        self._request = request
        self._found = found

    def watching(self, send: Send) -> Send:
        """Return ``send``, which first records the result."""

        async def send_recorded(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self.record(message["status"])
            await send(message)

        return send_recorded if self._request.method not in READING else send

    async def record(self, status: int) -> None:
        """Record the request with the status of its answer, in the log and in the audit trail.

        While the server does not answer, the log alone has it.
        """
        if self.caller is None or self._request.method in READING:
            return
        entry = AuditEntry(
            at=self._deps.clock.now(),
            who=self.caller.name,
            key_id=self.caller.key_id,
            via=self.caller.via,
            address=client_address(self._request)[:TARGET_CHARACTERS],
            action=f"{self._request.method} {self._found.path}"[:TARGET_CHARACTERS],
            target=target_of(self._request, list(self._found.values.values())),
            status=status,
            succeeded=status < HTTPStatus.BAD_REQUEST,
        )
        line = entry.model_dump(mode="json", exclude={"id"}, exclude_none=True)
        log.info("audit.refused" if entry.is_refusal else "audit.change", **line)
        if self._deps.watch.outage is None:
            await run_sync(self._append, entry)

    def _append(self, entry: AuditEntry) -> None:
        try:
            self._deps.store.audit.record(entry)
        except TransientError as error:
            log.warning("audit.not_recorded", who=entry.who, action=entry.action, why=str(error))


def client_address(request: Request) -> str:
    """Return the address of the client; behind a proxy, that of the proxy."""
    return request.client.host if request.client else "unknown"
