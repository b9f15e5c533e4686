"""The project's exceptions; their classes say whether a retry can help.

CopytasterError
├── PermanentError      the same input fails in the same way: never retried
│   └── RefusedError    a rule refuses the input: the delivery is rejected with a reason
├── TransientError      a resource is unavailable (server, disk space): retried with growing delays
│   ├── OutOfTimeError          the time for one attempt is over: the delivery continues later
│   ├── ProcessKilledError      a parser process was killed from outside
│   └── ServerUnavailableError  the Redis server does not answer, or refuses the command
└── ConfigurationError  the program cannot start with its settings; the message names the setting
"""

from __future__ import annotations

from copytaster.model.disposition import Reason
from copytaster.model.outage import Resource


class CopytasterError(Exception):
    """Base class of all errors that this project raises."""


class PermanentError(CopytasterError):
    """The same input would fail in the same way: the delivery is quarantined without a retry.

    ``reason`` is the code in the ledger, the metrics and the error report.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class RefusedError(PermanentError):
    """A rule refuses the input, and would refuse it again in a retry: the delivery is rejected."""


class TransientError(CopytasterError):
    """A resource is unavailable; the same work may succeed later and is due again after a delay.

    ``resource`` is the one that is unavailable.
    """

    def __init__(self, message: str, *, resource: Resource = Resource.WORKER) -> None:
        super().__init__(message)
        self.resource = resource


class OutOfTimeError(TransientError):
    """A worker has used up the time for one attempt: its progress is recorded, and the delivery continues later."""


class ServerUnavailableError(TransientError):
    """The Redis server does not answer, or refuses the command; the message names the cause and the cure."""

    def __init__(self, message: str) -> None:
        super().__init__(message, resource=Resource.SERVER)


class ProcessKilledError(TransientError):
    """A parser process was killed from outside: by a person, a program, or a machine that was out of memory.

    The file may be the cause, because it may have used up the memory: it is retried as a suspect.
    """


class ConfigurationError(CopytasterError):
    """The program cannot start with these settings; the message names the setting and the solution."""
