"""``copytaster keys``, and the audit trail of commands, over a store in memory."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from copytaster.access.key_format import is_well_formed
from copytaster.bootstrap.access import open_keyring
from copytaster.model.access import Channel, KeyId, Scope
from copytaster_cli.audit import CHANGES
from copytaster_cli.main import create_app, run
from copytaster_cli.memory_dependencies import MemoryDependencies

Captured = pytest.CaptureFixture[str]

READING = {
    "api",
    "archive check",
    "archive damages",
    "articles",
    "backup",
    "check-config",
    "demo",
    "doctor",
    "explain",
    "export",
    "failed",
    "jobs list",
    "jobs show",
    "keys audit",
    "keys list",
    "rules check",
    "rules test",
    "search find",
    "search rebuild",
    "searches list",
    "searches preview",
    "searches show",
    "server-users",
    "show",
    "status",
    "stories decisions",
    "stories show",
    "train-topics",
    "up",
    "watch",
    "webhooks list",
    "webhooks show",
    "webhooks test",
    "where",
    "worker",
    "top",
}
"""Commands that are not in the audit trail: they read, run a part of the system, or make a file for it."""


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    return MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})


def answer(dependencies: MemoryDependencies, capsys: Captured, *arguments: str) -> Any:
    """Run the command, and return its first document."""
    assert run(["keys", *arguments], dependencies) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out.splitlines()[0])


def test_a_new_key_is_printed_once_and_opens_the_api(dependencies: MemoryDependencies, capsys: Captured) -> None:
    run(["keys", "create", "night desk", "--scope", "write", "--source", "wire"], dependencies)
    printed = capsys.readouterr().out
    run(["keys", "list"], dependencies)
    listed = capsys.readouterr().out

    secret = printed.split()[-1]
    assert is_well_formed(secret)
    assert "night desk: write of wire" in printed
    key = open_keyring(dependencies.settings(), clock=dependencies.clock).check(secret)
    assert (key.name, key.scope, key.sources) == ("night desk", Scope.WRITE, ("wire",))
    assert key.id in listed
    assert "valid" in listed
    assert secret not in listed
    assert key.sha256 not in listed


def test_no_file_has_the_key_itself(dependencies: MemoryDependencies, capsys: Captured) -> None:
    secret = answer(dependencies, capsys, "create", "desk", "--scope", "admin", "--json")["key"]

    files = [each for each in dependencies.settings().data.rglob("*") if each.is_file()]
    assert any(each.parent.name == "access" for each in files)
    assert not any(secret.encode() in each.read_bytes() for each in files)


def test_a_revoked_key_stays_in_the_list(dependencies: MemoryDependencies, capsys: Captured) -> None:
    key_id = answer(dependencies, capsys, "create", "desk", "--scope", "read", "--json")["id"]
    for _ in range(2):
        assert run(["keys", "revoke", key_id], dependencies) == 0
    capsys.readouterr()
    run(["keys", "list"], dependencies)

    assert "revoked since 2026-01-01 00:00 UTC" in capsys.readouterr().out
    assert run(["keys", "revoke", "k000000000000"], dependencies) == 1
    assert "there is no key k000000000000" in capsys.readouterr().err


def test_the_end_of_a_key_is_printed_in_utc(dependencies: MemoryDependencies, capsys: Captured) -> None:
    at_nine = ("--scope", "read", "--expires", "2026-03-31T09:00:00+02:00")
    answer(dependencies, capsys, "create", "desk", *at_nine, "--json")

    run(["keys", "list"], dependencies)

    assert "valid until 2026-03-31 07:00 UTC" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("expires", "end"),
    [
        ("90d", "2026-04-01T00:00:00Z"),
        ("2026-03-31", "2026-03-31T23:59:59.999999Z"),
        ("2026-03-31T09:00:00+02:00", "2026-03-31T07:00:00Z"),
    ],
)
def test_a_key_may_expire(dependencies: MemoryDependencies, capsys: Captured, expires: str, end: str) -> None:
    created = answer(dependencies, capsys, "create", "desk", "--scope", "read", "--expires", expires, "--json")

    assert created["expires_at"] == end


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--scope", "admin", "--source", "wire"), "cannot be restricted to sources"),
        (("--scope", "read", "--expires", "2025-01-01"), "expired"),
        (("--scope", "read", "--expires", "soon"), "neither a day"),
        (("--scope", "read", "--source", "wire", "--source", " "), "name of a source is empty"),
        (("--scope", "read", "--source", " "), "name of a source is empty"),
        (("--scope", "all"), "scope"),
        ((), "scope"),
    ],
)
def test_a_key_that_makes_no_sense_is_wrong_use(
    dependencies: MemoryDependencies, capsys: Captured, arguments: tuple[str, ...], said: str
) -> None:
    assert run(["keys", "create", "desk", *arguments], dependencies) == 2
    assert said in capsys.readouterr().err


def test_a_key_needs_a_name(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["keys", "create", " ", "--scope", "read"], dependencies) == 2
    assert "name" in capsys.readouterr().err


def test_the_last_use_is_listed(dependencies: MemoryDependencies, capsys: Captured) -> None:
    key_id = answer(dependencies, capsys, "create", "desk", "--scope", "read", "--json")["id"]
    before = answer(dependencies, capsys, "list", "--json")["used_at"]
    dependencies.store().key_uses.note(KeyId(key_id), dependencies.clock.now() + timedelta(hours=1))

    assert before is None
    assert answer(dependencies, capsys, "list", "--json")["used_at"] == "2026-01-01T01:00:00Z"


def test_commands_that_change_something_are_in_the_audit_trail(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    run(["webhooks", "create", "https://hooks.example/secret/path", "--type", "article.*"], dependencies)
    run(["webhooks", "delete", "w0"], dependencies)
    run(["status"], dependencies)
    run(["prune", "--dry-run"], dependencies)
    run(["webhooks", "delete"], dependencies)
    capsys.readouterr()

    failed, created = dependencies.store().audit.page(before=None, limit=9)
    assert (created.action, created.target) == ("webhooks create", "'https://hooks.example/…' --type 'article.*'")
    assert (created.via, created.status, created.succeeded) == (Channel.CLI, 0, True)
    assert (failed.action, failed.target, failed.status) == ("webhooks delete", "w0", 1)
    assert created.who
    assert created.address


def test_a_check_of_the_archive_is_in_the_audit_trail_if_it_takes_originals_in(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    for arguments in ((), ("--take-in",)):
        run(["archive", "check", *arguments], dependencies)
    capsys.readouterr()

    (entry,) = dependencies.store().audit.page(before=None, limit=9)
    assert (entry.action, entry.target, entry.status) == ("archive check", "--take-in", 0)


def test_the_audit_trail_is_shown_the_latest_first(dependencies: MemoryDependencies, capsys: Captured) -> None:
    run(["keys", "audit"], dependencies)
    before = capsys.readouterr().out
    run(["webhooks", "delete", "w0"], dependencies)
    run(["keys", "create", "desk", "--scope", "read"], dependencies)
    capsys.readouterr()

    assert "nobody has changed anything yet" in before
    assert answer(dependencies, capsys, "audit", "--json", "--limit", "1")["action"] == "keys create"
    run(["keys", "audit"], dependencies)
    assert "1 (not done)" in capsys.readouterr().out


def test_a_user_who_has_become_another_one_is_named(tmp_path: Path) -> None:
    dependencies = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data"), "SUDO_USER": "ann"})
    run(["webhooks", "delete", "w0"], dependencies)

    (entry,) = dependencies.store().audit.page(before=None, limit=9)
    assert entry.who.startswith("ann (as ")


def test_each_command_is_known_to_change_something_or_not() -> None:
    group = get_command(create_app())
    assert isinstance(group, typer.core.TyperGroup)
    known = {
        " ".join(filter(None, (name, below)))
        for name, command in group.commands.items()
        for below in (command.commands if isinstance(command, typer.core.TyperGroup) else [""])
    }

    assert known - CHANGES - READING == set(), "put it into CHANGES of copytaster_cli.audit, or into READING here"
    assert not CHANGES & READING
    assert known >= CHANGES | READING


def test_the_whole_system_does_not_start_for_other_machines_without_a_key(tmp_path: Path, capsys: Captured) -> None:
    host = "0.0.0.0"  # noqa: S104  # nothing is bound here
    dependencies = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data"), "COPYTASTER_API_HOST": host})

    assert run(["up"], dependencies) == 2
    assert "copytaster keys create NAME --scope admin" in capsys.readouterr().err
