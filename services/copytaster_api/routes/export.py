"""The export of articles for other systems."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import StreamingResponse

from copytaster.export.encoder import encode
from copytaster.export.formats import open_encoder
from copytaster.export.parquet import MissingExtraError
from copytaster.export.positions import WrongExportCursorError
from copytaster.export.reading import EventsMissingError, Exports
from copytaster.model.access import Scope
from copytaster_api.access_rules import needs
from copytaster_api.dependencies import Dependencies, refuse_during_outage
from copytaster_api.export_schemas import ExportFilters
from copytaster_api.problems import WrongParameterError, documented

router = APIRouter(tags=["export"], dependencies=[needs(Scope.READ), Depends(refuse_during_outage)])

NEXT_AFTER = "Copytaster-Next-After"
"""The header with the event after which the next export of changes begins."""

STREAM: dict[int | str, dict[str, Any]] = {
    HTTPStatus.OK.value: {
        "description": "The documents, in the format that was chosen.",
        "headers": {
            NEXT_AFTER: {
                "description": "`after` of the next export of changes, once this one was received whole.",
                "schema": {"type": "string"},
            }
        },
        "content": {
            media_type: {"schema": {"type": "string"}}
            for media_type in ("application/x-ndjson", "text/csv", "application/vnd.apache.parquet")
        },
    }
}


@router.get(
    "/api/v1/export",
    response_class=StreamingResponse,
    responses={
        **STREAM,
        **documented(HTTPStatus.GONE, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
    },
)
def export_articles(deps: Dependencies, filters: Annotated[ExportFilters, Query()]) -> StreamingResponse:
    """Stream all articles that match the filters, newest received first, or with `after` those that changed since.

    Each document has a `cursor`, from which a broken stream is resumed. Withheld, canceled and deleted articles are
    notices without text. 410: the events after `after` are no longer stored, and all articles must be exported again.
    """
    try:
        encoder = open_encoder(filters.format, resumed=filters.cursor is not None)
        export = Exports(deps.store, deps.clock).begin(
            filters.query(deps.store, now=deps.clock.now()), after=filters.after, cursor=filters.cursor
        )
    except MissingExtraError as error:
        raise WrongParameterError("format", str(error)) from error
    except WrongExportCursorError as error:
        raise WrongParameterError("cursor" if filters.cursor else "after", str(error)) from error
    except EventsMissingError as error:
        raise HTTPException(HTTPStatus.GONE, str(error)) from error
    return StreamingResponse(
        encode(export.pages, encoder),
        media_type=encoder.media_type,
        headers={
            NEXT_AFTER: export.next_after,
            "Content-Disposition": f'attachment; filename="articles.{encoder.suffix}"',
        },
    )
