"""Knows a file again that a person moved out of quarantine into the inbox."""

from __future__ import annotations

from copytaster.delivery import DeliveryId, DeliveryState
from copytaster.intake.claims import Claim
from copytaster.quarantine import Quarantine
from copytaster.store.ports import Ledger


def brought_back(claim: Claim, quarantine: Quarantine, ledger: Ledger) -> DeliveryId | None:
    """Return the failed delivery whose file lay in quarantine under the claimed path and has left; None without one.

    A report comes before its file: while the delivery has not ended, or its file is still claimed, the file is on its
    way into quarantine rather than out of it.
    """
    failed = quarantine.left_from(claim.path)
    if failed is None or claim.is_claimed(failed):
        return None
    record = ledger.get(failed)
    return None if record and record.state is not DeliveryState.SETTLED else failed
