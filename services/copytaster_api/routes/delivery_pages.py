"""The pages of deliveries: the list with its filters, and one with its timeline."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import HTTPException, Query
from fastapi.responses import Response

from copytaster.model.delivery import DeliveryId, DeliveryState
from copytaster.model.disposition import ADVICE, Disposition, Reason
from copytaster.system.running_version import running_version
from copytaster_api.dependencies import Dependencies
from copytaster_api.page_frame import Pages
from copytaster_api.page_routers import page_router
from copytaster_api.problems import documented
from copytaster_api.schemas import DeliveryFilters

router = page_router("/deliveries")


@router.get("", responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY))
def delivery_list(deps: Dependencies, pages: Pages, filters: Annotated[DeliveryFilters, Query()]) -> Response:
    """Return the page with the deliveries, newest first; with the filters of `/api/v1/deliveries`."""
    page = deps.store.ledger.page(filters.query())
    return pages.render(
        "deliveries.html",
        deliveries=page.deliveries,
        next_address=page.next and pages.address(cursor=page.next),
        states=list(DeliveryState),
        dispositions=list(Disposition),
        reasons=list(Reason),
        inbox=deps.inbox,
    )


@router.get("/{delivery_id}", responses=documented(HTTPStatus.NOT_FOUND))
def delivery_page(delivery_id: str, deps: Dependencies, pages: Pages) -> Response:
    """Return the page of a delivery: its end, its timeline over all processes, and what to do."""
    delivery = deps.store.ledger.get(DeliveryId(delivery_id))
    if delivery is None:
        detail = f"there is no delivery {delivery_id}, or it was removed at its age; /deliveries lists them"
        raise HTTPException(HTTPStatus.NOT_FOUND, detail)
    return pages.render(
        "delivery.html",
        delivery=delivery,
        advice=ADVICE,
        software=running_version(),
        downloads=deps.failed_content is not None,
    )
