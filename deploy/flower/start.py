"""Starts Flower on the product's broker, and refuses to without a login: Flower itself would let everybody in."""  # noqa: INP001  # a script of the image, no package

from __future__ import annotations

import os
import re
import sys

LOGINS = re.compile(r"[^:,\s]+:[^,\s]+(,[^:,\s]+:[^,\s]+)*")
"""What Flower reads from ``FLOWER_BASIC_AUTH``: ``name:password``, and more of them after commas."""

WRONG_USE = 2


def main() -> None:
    """Check the login, then run Flower until a signal ends it."""
    if not LOGINS.fullmatch(os.environ.get("FLOWER_BASIC_AUTH", "")):
        sys.stderr.write(
            "FLOWER_BASIC_AUTH is not set to name:password; Flower shows nothing without. Set it in .env.\n"
        )
        sys.exit(WRONG_USE)
    # Imported only now: the refusal needs neither the product nor Flower.
    from copytaster.settings import load_settings  # noqa: PLC0415
    from copytaster_broker.app import create_app  # noqa: PLC0415

    create_app(load_settings(os.environ)).start(["flower"])


if __name__ == "__main__":
    main()
