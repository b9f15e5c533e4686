"""Routes of failed files: which wait for a person, their bytes and their reports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from http import HTTPStatus
from typing import Annotated, Any, BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Response
from fastapi.responses import StreamingResponse

from copytaster.errors import PermanentError
from copytaster.model.access import Scope
from copytaster.model.delivery import DeliveryId
from copytaster.quarantine.port import Report
from copytaster.recovery.failed_files import FailedContent, FailedFile, failed_file
from copytaster.recovery.retry import UnknownDeliveryError
from copytaster.store.ports.failed_files import FailedCounts
from copytaster.system.remedies import explain_os_error
from copytaster_api.access_rules import Sources, needs
from copytaster_api.dependencies import Dependencies, refuse_during_outage
from copytaster_api.failed_schemas import FailedFilters, FailedList
from copytaster_api.problems import documented
from copytaster_api.schemas import DELIVERY

router = APIRouter(
    prefix="/api/v1/failed",
    tags=["failed files"],
    responses=documented(HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[needs(Scope.READ, Sources.DELIVERY), Depends(refuse_during_outage)],
)

CHUNK_BYTES = 256 * 1024
"""Bytes of a download that are in memory."""

FOUND = documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)

DOWNLOADED: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}

Id = Annotated[DeliveryId, Path(pattern=DELIVERY, description="Id of the failed delivery.")]


async def _content(deps: Dependencies) -> FailedContent:
    if deps.failed_content is None:
        detail = "this API cannot read the quarantine; see the folder `quarantine` below COPYTASTER_DATA"
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, detail)
    return deps.failed_content


Content = Annotated[FailedContent, Depends(_content)]


@router.get(
    "",
    responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY),
    dependencies=[needs(Scope.READ, Sources.ONE_PARAMETER)],
)
def list_failed(deps: Dependencies, filters: Annotated[FailedFilters, Query()]) -> FailedList:
    """Return the rejected and quarantined files that wait for a person, newest first by default; each file once."""
    page = deps.store.failed.find(filters.query())
    return FailedList(items=tuple(map(failed_file, page.deliveries)), next_cursor=page.position)


@router.get("/counts", dependencies=[needs(Scope.READ)])
def count_failed(deps: Dependencies) -> FailedCounts:
    """Return how many files failed, by reason and by source; a file counts once, however often it was retried."""
    return deps.store.failed.counts()


@router.get("/{delivery_id}", responses=FOUND)
def show_failed(delivery_id: Id, deps: Dependencies) -> FailedFile:
    """Return one failed file with its timeline, with advice, and whether a retry may change its end."""
    delivery = deps.store.ledger.get(delivery_id)
    if delivery is None or not delivery.has_failed_file:
        raise _not_found(delivery_id)
    return failed_file(delivery)


@router.get("/{delivery_id}/original", response_class=StreamingResponse, responses=FOUND | DOWNLOADED)
def download_original(delivery_id: Id, content: Content) -> StreamingResponse:
    """Return the bytes of a failed file as an attachment: as it is in quarantine now, else from the archive."""
    opened = ExitStack()
    try:
        delivery = content.find(delivery_id)
        file = opened.enter_context(content.open(delivery))
    except (UnknownDeliveryError, FileNotFoundError) as error:
        raise _not_found(delivery_id) from error
    except PermanentError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from error
    except OSError as error:
        detail = f"the API cannot read {delivery.path} in the quarantine: {explain_os_error(error)}"
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, detail) from error
    return StreamingResponse(
        _chunks(file, opened), media_type="application/octet-stream", headers=_attachment(delivery.name)
    )


@router.get("/{delivery_id}/report", responses=FOUND)
def download_report(delivery_id: Id, content: Content, response: Response) -> Report:
    """Return the report on a failed file as an attachment: why it failed, its last steps, and what to do."""
    try:
        delivery = content.find(delivery_id)
    except UnknownDeliveryError as error:
        raise _not_found(delivery_id) from error
    response.headers.update(_attachment(f"{delivery.name}.error.json"))
    return content.report(delivery)


def _chunks(file: BinaryIO, opened: ExitStack) -> Iterator[bytes]:
    with opened:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _attachment(name: str) -> dict[str, str]:
    """Return the header by which a browser saves the answer instead of showing it: a failed file may be hostile."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}


def _not_found(delivery_id: DeliveryId) -> HTTPException:
    detail = f"there is no failed file {delivery_id}: it is unknown, did not fail, or was retried or dismissed"
    return HTTPException(HTTPStatus.NOT_FOUND, detail)
