"""Knows a file again that a person moved out of quarantine into the inbox, or whose writer has gone on."""

from __future__ import annotations

from copytaster.intake.claim import Claim
from copytaster.model.delivery import DeliveryId, DeliveryState
from copytaster.quarantine.folder import Quarantine
from copytaster.store.ports.ledger import Ledger


def returned_delivery(claim: Claim, quarantine: Quarantine, ledger: Ledger) -> DeliveryId | None:
    """Return the failed delivery whose file lay in quarantine under the claimed path and has left; None without one.

    A report comes before its file: while the delivery has not ended, or its file is still claimed, the file is on its
    way into quarantine rather than out of it. Of a file that stays in place the quarantine has a copy: one that was
    incomplete, and whose file has changed, is outdated.
    """
    failed = quarantine.left_from(claim.path) or (quarantine.outdated_at(claim.path) if claim.state else None)
    if failed is None or failed == claim.delivery_id or claim.is_claimed(failed):
        return None
    record = ledger.get(failed)
    return None if record and record.state is not DeliveryState.SETTLED else failed
