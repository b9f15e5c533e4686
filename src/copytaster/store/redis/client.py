"""Clients of the server. Their timeouts prevent a half-open connection from blocking a process for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from redis import Redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.client import Pipeline
from redis.commands.core import Script
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from redis.sentinel import Sentinel

from copytaster.clock import present_deadline
from copytaster.errors import CommandRefusedError, DeadlineError, ServerUnavailableError
from copytaster.store.redis.addresses import Scheme, ServerAddress, read_address
from copytaster.store.redis.cluster_client import ClusterClient
from copytaster.store.redis.quick_pipeline import QuickPipeline
from copytaster.system.remedies import explain_server_error
from copytaster.system.server_replies import server_reply

TIMEOUT_SECONDS = 5
"""Without a timeout a half-open connection blocked a worker for ever; every command here takes milliseconds."""

RETRIES = 3
"""Enough for a connection that the server closed. The reconciler handles longer outages; all writes are idempotent."""


READER_TIMEOUT_SECONDS = 1
"""For processes that only report: a person or a load balancer needs an answer within two seconds, also that the server
hangs. With the timeout and the retries of the others it took 20.8 s. A healthy server replies within milliseconds."""

CONNECT_SECONDS = 1.0
"""Timeout of a connection to a primary server that Sentinels have named. In a failover they name the old one for some
seconds; the next attempt asks them again."""

SENTINEL_SECONDS = 0.5
"""A Sentinel only looks up an address. In a partition some do not answer, and each of them delays a new connection."""


class ReaderClient(Redis):
    """A client of a process that only reports: whatever a request reads, it sends nothing past the request's deadline.

    A command that has been sent is not interrupted; it has its timeout.
    """

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send a command. Raises ``DeadlineError``."""
        _refuse_past_deadline()
        return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: Any = True, shard_hint: Any = None) -> Pipeline:  # as in the base
        """Return a pipeline, which is sent at once. Raises ``DeadlineError``."""
        _refuse_past_deadline()
        return QuickPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


def _refuse_past_deadline() -> None:
    deadline = present_deadline.get()
    if deadline is not None and deadline.remaining <= 0:
        raise DeadlineError("the request has taken too long; no further command is sent to the Redis server")


def connect(address: str, *, name: str, reader: bool = False) -> Redis:
    """Return a client for an address (see ``addresses``); it connects at the first command. CLIENT LIST shows ``name``.

    Behind Sentinels it asks them for the present primary server whenever it opens a connection, and of a cluster for
    the node that has a key.

    With ``reader``, the timeout is short and no command waits for a second try: for whoever reports the state and does
    not work. Only a command on a connection that has been closed is sent again, at once and on a new connection: after
    a restart of the server, each connection of the pool may be such a one. It raises ``DeadlineError`` past the present
    deadline. Raises ``ConfigurationError`` if the address is none.
    """
    where = read_address(address)
    timeout = READER_TIMEOUT_SECONDS if reader else TIMEOUT_SECONDS
    retry = Retry(NoBackoff(), 1, (RedisConnectionError,)) if reader else _patient_retry()
    options: dict[str, Any] = {
        "client_name": name,
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "socket_keepalive": True,
        "health_check_interval": 0 if reader else timeout,  # a check would be one more command that may time out
        "decode_responses": False,
    }
    client: type[Redis] = ReaderClient if reader else Redis
    match where.scheme:
        case Scheme.SENTINEL:
            quick = {"socket_connect_timeout": min(timeout, CONNECT_SECONDS), "retry": retry}
            return _primary(where, client, options | quick)
        case Scheme.CLUSTER:
            options |= {"username": where.username, "password": where.password}
            return ClusterClient(where.nodes, retry=retry, guard=_refuse_past_deadline if reader else None, **options)
        case _:
            return client.from_url(f"{where.scheme}://", retry=retry, **_server_options(where, options))


def _server_options(where: ServerAddress, options: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a connection to one server."""
    own = {"db": where.database, "username": where.username, "password": where.password}
    if where.scheme is Scheme.SOCKET:
        of_networks = ("socket_connect_timeout", "socket_keepalive")
        fitting = {name: value for name, value in options.items() if name not in of_networks}
        return fitting | own | {"path": where.path}
    ((host, port),) = where.nodes
    return options | own | {"host": host, "port": port, **where.tls}


def _primary(where: ServerAddress, client: type[Redis], options: dict[str, Any]) -> Redis:
    """Return a client of the primary server that Sentinels name whenever a connection is opened."""
    sentinel: Any = Sentinel(where.nodes, sentinel_kwargs=sentinel_options(where))  # type: ignore[no-untyped-call]
    own = {"db": where.database, "username": where.username, "password": where.password}
    found: Redis = sentinel.master_for(where.service, redis_class=client, **own, **options)
    return found


def sentinel_options(where: ServerAddress) -> dict[str, Any]:
    """Return the arguments of a connection to a Sentinel: one that does not answer is passed over after a second."""
    return {
        "socket_timeout": SENTINEL_SECONDS,
        "socket_connect_timeout": SENTINEL_SECONDS,
        "retry": Retry(NoBackoff(), 0),
        "username": where.sentinel_username,
        "password": where.sentinel_password,
    }


def _patient_retry() -> Retry:
    return Retry(ExponentialBackoff(cap=0.5, base=0.05), RETRIES, (RedisConnectionError, RedisTimeoutError))


def script(client: Redis, name: str, *, shared: Sequence[str] = ()) -> Script:
    """Return the script ``scripts/NAME.lua``, which is sent once and then called by its hash.

    ``shared`` names files in ``scripts/shared`` whose functions the script calls; they are put in front of the script.
    """
    folder = files("copytaster.store.redis").joinpath("scripts")
    parts = [folder.joinpath("shared", f"{each}.lua") for each in shared]
    parts.append(folder.joinpath(f"{name}.lua"))
    return client.register_script("".join(part.read_text(encoding="utf-8") for part in parts))


def call(pipe: Pipeline, of: Script, keys: Sequence[str], arguments: Sequence[Any]) -> None:
    """Add a call of the script to a pipeline that ``send`` sends.

    A script that is itself called with a pipeline asks the server first whether it is known, which is a round trip.
    """
    pipe.evalsha(text(of.sha), len(keys), *keys, *arguments)


def send(client: Redis, scripts: Sequence[Script], build: Callable[[Pipeline], None]) -> list[Any]:
    """Send the pipeline that ``build`` fills with calls of these scripts, and return the replies: one round trip.

    If the server has lost the scripts by a restart, they are loaded, and everything is sent again.
    """
    try:
        return _send(client, build)
    except NoScriptError:
        for each in scripts:
            client.script_load(text(each.script))
        return _send(client, build)


def _send(client: Redis, build: Callable[[Pipeline], None]) -> list[Any]:
    pipe = client.pipeline(transaction=False)
    build(pipe)
    return list(pipe.execute())


@contextmanager
def transient_errors() -> Iterator[None]:
    """Convert the client's errors to ``ServerUnavailableError``: every failure of the server counts as an outage."""
    try:
        yield
    except RedisError as error:
        raise unavailable("a command to the Redis server failed", error) from error


def unavailable(what: str, error: Exception) -> ServerUnavailableError:
    """Return the outage that an error of the client shows: whether the server answered, and what failed and why."""
    # The client treats some replies as lost connections: that of a server that loads its data, or of a wrong password.
    is_reply = isinstance(error, ResponseError) or server_reply(error) is not None
    kind = CommandRefusedError if is_reply else ServerUnavailableError
    return kind(f"{what}: {explain_server_error(error)}")


def text(value: Any) -> str:
    """Return a reply as text; the server sends bytes."""
    return value.decode() if isinstance(value, bytes) else str(value)
