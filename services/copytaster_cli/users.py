"""The user that runs a command."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping


def user_name(environ: Mapping[str, str]) -> str:
    """Return the name of the user, also of one who has become another user by ``sudo``; a number without a name."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    before = environ.get("SUDO_USER")
    return f"{before} (as {name})" if before and before != name else name
