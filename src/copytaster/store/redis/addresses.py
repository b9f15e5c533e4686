"""The addresses of servers: of one server, of the Sentinels that know the present one, and of a cluster's nodes.

``redis://``, ``rediss://`` and ``unix://`` are those of redis-py. The other two are written as for the packages
``limits`` and ``redis-sentinel-url``::

    redis+sentinel://[USER:PASSWORD@]HOST[:PORT],HOST[:PORT],…/SERVICE[/DATABASE][?sentinel_password=…]
    redis+cluster://[USER:PASSWORD@]HOST[:PORT],HOST[:PORT],…
"""

from __future__ import annotations

from dataclasses import dataclass
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


DEFAULT_PORTS = {Scheme.SENTINEL: 26379, Scheme.CLUSTER: 6379}
"""The ports on which Sentinels and servers listen by default."""

SENTINEL_OPTIONS = frozenset({"sentinel_username", "sentinel_password"})
"""What may follow ``?``: Sentinels have users and passwords of their own."""

Node = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """An address in its parts. Its text has no password.

    ``nodes`` are the hosts and ports of Sentinels or of nodes of a cluster, and ``service`` the name under which the
    Sentinels know the server. An address of one server has neither: redis-py reads its ``url``.
    """

    scheme: Scheme
    url: str
    nodes: tuple[Node, ...] = ()
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
    match scheme:
        case Scheme.SERVER | Scheme.ENCRYPTED | Scheme.SOCKET:
            return ServerAddress(scheme=scheme, url=url)
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


def _sentinel_address(url: str, parts: SplitResult) -> ServerAddress:
    service, _, database = parts.path.strip("/").partition("/")
    if not service:
        raise _error("an address of Sentinels ends with the name of the service: redis+sentinel://HOST,HOST/mymaster")
    if database and not (database.isascii() and database.isdigit()):
        raise _error(f"the database after the name of the service has to be a number, not {database!r}")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(options.keys() - SENTINEL_OPTIONS):
        raise _error(f"there is no option {unknown[0]}; there are {', '.join(sorted(SENTINEL_OPTIONS))}")
    username, password = _credentials(parts)
    return ServerAddress(
        scheme=Scheme.SENTINEL,
        url=url,
        nodes=_nodes(parts, Scheme.SENTINEL),
        service=unquote(service),
        database=int(database or 0),
        username=username,
        password=password,
        sentinel_username=options.get("sentinel_username"),
        sentinel_password=options.get("sentinel_password"),
    )


def _cluster_address(url: str, parts: SplitResult) -> ServerAddress:
    if parts.path.strip("/") not in {"", "0"} or parts.query:
        raise _error("a cluster has neither databases nor options: redis+cluster://HOST,HOST")
    username, password = _credentials(parts)
    return ServerAddress(
        scheme=Scheme.CLUSTER, url=url, nodes=_nodes(parts, Scheme.CLUSTER), username=username, password=password
    )


def _credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    user, at, _ = parts.netloc.rpartition("@")
    name, colon, password = user.partition(":")
    return (unquote(name) or None) if at else None, unquote(password) if colon else None


def _nodes(parts: SplitResult, scheme: Scheme) -> tuple[Node, ...]:
    hosts = parts.netloc.rpartition("@")[2]
    return tuple(_node(each.strip(), DEFAULT_PORTS[scheme]) for each in hosts.split(","))


def _node(written: str, default_port: int) -> Node:
    try:
        parts = urlsplit(f"//{written}")  # also reads the brackets of an IPv6 address
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _error(f"{written!r} is not a host with a port: {error}") from None
    if not host:
        raise _error("there is a host without a name; hosts are separated by one comma")
    return host, default_port if port is None else port


def _error(what: str) -> ConfigurationError:
    return ConfigurationError(f"wrong address of the Redis server: {what}")
