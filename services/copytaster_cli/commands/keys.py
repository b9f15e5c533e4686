"""``copytaster keys``: the keys of the API, and who changed what."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated

import typer

from copytaster.access.keyring import KeyOrder, Keyring, NewKey, WrongKeyOrderError, shown_key
from copytaster.bootstrap.access import open_keyring
from copytaster.bootstrap.private_files import protect_data
from copytaster.errors import ConfigurationError, TransientError
from copytaster.model.access import AccessKey, AuditEntry, KeyId, Scope
from copytaster_cli.context import AsJson, dependencies_of, parse_end
from copytaster_cli.dependencies import CommandDependencies
from copytaster_cli.rendering.output import emit, emit_text, print_error, stdout_console, table
from copytaster_cli.users import user_name

LIFETIME = re.compile(r"(\d{1,5})d")

MOST_ENTRIES = 1_000
"""Entries of the audit trail that are printed at most."""


def create_keys() -> typer.Typer:
    """Return the commands about keys."""
    app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    app.callback()(_about)
    for name, command in (("create", create), ("list", show_all), ("revoke", revoke), ("audit", audit)):
        app.command(name)(command)
    return app


def create(  # noqa: PLR0913  # one for each property of a key
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Who or what uses the key; decisions are signed with it.")
    ],
    *,
    scope: Annotated[Scope, typer.Option("--scope", help="What the key permits; each includes the ones before it.")],
    sources: Annotated[
        list[str], typer.Option("--source", help="Only what this source delivers; may be repeated.")
    ] = [],  # noqa: B006  # typer copies it
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="WHEN", help="After days (90d), or at a day or time.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Create a key, and print it; it is not shown again.

    From the first key on, the API needs one. It needs no server, and works before the first start.
    """
    dependencies = dependencies_of(context)
    order = KeyOrder(
        name=name,
        scope=scope,
        sources=tuple(sources),
        expires_at=_end_of(expires, dependencies.clock.now()) if expires else None,
    )
    try:
        key, secret = _keyring(dependencies).create(order, by=user_name(dependencies.environ))
    except WrongKeyOrderError as error:
        print_error(str(error))
        raise typer.Exit(2) from error
    if as_json:
        emit(NewKey(**dict(shown_key(key)), key=secret))
        return
    emit_text(f"{key.id} {key.name}: {_permission(key)}")
    emit_text(f"key (it is not shown again): {secret}")


def show_all(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the keys, the oldest first, without what would let somebody in. LAST USE is exact to a minute."""
    dependencies = dependencies_of(context)
    keyring = _keyring(dependencies)
    uses = _uses(dependencies)
    for damage in keyring.keys.damaged():
        print_error(damage)
    keys = keyring.keys.all()
    if as_json:
        emit(*(shown_key(each, uses.get(each.id)) for each in keys))
        return
    if not keys:
        emit_text("there are no keys; the API needs none as long as only this machine reaches it")
        return
    now = dependencies.clock.now()
    rows = (
        (each.id, each.name, _permission(each), each.created_at, uses.get(each.id), _condition(each, now))
        for each in keys
    )
    stdout_console().print(table("ID", "NAME", "PERMITS", "CREATED", "LAST USE", "STATE", rows=rows))


def revoke(
    context: typer.Context,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the key.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Make a key permit nothing, at once; who has logged in with it is logged out. Exit 1 when it is unknown."""
    dependencies = dependencies_of(context)
    key = _keyring(dependencies).revoke(KeyId(key_id), by=user_name(dependencies.environ))
    emit(shown_key(key)) if as_json else emit_text(f"{key.id} {key.name} is revoked")


def audit(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, max=MOST_ENTRIES, help="Most entries.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show who requested which change and with which result, the latest first."""
    entries = dependencies_of(context).store_to_read().audit.page(before=None, limit=limit)
    if as_json:
        emit(*entries)
        return
    if not entries:
        emit_text("nobody has changed anything yet")
        return
    rows = ((each.at, each.who, each.via.value, each.action, each.target, _result(each)) for each in entries)
    stdout_console().print(table("AT", "WHO", "VIA", "ACTION", "TARGET", "RESULT", rows=rows))


def _about() -> None:
    """Keys of the API, what each permits, and the audit trail of changes."""


def _keyring(dependencies: CommandDependencies) -> Keyring:
    settings = dependencies.settings()
    protect_data(settings)
    return open_keyring(settings, clock=dependencies.clock)


def _uses(dependencies: CommandDependencies) -> dict[KeyId, datetime]:
    """Return the last uses; none if no server runs."""
    try:
        return dict(dependencies.store_to_read().key_uses.all())
    except (ConfigurationError, TransientError):
        return {}


def _end_of(text: str, now: datetime) -> datetime:
    days = LIFETIME.fullmatch(text)
    return now + timedelta(days=int(days[1])) if days else parse_end(text)


def _permission(key: AccessKey) -> str:
    return f"{key.scope.value} of {', '.join(key.sources)}" if key.sources else key.scope.value


def _condition(key: AccessKey, now: datetime) -> str:
    if since := key.invalid_since(now):
        return f"{'revoked' if key.revoked_at else 'expired'} since {since:%Y-%m-%d %H:%M} UTC"
    return f"valid until {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at else "valid"


def _result(entry: AuditEntry) -> str:
    return str(entry.status) if entry.succeeded else f"{entry.status} (not done)"
