"""Landlock: a process opens no path but the read-only code of the program, and connects to nothing.

It follows the kernel's documentation (userspace-api/landlock). Files that are handed in as open descriptors stay
readable: Landlock restricts the opening of paths. Parsers import some modules only when they need them, so the folders
of Python and of installed packages stay readable.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sysconfig
from collections.abc import Iterable
from pathlib import Path

import copytaster
from copytaster.parsing.sandbox.seccomp import set_no_new_privileges

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""System call numbers, the same on every machine."""

_VERSION_FLAG, _PATH_BENEATH = 1, 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3

_RIGHTS_BY_VERSION = ((1, (1 << 13) - 1), (2, 1 << 13), (3, 1 << 14), (5, 1 << 15))
"""Rights on files that each version of the interface added: the first 13, refer, truncate, ioctl on devices."""

_NETWORK_SINCE, _NETWORK = 4, 0b11
_SCOPES_SINCE, _SCOPES = 6, 0b11
"""bind and connect over TCP; abstract Unix sockets and signals outside of the sandbox."""

SYSTEM_PATHS = ("/usr/lib", "/lib", "/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache", "/etc/localtime")
"""Shared libraries that extension modules load, and time zones."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"  # what _pack_ implies; Python 3.14 wants it named
    _fields_ = (("rights", ctypes.c_uint64), ("descriptor", ctypes.c_int32))


def version() -> int:
    """Return the version of the kernel's Landlock interface, 0 if it has none or has it switched off."""
    return max(0, int(_libc().syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)))


def code_paths() -> list[Path]:
    """Return the existing folders and files that a parser may read: Python, packages, this program, libraries."""
    installed = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    program = Path(copytaster.__file__).parent
    return [path for path in [*map(Path, [*installed, *SYSTEM_PATHS]), program] if path.exists()]


def restrict_paths(readable: Iterable[Path]) -> None:
    """Deny this process every path but those below ``readable``, which it may only read; irrevocably.

    Raises ``OSError`` when the kernel refuses it or has no Landlock.
    """
    supported = version()
    rights = sum(bits for since, bits in _RIGHTS_BY_VERSION if supported >= since)
    network = _NETWORK if supported >= _NETWORK_SINCE else 0
    scopes = _SCOPES if supported >= _SCOPES_SINCE else 0
    ruleset = _Ruleset(rights, network, scopes)
    size = ctypes.sizeof(_Ruleset) if scopes else (16 if network else 8)
    descriptor = _call(_CREATE_RULESET, ctypes.byref(ruleset), size, 0)
    try:
        for path in readable:
            _allow_reading(descriptor, path)
        set_no_new_privileges()
        _call(_RESTRICT_SELF, descriptor, 0)
    finally:
        os.close(descriptor)


def _allow_reading(ruleset: int, path: Path) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = _READ_FILE | _READ_DIR if stat.S_ISDIR(os.fstat(opened).st_mode) else _READ_FILE
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(_PathRule(rights, opened)), 0)
    finally:
        os.close(opened)


def _call(number: int, *arguments: object) -> int:
    result = int(_libc().syscall(number, *arguments))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"Landlock: {os.strerror(error)}")
    return result


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
