"""Where a file is: its deliveries by whatever a person knows about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from copytaster.intake.printable_names import printable
from copytaster.model.article import ArticleId
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.sidecar_names import described_by, is_sidecar
from copytaster.store.ports.ledger import DeliveryQuery, Ledger

SHA256 = re.compile(r"[0-9a-fA-F]{64}")
"""A content hash."""

MAX_FOUND = 20
"""Most deliveries of the same name that are shown, newest first."""


def find_deliveries(query: str, ledger: Ledger, *, path: str | None = None) -> list[Delivery]:
    """Return deliveries with their timelines, newest first; none if nothing matches.

    The query is tried as a delivery's id, an article's id, a content hash, a path below the inbox and a name, in this
    order; the first result is returned. That of a sidecar is the delivery of the file that it describes; a sidecar
    describes no other sidecar. ``path`` is the path below the inbox, if the query contains more than that. Cost: a few
    round trips for each attempt, and one for each delivery found.
    """
    attempts = _attempts(query, ledger, path)
    if is_sidecar(query):
        attempts = chain(attempts, _attempts(described_by(query), ledger, path and described_by(path)))
    return next(filter(None, attempts), [])


def _attempts(query: str, ledger: Ledger, path: str | None) -> Iterator[list[Delivery]]:
    by_id = ledger.get(DeliveryId(query))
    yield [by_id] if by_id else []
    yield find_with_timelines(DeliveryQuery(article_id=ArticleId(query), limit=MAX_FOUND), ledger)
    if SHA256.fullmatch(query):
        yield find_with_timelines(DeliveryQuery(sha256=query.lower(), limit=MAX_FOUND), ledger)
    yield find_with_timelines(DeliveryQuery(path=path or printable(query), limit=MAX_FOUND), ledger)
    yield find_with_timelines(DeliveryQuery(name=printable(query), limit=MAX_FOUND), ledger)


def find_with_timelines(query: DeliveryQuery, ledger: Ledger) -> list[Delivery]:
    """Return the matching deliveries with their timelines, which lists do not contain."""
    return [ledger.get(each.id) or each for each in ledger.find(query)]
