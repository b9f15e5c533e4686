"""``copytaster retry``: delivers rejected and quarantined files again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import Annotated

import typer
from rich.progress import Progress

from copytaster.errors import PermanentError
from copytaster.intake.file_intake import Deposit
from copytaster.model.article import Document
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.disposition import Reason
from copytaster.recovery.retry import NotRetriedError, UnknownDeliveryError, failed_deliveries
from copytaster.recovery.retry import retry as retry_one
from copytaster.store.ports.ledger import Ledger
from copytaster_cli.commands.ingest import wait_for
from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.rendering.deliveries import retries_table
from copytaster_cli.rendering.output import emit, print_error, stderr_console, stdout_console

BY = "cli"
"""The actor in the timelines."""


class Retried(Document):
    """The result of one retry: the new delivery, or the error; the other field is null."""

    delivery_id: DeliveryId
    delivery: Delivery | None
    refusal: str | None


def retry(  # noqa: PLR0913  # one parameter per option of the contract
    context: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids of deliveries.")] = None,
    *,
    reason: Annotated[Reason | None, typer.Option(help="All that failed for this reason.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that failed.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until every new delivery has its disposition.")] = False,
    timeout: Annotated[float, typer.Option(min=0, help="With --wait: seconds after which to give up.")] = 300.0,
    as_json: AsJson = False,
) -> None:
    """Deliver rejected and quarantined files again.

    Each becomes a new delivery under its old path. Name deliveries, or select all that were not retried yet by --reason
    or --all. Exit 1 when one could not be retried, with --wait also when one failed again or did not end in time.
    """
    if bool(ids) + bool(reason) + everything != 1:
        raise typer.BadParameter("give ids of deliveries, or --reason, or --all: exactly one of the three")
    dependencies = dependencies_of(context)
    store = dependencies.store()
    selected = list(dict.fromkeys(map(DeliveryId, ids))) if ids else _failed(store.ledger, reason)
    with Progress(console=stderr_console(), disable=not stderr_console().is_terminal, transient=True) as progress:
        deposit = dependencies.deposit(store)
        with closing(deposit.claims):
            results = list(_retry(progress.track(selected, description="retrying"), deposit))
        if wait:
            task = progress.add_task("settling", total=len(results))
            results = _settled(results, store.ledger, timeout, lambda count: progress.update(task, completed=count))
    emit(*results) if as_json else stdout_console().print(
        retries_table((each.delivery_id, each.delivery) for each in results)
    )
    _conclude(results, waited=wait, timeout=timeout)


def _failed(ledger: Ledger, reason: Reason | None) -> list[DeliveryId]:
    return [each.id for each in failed_deliveries(ledger, reason=reason)]


def _retry(ids: Iterable[DeliveryId], deposit: Deposit) -> Iterator[Retried]:
    """Yield the result of each; print why a delivery cannot be retried."""
    for delivery_id in ids:
        try:
            delivery = retry_one(delivery_id, deposit=deposit, by=BY)
            yield Retried(delivery_id=delivery_id, delivery=delivery, refusal=None)
        except (UnknownDeliveryError, NotRetriedError, PermanentError) as error:
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
