"""The verifier that the documentation shows to receivers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from copytaster.clock import SystemClock
from copytaster.outbound.webhooks.signing import new_secret, signed_headers

PAGE = Path(__file__).parents[5] / "docs/events.md"

Verifier = Callable[[bytes, dict[str, str], str], dict[str, Any] | None]

BODY = '{"specversion":"1.0","id":"7-0"}'


@pytest.fixture(scope="module")
def read_event() -> Verifier:
    """Give the function of the documentation."""
    (snippet,) = re.findall(r"<!-- verify -->\n```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(snippet, names)  # noqa: S102  # the subject of the test
    verifier: Verifier = names["read_event"]
    return verifier


def signed(secret: str, *, ago: float = 0) -> dict[str, str]:
    return signed_headers("7-0", BODY, at=SystemClock().now() - timedelta(seconds=ago), signed_by=[secret])


def test_it_accepts_what_was_signed_just_now(read_event: Verifier) -> None:
    secret = new_secret()

    assert read_event(BODY.encode(), signed(secret), secret) == {"specversion": "1.0", "id": "7-0"}


def test_it_refuses_a_wrong_secret(read_event: Verifier) -> None:
    assert read_event(BODY.encode(), signed(new_secret()), new_secret()) is None


@pytest.mark.parametrize("seconds", [301, -301])
def test_it_refuses_an_old_time_and_one_in_the_future(read_event: Verifier, seconds: float) -> None:
    secret = new_secret()

    assert read_event(BODY.encode(), signed(secret, ago=seconds), secret) is None
    assert read_event(BODY.encode(), signed(secret, ago=seconds / 2), secret) is not None


def test_it_refuses_another_body_and_another_id(read_event: Verifier) -> None:
    secret = new_secret()

    assert read_event(BODY.replace("7-0", "8-0").encode(), signed(secret), secret) is None
    assert read_event(BODY.encode(), signed(secret) | {"webhook-id": "8-0"}, secret) is None


def test_it_accepts_either_secret_while_they_are_rotated(read_event: Verifier) -> None:
    new, former = new_secret(), new_secret()
    headers = signed_headers("7-0", BODY, at=SystemClock().now(), signed_by=[new, former])

    assert [read_event(BODY.encode(), headers, each) is not None for each in (new, former, new_secret())] == [
        True,
        True,
        False,
    ]
