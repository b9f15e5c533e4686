"""The errors of the client, from the API's problem documents (RFC 9457)."""

from __future__ import annotations

import json
from http import HTTPStatus

from copytaster.errors import CopytasterError, TransientError

MOST_SHOWN = 300
"""Characters of an answer that is no problem document, as that of a proxy in between: enough to recognise it."""

GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


class ApiUnreachableError(TransientError):
    """The API does not answer, or its answer broke off; trying again did not help."""


class ApiError(CopytasterError):
    """The API refused the request. ``status`` is the HTTP status, ``detail`` says what happened and what to do."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class NotFoundError(ApiError):
    """There is nothing with this id, or a person deleted it."""


def error_of(status: int, body: bytes) -> ApiError:
    """Return the error that an answer states."""
    kind = NotFoundError if status in GONE else ApiError
    return kind(status, _detail(body) or f"the API answered {status} {_phrase(status)}")


def _detail(body: bytes) -> str:
    try:
        document = json.loads(body)
    except ValueError:
        return " ".join(body.decode(errors="replace").split())[:MOST_SHOWN]
    return str(document.get("detail") or "") if isinstance(document, dict) else ""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
