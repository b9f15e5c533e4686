"""What the Redis server has answered, behind the error that a library raised for it."""

from __future__ import annotations


def server_reply(error: BaseException) -> BaseException | None:
    """Return the reply of the server that an error is, or was raised for; None if the server has not answered.

    Libraries raise errors of their own for it: that no node of a cluster can be used, or no connection of a broker.
    """
    found: BaseException | None = error
    while found is not None and getattr(found, "status_code", None) is None:
        found = found.__cause__
    return found


def text_with_code(error: BaseException) -> str:
    """Return the text of an error with the code of the reply, which redis-py removes from it."""
    code = getattr(error, "status_code", None)
    return f"{code} {error}" if code and code != "ERR" else str(error)
