"""``copytaster server-users``: the ACL file of a Redis server that only Copytaster uses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from copytaster.bootstrap.secret_files import read_secret
from copytaster.errors import ConfigurationError
from copytaster.store.keys import Keys
from copytaster.store.server_users import Role, acl_file
from copytaster_cli.rendering.output import emit_text


def server_users(
    folder: Annotated[Path, typer.Argument(help="Folder with the passwords, in files redis_watcher, redis_worker, …")],
) -> None:
    """Print the ACL file of the Redis server: a user for each role, with what its part needs.

    The passwords are not in the output, only their SHA-256. Start the server with `--aclfile FILE`.
    """
    # Imported when needed: Celery takes half a second.
    from copytaster_broker.app import KEY_PREFIX  # noqa: PLC0415

    passwords = {role: _password(folder, role) for role in Role}
    for line in acl_file(passwords, prefix=Keys().prefix, broker=KEY_PREFIX).splitlines():
        emit_text(line)


def _password(folder: Path, role: Role) -> str:
    """Return the password of a role. Raises ``ConfigurationError``."""
    path = folder / f"redis_{role}"
    try:
        return read_secret(path)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"cannot read the password of the user {role} from {path}: {error}") from error
