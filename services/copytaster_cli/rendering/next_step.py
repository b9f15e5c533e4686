"""Explains what happens next to a delivery, and what a person can do."""

from __future__ import annotations

from datetime import datetime

from copytaster.model.delivery import Delivery, DeliveryState
from copytaster.model.disposition import ADVICE, Disposition, Reason
from copytaster.model.sidecar_names import is_sidecar


def next_step(delivery: Delivery, *, now: datetime, is_emptied: bool) -> str:
    """Return one or two sentences for people; ``is_emptied`` is whether none of its articles is in the store now."""
    match delivery.state:
        case DeliveryState.WAITING:
            return _waiting(delivery, now)
        case DeliveryState.WORKING:
            return f"A worker processes it; without a result, another worker takes over {_when(delivery.due_at, now)}."
        case DeliveryState.SETTLED:
            return _settled(delivery, is_emptied=is_emptied)


def _waiting(delivery: Delivery, now: datetime) -> str:
    if wait := delivery.outage:
        return (
            f"It waits for the {wait.resource}, which has failed since {wait.since:%Y-%m-%d %H:%M:%S} UTC;"
            f" the next attempt is {_when(delivery.due_at, now)}, and failed ones do not count."
        )
    subject = f"Attempt {delivery.attempts + 1}" if delivery.attempts else "The first attempt"
    return f"{subject} begins when a worker is free; the reconciler publishes it again {_when(delivery.due_at, now)}."


def _settled(delivery: Delivery, *, is_emptied: bool) -> str:
    if is_emptied:
        return "Nothing: its article is not in the store any more."
    match delivery.disposition:
        case Disposition.STORED | Disposition.NEW_VERSION:
            return "Nothing: the article is in the store; `copytaster show` with its id prints it."
        case Disposition.DUPLICATE:
            return "Nothing: it is linked to the article of which it is a copy."
        case Disposition.REJECTED | Disposition.QUARANTINED:
            return _failed(delivery)
        case None:
            return "Nothing."


def _failed(delivery: Delivery) -> str:
    if delivery.retried_as:
        return f"Nothing: its file was delivered again as {delivery.retried_as}."
    advice = ADVICE[delivery.reason] if delivery.reason else "Read the report in the quarantine folder."
    if delivery.reason is Reason.ORPHAN_SIDECAR and is_sidecar(delivery.path):
        return advice
    return f"{advice} `copytaster retry {delivery.id}` tries the file again."


def _when(due: datetime | None, now: datetime) -> str:
    if due is None:
        return "when it is due"
    seconds = (due - now).total_seconds()
    return f"in {seconds:.0f} s" if seconds > 0 else f"now (due {-seconds:.0f} s ago)"
