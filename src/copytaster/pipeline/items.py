"""The items of one delivery, each settled on its own."""

from __future__ import annotations

from copytaster.delivery import Delivery, Outcome
from copytaster.deps import Deps
from copytaster.metrics import Stage
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Draft
from copytaster.pipeline.settle import settle_draft, sum_up


def settle_items(delivery: Delivery, content: bytes, deps: Deps) -> Outcome:
    """Store every item where it belongs and return what that makes of the delivery.

    Raises ``PermanentError`` when not one of them can be read.
    """
    original = Original(content=content, name=delivery.path, now=deps.clock.now())
    with deps.metrics.time(Stage.PARSE):
        items = [reading.item for reading in deps.reader.read(original)]
    drafts = [each for each in items if isinstance(each, Draft)]
    if not drafts:
        raise next(each.error() for each in items if isinstance(each, BadItem))
    return sum_up([settle_draft(draft, delivery, delivery.sha256 or "", deps) for draft in drafts])
