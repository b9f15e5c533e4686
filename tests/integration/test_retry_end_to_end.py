"""Failed files that are delivered again: by the command, by the API and by hand, through real processes."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from copytaster.model.delivery import Delivery
from copytaster.model.disposition import Disposition

if TYPE_CHECKING:
    from tests.conftest import Waiter
    from tests.integration.conftest import Story, Tree

SECONDS = 60.0


def refused(tree: Tree, name: str) -> Delivery:
    """Drop a file of control characters, which is rejected, and return its delivery."""
    tree.drop(f"desk/{name}", "\x01\x02" * 100)
    return tree.end_of(name)


def repair(tree: Tree, name: str, content: str) -> Path:
    file = tree.settings.quarantine / "desk" / name
    file.write_text(content)
    return file


def latest(tree: Tree, name: str) -> Delivery:
    found = tree.store.ledger.get(tree.deliveries(name)[0].id)
    assert found
    return found


def check(tree: Tree, old: Delivery, wait: Waiter) -> None:
    """Assert that the repaired file became an article as the retry of ``old``, and that no file is left over."""
    wait(lambda: len(tree.deliveries(old.name)) == 2, seconds=SECONDS)
    tree.end_of(old.name)
    new, before = latest(tree, old.name), tree.store.ledger.get(old.id)
    assert before
    assert (new.disposition, new.retry_of, new.path) == (Disposition.STORED, old.id, old.path)
    assert (before.disposition, before.retried_as) == (Disposition.REJECTED, new.id)
    assert list((tree.settings.quarantine / "desk").glob(f"{old.name}*")) == []
    assert tree.store.ledger.balance().closed


def command(tree: Tree, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "copytaster_cli", *arguments],
        env=dict(tree.environ),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def post(address: str, path: str) -> tuple[int, str | None, dict[str, str]]:
    """Return the status, the header ``Location`` and the document of the answer."""
    with closing(http.client.HTTPConnection(address, timeout=SECONDS)) as api:
        api.request("POST", path)
        answer = api.getresponse()
        return answer.status, answer.headers["Location"], json.load(answer)


def test_the_command_brings_a_mended_file_again_and_waits_for_its_end(
    running: Tree, story: Story, wait: Waiter
) -> None:
    old = refused(running, "by-command.txt")
    repair(running, old.name, story("by command"))

    done = command(running, "retry", old.id, "--wait", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["delivery"]["disposition"] == "stored"
    check(running, old, wait)


def test_a_file_moved_back_by_hand_is_the_retry_of_its_delivery(running: Tree, story: Story, wait: Waiter) -> None:
    old = refused(running, "by-hand.txt")

    repair(running, old.name, story("by hand")).rename(running.settings.inbox / "desk" / old.name)

    check(running, old, wait)


def test_the_api_brings_a_mended_file_again_once(running: Tree, story: Story, wait: Waiter, tmp_path: Path) -> None:
    old = refused(running, "by-api.txt")
    repair(running, old.name, story("by api"))
    log = tmp_path / "api.log"
    with log.open("wb") as out:
        api = subprocess.Popen(
            [sys.executable, "-m", "copytaster_api"],
            env=dict(running.environ) | {"COPYTASTER_API_PORT": "0"},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        found = wait(lambda: re.search(r"http://([\d.:]+)", log.read_text()), seconds=SECONDS)
        assert found
        status, location, new = post(found[1], f"/api/v1/deliveries/{old.id}/retry")
        second, _, problem = post(found[1], f"/api/v1/deliveries/{old.id}/retry")
    finally:
        api.terminate()
        api.wait(SECONDS)

    assert (status, location, new["retry_of"]) == (202, f"/api/v1/deliveries/{new['id']}", old.id)
    assert second == 409
    assert new["id"] in problem["detail"]
    check(running, old, wait)


def test_retries_at_once_by_several_processes_make_one_delivery(running: Tree, story: Story, wait: Waiter) -> None:
    old = refused(running, "at-once.txt")
    repair(running, old.name, story("at once"))
    arguments = [sys.executable, "-m", "copytaster_cli", "retry", old.id, "--json"]

    started = [
        subprocess.Popen(arguments, env=dict(running.environ), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for _ in range(6)
    ]
    answers = [json.loads(each.communicate(timeout=SECONDS)[0]) for each in started]

    new = {each["delivery"]["id"] for each in answers if each["delivery"]}
    assert new == {latest(running, old.name).id}
    check(running, old, wait)
