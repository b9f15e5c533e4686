"""Attempts that ended because the server did not answer, so that the ledger could not be informed.

The ledger takes a lease that ends without a result for the death of a worker, which counts as a fault. A process that
survives an outage of the server reports its interrupted attempts as soon as the server answers again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from copytaster.model.article import ArticleId
from copytaster.model.delivery import DeliveryId
from copytaster.store.ports.ledger import Ledger


@dataclass(slots=True)
class UnreportedOutages:
    """The interrupted attempts of one process. A call that fails leaves the rest for the next one.

    The lists stay short: a process begins no work while the server does not answer.
    """

    deliveries: list[tuple[DeliveryId, str, str]] = field(default_factory=list)
    taggings: list[tuple[ArticleId, str]] = field(default_factory=list)

    def add(self, delivery_id: DeliveryId, owner: str, why: str) -> None:
        """Remember an attempt at a delivery under the name ``owner``, and why it was interrupted."""
        self.deliveries.append((delivery_id, owner, why))

    def add_tagging(self, article_id: ArticleId, owner: str) -> None:
        """Remember an attempt at the tagging of an article."""
        self.taggings.append((article_id, owner))

    def report(self, ledger: Ledger) -> None:
        """Report the attempts to the ledger. Raises ``TransientError`` if the server does not answer."""
        while self.deliveries:
            delivery_id, owner, why = self.deliveries[-1]
            ledger.excuse(delivery_id, owner=owner, why=why)
            self.deliveries.pop()
        while self.taggings:
            ledger.excuse_tagging(self.taggings[-1][0], owner=self.taggings[-1][1])
            self.taggings.pop()
