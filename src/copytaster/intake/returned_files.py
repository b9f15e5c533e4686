"""Recognises a failed file that was moved from quarantine back into the inbox, or that its writer completed."""

from __future__ import annotations

from copytaster.intake.claim import Claim
from copytaster.model.delivery import DeliveryId, DeliveryState
from copytaster.quarantine.port import Quarantine
from copytaster.store.ports.ledger import Ledger


def returned_delivery(claim: Claim, quarantine: Quarantine, ledger: Ledger) -> DeliveryId | None:
    """Return the failed delivery whose file was in quarantine under the claimed path and has left it, else None.

    The quarantine writes a report before it moves the file. So while the delivery is in flight, or its file is still
    claimed, the file is on its way into quarantine and has not returned from it. If files stay in place, the quarantine
    has a copy; the copy of an incomplete file is outdated as soon as the file changes.
    """
    failed = quarantine.orphaned_report_at(claim.path) or (
        quarantine.outdated_copy_at(claim.path) if claim.is_left_in_place else None
    )
    if failed is None or failed == claim.delivery_id or claim.is_claimed(failed):
        return None
    record = ledger.get(failed)
    return None if record and record.state is not DeliveryState.SETTLED else failed
