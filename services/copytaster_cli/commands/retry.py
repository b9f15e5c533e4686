"""``copytaster retry``: delivers rejected and quarantined files again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Annotated

import typer
from rich.progress import Progress

from copytaster.errors import PermanentError
from copytaster.intake.file_intake import Deposit
from copytaster.model.article import Document
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.recovery.failed_files import is_worth_retrying
from copytaster.recovery.retry import NotRetriedError, UnknownDeliveryError, find_retryable
from copytaster.recovery.retry import retry as retry_one
from copytaster.store.ports.failed_files import FailedQuery
from copytaster.store.ports.ledger import Ledger
from copytaster.store.store import Store
from copytaster_cli.commands.ingest import wait_for
from copytaster_cli.context import AsJson, dependencies_of, person_of
from copytaster_cli.failed_selection import (
    DryRun,
    Everything,
    Ids,
    OfName,
    OfReason,
    OfSource,
    find_failed,
    selection,
)
from copytaster_cli.rendering.deliveries import retries_table
from copytaster_cli.rendering.output import emit, emit_text, print_error, stderr_console, stdout_console

REFUSALS = (UnknownDeliveryError, NotRetriedError, PermanentError)
"""Errors because of which one delivery is not retried."""


class Retried(Document):
    """The result of one retry: the new delivery, or the error; the other field is null."""

    delivery_id: DeliveryId
    delivery: Delivery | None
    refusal: str | None


def retry(  # noqa: PLR0913  # one parameter per option of the contract
    context: typer.Context,
    ids: Ids = None,
    *,
    reason: OfReason = None,
    source: OfSource = None,
    name: OfName = None,
    everything: Everything = False,
    dry_run: DryRun = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until every new delivery has its disposition.")] = False,
    timeout: Annotated[float, typer.Option(min=0, help="With --wait: seconds after which to give up.")] = 300.0,
    as_json: AsJson = False,
) -> None:
    """Deliver rejected and quarantined files again.

    Each becomes a new delivery under its old path. Name deliveries, or select those that were not retried yet by
    --reason, --source and --name, or by --all. Without ids or --reason, files are left out that a retry by this version
    cannot change. Exit 1 when one could not be retried, with --wait also when one failed again or did not end in time.
    """
    query = selection(ids, reason=reason, source=source, name=name, everything=everything)
    dependencies = dependencies_of(context)
    store = dependencies.store()
    selected, deposit = _selected(store, ids, query), dependencies.deposit(store)
    if dry_run:
        with closing(deposit.claims):
            _name(selected, deposit, as_json=as_json)
        return
    with Progress(console=stderr_console(), disable=not stderr_console().is_terminal, transient=True) as progress:
        with closing(deposit.claims):
            results = list(_retry(progress.track(selected, description="retrying"), deposit, by=person_of(context)))
        if wait:
            task = progress.add_task("settling", total=len(results))
            results = _settled(results, store.ledger, timeout, lambda count: progress.update(task, completed=count))
    emit(*results) if as_json else stdout_console().print(
        retries_table((each.delivery_id, each.delivery) for each in results)
    )
    _conclude(results, waited=wait, timeout=timeout)


def _selected(store: Store, ids: Sequence[str] | None, query: FailedQuery | None) -> list[DeliveryId]:
    if query is None:
        return list(dict.fromkeys(map(DeliveryId, ids or ())))
    failed = find_failed(store.failed, query)
    chosen = [each.id for each in failed if is_worth_retrying(each, query)]
    if left := len(failed) - len(chosen):
        print_error(
            f"left out: {left} files, because this version of the program would refuse them again; if they were changed"
            " in the quarantine, name them or give --reason"
        )
    return chosen


def _name(selected: Sequence[DeliveryId], deposit: Deposit, *, as_json: bool) -> None:
    """Print the deliveries that would be retried, and why others cannot be; exit with 1 if there are others."""
    found = []
    for delivery_id in selected:
        try:
            found.append(find_retryable(delivery_id, deposit=deposit))
        except REFUSALS as error:
            print_error(f"{delivery_id} cannot be retried: {error}")
    texts = [f"{each.path} ({each.id}) would be retried" for each in found]
    emit(*found) if as_json else emit_text("\n".join(texts) or "nothing to retry")
    if len(found) < len(selected):
        raise typer.Exit(1)


def _retry(ids: Iterable[DeliveryId], deposit: Deposit, *, by: str) -> Iterator[Retried]:
    """Yield the result of each; print why a delivery cannot be retried."""
    for delivery_id in ids:
        try:
            delivery = retry_one(delivery_id, deposit=deposit, by=by)
            yield Retried(delivery_id=delivery_id, delivery=delivery, refusal=None)
        except REFUSALS as error:
            print_error(f"{delivery_id} cannot be retried: {error}")
            yield Retried(delivery_id=delivery_id, delivery=None, refusal=str(error))


def _settled(results: list[Retried], ledger: Ledger, timeout: float, report: Callable[[int], None]) -> list[Retried]:
    """Return the results with the present deliveries when all have settled, or when the time is over."""
    deadline = time.monotonic() + timeout
    new = [each.delivery for each in results if each.delivery]
    waited = wait_for(new, ledger, in_time=lambda: time.monotonic() < deadline, report=report)
    current = {each.id: each for each in waited}
    return [
        each.model_copy(update={"delivery": current[each.delivery.id]}) if each.delivery else each for each in results
    ]


def _conclude(results: list[Retried], *, waited: bool, timeout: float) -> None:
    """Set the exit status."""
    new = [each.delivery for each in results if each.delivery]
    in_flight = sum(each.disposition is None for each in new)
    if waited and in_flight:
        print_error(
            f"{in_flight} of {len(new)} deliveries had not settled after {timeout:g} s; see `copytaster status`"
        )
    failed_again = waited and any(each.disposition and each.disposition.keeps_file for each in new)
    if len(new) < len(results) or failed_again or (waited and in_flight):
        raise typer.Exit(1)
