"""A running watcher reports its unfinished files, and ``copytaster where`` shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.store.ports.presence import Part
from copytaster_cli.main import run
from copytaster_cli.system_dependencies import SystemDependencies

if TYPE_CHECKING:
    import pytest

    from tests.conftest import Waiter
    from tests.integration.conftest import Tree


def test_where_reports_what_an_unfinished_file_lacks(
    tree: Tree, wait: Waiter, capsys: pytest.CaptureFixture[str]
) -> None:
    tree.start(Part.WATCHER)
    tree.drop("wire/story.xml", "<?xml version='1.0'?><nitf><body><p>The ferry")

    wait(lambda: (beat := tree.heartbeat(Part.WATCHER)) and beat.unfinished, seconds=30)
    assert run(["where", "wire/story.xml"], SystemDependencies(tree.environ)) == 1

    message = capsys.readouterr().err
    assert "it is not finished" in message
    assert "is missing" in message
    assert "it goes to quarantine as incomplete in" in message
