"""Which addresses webhooks may be sent to: an endpoint must not be a way into the network that this program runs in.

A name is resolved once, every address is checked, and the connection is made to an address that was checked: a second
look-up could give another one (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PORTS = {"http": 80, "https": 443}

MOST_ADDRESSES = 4
"""Addresses of a name that are tried: two of each family. They share the time of one attempt."""

EVERYBODYS_IPV6 = ipaddress.IPv6Network("2000::/3")
"""All IPv6 addresses that are given to receivers. What is outside leads nowhere, or as NAT64 does (64:ff9b::/96,
64:ff9b:1::/48) to an IPv4 address inside the address.
"""

NOT_PUBLIC = (
    ipaddress.IPv4Network("192.0.0.0/24"),  # for protocols; some clouds describe their machines there
    ipaddress.IPv6Network("2002::/16"),  # 6to4, which leads to an IPv4 address as well
    ipaddress.IPv6Network("2001::/32"),  # Teredo, the same
)
"""Networks that count as private, whatever the running version of Python says of them."""


class NotSentError(Exception):
    """The message did not reach the receiver, or there was no answer; the text says why."""


class WrongUrlError(Exception):
    """The address cannot be that of an endpoint; the text says why."""


def resolve_by_system(host: str, port: int) -> list[str]:
    """Return the addresses of a host, in the order in which to try them. Raises ``OSError``."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send a message: the parts of its URL, and checked addresses in the order in which to try them."""

    secure: bool
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]

    @property
    def host_header(self) -> str:
        """The header ``Host``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS["https" if self.secure else "http"] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class AllowedAddresses:
    """Allows public addresses by https, and addresses in ``networks`` by http too."""

    networks: tuple[Network, ...] = ()
    resolve: Callable[[str, int], Sequence[str]] = resolve_by_system

    def target(self, url: str) -> Target:
        """Return where to send a message for this URL. Raises ``NotSentError`` if it is not allowed or unknown."""
        parts = check_url(url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        port = parts.port or PORTS[parts.scheme]
        try:
            found = [ipaddress.ip_address(each.partition("%")[0]) for each in self.resolve(host, port)]
        except OSError as error:
            raise NotSentError(f"the name {host} cannot be resolved: {error.strerror or error}") from error
        refused = next((each for each in found if not self._is_allowed(each, secure=secure)), None)
        if refused or not found:
            raise NotSentError(self._refusal(host, refused, secure=secure))
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target(secure, host, port, path, _in_turn(found))

    def _is_allowed(self, address: Address, *, secure: bool) -> bool:
        seen = _unmapped(address)
        return any(seen in each for each in self.networks) or (secure and is_public(seen))

    def _refusal(self, host: str, refused: Address | None, *, secure: bool) -> str:
        if refused is None:
            return f"the name {host} has no address"
        if not secure and is_public(_unmapped(refused)):
            return f"{host} ({refused}) is public, so its URL has to begin with https"
        return (
            f"{host} has the address {refused}, which is not public; if messages should go there, add its network to"
            " COPYTASTER_WEBHOOK_NETWORKS"
        )


def _in_turn(found: Sequence[Address]) -> tuple[str, ...]:
    """Return the addresses to try, the families in turn: a network may reach only one of the two."""
    first = [str(each) for each in found if each.version == found[0].version]
    others = [str(each) for each in found if each.version != found[0].version]
    pairs = chain.from_iterable(zip_longest(first, others))
    return tuple(each for each in pairs if each)[:MOST_ADDRESSES]


def check_url(url: str) -> SplitResult:
    """Return the parts of the URL of an endpoint. Raises ``WrongUrlError``."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # reading the port validates it
    except ValueError as error:
        raise WrongUrlError(f"{url!r} is not a URL: {error}") from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise WrongUrlError(f"{url!r} does not begin with https:// and a host")
    if parts.username is not None or parts.password is not None:
        raise WrongUrlError("the URL contains a user or a password; receivers check the signature instead")
    if parts.fragment or any(each <= " " for each in url):
        raise WrongUrlError(f"{url!r} contains a fragment, a space or a control character")
    _check_characters(url, parts.hostname)
    return parts


def _check_characters(url: str, host: str) -> None:
    """Raise ``WrongUrlError`` for what no request can be sent with: HTTP and the look-up of names know ASCII only.

    Names of other scripts are not translated here: the two standards for that lead to different hosts.
    """
    if not url.isascii():
        raise WrongUrlError(
            f"{url!r} has characters beyond ASCII: write a name in its form with xn--, and others as in %C3%BC"
        )
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise WrongUrlError(f"{host!r} is no name of a host: a part of it is empty, or too long") from error


def is_public(address: Address) -> bool:
    """Return whether everybody can have this address as a receiver: it is global, and not a group's."""
    if address.is_multicast or any(address in each for each in NOT_PUBLIC):
        return False
    return address.is_global and (isinstance(address, ipaddress.IPv4Address) or address in EVERYBODYS_IPV6)


def _unmapped(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
