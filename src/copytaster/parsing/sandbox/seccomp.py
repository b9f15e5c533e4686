"""A seccomp filter that denies the system calls for network access, tracing, and running other programs.

It follows the kernel's documentation (userspace-api/seccomp_filter); denied calls fail with EPERM.
"""

from __future__ import annotations

import ctypes
import errno
import struct

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO = 0x7FFF0000, 0x00050000
_LOAD, _JUMP_EQUAL, _RETURN = 0x20, 0x15, 0x06
"""BPF: load a word from an absolute offset, jump if equal, return a constant (<linux/bpf_common.h>)."""

_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
"""Offsets in struct seccomp_data (<linux/seccomp.h>)."""

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""AUDIT_ARCH_… of <linux/audit.h>."""

# socket, connect, bind, listen, execve, execveat, ptrace, io_uring_setup: numbers of the kernel's syscall tables.
_FORBIDDEN = {
    "x86_64": (41, 42, 49, 50, 59, 322, 101, 425),
    "aarch64": (198, 203, 200, 201, 221, 281, 117, 425),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def forbid_network(machine: str) -> None:
    """Deny this process sockets, other programs and tracing, irrevocably; does nothing on an unknown ``machine``.

    It also does nothing if the kernel has no seccomp filters; the other limits hold in any case.
    """
    if machine not in _ARCHITECTURES:
        return
    code = _filter(_ARCHITECTURES[machine], _FORBIDDEN[machine])
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)


def _filter(architecture: int, forbidden: tuple[int, ...]) -> bytes:
    refuse = SECCOMP_RET_ERRNO | errno.EPERM
    steps = [
        _step(_LOAD, _ARCHITECTURE_AT),
        _step(_JUMP_EQUAL, architecture, yes=1),
        _step(_RETURN, refuse),  # calls of another architecture have other numbers
        _step(_LOAD, _NUMBER_AT),
        *(_step(_JUMP_EQUAL, number, yes=len(forbidden) - at) for at, number in enumerate(forbidden)),
        _step(_RETURN, SECCOMP_RET_ALLOW),
        _step(_RETURN, refuse),
    ]
    return b"".join(steps)


def _step(code: int, value: int, *, yes: int = 0) -> bytes:
    """Return an instruction; ``yes`` is the number of instructions to skip when a comparison is true."""
    return struct.pack("<HBBI", code, yes, 0, value)
