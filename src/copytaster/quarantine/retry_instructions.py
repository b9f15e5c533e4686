"""Instructions in a quarantine report: how a person can try the file again."""

from __future__ import annotations

import shlex
from pathlib import Path, PurePath

from copytaster.model.delivery import DeliveryId
from copytaster.model.sidecar_names import is_sidecar


def retry_instructions(delivery_id: DeliveryId, path: str, quarantined: Path) -> tuple[str, ...]:
    """Return the ways to try a file again, each with its command.

    ``path`` is the delivery's path below the inbox, ``quarantined`` the file's path below the data folder.
    """
    instructions: tuple[str, ...] = (
        f"on the command line: copytaster retry {delivery_id}",
        f"by the API: POST /api/v1/deliveries/{delivery_id}/retry",
    )
    if is_sidecar(path):  # a retry without its file would be rejected again at once
        instructions = ()
    if not str(quarantined).isprintable():  # no line of text is a command that moves a file of such a name
        return instructions
    target = f"{PurePath('inbox', path).parent}/"
    return (*instructions, f"by hand, in the data folder: mv {shlex.quote(str(quarantined))} {shlex.quote(target)}")
