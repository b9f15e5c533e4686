"""From settings to the store, on the server or in memory."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from datetime import timedelta
from urllib.parse import quote

from pydantic import SecretStr
from redis import Redis

from copytaster.bootstrap.servers import refuse_unsuitable_servers
from copytaster.clock import Clock
from copytaster.errors import ConfigurationError, TransientError
from copytaster.settings import Settings
from copytaster.store.keys import Keys
from copytaster.store.memory.articles import MemoryArticles
from copytaster.store.memory.audit import MemoryAuditTrail
from copytaster.store.memory.epoch import MemoryEpoch
from copytaster.store.memory.events import MemoryEvents
from copytaster.store.memory.failed_files import MemoryFailedFiles
from copytaster.store.memory.file_leases import MemoryFileLeases
from copytaster.store.memory.history import MemoryHistory
from copytaster.store.memory.idempotency import MemoryIdempotencyKeys
from copytaster.store.memory.jobs import MemoryJobs
from copytaster.store.memory.key_uses import MemoryKeyUses
from copytaster.store.memory.known_files import MemoryKnownFiles
from copytaster.store.memory.layout import MemoryLayout
from copytaster.store.memory.memory_gauge import FixedMemoryGauge
from copytaster.store.memory.near_index import MemoryNearIndex
from copytaster.store.memory.pauses import MemoryPauses
from copytaster.store.memory.presence import MemoryPresence
from copytaster.store.memory.retaggings import MemoryRetaggings
from copytaster.store.memory.retention import MemoryRetention
from copytaster.store.memory.search_hits import MemorySearchHits
from copytaster.store.memory.sessions import MemorySessions
from copytaster.store.memory.source_statistics import MemorySourceStatistics
from copytaster.store.memory.source_watch import MemorySourceWatch
from copytaster.store.memory.standing_searches import MemoryStandingSearches
from copytaster.store.memory.stories import MemoryStories
from copytaster.store.memory.term_frequencies import MemoryTermFrequencies
from copytaster.store.memory.webhook_messages import MemoryWebhookMessages
from copytaster.store.memory.write_check import FixedWriteCheck
from copytaster.store.ports.layout import refuse_newer
from copytaster.store.redis.addresses import split_address
from copytaster.store.redis.articles import RedisArticles
from copytaster.store.redis.audit import RedisAuditTrail
from copytaster.store.redis.client import connect
from copytaster.store.redis.epoch import RedisEpoch
from copytaster.store.redis.events import RedisEvents
from copytaster.store.redis.failed_files import RedisFailedFiles
from copytaster.store.redis.file_leases import RedisFileLeases
from copytaster.store.redis.history import RedisHistory
from copytaster.store.redis.idempotency import RedisIdempotencyKeys
from copytaster.store.redis.jobs import RedisJobs
from copytaster.store.redis.key_uses import RedisKeyUses
from copytaster.store.redis.known_files import RedisKnownFiles
from copytaster.store.redis.layout import RedisLayout
from copytaster.store.redis.ledger import RedisLedger
from copytaster.store.redis.memory_gauge import RedisMemoryGauge
from copytaster.store.redis.near_index import RedisNearIndex
from copytaster.store.redis.pauses import RedisPauses
from copytaster.store.redis.presence import RedisPresence
from copytaster.store.redis.retaggings import RedisRetaggings
from copytaster.store.redis.retention import RedisRetention
from copytaster.store.redis.search_hits import RedisSearchHits
from copytaster.store.redis.sessions import RedisSessions
from copytaster.store.redis.source_statistics import RedisSourceStatistics
from copytaster.store.redis.source_watch import RedisSourceWatch
from copytaster.store.redis.standing_searches import RedisStandingSearches
from copytaster.store.redis.stories import RedisStories
from copytaster.store.redis.term_frequencies import RedisTermFrequencies
from copytaster.store.redis.webhook_messages import RedisWebhookMessages
from copytaster.store.redis.write_check import RedisWriteCheck
from copytaster.store.store import Store
from copytaster.system.remedies import explain_os_error

ADDRESS_FILE = "address"
"""File in the server's folder to which `copytaster up` writes the address of the embedded server."""

REMEMBERED_ARTICLES = 3_000
"""Articles that a part keeps which only reads, 12 KB each. Pages that nobody has read before still have many articles
of others: with 500, the lists of 200 keywords among 100,000 articles took twice the processor time."""


def process_name(part: str) -> str:
    """Return the name of this process in leases, timelines and heartbeats: ``part@host:pid``."""
    return f"{part}@{socket.gethostname()}:{os.getpid()}"


def redis_address(settings: Settings) -> str:
    """Return the server's address with user and password: the configured one, else the embedded server's.

    Raises ``ConfigurationError`` when none is configured and no embedded server runs on the data folder.
    """
    if settings.redis_url:
        return _with_password(settings.redis_url.get_secret_value(), settings.redis_password)
    try:
        return (settings.server_folder / ADDRESS_FILE).read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"no server: COPYTASTER_REDIS_URL is not set and no embedded server runs on {settings.data.absolute()};"
            " start one with `copytaster up`, or set COPYTASTER_REDIS_URL or COPYTASTER_DATA"
        ) from error
    except OSError as error:
        raise ConfigurationError(
            f"cannot read the address of the embedded server: {explain_os_error(error)}"
        ) from error


def broker_address(settings: Settings) -> str:
    """Return the address of the server of the queues. Raises ``ConfigurationError`` as ``redis_address`` does."""
    return settings.broker_url.get_secret_value() if settings.broker_url else redis_address(settings)


def _with_password(address: str, password: SecretStr | None) -> str:
    if password is None:
        return address
    parts = split_address(address)
    credentials, _, host = parts.netloc.rpartition("@")
    user = credentials.partition(":")[0]  # a colon may follow, with no password after it
    secret = quote(password.get_secret_value(), safe="")
    return parts._replace(netloc=f"{user}:{secret}@{host}").geturl()


def open_store(settings: Settings, *, clock: Clock, part: str, reader: bool = False) -> Store:
    """Return the store on the server; it connects at the first command. Raises ``ConfigurationError``.

    ``reader`` is for processes that only report the state: they learn within a second that the server does not answer.
    """
    client = connect(redis_address(settings), name=process_name(part).replace(" ", "-"), reader=reader)
    remembered = REMEMBERED_ARTICLES if reader else 0
    return redis_store(client, clock=clock, window=timedelta(days=settings.near_days), remembered=remembered)


def open_known_store(settings: Settings, *, clock: Clock, part: str, reader: bool = False) -> Store:
    """Return the store as ``open_store`` does, for a part that starts.

    Raises ``NewerLayoutError`` if a newer release has written the data, and ``ConfigurationError`` if the queues would
    be on a cluster. If a server does not answer, nothing is compared: each part starts without it and waits.
    """
    refuse_unsuitable_servers(store=redis_address(settings), broker=broker_address(settings))
    store = open_store(settings, clock=clock, part=part, reader=reader)
    with suppress(TransientError):
        refuse_newer(store.layout)
    return store


def redis_store(client: Redis, *, clock: Clock, window: timedelta, remembered: int = 0) -> Store:
    """Return the store behind a client, which keeps the last ``remembered`` articles that it has read.

    Near-duplicates are found for ``window``.
    """
    keys = Keys()
    return Store(
        ledger=RedisLedger(client, keys, clock, remembered=2 * remembered),
        known_files=RedisKnownFiles(client, keys),
        articles=RedisArticles(client, keys, remembered=remembered),
        near=RedisNearIndex(client, keys, window),
        stories=RedisStories(client, keys, clock),
        source_statistics=RedisSourceStatistics(client, keys, clock),
        source_watch=RedisSourceWatch(client, keys, clock),
        retaggings=RedisRetaggings(client, keys),
        retention=RedisRetention(client, keys, clock),
        events=RedisEvents(client, keys, clock),
        presence=RedisPresence(client, keys, clock),
        epoch=RedisEpoch(client, keys, clock),
        layout=RedisLayout(client, keys),
        files=RedisFileLeases(client, keys, clock),
        memory=RedisMemoryGauge(client),
        writes=RedisWriteCheck(client, keys.presence()),
        terms=RedisTermFrequencies(client, keys, clock),
        webhooks=RedisWebhookMessages(client, keys, clock),
        history=RedisHistory(client, keys, clock),
        sessions=RedisSessions(client, keys, clock),
        key_uses=RedisKeyUses(client, keys),
        audit=RedisAuditTrail(client, keys, clock),
        searches=RedisStandingSearches(client, keys),
        search_hits=RedisSearchHits(client, keys),
        failed=RedisFailedFiles(client, keys),
        pauses=RedisPauses(client, keys, clock),
        idempotency=RedisIdempotencyKeys(client, keys, clock),
        jobs=RedisJobs(client, keys, clock),
    )


def memory_store(clock: Clock) -> Store:
    """Return a store in this process's memory: for tests and dry runs."""
    events, epoch, hits = MemoryEvents(clock), MemoryEpoch(clock), MemorySearchHits()
    sources = MemorySourceWatch(clock, events)
    ledger = MemoryRetention(clock, events, sources)
    return Store(
        ledger=ledger,
        known_files=MemoryKnownFiles(ledger),
        articles=MemoryArticles(),
        near=MemoryNearIndex(),
        stories=MemoryStories(events),
        source_statistics=MemorySourceStatistics(clock),
        source_watch=sources,
        retaggings=MemoryRetaggings(),
        retention=ledger,
        events=events,
        presence=MemoryPresence(clock),
        epoch=epoch,
        layout=MemoryLayout(),
        files=MemoryFileLeases(clock, epoch),
        memory=FixedMemoryGauge(),
        writes=FixedWriteCheck(),
        terms=MemoryTermFrequencies(),
        webhooks=MemoryWebhookMessages(clock),
        history=MemoryHistory(clock),
        sessions=MemorySessions(clock),
        key_uses=MemoryKeyUses(),
        audit=MemoryAuditTrail(clock),
        searches=MemoryStandingSearches(hits),
        search_hits=hits,
        failed=MemoryFailedFiles(ledger),
        pauses=MemoryPauses(clock),
        idempotency=MemoryIdempotencyKeys(clock),
        jobs=MemoryJobs(clock),
    )
