"""Starts Flower on the product's broker. Refuses to start without a login: Flower itself would allow all access."""  # noqa: INP001  # a script of the image, not a package

from __future__ import annotations

import os
import re
import sys

LOGINS = re.compile(r"[^:,\s]+:[^,\s]+(,[^:,\s]+:[^,\s]+)*")
"""The format of ``FLOWER_BASIC_AUTH`` that Flower reads: one or more ``name:password``, separated by commas."""

USAGE_ERROR = 2
"""The conventional exit status for wrong usage."""


def main() -> None:
    """Check the login, then run Flower until a signal ends it."""
    if not LOGINS.fullmatch(os.environ.get("FLOWER_BASIC_AUTH", "")):
        sys.stderr.write(
            "FLOWER_BASIC_AUTH is not set to name:password. Flower does not start without it. Set it in .env.\n"
        )
        sys.exit(USAGE_ERROR)
    # Imported late: the check above needs neither the product nor Flower.
    from copytaster.bootstrap.environment import load_settings  # noqa: PLC0415
    from copytaster_broker.app import create_app  # noqa: PLC0415

    create_app(load_settings(os.environ)).start(["flower"])


if __name__ == "__main__":
    main()
