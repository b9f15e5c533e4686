"""The only Celery configuration: with several on one server, the shortest visibility timeout would apply to all."""

from __future__ import annotations

from urllib.parse import quote

from celery import Celery
from kombu import Queue

from copytaster.bootstrap.store import broker_address
from copytaster.model.work import Work
from copytaster.settings import Settings
from copytaster.store.redis.addresses import Scheme, ServerAddress, read_address
from copytaster.store.redis.client import CONNECT_SECONDS, sentinel_options
from copytaster_broker import guard

KEY_PREFIX = "q:"
"""Prefix of the broker's keys, which separates them from the store's keys on the same server."""

TASKS = {work: f"copytaster.{work.value}" for work in Work}
"""The names under which tasks are published and registered."""

SOFT_LIMIT_SECONDS = 30
HARD_LIMIT_SECONDS = 60
"""The loss of a child process is noticed within 5 s; with a hard limit below 30 s, the limit would be reported instead.
"""

VISIBILITY_SECONDS = 300
"""More than the hard limit plus the wait of a prefetched message; the ledger's leases end much earlier."""

TIMEOUT_SECONDS = 3
"""Without a timeout, a half-open connection blocked the worker for more than two minutes.

A worker's event loop detects its four to five dead connections one after another, and each takes this long: after the
network had returned, work continued after 17 s with a timeout of 5 s, and after 12 s with this one.
"""

CHECKED: dict[str, str | bool] = {"ssl_cert_reqs": "required"}
"""Without an option about certificates, kombu accepts that of any server and sends it the password."""

CONFIGURATION: dict[str, object] = {
    # Ids only, as JSON. State is in the store; keeping results as well would cost a fifth of the rate.
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_ignore_result": True,
    "task_routes": {TASKS[work]: {"queue": work.value} for work in Work},
    "task_default_queue": Work.INGEST.value,
    "task_create_missing_queues": False,
    # Acknowledged after the work; the task of a lost child process is retried a limited number of times.
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "task_retry_on_worker_lost": True,
    "task_annotations": {"*": {"max_retries": 3, "default_retry_delay": 2}},
    "task_soft_time_limit": SOFT_LIMIT_SECONDS,
    "task_time_limit": HARD_LIMIT_SECONDS,
    "worker_prefetch_multiplier": 1,
    "worker_max_tasks_per_child": 5000,  # limits memory leaks
    "worker_max_memory_per_child": 1_000_000,  # in KiB; shared pages count: the entity model alone shows as 320 MB
    "worker_send_task_events": False,  # events cost a third of the rate; the metrics come from the store
    "task_send_sent_event": False,
    "worker_hijack_root_logger": False,
    "worker_redirect_stdouts": False,
    "worker_soft_shutdown_timeout": 8,  # skipped when idle: retries wait in the ledger, none in memory
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,  # with the default the worker ends after a hundred failed retries
    # By default the worker ends when the server refuses a command: its disk is full, it has too few replicas, it is a
    # replica now, or its user may not do this any more.
    "broker_channel_error_retry": True,
    "broker_transport_options": {
        "visibility_timeout": VISIBILITY_SECONDS,
        "unacked_restore_interval": 10,  # with the default throttle, messages were restored up to 100 s late
        "unacked_restore_throttle": 1,
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "socket_keepalive": True,
        "health_check_interval": TIMEOUT_SECONDS,
        "global_keyprefix": KEY_PREFIX,
        "queue_order_strategy": "round_robin",
    },
}
"""Settings of all publishers and consumers; the measurements behind them are in docs/adr."""


def create_app(settings: Settings) -> Celery:
    """Return a Celery application with the broker, the queues and all settings, but without tasks.

    It connects at the first use; behind Sentinels, it asks them for the present primary server at each connection.
    Raises ``ConfigurationError`` when no server is configured.
    """
    guard.install()
    where = read_address(broker_address(settings))
    app = Celery("copytaster", broker=_celery_address(where), set_as_current=False)
    app.conf.update(CONFIGURATION)
    if where.scheme is Scheme.SENTINEL:
        app.conf.broker_transport_options = {**app.conf.broker_transport_options, **_sentinel_transport(where)}
    if where.scheme is Scheme.ENCRYPTED:
        app.conf.broker_use_ssl = {**CHECKED, **where.tls}
    app.conf.update(task_queues=[Queue(work.value, routing_key=work.value) for work in Work])
    app.conf.update(worker_concurrency=settings.concurrency)
    return app


def _celery_address(where: ServerAddress) -> str:
    """Return the address as Celery writes it: each Sentinel by itself, with user and password of the server.

    It is made of the parts: for Celery, a semicolon separates addresses, wherever it is.
    """
    user = "" if where.username is None else quote(where.username, safe="")
    user += "" if where.password is None else f":{quote(where.password, safe='')}"
    user += "@" if user else ""
    if where.scheme is Scheme.SOCKET:
        return f"redis+socket://{user}{quote(where.path)}?virtual_host={where.database}"
    scheme = "sentinel" if where.scheme is Scheme.SENTINEL else where.scheme.value
    hosts = [(f"[{host}]" if ":" in host else host, port) for host, port in where.nodes]
    return ";".join(f"{scheme}://{user}{host}:{port}/{where.database}" for host, port in hosts)


def _sentinel_transport(where: ServerAddress) -> dict[str, object]:
    return {
        "master_name": where.service,
        "sentinel_kwargs": sentinel_options(where),
        "socket_connect_timeout": CONNECT_SECONDS,
    }
