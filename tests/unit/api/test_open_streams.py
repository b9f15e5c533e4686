"""Answers that go on while their key is checked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient

from copytaster.access.authentication import Authentication
from copytaster.access.keyring import RefusedKeyError
from copytaster.errors import ServerUnavailableError, TransientError
from copytaster.model.access import Scope
from copytaster_api import open_streams
from copytaster_api.access_control import AccessControl
from copytaster_api.access_rules import needs
from copytaster_api.failed_attempts import FailedAttempts
from copytaster_api.open_streams import BrokenOffError, StreamCheck

if TYPE_CHECKING:
    from starlette.types import Message


@pytest.fixture(autouse=True)
def _always_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_streams, "CHECK_SECONDS", 0.0)


def sent_by(media_type: str, error: Exception | None, *, sent: list[Message] | None = None) -> list[Message]:
    """Return what reaches the receiver of an answer in two parts whose key is refused after the start."""
    passed: list[Message] = [] if sent is None else sent

    async def send(message: Message) -> None:
        passed.append(message)

    async def identify() -> None:
        if error:
            raise error

    async def answer() -> None:
        check = StreamCheck(send, identify)
        headers = [(b"content-type", media_type.encode())]
        await check.send({"type": "http.response.start", "status": 200, "headers": headers})
        await check.send({"type": "http.response.body", "body": b"1", "more_body": True})
        await check.send({"type": "http.response.body", "body": b"2", "more_body": True})
        await check.send({"type": "http.response.body", "body": b"", "more_body": False})

    asyncio.run(answer())
    return passed


@pytest.mark.parametrize("error", [RefusedKeyError("revoked"), TransientError("the archive is away")])
@pytest.mark.parametrize("media_type", ["application/x-ndjson", "text/csv; charset=utf-8; header=present"])
def test_an_export_is_broken_off_and_has_no_end(media_type: str, error: Exception) -> None:
    sent: list[Message] = []

    with pytest.raises(BrokenOffError):
        sent_by(media_type, error, sent=sent)

    assert [each["type"] for each in sent] == ["http.response.start"]


def test_a_stream_of_events_ends() -> None:
    sent = sent_by("text/event-stream; charset=utf-8", RefusedKeyError("revoked"))

    assert [each.get("more_body") for each in sent] == [None, False]
    assert sent[-1]["body"] == b""


@pytest.mark.parametrize("error", [None, ServerUnavailableError("the server is away")])
def test_an_answer_whose_key_is_valid_or_cannot_be_looked_up_goes_on(error: Exception | None) -> None:
    assert len(sent_by("application/x-ndjson", error)) == 4


@pytest.mark.parametrize(("is_created", "expected"), [(True, b"1"), (False, b"12")])
def test_a_stream_that_needed_no_key_ends_when_the_first_one_is_created(
    keys: Any, is_created: bool, expected: bytes
) -> None:
    known, clock, app = keys.authentication, keys.desk.deps.clock, FastAPI()

    async def parts() -> AsyncIterator[bytes]:
        yield b"1"
        if is_created:
            keys.secret()
        clock.advance(seconds=1)
        yield b"2"

    @app.get("/stream", dependencies=[needs(Scope.READ)])
    def stream() -> StreamingResponse:
        return StreamingResponse(parts(), media_type="text/event-stream")

    unexposed = Authentication(
        known.keyring, known.logins, keys.desk.store.key_uses, clock, exposed=False, is_archive_away=lambda: False
    )
    deps = replace(keys.desk.deps, authentication=unexposed)
    app.add_middleware(AccessControl, deps=deps, failures=FailedAttempts())

    assert TestClient(app).get("/stream").content == expected
