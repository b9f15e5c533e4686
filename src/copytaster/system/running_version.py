"""The version of the code that this process runs: an upgrade of the files does not change a running process."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

import copytaster

HASH_DIGITS = 8
"""Hexadecimal digits of the hash: enough to distinguish the handful of builds that run at one time."""

_CODE = {".py", ".lua"}


@cache
def running_version() -> str:
    """Return the release and a hash over the core's code, for example ``0.1.0+1f0c93ab``, as of the first call.

    Two builds of one release differ by the hash. Cost: reading 1.3 MB once, some 30 ms.
    """
    package, digest = Path(str(files("copytaster"))), hashlib.sha256()
    for path in sorted(each for each in package.rglob("*") if each.suffix in _CODE):
        digest.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes())
    return f"{copytaster.__version__}+{digest.hexdigest()[:HASH_DIGITS]}"
