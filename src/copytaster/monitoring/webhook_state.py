"""Endpoints of webhooks that need a person."""

from __future__ import annotations

from collections.abc import Sequence

from copytaster.store.ports.presence import Heartbeat


def describe_webhooks_off(parts: Sequence[Heartbeat]) -> list[str]:
    """Return a sentence about endpoints that were switched off because they failed; none if there are none.

    All watchers see the same endpoints.
    """
    found = [str(each.details["webhooks_off"]) for each in parts if each.details.get("webhooks_off")]
    what = "webhook endpoints get no messages: {}; see `copytaster webhooks show ID`, then enable or disable each"
    return [what.format(each) for each in found[:1]]
