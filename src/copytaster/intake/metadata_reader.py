"""Reads sidecars and ``_source.yml`` files, which senders write: their content is parsed in a sandboxed process."""

from __future__ import annotations

import json
import os
from errno import ELOOP
from pathlib import Path

from copytaster.errors import PermanentError, TransientError
from copytaster.model.disposition import Reason
from copytaster.model.metadata import FolderDefaults, Metadata
from copytaster.parsing.sandbox.calls import CallDiedError, CallFaultError, Calls
from copytaster.system.remedies import explain_os_error

MAX_BYTES = 64 * 1024
"""The largest ``_source.yml``, as for sidecars; a real file has some lines."""

SIDECAR, SOURCE_FILE = "sidecar", "source_file"
"""The kinds of request."""

KIND, PATH, FAULT, CONTENT = "kind", "path", "fault", "content"
"""The fields of a request, and those of an answer: the fault of the file, or its content."""


class SourceFileError(TransientError):
    """A ``_source.yml`` is invalid: the files of its folder wait until a person has corrected it."""


class UnreadSourceFileError(SourceFileError):
    """A ``_source.yml`` could not be read now; what prevented that may pass without a change of the file."""


class MetadataReader:
    """Reads metadata by the ``calls`` of ``metadata_content.answer``.

    A process that dies is tried once more: a machine may have been stopped for a while, but hardly twice.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def sidecar(self, file: Path, *, path: str) -> Metadata:
        """Return the content of a sidecar; ``path`` is its path below the inbox, for messages.

        Raises ``PermanentError`` (``bad_sidecar``), ``TransientError`` and ``OSError``.
        """
        try:
            answer = self._read(SIDECAR, file, path)
        except (CallDiedError, CallFaultError) as error:
            message = f"the sidecar {path} cannot be used: {error}"
            raise PermanentError(Reason.BAD_SIDECAR, message) from error
        except OSError as error:
            if error.errno != ELOOP:
                raise
            message = f"the sidecar {path} is a symbolic link; links are not followed"
            raise PermanentError(Reason.BAD_SIDECAR, message) from error
        if fault := answer.get(FAULT):
            raise PermanentError(Reason.BAD_SIDECAR, str(fault))
        return Metadata.model_validate_json(json.dumps(answer[CONTENT]))

    def folder_defaults(self, file: Path, *, name: str) -> FolderDefaults:
        """Return the content of a ``_source.yml``; ``name`` is its path below the inbox, for messages.

        Raises ``SourceFileError``, and ``TransientError`` if the process does not start.
        """
        try:
            answer = self._read(SOURCE_FILE, file, name)
        except OSError as error:
            message = f"{name} cannot be read: {explain_os_error(error)}"
            raise UnreadSourceFileError(message) from error
        except (CallDiedError, CallFaultError) as error:
            raise UnreadSourceFileError(f"{name} cannot be used: {error}") from error
        if fault := answer.get(FAULT):
            raise SourceFileError(str(fault))
        return FolderDefaults.model_validate_json(json.dumps(answer[CONTENT]))

    def _read(self, kind: str, file: Path, path: str) -> dict[str, object]:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            request = json.dumps({KIND: kind, PATH: path}).encode()
            answer: dict[str, object] = json.loads(self._called(request, descriptor))
        finally:
            os.close(descriptor)
        return answer

    def _called(self, request: bytes, descriptor: int) -> bytes:
        try:
            return self._calls.call(request, descriptor)
        except CallDiedError:
            return self._calls.call(request, descriptor)
