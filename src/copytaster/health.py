"""``python -m copytaster.health watcher|worker``: whether that part lives and makes progress on this host.

For the health checks of containers: exit status 0 healthy, 1 not, 2 wrong use; one sentence says why.
"""

from __future__ import annotations

import os
import socket
import sys
from datetime import datetime

from copytaster.bootstrap import open_store
from copytaster.clock import SystemClock
from copytaster.deps import Store
from copytaster.errors import ConfigurationError, TransientError
from copytaster.settings import load_settings
from copytaster.status import SILENCE, find_stalls
from copytaster.store.ports import Part


def ailment(store: Store, part: Part, *, host: str, now: datetime) -> str | None:
    """Return what is wrong with the part on this host, None when it is well. Raises ``TransientError``."""
    beats = [each for each in store.presence.present() if each.part is part and each.host == host]
    if not any(now - each.beat_at <= SILENCE for each in beats):
        return f"no {part.value} on {host} has given a sign of life for {SILENCE.total_seconds():.0f} s"
    stalls = find_stalls(store.ledger, beats, (), now=now) if part is Part.WORKER else []
    return stalls[0].message if stalls else None


def main(arguments: list[str]) -> int:
    """Check the part that is named and return the exit status."""
    try:
        part = Part(arguments[0])
        clock = SystemClock()
        store = open_store(load_settings(os.environ), clock=clock, part="health")
        wrong = ailment(store, part, host=socket.gethostname(), now=clock.now())
    except (IndexError, ValueError, ConfigurationError) as error:
        sys.stderr.write(f"usage: python -m copytaster.health watcher|worker ({error})\n")
        return 2
    except TransientError as error:
        wrong = str(error)
    sys.stdout.write(f"{wrong or 'healthy'}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
