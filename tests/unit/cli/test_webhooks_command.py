"""``copytaster webhooks`` over a store in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from copytaster.model.webhook import EndpointId, Message
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies

Captured = pytest.CaptureFixture[str]

URL = "https://desk.example/hooks"


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    return MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})


@pytest.fixture
def endpoint(dependencies: MemoryDependencies, capsys: Captured) -> str:
    created: str = answer(dependencies, capsys, "create", URL, "--type", "article.*", "--json")["id"]
    return created


def answer(dependencies: MemoryDependencies, capsys: Captured, *arguments: str) -> Any:
    """Run the command, and return its first document."""
    assert run(["webhooks", *arguments], dependencies) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out.splitlines()[0])


def test_a_new_endpoint_is_printed_with_its_secret_once(dependencies: MemoryDependencies, capsys: Captured) -> None:
    run(["webhooks", "create", URL, "--source", "kestrel", "--description", "the desk"], dependencies)
    printed = capsys.readouterr().out
    run(["webhooks", "list"], dependencies)
    listed = capsys.readouterr().out
    run(["webhooks", "show", printed.split(" ", 1)[0]], dependencies)
    shown = capsys.readouterr().out

    assert URL in printed
    assert "whsec_" in printed
    assert "whsec_" not in listed + shown
    assert URL in listed
    assert "kestrel" in shown
    assert "the desk" in shown


def test_the_secret_is_replaced(dependencies: MemoryDependencies, capsys: Captured, endpoint: str) -> None:
    run(["webhooks", "rotate", endpoint], dependencies)

    assert "secret (it is not shown again): whsec_" in capsys.readouterr().out


def test_an_endpoint_is_switched_off_on_and_deleted(
    dependencies: MemoryDependencies, capsys: Captured, endpoint: str
) -> None:
    off = answer(dependencies, capsys, "disable", endpoint, "--by", "ann", "--reason", "moved", "--json")["off"]
    on = answer(dependencies, capsys, "enable", endpoint, "--json")["off"]
    deleted = run(["webhooks", "delete", endpoint], dependencies)
    again = run(["webhooks", "delete", endpoint], dependencies)

    assert ((off["by"], off["why"]), on) == (("ann", "moved"), None)
    assert (deleted, again) == (0, 1)
    assert f"there is no webhook endpoint {endpoint}" in capsys.readouterr().err


def test_dead_messages_are_replayed(dependencies: MemoryDependencies, capsys: Captured, endpoint: str) -> None:
    name, messages = EndpointId(endpoint), dependencies.store().webhooks
    messages.enqueue({name: [Message(event_id="7-0", body="{}")]}, cursor=None, moved_to="7-0")
    messages.bury(name)

    run(["webhooks", "replay", endpoint, "--event", "8-0"], dependencies)
    run(["webhooks", "replay", endpoint], dependencies)

    assert capsys.readouterr().out == "0 messages are sent again\n1 messages are sent again\n"


def test_a_test_to_an_address_that_is_not_public_fails_with_the_setting_that_allows_it(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    local = answer(dependencies, capsys, "create", "https://127.0.0.1:9/hooks", "--json")["id"]

    status = run(["webhooks", "test", local], dependencies)

    assert status == 1
    assert "127.0.0.1, which is not public" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["create", "ftp://desk.example"], 1, "does not begin with https://"),
        (["create", URL, "--type", "article.printed"], 2, "no event has the type 'article.printed'"),
        (["show", "w0"], 1, "there is no webhook endpoint w0"),
    ],
)
def test_what_cannot_be_done_is_explained(
    dependencies: MemoryDependencies, capsys: Captured, arguments: list[str], status: int, said: str
) -> None:
    assert run(["webhooks", *arguments], dependencies) == status
    assert said in capsys.readouterr().err


def test_the_file_of_an_endpoint_belongs_to_the_archive_and_is_private(endpoint: str, tmp_path: Path) -> None:
    file = tmp_path / f"data/archive/webhooks/{endpoint}.json"

    assert b"whsec_" in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each["id"] for each in [json.loads(file.read_text().split("\t")[0])]] == [endpoint]
