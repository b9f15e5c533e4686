"""The live events of this process: one reader of the store's stream for all clients.

A client has a position in the newest events, which are kept in memory, and no queue of its own: whoever reads slowly
costs no memory, and reads from the store what is not kept any more. Whoever reads nothing is disconnected (see
``connections``). The reader runs while there are clients.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import anyio
import anyio.to_thread
import structlog
from sse_starlette import ServerSentEvent

from copytaster.errors import TransientError
from copytaster.outbound.event_types import EventFilter
from copytaster.outbound.outgoing import OutgoingEvents
from copytaster.outbound.positions import Position, parse_position
from copytaster_api.live_events import (
    EncodedEvent,
    LiveEvents,
    beginning_of,
    encode_event,
    gap_message,
    position_message,
)

T = TypeVar("T")

log = structlog.get_logger(__name__)

KEPT = 4_000
"""Events that are kept in memory, some 4 MB: those of a busy minute, within which a client connects again."""

PAUSE_SECONDS = 0.2
"""Interval of looks at the stream. A look is one command for all clients, and a person does not notice the delay."""

OUTAGE_PAUSE_SECONDS = 1.0
"""Interval of looks while the server does not answer."""

HEARTBEAT_SECONDS = 15.0
"""Time without a message after which a client gets one without content: proxies end connections after 30 to 60 s."""

LINGER_SECONDS = 60.0
"""Time for which the reader runs on without clients: after an outage of their network they return within it."""

READERS = 4
"""Clients that read old events from the store at the same time, so that other requests have threads."""

RETRY_MILLISECONDS = 2_000
"""Time after which a client should connect again."""


class EventFeed:
    """Sends events to clients, all of them in one event loop.

    ``closing`` is set when the process ends; then every client gets the end of its stream.
    """

    def __init__(
        self,
        outgoing: OutgoingEvents,
        *,
        most_clients: int,
        kept: int = KEPT,
        heartbeat: float = HEARTBEAT_SECONDS,
    ) -> None:
        self.closing = anyio.Event()
        self._outgoing = outgoing
        self._most_clients = most_clients
        self._kept = kept
        self._heartbeat = heartbeat
        self._live: LiveEvents | None = None
        self._news = asyncio.Event()
        self._clients = 0
        self._left_at = 0.0
        self._reader: asyncio.Task[None] | None = None
        self._threads = anyio.CapacityLimiter(READERS)

    @property
    def is_full(self) -> bool:
        """Whether no further client is allowed."""
        return self._clients >= self._most_clients

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Count a client, and let the reader run while there are some."""
        self._clients += 1
        if self._reader is None or self._reader.done():
            self._live = None  # what an earlier reader kept may be too old to go on from
            self._reader = asyncio.create_task(self._read())
        try:
            yield
        finally:
            self._clients -= 1
            self._left_at = _time()

    async def follow(self, after: Position | None, wanted: EventFilter) -> AsyncIterator[bytes]:
        """Yield the messages for a client that has joined, in order, until the process ends.

        ``after`` is the last event that the client has; without one it gets the events from now on.
        """
        yield ServerSentEvent(comment="events of copytaster", retry=RETRY_MILLISECONDS).encode()
        while self._live is None and not self.closing.is_set():
            if not await self.has_news(self._heartbeat):
                yield ServerSentEvent(comment="the server does not answer").encode()
        if not self._live:
            return
        client = _Client(self, self._live, after or self._live.end, wanted)
        yield position_message(client.position, "connected")
        quiet_until = _time() + self._heartbeat
        while not self.closing.is_set():
            message = await client.next_message(patience=max(quiet_until - _time(), 0))
            if not message and _time() >= quiet_until:
                message = position_message(client.position, "heartbeat")
            if message:
                yield message
                quiet_until = _time() + self._heartbeat

    @property
    def live(self) -> LiveEvents | None:
        """The newest events; another object after a gap. None until the reader has begun."""
        return self._live

    async def has_news(self, seconds: float) -> bool:
        """Wait until the reader has found something, or the process ends, at most for this time."""
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def in_thread(self, function: Callable[[], T]) -> T:
        """Return what the function returns, which reads the store."""
        return await anyio.to_thread.run_sync(function, limiter=self._threads)

    @property
    def outgoing(self) -> OutgoingEvents:
        """The events of the store."""
        return self._outgoing

    async def _read(self) -> None:
        failed = False
        while not self.closing.is_set() and (self._clients or _time() - self._left_at < LINGER_SECONDS):
            try:
                pause = 0.0 if await self._look() else PAUSE_SECONDS
                failed = False
            except TransientError:  # the status and the log have it
                pause = OUTAGE_PAUSE_SECONDS
            # Clients would wait for ever for a reader that has ended, without an error.
            except Exception:
                if not failed:
                    log.exception("events.not_read", next="trying again")
                failed, pause = True, OUTAGE_PAUSE_SECONDS
            await asyncio.sleep(pause)
        self._announce()

    async def _look(self) -> bool:
        """Read the next events; return whether there may be more."""
        live = self._live
        if live is None:
            end = await self.in_thread(self._outgoing.end)
            self._live = LiveEvents(start=end, end=end, most=self._kept)
            self._announce()
            return False
        end = live.end
        page = await self.in_thread(lambda: self._outgoing.after(end))
        if page.gap:
            start = beginning_of(page)
            self._live = live = LiveEvents(start=start, end=start, most=self._kept)
        live.add(page)
        if page.gap or page.events:
            self._announce()
        return page.more

    def _announce(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


@dataclass(slots=True)
class _Client:
    """One client of the feed, which has everything up to ``position``."""

    feed: EventFeed
    live: LiveEvents
    position: Position
    wanted: EventFilter

    async def next_message(self, *, patience: float) -> bytes:
        """Return the next message; an empty one if nothing comes within ``patience`` seconds that the client wants."""
        live = self.feed.live
        if live is not None and live is not self.live:
            self.live, missed, self.position = live, self.position, live.start
            return gap_message(missed, live.start)
        is_ahead = self.position.order > self.live.end.order
        if is_ahead or not self.live.has_all_after(self.position):
            return await self._stored_events()
        if found := self.live.after(self.position):
            # To send does not wait as long as buffers are free: others have their turn, and a lost connection is seen.
            await asyncio.sleep(0)
            self.position = parse_position(found[-1].event.id)
            return b"".join(self._message(each) for each in found if self.wanted.wants(each.event))
        self.position = self.live.end
        await self.feed.has_news(patience)
        return b""

    def _message(self, event: EncodedEvent) -> bytes:
        """Return the message that all clients share, or another one for whoever may not see all of the event."""
        shown = self.wanted.shown(event.event)
        return event.message if shown is event.event else encode_event(shown).message

    async def _stored_events(self) -> bytes:
        """Return the events of the next page of the store: for whoever is behind the live events, or ahead of them.

        Ahead of them is a client that has read more in another process, or before the server lost its last events.
        """
        before = self.position
        try:
            page = await self.feed.in_thread(lambda: self.feed.outgoing.after(before))
        except TransientError:
            await asyncio.sleep(OUTAGE_PAUSE_SECONDS)
            return b""
        self.position = page.position
        if page.position == before:  # the reader will come here soon
            await asyncio.sleep(PAUSE_SECONDS)
        gap = gap_message(before, beginning_of(page)) if page.gap else b""
        found = [encode_event(self.wanted.shown(each)).message for each in page.events if self.wanted.wants(each)]
        return gap + b"".join(found) + (b"" if found else position_message(self.position, "no events on this page"))


def _time() -> float:
    return asyncio.get_running_loop().time()
