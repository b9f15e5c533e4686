"""Secrets that a file contains: ``NAME_FILE`` names the file that has the value of ``NAME``.

A file does not need the environment, which other programs show: ``docker inspect``, crash reports, ``ps e``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from copytaster.errors import ConfigurationError
from copytaster.system.remedies import explain_os_error

SUFFIX = "_FILE"


def with_secrets_from_files(environ: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Return the environment in which each ``NAME_FILE`` of these names is replaced by ``NAME`` with the file's text.

    A line break at the end of the file is not part of it. Raises ``ConfigurationError`` naming each variable whose file
    cannot be read, is empty or has several lines, and each that is set beside its file.
    """
    found, problems = dict(environ), []
    for name in names:
        path = found.pop(name + SUFFIX, None)
        if path is None:
            continue
        if name in found:
            problems.append(f"{name} and {name}{SUFFIX} are both set; unset one of them")
            continue
        try:
            found[name] = read_secret(Path(path))
        except (OSError, ValueError) as error:
            why = explain_os_error(error) if isinstance(error, OSError) else str(error)
            problems.append(f"{name}{SUFFIX}: cannot read the secret from {path}: {why}")
    if problems:
        raise ConfigurationError("wrong settings:\n  " + "\n  ".join(problems))
    return found


def read_secret(path: Path) -> str:
    """Return the only line of a file. Raises ``OSError``, and ``ValueError`` if it is empty or there are several."""
    secret = path.read_text(encoding="utf-8").rstrip("\r\n")
    if not secret or "\n" in secret:
        raise ValueError("the file must have one line that is not empty")
    return secret
