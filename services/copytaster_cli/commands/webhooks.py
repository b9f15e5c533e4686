"""``copytaster webhooks``: endpoints that get events, their secrets, and messages that were not accepted."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import ValidationError

from copytaster.bootstrap.private_files import protect_data
from copytaster.bootstrap.webhooks import open_webhooks
from copytaster.model.webhook import AttemptEnd, EndpointId
from copytaster.outbound.webhooks.administration import EndpointOrder, EndpointWithSecret, ShownEndpoint, Webhooks
from copytaster_cli.context import AsJson, By, dependencies_of, person_of
from copytaster_cli.rendering.output import emit, emit_text, fields, print_error, stdout_console, table

Id = Annotated[str, typer.Argument(metavar="ID", help="The id of the endpoint.")]


def create_webhooks() -> typer.Typer:
    """Return the commands about webhooks."""
    app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    app.callback()(_about)
    for name, command in (
        ("create", create),
        ("list", show_all),
        ("show", show),
        ("rotate", rotate),
        ("disable", disable),
        ("enable", enable),
        ("delete", delete),
        ("replay", replay),
        ("test", send_test),
    ):
        app.command(name)(command)
    return app


def create(  # noqa: PLR0913  # one for each filter
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where messages are posted to: https://… .")],
    *,
    types: Annotated[list[str], typer.Option("--type", help="Only events of this type, such as article.*.")] = [],  # noqa: B006  # typer copies it
    sources: Annotated[list[str], typer.Option("--source", help="Only events about this source.")] = [],  # noqa: B006
    topics: Annotated[list[str], typer.Option("--topic", help="Only events about this Media Topic.")] = [],  # noqa: B006
    searches: Annotated[list[str], typer.Option("--search", help="Only hits of this standing search (id).")] = [],  # noqa: B006
    description: Annotated[str | None, typer.Option("--description", help="What the endpoint is for.")] = None,
    as_json: AsJson = False,
) -> None:
    """Create an endpoint, which gets the events from now on.

    Its secret is printed once. Each of --type, --source, --topic and --search may be repeated.
    """
    chosen = {"types": types, "sources": sources, "topics": topics, "searches": searches}
    try:
        order = EndpointOrder.model_validate({"url": url, "description": description} | chosen)
    except ValidationError as error:
        print_error("; ".join(each["msg"].removeprefix("Value error, ") for each in error.errors()))
        raise typer.Exit(2) from error
    _print_with_secret(_webhooks(context).create(order), as_json=as_json)


def show_all(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the endpoints, the oldest first."""
    endpoints = _webhooks(context).list()
    if as_json:
        emit(*endpoints)
        return
    rows = (
        (each.id, each.url, _condition(each), each.state.waiting, each.state.dead, each.state.delivered)
        for each in endpoints
    )
    stdout_console().print(table("ID", "URL", "STATE", "WAITING", "DEAD", "DELIVERED", rows=rows))


def show(context: typer.Context, endpoint_id: Id, *, as_json: AsJson = False) -> None:
    """Show an endpoint with its last attempts. Exit 1 when it is unknown."""
    webhooks = _webhooks(context)
    endpoint, log = webhooks.show(EndpointId(endpoint_id)), webhooks.log(EndpointId(endpoint_id))
    if as_json:
        emit(endpoint, *log)
        return
    console = stdout_console()
    console.print(_described(endpoint))
    rows = ((each.at, each.event_id, each.number, each.end.value, each.status, each.why) for each in log)
    console.print(table("AT", "EVENT", "ATTEMPT", "END", "STATUS", "WHY", rows=rows))


def rotate(context: typer.Context, endpoint_id: Id, *, as_json: AsJson = False) -> None:
    """Give an endpoint a new secret, which is printed once.

    For a day messages are signed by the former one as well. Exit 1 when the endpoint is unknown.
    """
    _print_with_secret(_webhooks(context).rotate(EndpointId(endpoint_id)), as_json=as_json)


def disable(
    context: typer.Context,
    endpoint_id: Id,
    *,
    by: By = None,
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "switched off by a person",
    as_json: AsJson = False,
) -> None:
    """Send nothing more to an endpoint; its waiting messages are dead. Exit 1 when it is unknown."""
    _print_changed(
        _webhooks(context).disable(EndpointId(endpoint_id), by=person_of(context, by), why=reason), as_json=as_json
    )


def enable(context: typer.Context, endpoint_id: Id, *, as_json: AsJson = False) -> None:
    """Send to an endpoint again, from now on. Exit 1 when it is unknown."""
    _print_changed(_webhooks(context).enable(EndpointId(endpoint_id)), as_json=as_json)


def delete(context: typer.Context, endpoint_id: Id) -> None:
    """Remove an endpoint with its messages. Exit 1 when it is unknown."""
    _webhooks(context).delete(EndpointId(endpoint_id))
    emit_text(f"{endpoint_id} is deleted")


def replay(
    context: typer.Context,
    endpoint_id: Id,
    *,
    event: Annotated[str | None, typer.Option("--event", help="The id of one event; by default all.")] = None,
) -> None:
    """Send dead messages again. Exit 1 when the endpoint is unknown or off."""
    count = _webhooks(context).replay(EndpointId(endpoint_id), event)
    emit_text(f"{count} messages are sent again")


def send_test(context: typer.Context, endpoint_id: Id, *, as_json: AsJson = False) -> None:
    """Send a message of the type webhook.test now. Exit 1 when it is not accepted, or the endpoint is unknown."""
    attempt = _webhooks(context).test(EndpointId(endpoint_id))
    accepted = attempt.end is AttemptEnd.DELIVERED
    if as_json:
        emit(attempt)
    elif accepted:
        emit_text(f"accepted with status {attempt.status} after {attempt.seconds:.1f} s")
    if not accepted:
        print_error(f"not accepted: {attempt.why}")
        raise typer.Exit(1)


def _about() -> None:
    """Post events to the endpoints of receivers, signed and repeated until they are accepted."""


def _webhooks(context: typer.Context) -> Webhooks:
    dependencies = dependencies_of(context)
    settings = dependencies.settings()
    protect_data(settings)
    return open_webhooks(settings, dependencies.store(), clock=dependencies.clock)


def _condition(endpoint: ShownEndpoint) -> str:
    if endpoint.off:
        return f"off: {endpoint.off.why}"
    since = endpoint.state.failing_since
    return f"failing since {since:%Y-%m-%d %H:%M} UTC" if since else "on"


def _described(endpoint: ShownEndpoint) -> object:
    state = endpoint.state.model_dump(exclude={"failing_since"})
    wanted = {name: ", ".join(getattr(endpoint, name)) for name in ("types", "sources", "topics", "searches")}
    head = {"id": endpoint.id, "url": endpoint.url, "description": endpoint.description, "state": _condition(endpoint)}
    return fields(**head, created=endpoint.created_at, **wanted, **state)


def _print_changed(endpoint: ShownEndpoint, *, as_json: bool) -> None:
    emit(endpoint) if as_json else emit_text(f"{endpoint.id} is {_condition(endpoint)}")


def _print_with_secret(endpoint: EndpointWithSecret, *, as_json: bool) -> None:
    if as_json:
        emit(endpoint)
        return
    emit_text(f"{endpoint.id} {endpoint.url}")
    emit_text(f"secret (it is not shown again): {endpoint.secret}")
