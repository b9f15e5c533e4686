"""``copytaster failed``: lists the files that failed and wait for a person."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

import typer

from copytaster.store.ports.failed_files import FailedQuery
from copytaster_cli.context import AsJson
from copytaster_cli.failed_selection import OfName, OfReason, OfSource, no_failed_file
from copytaster_cli.reading import Url, reader_of
from copytaster_cli.rendering.failed import counts_text, failed_table
from copytaster_cli.rendering.output import emit, emit_text, stdout_console


def failed(  # noqa: PLR0913  # one parameter per option of the contract
    context: typer.Context,
    *,
    reason: OfReason = None,
    source: OfSource = None,
    name: OfName = None,
    limit: Annotated[int, typer.Option(min=1, help="Print at most this many.")] = 50,
    counts: Annotated[
        bool, typer.Option("--counts", help="Print only how many there are, by reason and source.")
    ] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """List the rejected and quarantined files that wait for a person, oldest first.

    A file that failed again after a retry is listed once. `retry` and `dismiss` end them, by the same options.
    """
    reader = reader_of(context, url)
    total = reader.failed_counts()
    if counts:
        emit(total) if as_json else emit_text(counts_text(total))
        return
    found = reader.failed(FailedQuery(reason=reason, source=source, name=name), most=limit + 1)
    if as_json:
        for each in islice(found, limit):
            emit(each)
        return
    listed = list(islice(found, limit))
    if not listed:
        emit_text(no_failed_file(total))
        return
    stdout_console().print(failed_table(listed))
    if next(found, None):
        emit_text(f"… and more; --limit prints more than {limit}")
    emit_text(counts_text(total))
