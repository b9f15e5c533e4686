"""Routes of deliveries, which show where a file is."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from copytaster.errors import PermanentError
from copytaster.model.access import Scope
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.recovery.dismissal import NotDismissedError
from copytaster.recovery.retry import NotRetriedError, UnknownDeliveryError
from copytaster.system.remedies import explain_os_error
from copytaster_api.access_rules import Sources, needs
from copytaster_api.csrf import refuse_other_sites
from copytaster_api.dependencies import Dependencies, RequestCaller, refuse_during_outage, writing
from copytaster_api.problems import documented
from copytaster_api.schemas import DeliveryFilters, DeliveryList

router = APIRouter(
    prefix="/api/v1/deliveries",
    tags=["deliveries"],
    responses=documented(HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[needs(Scope.READ, Sources.DELIVERY), Depends(refuse_during_outage)],
)


@router.get("", dependencies=[needs(Scope.READ, Sources.ONE_PARAMETER)])
def list_deliveries(deps: Dependencies, filters: Annotated[DeliveryFilters, Query()]) -> DeliveryList:
    """Return the deliveries that match all filters, newest first, without their timelines."""
    page = deps.store.ledger.page(filters.query())
    return DeliveryList(items=page.deliveries, next_cursor=page.next)


@router.get("/{delivery_id}", responses=documented(HTTPStatus.NOT_FOUND))
def get_delivery(delivery_id: str, deps: Dependencies) -> Delivery:
    """Return one delivery with its timeline over watcher, queue, stages and workers."""
    delivery = deps.store.ledger.get(DeliveryId(delivery_id))
    if delivery is None:
        raise HTTPException(
            HTTPStatus.NOT_FOUND, f"there is no delivery {delivery_id}; search for it by name, path or sha256"
        )
    return delivery


@router.post(
    "/{delivery_id}/retry",
    status_code=HTTPStatus.ACCEPTED,
    dependencies=[Depends(refuse_other_sites)],
    responses=documented(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def retry_delivery(
    delivery_id: str, deps: Dependencies, caller: RequestCaller, request: Request, response: Response
) -> Delivery:
    """Deliver the file of a rejected or quarantined delivery again, and return the new delivery."""
    retry = writing(deps.retry, command="retry", place="inbox")
    try:
        new = retry(DeliveryId(delivery_id), caller.signature(None))
    except UnknownDeliveryError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from error
    except (NotRetriedError, PermanentError) as error:
        raise HTTPException(HTTPStatus.CONFLICT, str(error)) from error
    except OSError as error:
        detail = f"the API cannot use the inbox below COPYTASTER_DATA: {explain_os_error(error)}"
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, detail) from error
    response.headers["Location"] = request.app.url_path_for("get_delivery", delivery_id=new.id)
    return new


@router.post(
    "/{delivery_id}/dismiss",
    status_code=HTTPStatus.NO_CONTENT,
    dependencies=[Depends(refuse_other_sites)],
    responses=documented(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def dismiss_delivery(delivery_id: str, deps: Dependencies, caller: RequestCaller) -> None:
    """Remove the file of a rejected or quarantined delivery permanently, with its report and the delivery."""
    dismiss = writing(deps.dismiss, command="dismiss")
    try:
        dismiss(DeliveryId(delivery_id), by=caller.signature(None))
    except UnknownDeliveryError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from error
    except NotDismissedError as error:
        raise HTTPException(HTTPStatus.CONFLICT, str(error)) from error
