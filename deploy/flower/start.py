"""Starts Flower on the product's broker. Refuses to start without a login: Flower itself would allow all access."""  # noqa: INP001  # a script of the image, not a package

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

LOGIN_FILE = "FLOWER_BASIC_AUTH_FILE"

LOGINS = re.compile(r"[^:,\s]+:[^,\s]+(,[^:,\s]+:[^,\s]+)*")
"""The format of ``FLOWER_BASIC_AUTH`` that Flower reads: one or more ``name:password``, separated by commas."""

USAGE_ERROR = 2
"""The conventional exit status for wrong usage."""


def main() -> None:
    """Check the login, then run Flower until a signal ends it."""
    login = _read_login()
    if not LOGINS.fullmatch(login):
        sys.stderr.write(
            f"{LOGIN_FILE} does not name a file that contains name:password. Flower does not start without a login;"
            " deploy/setup writes the file secrets/flower_login.\n"
        )
        sys.exit(USAGE_ERROR)
    # In the environment of this process alone: Flower reads it there, and `docker inspect` does not show it.
    os.environ["FLOWER_BASIC_AUTH"] = login
    # Imported late: the check above needs neither the product nor Flower.
    from copytaster.bootstrap.environment import load_settings  # noqa: PLC0415
    from copytaster_broker.app import create_app  # noqa: PLC0415

    create_app(load_settings(os.environ)).start(["flower"])


def _read_login() -> str:
    """Return the content of the file that the environment names; "" without one."""
    try:
        return Path(os.environ.get(LOGIN_FILE, "")).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""


if __name__ == "__main__":
    main()
