"""What happens next to a delivery, and what a person can do."""

from __future__ import annotations

from datetime import datetime

from copytaster.model.delivery import Delivery, DeliveryState
from copytaster.model.disposition import ADVICE, Disposition, Reason


def next_step(delivery: Delivery, *, now: datetime) -> str:
    """Return one or two sentences for people."""
    match delivery.state:
        case DeliveryState.WAITING:
            return _waiting(delivery, now)
        case DeliveryState.WORKING:
            return f"A worker has it; if it gives no result, another takes over {_when(delivery.due_at, now)}."
        case DeliveryState.SETTLED:
            return _settled(delivery)


def _waiting(delivery: Delivery, now: datetime) -> str:
    again = f"Attempt {delivery.attempts + 1}" if delivery.attempts else "A worker"
    return f"{again} begins when a worker is free; the reconciler sends for one {_when(delivery.due_at, now)}."


def _settled(delivery: Delivery) -> str:
    match delivery.disposition:
        case Disposition.STORED | Disposition.NEW_VERSION:
            return "Nothing: the article is in the store; `copytaster show` with its id prints it."
        case Disposition.DUPLICATE:
            return "Nothing: it is linked to the article that was there before."
        case Disposition.REJECTED | Disposition.QUARANTINED:
            return _failed(delivery)
        case None:
            return "Nothing."


def _failed(delivery: Delivery) -> str:
    if delivery.retried_as:
        return f"Nothing: its file came again as {delivery.retried_as}."
    advice = ADVICE[delivery.reason] if delivery.reason else "Look at the report in the quarantine folder."
    if delivery.reason is Reason.ORPHAN_SIDECAR:
        return advice
    return f"{advice} `copytaster retry {delivery.id}` tries the file again."


def _when(due: datetime | None, now: datetime) -> str:
    if due is None:
        return "when its time comes"
    seconds = (due - now).total_seconds()
    return f"in {seconds:.0f} s" if seconds > 0 else f"now (due {-seconds:.0f} s ago)"
