"""``copytaster doctor``: examines the installation."""

from __future__ import annotations

import typer

from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.rendering.findings import findings_page
from copytaster_cli.rendering.output import emit, stdout_console


def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Examine server, folders, kernel and software, and say what to do about each fault.

    Exit 1 when a check failed; warnings do not change the exit status. Nothing is changed.
    """
    examination = dependencies_of(context).examine()
    emit(examination) if as_json else stdout_console().print(findings_page(examination))
    if not examination.healthy:
        raise typer.Exit(1)
