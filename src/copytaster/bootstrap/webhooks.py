"""From settings to webhooks: what people do with them, and what sends them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from copytaster.archive.webhook_endpoints import FilesystemEndpoints
from copytaster.clock import Clock
from copytaster.outbound.outgoing import OutgoingEvents
from copytaster.outbound.webhooks.addresses import AllowedAddresses
from copytaster.outbound.webhooks.administration import Webhooks
from copytaster.outbound.webhooks.attempts import Attempts
from copytaster.outbound.webhooks.outbox import Outbox
from copytaster.outbound.webhooks.runner import THREADS, WebhookRunner
from copytaster.outbound.webhooks.sender import HttpSender
from copytaster.outbound.webhooks.switches import Switches
from copytaster.settings import Settings
from copytaster.store.store import Store


def open_webhooks(settings: Settings, store: Store, *, clock: Clock) -> Webhooks:
    """Return the administration of webhooks."""
    return Webhooks(_switches(settings, store, clock), _attempts(settings, clock), clock)


def open_webhook_runner(settings: Settings, store: Store, *, clock: Clock) -> WebhookRunner:
    """Return what sends webhooks at each step; the caller closes it."""
    return WebhookRunner(
        switches=_switches(settings, store, clock),
        outbox=Outbox(OutgoingEvents(store, clock), store.webhooks),
        attempts=_attempts(settings, clock),
        clock=clock,
        executor=ThreadPoolExecutor(THREADS, thread_name_prefix="webhook"),
    )


def _switches(settings: Settings, store: Store, clock: Clock) -> Switches:
    return Switches(FilesystemEndpoints(settings.archive_address), store.webhooks, store.events, clock)


def _attempts(settings: Settings, clock: Clock) -> Attempts:
    return Attempts(HttpSender(AllowedAddresses(settings.webhook_networks)), clock)
