"""What a report tells a person who wants to try the file again."""

from __future__ import annotations

import shlex
from pathlib import Path, PurePath

from copytaster.model.delivery import DeliveryId
from copytaster.model.metadata import SIDECAR


def retry_instructions(delivery_id: DeliveryId, path: str, place: Path) -> tuple[str, ...]:
    """Return the ways to try a file again, each with its command.

    ``path`` is the delivery's below the inbox, ``place`` is where the file lies below the data folder.
    """
    ways: tuple[str, ...] = (
        f"on the command line: copytaster retry {delivery_id}",
        f"by the API: POST /api/v1/deliveries/{delivery_id}/retry",
    )
    if path.endswith(SIDECAR):  # without its file it would come back at once
        ways = ()
    if not str(place).isprintable():  # no line of text is a command that moves such a name
        return ways
    target = f"{PurePath('inbox', path).parent}/"
    return (*ways, f"by hand, in the data folder: mv {shlex.quote(str(place))} {shlex.quote(target)}")
