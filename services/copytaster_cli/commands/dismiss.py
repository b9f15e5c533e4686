"""``copytaster dismiss``: removes rejected and quarantined files that are of no use."""

from __future__ import annotations

import typer

from copytaster.model.article import Document
from copytaster.model.delivery import DeliveryId
from copytaster.recovery.dismissal import NotDismissedError
from copytaster.recovery.retry import UnknownDeliveryError
from copytaster_cli.context import AsJson, By, dependencies_of, person_of
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
from copytaster_cli.rendering.output import emit, emit_text, print_error


class Dismissed(Document):
    """The result of one dismissal: the path of the file, or the error; the other field is null."""

    delivery_id: DeliveryId
    path: str | None
    refusal: str | None


def dismiss(  # noqa: PLR0913  # one parameter per option of the contract
    context: typer.Context,
    ids: Ids = None,
    *,
    reason: OfReason = None,
    source: OfSource = None,
    name: OfName = None,
    everything: Everything = False,
    by: By = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Remove rejected and quarantined files permanently, with their reports and deliveries.

    A rebuild does not process them again. Name deliveries, or select those that were not retried by --reason, --source
    and --name, or by --all.
    Exit 1 when one could not be dismissed.
    """
    query = selection(ids, reason=reason, source=source, name=name, everything=everything)
    dependencies = dependencies_of(context)
    store = dependencies.store()
    dismissal, person = dependencies.dismissal(store), person_of(context, by)
    selected = list(dict.fromkeys(map(DeliveryId, ids or [])))
    if query is not None:
        selected = [each.id for each in find_failed(store.failed, query)]
    results = []
    for delivery_id in selected:
        try:
            found = dismissal.find(delivery_id) if dry_run else dismissal.dismiss(delivery_id, by=person)
            results.append(Dismissed(delivery_id=delivery_id, path=found.path, refusal=None))
        except (UnknownDeliveryError, NotDismissedError) as error:
            print_error(f"{delivery_id} cannot be dismissed: {error}")
            results.append(Dismissed(delivery_id=delivery_id, path=None, refusal=str(error)))
    what = "would be dismissed" if dry_run else "was dismissed"
    texts = "\n".join(f"{each.path} ({each.delivery_id}) {what}" for each in results if each.path)
    emit(*results) if as_json else emit_text(texts or "nothing to dismiss")
    if any(each.refusal for each in results):
        raise typer.Exit(1)
