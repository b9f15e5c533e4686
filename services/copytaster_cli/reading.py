"""Chooses where a command reads: from the server of this installation, or from an API."""

from __future__ import annotations

from typing import Annotated

import typer

from copytaster.client import Client
from copytaster_cli.api_reader import ApiReader
from copytaster_cli.context import dependencies_of
from copytaster_cli.reader import Reader
from copytaster_cli.store_reader import StoreReader

ADDRESS = "COPYTASTER_URL"
"""The environment variable that ``--url`` takes precedence over."""

Url = Annotated[
    str | None,
    typer.Option("--url", metavar="ADDRESS", help=f"Read through the API at this address (default: {ADDRESS})."),
]


def reader_of(context: typer.Context, url: str | None) -> Reader:
    """Return what answers the questions of a command. Raises ``ConfigurationError``."""
    client = client_of(context, url)
    return ApiReader(client) if client else StoreReader(dependencies_of(context))


def client_of(context: typer.Context, url: str | None) -> Client | None:
    """Return a client of the API that a command uses, which is closed at its end; None if it uses the server."""
    dependencies = dependencies_of(context)
    address = url or dependencies.environ.get(ADDRESS)
    if not address:
        return None
    client = dependencies.client(address)
    context.call_on_close(client.close)
    return client
