"""The route of uploads: a file is delivered in a request, as if it had been dropped into the inbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from copytaster.intake.keyed_uploads import KeyedUpload, OtherUploadError, UploadRunningError
from copytaster.intake.uploads import IncomingFile, Refusal, UploadDesk, UploadRefusedError
from copytaster.model.access import Scope
from copytaster.model.delivery import Delivery
from copytaster.system.disk import FULL
from copytaster.system.remedies import explain_os_error
from copytaster_api.access_problems import NotPermittedError
from copytaster_api.access_rules import Sources, needs
from copytaster_api.audit_targets import name_target
from copytaster_api.csrf import refuse_other_sites
from copytaster_api.dependencies import Dependencies, RequestCaller, refuse_during_outage
from copytaster_api.problems import WrongParameterError, documented
from copytaster_api.upload_form import MEDIA_TYPE, FormError, UploadForm
from copytaster_api.upload_schemas import FORM, UploadFields

router = APIRouter(
    prefix="/api/v1/deliveries", tags=["deliveries"], dependencies=[needs(Scope.WRITE), Depends(refuse_during_outage)]
)

AT_ONCE_BYTES = 1024 * 1024
"""Bytes that are written together: each write is a call in another thread."""

RETRY_AFTER = {"Retry-After": "30"}
"""For an upload that is refused while the intake is paused: it takes some time until a queue is shorter."""

Key = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=255,
        description="A text that names this upload. The same request with the same key delivers the file once.",
    ),
]

PROBLEMS = documented(
    HTTPStatus.FORBIDDEN,
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.INSUFFICIENT_STORAGE,
)


async def _desk(deps: Dependencies) -> UploadDesk:
    if deps.uploads is None:
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "this API cannot take files in; use `copytaster ingest`")
    return deps.uploads


@router.post(
    "",
    status_code=HTTPStatus.ACCEPTED,
    response_model=Delivery,
    responses=PROBLEMS,
    openapi_extra={"requestBody": FORM},
    dependencies=[needs(Scope.WRITE, Sources.ONE_PARAMETER), Depends(refuse_other_sites)],
)
async def upload_file(
    request: Request,
    desk: Annotated[UploadDesk, Depends(_desk)],
    fields: Annotated[UploadFields, Query()],
    caller: RequestCaller,
    idempotency_key: Key = None,
) -> Response:
    """Deliver a file, the body or the file of a form, with what a sidecar could say about it; return its delivery.

    It is processed afterwards: the delivery at `Location` says what becomes of it.
    """
    name_target(request, fields.source, fields.name)
    upload, size = KeyedUpload(desk, idempotency_key, sender=caller.key_id), _announced(request)
    with _translated():
        await run_in_threadpool(upload.begin, fields.source, size=size)
        try:
            with await run_in_threadpool(desk.receive, name=fields.name) as incoming:
                incoming.refuse_announced(size)
                file = (await _received(request, fields, incoming, upload)).file()
                name_target(request, file.path)
                by = caller.signature(None)
                answer = await run_in_threadpool(upload.deliver, incoming, file, by=by, sources=caller.sources)
                name_target(request, upload.delivery_id, file.path)
        except Exception:
            await run_in_threadpool(upload.give_up)
            raise
    location = request.app.url_path_for("get_delivery", delivery_id=upload.delivery_id)
    headers = {"Location": location}
    return Response(answer, HTTPStatus.ACCEPTED, headers=headers, media_type="application/json")


async def _received(
    request: Request, fields: UploadFields, incoming: IncomingFile, upload: KeyedUpload
) -> UploadFields:
    """Read the body into the file, and return the fields with those of the form, if it is one."""
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != MEDIA_TYPE:
        await _read(request, incoming.write, upload)
        return fields
    form = UploadForm(content_type, incoming.write)
    await _read(request, form.feed, upload)
    form.finish()
    return fields.with_form(form.fields, form.file_name or "")


async def _read(request: Request, write: Callable[[bytes], object], upload: KeyedUpload) -> None:
    async for chunk in _gathered(request.stream()):
        await run_in_threadpool(write, chunk)
        await run_in_threadpool(upload.keep)


async def _gathered(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    gathered = bytearray()
    async for chunk in chunks:
        gathered += chunk
        if len(gathered) >= AT_ONCE_BYTES:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except UploadRefusedError as error:
        raise _problem(error) from error
    except UploadRunningError as error:
        raise HTTPException(HTTPStatus.CONFLICT, str(error), headers={"Retry-After": "5"}) from error
    except OtherUploadError as error:
        raise WrongParameterError("Idempotency-Key", str(error)) from error
    except FormError as error:
        raise WrongParameterError("body", str(error)) from error
    except ClientDisconnect as error:
        detail = "the connection ended before all of the file had arrived; nothing of it is kept"
        raise HTTPException(HTTPStatus.BAD_REQUEST, detail) from error
    except OSError as error:
        full = error.errno in FULL
        status = HTTPStatus.INSUFFICIENT_STORAGE if full else HTTPStatus.SERVICE_UNAVAILABLE
        detail = f"the API cannot write into the staging folder below COPYTASTER_DATA: {explain_os_error(error)}"
        raise HTTPException(status, detail) from error


def _problem(error: UploadRefusedError) -> Exception:
    match error.refusal:
        case Refusal.NAME | Refusal.SOURCE:
            return WrongParameterError(error.refusal.value, str(error))
        case Refusal.OTHER_SOURCE:
            return NotPermittedError(str(error))
        case Refusal.EMPTY:
            return WrongParameterError("body", str(error))
        case Refusal.TOO_LARGE:
            return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error))
        case Refusal.PAUSED:
            return HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, str(error), headers=RETRY_AFTER)
        case Refusal.DISK_FULL:
            return HTTPException(HTTPStatus.INSUFFICIENT_STORAGE, str(error))
