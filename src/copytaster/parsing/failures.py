"""What becomes of exceptions that parsers and libraries raise on hostile bytes, and of errors of the disk."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from copytaster.errors import CopytasterError, PermanentError, TransientError, descriptor_shortage, outage_error
from copytaster.model.disposition import Reason
from copytaster.model.outage import Resource

READ_ERRNOS = frozenset({errno.EIO, errno.ESTALE, errno.ETIMEDOUT})
"""Errors with which a disk, or the network to it, fails to return the bytes of a file."""


@contextmanager
def outages_reported(name: str) -> Iterator[None]:
    """Convert errors that are no fault of the file ``name`` to ``TransientError``.

    They are those of a disk or of its network, and every error that a lack of descriptors has caused: libraries report
    it by errors of their own, for example if a module cannot be imported.
    """
    try:
        yield
    except Exception as error:
        if outage := _outage(error, name):
            raise outage from error
        raise


@contextmanager
def failures_reported(name: str, format_: str) -> Iterator[None]:
    """Convert all exceptions that are not this project's; see ``failure``."""
    try:
        yield
    # Process edge: plugins and libraries raise any exception on hostile bytes, and a bad file must hurt only itself.
    except Exception as error:
        if found := failure(error, name, format_):
            raise found from error
        raise


def failure(error: Exception, name: str, format_: str) -> CopytasterError | None:
    """Return the error to raise if ``name`` cannot be read as ``format_``; None if ``error`` is itself this project's.

    It is ``PermanentError`` (``parse_failed``, ``parser_oom``), and ``TransientError`` for an outage.
    """
    if outage := _outage(error, name):
        return outage
    return None if isinstance(error, CopytasterError) else _failed(name, format_, error)


def _outage(error: Exception, name: str) -> TransientError | None:
    if isinstance(error, TransientError):
        return None
    if shortage := descriptor_shortage(error):
        return outage_error(f"read {name}", shortage, resource=Resource.WORKER)
    if isinstance(error, OSError) and error.errno in READ_ERRNOS:
        return TransientError(f"cannot read {name}: {error}", resource=Resource.ARCHIVE)
    return None


def _failed(name: str, format_: str, error: Exception) -> PermanentError:
    if isinstance(error, MemoryError):
        return PermanentError(Reason.PARSER_OOM, f"{name} needs more memory than a parser may use.")
    return PermanentError(
        Reason.PARSE_FAILED,
        f"{name} could not be read as {format_}: {type(error).__name__}: {str(error)[:200]}. "
        "Open it in a viewer of that format; repair it or report it.",
    )
