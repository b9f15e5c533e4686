"""A pipeline that costs less for each command: a page of a list is a hundred of them, and a request is mostly these."""

from __future__ import annotations

from typing import Any

from hiredis import pack_command
from redis.client import Pipeline
from redis.exceptions import ResponseError


class QuickPipeline(Pipeline):
    """A pipeline with the results and errors of the library's own; a transaction is one of those.

    Commands are packed by hiredis alone, and replies that need no conversion are returned as they are.
    """

    def evalsha(self, sha: str, numkeys: int, *keys_and_args: Any) -> Any:
        """Add a call of a script."""
        self.command_stack.append((("EVALSHA", sha, numkeys, *keys_and_args), {}))
        return self

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Send all commands at once, and return their replies. Raises the first error."""
        commands: Any = self.command_stack
        others: tuple[Any, ...] = (self.transaction, self.explicit_transaction, self.watching, self.scripts)
        if not commands or any(others) or not raise_on_error or any(" " in args[0] for args, _ in commands):
            return super().execute(raise_on_error)
        packed = b"".join([pack_command(args) for args, _ in commands])
        connection: Any = self.connection_pool.get_connection()
        try:
            replies = connection.retry.call_with_retry(
                lambda: _exchange(connection, packed, len(commands)), lambda _: connection.disconnect()
            )
        finally:
            self.connection_pool.release(connection)
            self.reset()
        pairs = enumerate(zip(commands, replies, strict=True), start=1)
        return [self._converted(number, *each) for number, each in pairs]

    def _converted(self, number: int, command: tuple[tuple[Any, ...], dict[str, Any]], reply: Any) -> Any:
        arguments, options = command
        if isinstance(reply, ResponseError):
            self.annotate_exception(reply, number, arguments)  # type: ignore[no-untyped-call]
            raise reply
        if convert := self.response_callbacks.get(arguments[0]):  # type: ignore[no-untyped-call]
            options.pop("keys", None)
            return convert(reply, **options)
        return reply


def _exchange(connection: Any, packed: bytes, count: int) -> list[Any]:
    """Send commands and return all replies, with errors among them: what is left would be the next one's reply."""
    connection.send_packed_command([packed])
    replies = list[Any]()
    for _ in range(count):
        try:
            replies.append(connection.read_response())
        except ResponseError as error:  # an error is one of the replies
            replies.append(error)
    return replies
