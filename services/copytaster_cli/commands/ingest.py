"""``copytaster ingest``: delivers copies of files from any folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from copytaster.intake.file_filter import FileFilter
from copytaster.intake.file_intake import Deposit
from copytaster.model.delivery import Delivery
from copytaster.model.sidecar_names import described_by, is_sidecar
from copytaster.store.ports.ledger import Ledger
from copytaster.system.remedies import explain_os_error
from copytaster_cli.context import AsJson, dependencies_of, person_of
from copytaster_cli.rendering.deliveries import deliveries_table
from copytaster_cli.rendering.output import emit, print_error, stderr_console, stdout_console

POLL_SECONDS = 0.2
"""Interval of requests for the deliveries: too short for a person to notice, and little load for the server."""


def ingest(  # noqa: PLR0913  # one parameter per option of the contract
    context: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(parser=parse_path, metavar="PATH...", help="Files, or folders with all files in them."),
    ],
    *,
    source: Annotated[str | None, typer.Option(parser=parse_source, metavar="NAME", help="Name of the source.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until every file has its disposition.")] = False,
    timeout: Annotated[float, typer.Option(min=0, help="With --wait: seconds after which to give up.")] = 300.0,
    as_json: AsJson = False,
) -> None:
    """Deliver copies of files, as if dropped into the inbox.

    Sidecars are copied with their files; the files themselves do not change. Exit 1 when a file could not be delivered,
    with --wait also when one was rejected or quarantined, or did not end in time.
    """
    dependencies = dependencies_of(context)
    store = dependencies.store()
    deposit = dependencies.deposit(store)
    chosen = list(plan(paths, FileFilter(dependencies.settings().ignored_names), source=source))
    with Progress(console=stderr_console(), disable=not stderr_console().is_terminal, transient=True) as progress:
        with closing(deposit.claims):
            deliveries = list(
                _deliver(progress.track(chosen, description="delivering"), deposit, by=person_of(context))
            )
        if wait:
            task = progress.add_task("settling", total=len(deliveries))
            deadline = time.monotonic() + timeout
            deliveries = wait_for(
                deliveries,
                store.ledger,
                in_time=lambda: time.monotonic() < deadline,
                report=lambda settled: progress.update(task, completed=settled),
            )
    emit(*deliveries) if as_json else stdout_console().print(deliveries_table(deliveries))
    _conclude(deliveries, planned=len(chosen), waited=wait, timeout=timeout)


def plan(paths: Iterable[Path], file_filter: FileFilter, *, source: str | None) -> Iterator[tuple[Path, str]]:
    """Yield each file with its path below the inbox, as if ``paths`` had been copied into the source's folder."""
    prefix = f"{source}/" if source else ""
    for path in paths:
        root = path.absolute().parent
        for file in _files(path.absolute(), file_filter):
            yield file, prefix + file.relative_to(root).as_posix()


def _files(path: Path, file_filter: FileFilter) -> Iterator[Path]:
    """Yield the file, or all files below the folder in the order of their names."""
    if path.is_symlink() and path.parent.resolve().is_relative_to(path.resolve()):
        print_error(f"{path} is skipped: it is a link to a folder that it is in")
    elif path.is_dir() and file_filter.is_entered(path.name):
        for each in sorted(path.iterdir()):
            yield from _files(each, file_filter)
    elif file_filter.is_taken(path.name):
        yield path
    elif not (is_sidecar(path.name) and path.with_name(described_by(path.name)).exists()):  # else it is copied too
        print_error(
            f"{path} is skipped: hidden files, temporary files, files that other programs leave, and sidecars without"
            " their file are not delivered"
        )


def wait_for(
    deliveries: list[Delivery], ledger: Ledger, *, in_time: Callable[[], bool], report: Callable[[int], None]
) -> list[Delivery]:
    """Return the present state of the deliveries when all have settled, or when the time is over."""
    current = {each.id: each for each in deliveries}
    while in_flight := [each for each in current.values() if each.disposition is None]:
        for delivery in in_flight:
            current[delivery.id] = ledger.get(delivery.id) or delivery
        report(sum(each.disposition is not None for each in current.values()))
        if not in_time():
            break
        time.sleep(POLL_SECONDS)
    return list(current.values())


def _deliver(files: Iterable[tuple[Path, str]], deposit: Deposit, *, by: str) -> Iterator[Delivery]:
    """Yield the delivery of each file that can be copied; print the error of each other file."""
    for file, path in files:
        try:
            yield deposit.copy_in(file, path=path, by=by)
        except OSError as error:
            print_error(f"{file} cannot be delivered: {explain_os_error(error)}")


def _conclude(deliveries: list[Delivery], *, planned: int, waited: bool, timeout: float) -> None:
    """Set the exit status."""
    in_flight = sum(each.disposition is None for each in deliveries)
    if waited and in_flight:
        print_error(
            f"{in_flight} of {len(deliveries)} deliveries had not settled after {timeout:g} s; see `copytaster status`"
        )
    failed = any(each.disposition and each.disposition.keeps_file for each in deliveries)
    if failed or len(deliveries) < planned or (waited and in_flight):
        raise typer.Exit(1)


def parse_path(value: str) -> Path:
    """Return the path of a file or folder that exists. Raises ``typer.BadParameter``."""
    if not Path(value).exists():
        raise typer.BadParameter(f"Path {value!r} does not exist.")
    return Path(value)


def parse_source(value: str) -> str:
    """Return the name if it is a valid name of a folder. Raises ``typer.BadParameter``."""
    if "/" in value or value.startswith("."):
        raise typer.BadParameter(f"{value!r} cannot name a source: it becomes a folder below the inbox")
    return value
