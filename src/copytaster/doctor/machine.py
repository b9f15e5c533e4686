"""Checks of the machine: limits of the kernel, and what it has for the sandbox."""

from __future__ import annotations

import platform
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from copytaster.doctor.finding import Finding, fail, ok, warn
from copytaster.errors import ConfigurationError
from copytaster.parsing.sandbox.landlock import version as landlock_version
from copytaster.parsing.sandbox.limits import Protection, SandboxLimits, missing_protections

ENOUGH_WATCHES = 8_192
"""Watches of inotify, one for each folder of the inbox and of other programs; the default of small machines."""

ENOUGH_DESCRIPTORS = 1_024
"""The usual soft limit. The API serves fewer clients at once with less."""

FEW_DESCRIPTORS = 256
"""With less, a worker has too few for its connections, its parsers' pipes and the files of a batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The machine as it is; None where the kernel does not say.

    ``protections`` are the parts of the sandbox that are missing, or why none can be used.
    """

    kernel: str
    watches: int | None
    overcommit: int | None
    descriptors: int
    landlock: int
    protections: tuple[Protection, ...] | str


def read_machine(limits: SandboxLimits) -> Machine:
    """Return the facts; a child process tries the sandbox, which takes some milliseconds."""
    return Machine(
        kernel=f"{platform.system()} {platform.release()}",
        watches=_number("/proc/sys/fs/inotify/max_user_watches"),
        overcommit=_number("/proc/sys/vm/overcommit_memory"),
        descriptors=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        landlock=landlock_version(),
        protections=_protections(limits),
    )


def check_machine(machine: Machine, *, server_is_here: bool) -> Iterator[Finding]:
    """Yield the findings. ``server_is_here``: the server runs on this machine, whose memory concerns it then."""
    yield _sandbox(machine)
    yield _watches(machine)
    yield _descriptors(machine)
    if server_is_here:
        yield _overcommit(machine)


def _sandbox(machine: Machine) -> Finding:
    if isinstance(machine.protections, str):
        return fail("sandbox", machine.protections, "allow seccomp in the container's profile, or use another kernel")
    if machine.protections:
        return warn(
            "sandbox",
            f"{machine.kernel} has no {' and no '.join(machine.protections)}: parsers are less confined",
            "use a kernel from 5.13 on with Landlock (`lsm=` of its command line), and a profile that allows it",
        )
    return ok("sandbox", f"seccomp, and Landlock {machine.landlock}, on {machine.kernel}")


def _watches(machine: Machine) -> Finding:
    if machine.watches is None:
        return warn("inotify", "the kernel has no inotify: new files are found by scanning only", "use a Linux kernel")
    found = f"fs.inotify.max_user_watches is {machine.watches:,}"
    if machine.watches < ENOUGH_WATCHES:
        return warn(
            "inotify",
            f"{found}; folders beyond it are found by scanning only",
            f"`sysctl -w fs.inotify.max_user_watches={ENOUGH_WATCHES}`",
        )
    return ok("inotify", found)


def _descriptors(machine: Machine) -> Finding:
    if machine.descriptors in {resource.RLIM_INFINITY, -1}:
        return ok("open_files", "no limit of open files")
    found = f"a process may have {machine.descriptors:,} open files"
    cure = f"raise it (`ulimit -n {ENOUGH_DESCRIPTORS}`, or LimitNOFILE= of the unit)"
    if machine.descriptors < FEW_DESCRIPTORS:
        return fail("open_files", found, cure)
    return warn("open_files", found, cure) if machine.descriptors < ENOUGH_DESCRIPTORS else ok("open_files", found)


def _overcommit(machine: Machine) -> Finding:
    if machine.overcommit == 1:
        return ok("overcommit", "vm.overcommit_memory is 1")
    return warn(
        "overcommit",
        f"vm.overcommit_memory is {machine.overcommit}: the server may fail to rewrite its file when memory is short",
        "`sysctl -w vm.overcommit_memory=1`, and the same line in /etc/sysctl.d/",
    )


def _number(path: str) -> int | None:
    try:
        return int(Path(path).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _protections(limits: SandboxLimits) -> tuple[Protection, ...] | str:
    try:
        return missing_protections(limits)
    except ConfigurationError as error:
        return str(error)
