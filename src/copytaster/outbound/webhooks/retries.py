"""When a message that was not accepted is sent again, and when an endpoint is given up."""

from __future__ import annotations

from datetime import timedelta

DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""Delays after the first and each further failed attempt, as Standard Webhooks proposes them: 28 hours in all."""

GIVEN_UP_AFTER = timedelta(days=5)
"""An endpoint of which no attempt has succeeded for this long is switched off: a long weekend, and time to react."""

ROTATION = timedelta(hours=24)
"""For this long messages are signed by the former secret as well, so that the receiver can change it in its own time.
"""


def retry_after(failed_attempts: int) -> timedelta | None:
    """Return the delay before the next attempt; None after the last one."""
    return DELAYS[failed_attempts - 1] if failed_attempts <= len(DELAYS) else None
