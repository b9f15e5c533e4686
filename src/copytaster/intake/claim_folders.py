"""The names of claims' folders, which carry what a claim must not lose in a crash."""

from __future__ import annotations

from dataclasses import dataclass

from copytaster.model.delivery import DeliveryId

RETRY = "-retries-"
"""Separates the delivery id from the id of the failed delivery that it retries."""

CONTINUES = "-continues-"
"""Separates the delivery id from the id of the earlier delivery whose file was written after it was taken in."""


@dataclass(frozen=True, slots=True)
class ClaimFolder:
    """The content of a folder's name: a delivery id, and at most one id of an earlier delivery."""

    delivery_id: DeliveryId
    retry_of: DeliveryId | None = None
    continues: DeliveryId | None = None

    @property
    def name(self) -> str:
        """The folder's name."""
        if self.retry_of:
            return f"{self.delivery_id}{RETRY}{self.retry_of}"
        return f"{self.delivery_id}{CONTINUES}{self.continues}" if self.continues else self.delivery_id


def parse_claim_folder(name: str) -> ClaimFolder:
    """Return the content of a folder's name."""
    for separator in (RETRY, CONTINUES):
        delivery_id, found, earlier = name.partition(separator)
        if found:
            ids = DeliveryId(delivery_id), DeliveryId(earlier)
            return ClaimFolder(ids[0], retry_of=ids[1]) if separator == RETRY else ClaimFolder(ids[0], continues=ids[1])
    return ClaimFolder(DeliveryId(name))
