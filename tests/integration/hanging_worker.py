"""The product's worker with a fault: when the given file exists, its consumer fetches nothing more.

Run like ``python -m copytaster_workers``, with the file before the queues. The connections stay open and the loop runs,
as after a reconnect of which the server knows nothing.
"""

import sys
from pathlib import Path
from typing import Any

from kombu.transport.redis import MultiChannelPoller

import copytaster_workers.__main__

_poll = MultiChannelPoller.on_poll_start


def poll_unless_hung(poller: Any) -> None:
    """Ask the server for messages, unless the file exists."""
    if not Path(sys.argv[1]).exists():
        _poll(poller)


MultiChannelPoller.on_poll_start = poll_unless_hung

if __name__ == "__main__":
    sys.exit(copytaster_workers.__main__.main(sys.argv[2:]))
