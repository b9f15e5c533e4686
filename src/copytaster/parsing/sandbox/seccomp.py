"""A seccomp filter that allows a process only the system calls that parsing needs.

It follows the kernel's documentation (userspace-api/seccomp_filter). A call that is not listed fails with EPERM. The
numbers are those of the kernel's tables (asm/unistd_64.h and asm-generic/unistd.h). libseccomp is not used: its Python
bindings are under the LGPL.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass

from copytaster.system.process_control import control_process

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO = 0x7FFF0000, 0x00050000

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
"""BPF: load a word from an offset, jump if equal, jump if at least, return a constant (<linux/bpf_common.h>)."""

_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT, _ARGUMENT_BYTES, _WORD = 0, 4, 16, 8, 4
"""Offsets and sizes in struct seccomp_data (<linux/seccomp.h>), on a little-endian machine."""

X32_BIT = 0x40000000
"""Numbers from here on are calls of the x32 interface, which passes the check of the architecture."""

IOCTLS = (0x5401, 0x5450, 0x5451, 0x541B)
"""TCGETS, FIONCLEX, FIOCLEX, FIONREAD: CPython uses them on files that it has opened."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """A machine: its AUDIT_ARCH number (<linux/audit.h>), the allowed calls, and those allowed by their arguments."""

    audit: int
    allowed: tuple[int, ...]
    own_process: tuple[int, ...]
    """kill and tgkill: only for this process, so that abort() works."""
    process_zero: tuple[int, ...]
    """prlimit64: only for the calling process."""
    ioctl: int


# In this order: read write readv writev pread64 lseek close; fstat newfstatat (stat lstat) statx openat (open access)
# faccessat faccessat2 (readlink) readlinkat getcwd getdents64 fcntl dup (dup2) dup3 fadvise64; mmap munmap mremap
# mprotect madvise brk; futex set_robust_list rseq getrandom; clock_gettime clock_getres gettimeofday (time) nanosleep
# clock_nanosleep sched_yield sched_getaffinity getcpu; getpid gettid getppid getuid geteuid getgid getegid; uname
# sysinfo getrusage times getrlimit setrlimit; rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall exit
# exit_group; recvmsg recvfrom sendto sendmsg (poll) ppoll (select) pselect6. Those in brackets exist on x86_64 only.
ARCHITECTURES = {
    "x86_64": Architecture(
        audit=0xC000003E,
        allowed=(
            *(0, 1, 19, 20, 17, 8, 3),
            *(5, 262, 4, 6, 332, 257, 2, 21, 269, 439, 89, 267, 79, 217, 72, 32, 33, 292, 221),
            *(9, 11, 25, 10, 28, 12),
            *(202, 273, 334, 318),
            *(228, 229, 96, 201, 35, 230, 24, 204, 309),
            *(39, 186, 110, 102, 107, 104, 108),
            *(63, 99, 98, 100, 97, 160),
            *(13, 14, 15, 131, 219, 60, 231),
            *(47, 45, 44, 46, 7, 271, 23, 270),
        ),
        own_process=(62, 234),
        process_zero=(302,),
        ioctl=16,
    ),
    "aarch64": Architecture(
        audit=0xC00000B7,
        allowed=(
            *(63, 64, 65, 66, 67, 62, 57),
            *(80, 79, 291, 56, 48, 439, 78, 17, 61, 25, 23, 24, 223),
            *(222, 215, 216, 226, 233, 214),
            *(98, 99, 293, 278),
            *(113, 114, 169, 101, 115, 124, 123, 168),
            *(172, 178, 173, 174, 175, 176, 177),
            *(160, 179, 165, 153, 163, 164),
            *(134, 135, 139, 132, 128, 93, 94),
            *(212, 207, 206, 211, 73, 72),
        ),
        own_process=(129, 131),
        process_zero=(261,),
        ioctl=29,
    ),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def allow_parsing_only() -> None:
    """Install the filter for this process, irrevocably.

    Raises ``OSError`` when the kernel refuses it, with ENOSYS on a machine that is not in ``ARCHITECTURES``.
    """
    architecture = ARCHITECTURES.get(platform.machine())
    if architecture is None:
        raise OSError(errno.ENOSYS, f"no system call filter for {platform.machine()}")
    code = filter_code(architecture, own_pid=os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    set_no_new_privileges()
    control_process(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(program))


def set_no_new_privileges() -> None:
    """Deny this process new privileges by execve, which filters and Landlock require. Raises ``OSError``."""
    control_process(PR_SET_NO_NEW_PRIVS, 1)


def filter_code(architecture: Architecture, *, own_pid: int) -> bytes:
    """Return the BPF program for a machine; ``own_pid`` is the process that may signal itself."""
    refuse = [_step(_RETURN, SECCOMP_RET_ERRNO | errno.EPERM)]
    allow = [_step(_RETURN, SECCOMP_RET_ALLOW)]
    head = [
        _step(_LOAD, _ARCHITECTURE_AT),
        _step(_JUMP_EQUAL, architecture.audit, yes=1),
        *refuse,
        _step(_LOAD, _NUMBER_AT),
        _step(_JUMP_AT_LEAST, X32_BIT, no=1),
        *refuse,
    ]
    rules = [_when(number, _argument_is(0, own_pid)) for number in architecture.own_process]
    rules += [_when(number, _argument_is(0, 0)) for number in architecture.process_zero]
    rules.append(_when(architecture.ioctl, _ioctls()))
    rules += [_when(number, allow) for number in architecture.allowed]
    return b"".join([*head, *(step for rule in rules for step in rule), *refuse])


def _when(number: int, then: list[bytes]) -> list[bytes]:
    """Return steps that run ``then``, which returns, for one system call."""
    return [_step(_JUMP_EQUAL, number, no=len(then)), *then]


def _argument_is(position: int, value: int) -> list[bytes]:
    """Return steps that allow a call whose argument, all 64 bits of it, has one value."""
    low = _ARGUMENTS_AT + position * _ARGUMENT_BYTES
    return [
        _step(_LOAD, low),
        _step(_JUMP_EQUAL, value, no=3),
        _step(_LOAD, low + _WORD),
        _step(_JUMP_EQUAL, 0, no=1),
        _step(_RETURN, SECCOMP_RET_ALLOW),
        _step(_RETURN, SECCOMP_RET_ERRNO | errno.EPERM),
    ]


def _ioctls() -> list[bytes]:
    """Return steps that allow the listed requests; others fail as they do on a file that is no terminal."""
    checks = [_step(_JUMP_EQUAL, request, yes=len(IOCTLS) - at) for at, request in enumerate(IOCTLS)]
    return [
        _step(_LOAD, _ARGUMENTS_AT + _ARGUMENT_BYTES),
        *checks,
        _step(_RETURN, SECCOMP_RET_ERRNO | errno.ENOTTY),
        _step(_RETURN, SECCOMP_RET_ALLOW),
    ]


def _step(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    """Return an instruction; ``yes`` and ``no`` are the instructions to skip after a comparison."""
    return struct.pack("<HBBI", code, yes, no, value)
