"""``python -m copytaster.bootstrap.health_check watcher|worker``: the health check of one part on this host.

For the health checks of containers: exit status 0 healthy, 1 unhealthy, 2 wrong use; one sentence says why.
"""

from __future__ import annotations

import os
import socket
import sys

from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.store import open_store
from copytaster.clock import SystemClock
from copytaster.errors import ConfigurationError, TransientError
from copytaster.monitoring.health import find_fault
from copytaster.store.ports.presence import Part


def main(arguments: list[str]) -> int:
    """Check the part that is named and return the exit status."""
    try:
        part = Part(arguments[0])
        clock = SystemClock()
        store = open_store(load_settings(os.environ), clock=clock, part="health", reader=True)
        wrong = find_fault(store, part, host=socket.gethostname(), now=clock.now())
    except (IndexError, ValueError, ConfigurationError) as error:
        sys.stderr.write(f"usage: python -m copytaster.bootstrap.health_check watcher|worker ({error})\n")
        return 2
    except TransientError as error:
        wrong = str(error)
    sys.stdout.write(f"{wrong or 'healthy'}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
