"""Answers to "where is file X?", from the ledger."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from copytaster.delivery import Delivery, DeliveryId
from copytaster_api.deps import Given
from copytaster_api.problems import documented
from copytaster_api.schemas import DeliveryFilters, DeliveryList

router = APIRouter(
    prefix="/api/v1/deliveries", tags=["deliveries"], responses=documented(HTTPStatus.SERVICE_UNAVAILABLE)
)


@router.get("", responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY))
def list_deliveries(deps: Given, filters: Annotated[DeliveryFilters, Query()]) -> DeliveryList:
    """Return the deliveries to which every given filter applies, newest first, without their timelines."""
    found = deps.store.ledger.find(filters.query())
    page = tuple(found[: filters.limit])
    return DeliveryList(items=page, next_cursor=page[-1].id if len(found) > filters.limit else None)


@router.get("/{delivery_id}", responses=documented(HTTPStatus.NOT_FOUND))
def get_delivery(delivery_id: str, deps: Given) -> Delivery:
    """Return one delivery with its timeline over watcher, queue, stages and workers."""
    delivery = deps.store.ledger.get(DeliveryId(delivery_id))
    if delivery is None:
        raise HTTPException(
            HTTPStatus.NOT_FOUND, f"there is no delivery {delivery_id}; look it up by name, path or sha256"
        )
    return delivery
