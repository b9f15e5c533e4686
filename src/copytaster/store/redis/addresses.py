"""The addresses of servers: of one server, of the Sentinels that know the present one, and of a cluster's nodes.

``redis://``, ``rediss://`` and ``unix://`` are written as for redis-py. They are read here and not there, so that the
clients of the store and of the queues, which differ in what they read and in what they assume, get the same parts. The
other two are written as for the packages ``limits`` and ``redis-sentinel-url``::

    redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]
    rediss://[USER:PASSWORD@]HOST[:PORT][/DATABASE][?ssl_ca_certs=…]
    unix://[USER:PASSWORD@]/PATH[?db=DATABASE]
    redis+sentinel://[USER:PASSWORD@]HOST[:PORT],HOST[:PORT],…/SERVICE[/DATABASE][?sentinel_password=…]
    redis+cluster://[USER:PASSWORD@]HOST[:PORT],HOST[:PORT],…
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from copytaster.errors import ConfigurationError


class Scheme(StrEnum):
    """The part of an address before ``://``."""

    SERVER = "redis"
    ENCRYPTED = "rediss"
    SOCKET = "unix"
    SENTINEL = "redis+sentinel"
    CLUSTER = "redis+cluster"


SERVER_PORT = 6379
SENTINEL_PORT = 26379
"""The ports on which servers and Sentinels listen by default."""

LOCAL = "localhost"
"""The host of a server whose address names none."""

TLS_OPTIONS = frozenset(
    {
        "ssl_ca_certs",
        "ssl_ca_path",
        "ssl_cert_reqs",
        "ssl_certfile",
        "ssl_check_hostname",
        "ssl_ciphers",
        "ssl_keyfile",
        "ssl_password",
    }
)
"""The options of redis-py about certificates."""

OPTIONS = {
    Scheme.SERVER: frozenset({"db"}),
    Scheme.ENCRYPTED: TLS_OPTIONS | {"db"},
    Scheme.SOCKET: frozenset({"db"}),
    Scheme.SENTINEL: frozenset({"sentinel_username", "sentinel_password"}),
    Scheme.CLUSTER: frozenset[str](),
}
"""What may follow ``?``. Sentinels have users and passwords of their own."""

CERTIFICATES = ("none", "optional", "required")
"""Values of ``ssl_cert_reqs``; Celery's documentation writes them as ``CERT_NONE``."""

UNESCAPED = "in user and password, / is written as %2F, ? as %3F and @ as %40"
"""The usual cause of a part that is in a wrong place, which is not shown: it may be a part of a password."""

Node = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """An address in its parts. Its text has no password.

    ``nodes`` are the host and port of one server, or those of Sentinels or of nodes of a cluster; the address of a
    socket has a ``path`` instead. ``service`` is the name under which the Sentinels know the server, and ``tls`` has
    the options of an encrypted connection, by their names in redis-py.
    """

    scheme: Scheme
    url: str
    nodes: tuple[Node, ...] = ()
    path: str = ""
    tls: Mapping[str, str | bool] = field(default_factory=dict)
    service: str = ""
    database: int = 0
    username: str | None = None
    password: str | None = None
    sentinel_username: str | None = None
    sentinel_password: str | None = None

    def __repr__(self) -> str:
        """Return the kind and the hosts."""
        return f"ServerAddress({self.scheme}, {self.nodes})"


def read_address(url: str) -> ServerAddress:
    """Return an address in its parts. Raises ``ConfigurationError``; the message has no password."""
    parts = split_address(url)
    try:
        scheme = Scheme(parts.scheme)
    except ValueError:
        known = ", ".join(f"{each}://" for each in Scheme)
        raise _error(f"an address begins with one of {known}, not with {parts.scheme or 'a host'}://") from None
    if "@" in parts.path and scheme is not Scheme.SOCKET:
        raise _error(UNESCAPED)
    match scheme:
        case Scheme.SERVER | Scheme.ENCRYPTED:
            return _server_address(url, parts, scheme)
        case Scheme.SOCKET:
            return _socket_address(url, parts)
        case Scheme.SENTINEL:
            return _sentinel_address(url, parts)
        case Scheme.CLUSTER:
            return _cluster_address(url, parts)


def split_address(url: str) -> SplitResult:
    """Return the parts of an address, which may have several hosts.

    ``urlsplit`` refuses several of them from Python 3.12.4 on if one is an IPv6 address in brackets.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:  # then the text may be a password: it is no scheme
        return SplitResult("", url, "", "", "")
    place, _, query = rest.partition("?")
    hosts, slash, path = place.partition("/")
    return SplitResult(scheme.lower(), hosts, slash + path, query, "")


def _server_address(url: str, parts: SplitResult, scheme: Scheme) -> ServerAddress:
    options = _options(parts, scheme)
    nodes = _nodes(parts.netloc.rpartition("@")[2] or LOCAL, SERVER_PORT)
    if len(nodes) > 1:
        raise _error("one server has one host; several are those of redis+sentinel:// or redis+cluster://")
    database = options.pop("db", parts.path.strip("/"))
    username, password = _credentials(parts)
    return ServerAddress(
        scheme=scheme,
        url=url,
        nodes=nodes,
        tls={name: _tls_option(name, value) for name, value in options.items()},
        database=_database(database),
        username=username,
        password=password,
    )


def _socket_address(url: str, parts: SplitResult) -> ServerAddress:
    if parts.netloc.rpartition("@")[2] or not parts.path.strip("/"):
        raise _error("the path of a socket begins with a slash: unix:///run/redis.sock")
    database = _database(_options(parts, Scheme.SOCKET).get("db", ""))
    username, password = _credentials(parts)
    path = unquote(parts.path)
    return ServerAddress(
        scheme=Scheme.SOCKET, url=url, path=path, database=database, username=username, password=password
    )


def _sentinel_address(url: str, parts: SplitResult) -> ServerAddress:
    service, _, database = parts.path.strip("/").partition("/")
    if not service:
        raise _error("an address of Sentinels ends with the name of the service: redis+sentinel://HOST,HOST/mymaster")
    options = _options(parts, Scheme.SENTINEL)
    username, password = _credentials(parts)
    return ServerAddress(
        scheme=Scheme.SENTINEL,
        url=url,
        nodes=_nodes(parts.netloc.rpartition("@")[2], SENTINEL_PORT),
        service=unquote(service),
        database=_database(database),
        username=username,
        password=password,
        sentinel_username=options.get("sentinel_username"),
        sentinel_password=options.get("sentinel_password"),
    )


def _cluster_address(url: str, parts: SplitResult) -> ServerAddress:
    if parts.path.strip("/") not in {"", "0"} or parts.query:
        raise _error("a cluster has neither databases nor options: redis+cluster://HOST,HOST")
    username, password = _credentials(parts)
    nodes = _nodes(parts.netloc.rpartition("@")[2], SERVER_PORT)
    return ServerAddress(scheme=Scheme.CLUSTER, url=url, nodes=nodes, username=username, password=password)


def _options(parts: SplitResult, scheme: Scheme) -> dict[str, str]:
    options, known = dict(parse_qsl(parts.query, keep_blank_values=True)), OPTIONS[scheme]
    if any("@" in name for name in options):
        raise _error(UNESCAPED)
    if unknown := sorted(options.keys() - known):
        raise _error(f"there is no option {unknown[0]}; there are {', '.join(sorted(known))}")
    return options


def _database(written: str) -> int:
    number = unquote(written).strip()
    if number and not (number.isascii() and number.isdigit()):
        raise _error("the database has to be a number, such as 0")
    return int(number or 0)


def _tls_option(name: str, value: str) -> str | bool:
    match name:
        case "ssl_cert_reqs":
            value = value.lower().removeprefix("cert_")
            if value not in CERTIFICATES:
                raise _error(f"ssl_cert_reqs has to be one of {', '.join(CERTIFICATES)}")
            return value
        case "ssl_check_hostname":
            if value.lower() not in {"true", "false"}:
                raise _error("ssl_check_hostname has to be true or false")
            return value.lower() == "true"
        case _:
            return value


def _credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    user, at, _ = parts.netloc.rpartition("@")
    name, colon, password = user.partition(":")
    return (unquote(name) or None) if at else None, unquote(password) if colon else None


def _nodes(hosts: str, default_port: int) -> tuple[Node, ...]:
    return tuple(_node(each.strip(), default_port) for each in hosts.split(","))


def _node(written: str, default_port: int) -> Node:
    try:
        parts = urlsplit(f"//{written}")  # also reads the brackets of an IPv6 address
        host, port = parts.hostname, parts.port
    except ValueError:
        # Not in its own words: what stands there may be the beginning of a password.
        raise _error(f"there is something that is not a host with a port. {UNESCAPED}") from None
    if not host:
        raise _error("there is a host without a name; hosts are separated by one comma")
    return host, default_port if port is None else port


def _error(what: str) -> ConfigurationError:
    return ConfigurationError(f"wrong address of the Redis server: {what}")
