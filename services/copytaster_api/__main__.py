"""``python -m copytaster_api``: serves the status API until it is stopped by a signal."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import asdict

import structlog
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector

from copytaster.bootstrap.access import open_authentication, require_keys
from copytaster.bootstrap.archive import check_archive, require_archive
from copytaster.bootstrap.articles import open_acceptance, open_deletion, open_pins, open_releases
from copytaster.bootstrap.effective_settings import effective_settings
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.failed_files import open_failed_content
from copytaster.bootstrap.intake import open_deposit
from copytaster.bootstrap.private_files import protect_data
from copytaster.bootstrap.retention import open_dismissal
from copytaster.bootstrap.search import open_projection, open_search, open_search_preview
from copytaster.bootstrap.search_folder import search_folder
from copytaster.bootstrap.searches import open_search_desk
from copytaster.bootstrap.store import open_known_store, open_store, process_name
from copytaster.bootstrap.stories import open_story_desk
from copytaster.bootstrap.uploads import open_uploads
from copytaster.bootstrap.webhooks import open_webhooks
from copytaster.clock import Clock, SystemClock
from copytaster.errors import ConfigurationError, TransientError
from copytaster.logging import configure_logs
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.work import Publisher
from copytaster.monitoring.server_watch import ServerWatch
from copytaster.recovery.retry import retry
from copytaster.search.index_folder import IndexFolder
from copytaster.search.projection import ProjectionThread, read_index_state
from copytaster.settings import Settings
from copytaster.store.store import Store
from copytaster.system.garbage_collection import collect_rarely
from copytaster.system.periodic_thread import PeriodicThread
from copytaster_api.app import ApiDependencies, create_app
from copytaster_api.connections import BACKLOG, ConnectionLimits, descriptor_limit, limits_for, serve
from copytaster_api.dependencies import STATUS_SECONDS
from copytaster_api.heartbeat import api_heartbeat
from copytaster_api.log_limit import LogLimit
from copytaster_api.reading_pool import ReadingPool
from copytaster_api.reading_process import start_process
from copytaster_broker.publisher import open_publisher
from copytaster_broker.queues import open_queues

GRACE_SECONDS = 5
"""Time for open requests after a signal: each call to the Redis server times out after five seconds."""

WATCH_SECONDS = 1
"""Interval of checks whether the server answers; each is one command."""


def main() -> int:
    """Serve the status API until SIGINT or SIGTERM and return the exit status: 0, 1 failed, 2 wrong settings."""
    try:
        settings = load_settings(os.environ)
        protect_data(settings)
        configure_logs(settings, part="api")
        limit = LogLimit()
        for handler in logging.getLogger().handlers:
            handler.addFilter(limit)
        check_archive(settings)
        require_keys(settings, clock=SystemClock())
        _serve(settings)
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201  # logs may not be configured yet
        return 2
    except TransientError as error:
        print(error, file=sys.stderr)  # noqa: T201  # the terminal or the supervisor shows it
        return 1
    return 0


def _serve(settings: Settings) -> None:
    clock = SystemClock()
    store = open_known_store(settings, clock=clock, part="api", reader=True)
    require_archive(settings, lambda: store)
    patient_store = open_store(settings, clock=clock, part="api")  # for what changes something
    watch = ServerWatch(store.memory.read, clock)
    limits = limits_for(descriptor_limit())
    deps = _dependencies(settings, store, patient_store, watch, most_requests=limits.requests)
    # uvicorn raises the signal again after its shutdown; without a handler, no end would be reported to the store.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt),
        listen(settings.api_host, settings.api_port) as listener,
        PeriodicThread(watch.check, every=WATCH_SECONDS, name="server-watch"),
        ProjectionThread(open_projection(settings, patient_store, clock=clock)),
        api_heartbeat(store.presence, clock, name=process_name("api"), details=lambda: _index_details(settings, store)),
    ):
        pool = ReadingPool(settings.api_processes, start=start_process) if settings.api_processes else None
        app = create_app(deps, pool)
        collect_rarely()
        run(app, listener, limits)


def _dependencies(
    settings: Settings, store: Store, patient_store: Store, watch: ServerWatch, *, most_requests: int
) -> ApiDependencies:
    clock, by = SystemClock(), process_name("api")
    publisher = open_publisher(settings)
    acceptance = open_acceptance(settings, patient_store, clock=clock)
    return ApiDependencies(
        store=store,
        queues=open_queues(settings, reader=True),
        watch=watch,
        clock=clock,
        registry=_process_registry(),
        retry=_open_retry(settings, patient_store, publisher, clock),
        accept=acceptance.accept,
        undo_acceptance=acceptance.undo,
        release=open_releases(settings, patient_store, clock=clock, by=by).decide,
        delete=open_deletion(settings, patient_store, clock=clock).delete,
        pin=open_pins(settings, patient_store, clock=clock).decide,
        story_desk=open_story_desk(settings, patient_store, clock=clock),
        dismiss=open_dismissal(settings, patient_store).dismiss,
        uploads=open_uploads(settings, patient_store, publisher, clock=clock),
        failed_content=open_failed_content(settings, store, clock=clock),
        search=open_search(settings, store),
        webhooks=open_webhooks(settings, patient_store, clock=clock),
        authentication=open_authentication(settings, store, clock=clock),
        searches=open_search_desk(settings, patient_store, clock=clock),
        search_preview=open_search_preview(settings, store, clock=clock),
        allowed_hosts=(settings.api_host, *settings.api_allowed_hosts),
        most_requests=most_requests,
        status_seconds=STATUS_SECONDS,
        inbox=str(settings.inbox.absolute()),
        story_links=settings.story_links,
        settings=effective_settings(settings),
    )


def _index_details(settings: Settings, store: Store) -> dict[str, float | None]:
    """Return the figures of the search index for the heartbeat; none while the server or the folder does not answer."""
    with contextlib.suppress(TransientError, OSError):  # the projection logs what is wrong with the folder
        state = read_index_state(IndexFolder(search_folder(settings)), store, now=SystemClock().now())
        return {f"search_{name}": value for name, value in asdict(state).items()}
    return {}


def _open_retry(
    settings: Settings, store: Store, publisher: Publisher, clock: Clock
) -> Callable[[DeliveryId, str], Delivery]:
    """Return a function that retries one delivery in the name of a person.

    The inbox is opened for each call, so that an API without write permission there can still report the status.
    """

    def retry_one(delivery_id: DeliveryId, by: str) -> Delivery:
        deposit = open_deposit(settings, store, publisher, clock=clock)
        with contextlib.closing(deposit.claims):
            return retry(delivery_id, deposit=deposit, by=by)

    return retry_one


def run(app: FastAPI, listener: socket.socket, limits: ConnectionLimits | None = None) -> None:
    """Serve ``app`` on the socket until a signal; errors are logged, requests are not."""
    structlog.get_logger().info("api.started", address="http://{}:{}".format(*listener.getsockname()[:2]))
    serve(app, [listener], limits or limits_for(descriptor_limit()), grace=GRACE_SECONDS)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one. Raises ``ConfigurationError`` if the address is not free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ConfigurationError(
            f"the status API cannot listen on {host}:{port}: {error.strerror};"
            " set COPYTASTER_API_HOST and COPYTASTER_API_PORT to a free address of this machine"
        ) from error
    # Connections inherit it. asyncio sets it only on sockets that name their protocol; without it, the body of each
    # answer on a connection that is kept waits 40 ms for the client's acknowledgement of the header.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _process_registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return registry


if __name__ == "__main__":
    sys.exit(main())
