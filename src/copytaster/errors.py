"""The project's exceptions; their classes say whether a retry can help.

CopytasterError
├── PermanentError      the same input fails in the same way: never retried
│   └── RefusedError    a rule refuses the input: the delivery is rejected with a reason
├── TransientError      a resource is unavailable (server, disk space): retried with growing delays
│   ├── DeadlineError           a request has taken so long that nobody waits for its answer
│   ├── NewerRecordError        a newer release wrote a record: a process of that release continues
│   ├── OutOfTimeError          the time for one attempt is over: the delivery continues later
│   ├── ProcessKilledError      a parser process was killed from outside
│   └── ServerUnavailableError  the Redis server does not answer, or refuses the command
│       └── CommandRefusedError     it answers, and refuses the command
│           └── ChangesRefusedError     it answers, and refuses every change
├── DamagedRecordError  a record of the store has changed and cannot be read; the message names it
└── ConfigurationError  the program cannot start with its settings; the message names the setting
"""

from __future__ import annotations

import errno
import os

from copytaster.model.disposition import Reason
from copytaster.model.outage import Resource
from copytaster.system.remedies import explain_os_error

OF_THE_MACHINE = frozenset({errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""Errors that the process or its machine causes, wherever the file is stored."""

DESCRIPTOR_ERRNOS = frozenset({errno.EMFILE, errno.ENFILE})
"""Errors of a process, or a machine, that has no descriptors left. A file does not cause them: parsers open no files
but modules, and the limits on nesting bound the rest. ENOMEM is no such error: a file may need too much memory.
"""


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


class DeadlineError(TransientError):
    """A request has taken so long that nobody waits for its answer: its next command is not sent."""


class NewerRecordError(TransientError):
    """A record has fields that this release does not know: a process of the newer release has to do the work.

    Without the unknown fields, a text might for example be published that the newer release withholds.
    """


class OutOfTimeError(TransientError):
    """A worker has used up the time for one attempt: its progress is recorded, and the delivery continues later."""


class ServerUnavailableError(TransientError):
    """The Redis server does not answer, or refuses the command; the message names the cause and the cure."""

    def __init__(self, message: str) -> None:
        super().__init__(message, resource=Resource.SERVER)


class CommandRefusedError(ServerUnavailableError):
    """The Redis server answers, and refuses the command; whether it refuses others is not known."""


class ChangesRefusedError(CommandRefusedError):
    """The Redis server answers, and refuses every change."""


class ProcessKilledError(TransientError):
    """A parser process was killed from outside: by a person, a program, or a machine that was out of memory.

    The file may be the cause, because it may have used up the memory: it is retried as a suspect.
    """


class DamagedRecordError(CopytasterError):
    """The record of an article in the store has changed and cannot be read, and nobody knows what it was."""

    def __init__(self, article_id: str, why: str) -> None:
        super().__init__(article_id, why)
        self.article_id = article_id
        self.why = why

    def __str__(self) -> str:
        """Return what is damaged, why it cannot be read, and where the remedy is explained."""
        return (
            f"the record of article {self.article_id} in the store is damaged and cannot be read ({self.why}): restore"
            " it as explained for `article.damaged` in docs/operations.md"
        )


class ConfigurationError(CopytasterError):
    """The program cannot start with these settings; the message names the setting and the solution."""


def outage_error(
    doing: str, error: OSError, *, resource: Resource, place: str | os.PathLike[str] | None = None
) -> TransientError:
    """Return an outage with what failed ("write to the archive /data/archive"), the error, its cause and its cure.

    ``place`` is the path of the resource, by default the one that the error names. The message does not change as long
    as the error lasts: it has no names of temporary files, so that a log has it once.
    """
    without_path = OSError(error.errno, error.strerror) if error.errno and error.strerror else error
    why = explain_os_error(without_path, place or error.filename)
    return TransientError(
        f"cannot {doing}: {why}", resource=Resource.WORKER if error.errno in OF_THE_MACHINE else resource
    )


def descriptor_shortage(error: BaseException) -> OSError | None:
    """Return the lack of descriptors that caused an error, directly or as one of its causes; else None.

    The loader of shared libraries reports it only in the text of an ``ImportError``.
    """
    found: BaseException | None = error
    seen = set[int]()
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        if isinstance(found, OSError) and found.errno in DESCRIPTOR_ERRNOS:
            return found
        if isinstance(found, ImportError):
            for number in DESCRIPTOR_ERRNOS:
                if os.strerror(number) in str(found):
                    return OSError(number, os.strerror(number))
        found = found.__cause__ or found.__context__
    return None
