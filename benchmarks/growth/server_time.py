"""Lets the time of a server pass quickly, as far as its data depend on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from redis import Redis

from copytaster.clock import milliseconds

COUNT = 1_000
"""Keys that the server examines in one call."""

SCRIPT = """
local reply = redis.call('SCAN', ARGV[1], 'COUNT', ARGV[2])
for _, key in ipairs(reply[2]) do
  local left = redis.call('PTTL', key)
  if left > 0 then redis.call('PEXPIRE', key, left - ARGV[3]) end
end
return reply[1]
"""


def pass_time(client: Redis, time: timedelta) -> None:
    """Make every key that expires do so earlier by ``time``; the clock of the server itself cannot be set.

    A key that the server moves while it is examined may be met twice, or not at all: the scan promises only that a key
    is met at least once if the table is not resized.
    """
    cursor: Any = "0"
    while True:
        cursor = client.eval(SCRIPT, 0, cursor, str(COUNT), str(milliseconds(time)))
        if cursor in {b"0", "0"}:
            return
