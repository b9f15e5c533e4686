"""Addresses of listeners: whether other machines can reach them."""

from __future__ import annotations

import ipaddress

LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"})
"""Names of the loopback interface in the usual ``/etc/hosts``."""


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a listener that is bound to the host."""
    if host.lower() in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
