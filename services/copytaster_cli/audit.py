"""Records commands that change something in the audit trail, as the API does with requests."""

from __future__ import annotations

import shlex
import socket
from collections.abc import Sequence

import structlog

from copytaster.errors import ConfigurationError, TransientError
from copytaster.model.access import TARGET_CHARACTERS, AuditEntry, Channel
from copytaster_cli.dependencies import CommandDependencies
from copytaster_cli.users import user_name

CHANGES = frozenset(
    {
        "accept",
        "archive resolve",
        "delete",
        "dismiss",
        "ingest",
        "jobs dismiss",
        "jobs release",
        "jobs retry",
        "keys create",
        "keys revoke",
        "pause",
        "pin",
        "prune",
        "release",
        "replay",
        "restore",
        "resume",
        "retag",
        "retry",
        "searches create",
        "searches delete",
        "searches off",
        "searches on",
        "stories headline",
        "stories merge",
        "stories move",
        "stories split",
        "stories undo",
        "unpin",
        "webhooks create",
        "webhooks delete",
        "webhooks disable",
        "webhooks enable",
        "webhooks replay",
        "webhooks rotate",
    }
)
"""The commands that change articles, files, stories, searches, keys or webhooks, or pause work."""

WITH_CHANGE = {"archive check": "--take-in"}
"""The commands that change something only with this option."""

WITHOUT_CHANGE = frozenset({"--dry-run", "--help"})

WRONG_USE = 2
"""The exit status of a command that has not begun."""

log = structlog.get_logger(__name__)


def record_command(arguments: Sequence[str], status: int, dependencies: CommandDependencies) -> None:
    """Record a command that has ended with this status, if it is one that changes something and has begun.

    If the server cannot be reached, the command has ended all the same, and a warning says that it is not recorded.
    """
    action = next((each for each in _names(arguments) if _is_change(each, arguments)), None)
    if action is None or status == WRONG_USE or not WITHOUT_CHANGE.isdisjoint(arguments):
        return
    given = [_without_secrets(each) for each in arguments[len(action.split()) :]]
    entry = AuditEntry(
        at=dependencies.clock.now(),
        who=user_name(dependencies.environ),
        via=Channel.CLI,
        address=socket.gethostname(),
        action=action,
        target=shlex.join(given)[:TARGET_CHARACTERS] or None,
        status=status,
        succeeded=status == 0,
    )
    try:
        dependencies.store_to_read().audit.record(entry)
    except ConfigurationError:
        return  # a key is created before the first start of a server
    except TransientError as error:
        log.warning("audit.not_recorded", who=entry.who, action=action, why=str(error))


def _is_change(action: str, arguments: Sequence[str]) -> bool:
    return action in CHANGES or (action in WITH_CHANGE and WITH_CHANGE[action] in arguments)


def _names(arguments: Sequence[str]) -> tuple[str, str]:
    return " ".join(arguments[:1]), " ".join(arguments[:2])


def _without_secrets(argument: str) -> str:
    """Return an argument without what an address has behind its host: the path of a webhook may be its password."""
    scheme, separator, rest = argument.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('/')[0]}/…" if separator else argument
