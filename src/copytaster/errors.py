"""What can go wrong, and whether trying again helps.

CopytasterError
├── PermanentError      the same input fails the same way: never retried
│   └── RefusedError    ... because a rule says so: the delivery is rejected, with its reason
├── TransientError      the surroundings failed (server away, disk full): retried with a growing delay
│   └── OutOfTimeError  ... or only the time is over: it goes on from there, after others
└── ConfigurationError  the program cannot start like this; the message names the setting
"""

from __future__ import annotations

from copytaster.model.disposition import Reason


class CopytasterError(Exception):
    """Every error that this project raises on purpose."""


class PermanentError(CopytasterError):
    """The same input would fail the same way: the delivery goes to quarantine without a retry.

    ``reason`` is the code that the ledger, the metrics and the error report carry.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class RefusedError(PermanentError):
    """A rule refuses the input; a retry would meet the same rule, so the delivery is rejected."""


class TransientError(CopytasterError):
    """The surroundings failed; the same work may succeed later and is due again after a delay."""


class OutOfTimeError(TransientError):
    """A worker's stretch of time is over and the delivery is not: what was done is kept, and it goes on from there."""


class ConfigurationError(CopytasterError):
    """The program cannot start with these settings; the message names the setting and the cure."""
