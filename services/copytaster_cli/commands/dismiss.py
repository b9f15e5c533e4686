"""``copytaster dismiss``: removes rejected and quarantined files that are of no use."""

from __future__ import annotations

from typing import Annotated

import typer

from copytaster.model.article import Document
from copytaster.model.delivery import DeliveryId
from copytaster.model.disposition import Reason
from copytaster.recovery.dismissal import NotDismissedError
from copytaster.recovery.retry import UnknownDeliveryError, failed_deliveries
from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.rendering.output import emit, emit_text, print_error


class Dismissed(Document):
    """The result of one dismissal: the path of the file, or the error; the other field is null."""

    delivery_id: DeliveryId
    path: str | None
    refusal: str | None


def dismiss(  # noqa: PLR0913  # one parameter per option of the contract
    context: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids of deliveries.")] = None,
    *,
    reason: Annotated[Reason | None, typer.Option(help="All that failed for this reason.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that failed.")] = False,
    by: Annotated[str, typer.Option("--by", help="Who dismisses them.")] = "cli",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Name what would be dismissed; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove rejected and quarantined files permanently, with their reports and deliveries.

    A rebuild does not process them again. Name deliveries, or select all that were not retried by --reason or --all.
    Exit 1 when one could not be dismissed.
    """
    if bool(ids) + bool(reason) + everything != 1:
        raise typer.BadParameter("give ids of deliveries, or --reason, or --all: exactly one of the three")
    dependencies = dependencies_of(context)
    store = dependencies.store()
    dismissal = dependencies.dismissal(store, by=by)
    selected = list(dict.fromkeys(map(DeliveryId, ids or [])))
    selected = selected or [each.id for each in failed_deliveries(store.ledger, reason=reason)]
    results = []
    for delivery_id in selected:
        try:
            path = (dismissal.find if dry_run else dismissal.dismiss)(delivery_id).path
            results.append(Dismissed(delivery_id=delivery_id, path=path, refusal=None))
        except (UnknownDeliveryError, NotDismissedError) as error:
            print_error(f"{delivery_id} cannot be dismissed: {error}")
            results.append(Dismissed(delivery_id=delivery_id, path=None, refusal=str(error)))
    what = "would be dismissed" if dry_run else "was dismissed"
    texts = "\n".join(f"{each.path} ({each.delivery_id}) {what}" for each in results if each.path)
    emit(*results) if as_json else emit_text(texts or "nothing to dismiss")
    if any(each.refusal for each in results):
        raise typer.Exit(1)
