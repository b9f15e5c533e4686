"""Faults of the whole stack of docker-compose.yml under load; ``make test-engine`` runs them, on a real engine.

After each of them the balance is closed, and every file that was dropped is stored once.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.compose import made_up
from tests.compose.engine import ROOT
from tests.compose.older_checkout import IMAGE
from tests.compose.stack import (
    INSTANCES,
    PROJECT,
    SIGNAL_MAIN_PROCESS,
    UP_SECONDS,
    Stack,
    free_port,
    wait_until,
)

# The first test waits for the engine, three images and the stack: half an hour on a busy machine that has none of them.
pytestmark = [pytest.mark.engine, pytest.mark.timeout(3000)]

PARTS = ("watcher", "worker", "tagger", "background", "api")

BURST = 300
"""Enough files that two workers are still busy when they are killed: they store about 100 a second."""

HEALED_SECONDS = 600
"""Time limit for the third failed check: some 50 s, from the first check that succeeded on."""

SMALL_VOLUME = "tests/compose/small-volume.yml"

FREE_BYTES = 8 * 1024 * 1024
"""Free space at which the intake of the small volume of 64 MiB pauses."""

FILL = "dd if=/dev/zero of=/data/inbox/.filler bs=65536 2>/dev/null; true"
"""Takes all space that is left; a name that begins with a dot is never taken in."""

SEEDS = ("kestrel", "littoral", "valley-gazette")
"""Folders of seeds with copies, versions, several formats and files that are refused."""

CHANGES_BY_ITSELF = ("state", "velocity")
"""Fields of a story that depend on the time at which they are read."""


def test_a_burst_is_stored_whole_though_every_part_is_killed_amid_it(copytaster: Stack) -> None:
    before = copytaster.balance()
    killed = [each for service in PARTS for each in copytaster.containers(service)]
    starts = {each: copytaster.inspect(each, "{{.RestartCount}}") for each in killed}

    copytaster.drop_stories(0, BURST)
    wait_until(lambda: copytaster.balance()["seen"] > before["seen"])
    for each in killed:
        copytaster.kill(each)
    wait_until(lambda: all(copytaster.inspect(each, "{{.RestartCount}}") > starts[each] for each in killed))

    copytaster.all_are_stored(before, BURST)


def test_a_burst_is_stored_whole_though_the_network_is_cut_and_redis_stands_still(copytaster: Stack) -> None:
    before = copytaster.balance()
    network = f"{PROJECT}_backend"
    cut = [copytaster.containers("watcher")[0], copytaster.containers("worker")[0]]
    [redis] = copytaster.containers("redis")

    copytaster.drop_stories(BURST, 2 * BURST)
    wait_until(lambda: copytaster.balance()["seen"] > before["seen"])
    for each in cut:
        copytaster.engine.run(["docker", "network", "disconnect", network, each])
    copytaster.engine.run(["docker", "pause", redis])
    wait_until(lambda: not copytaster.answers("/readyz"))
    copytaster.engine.run(["docker", "unpause", redis])
    for each in cut:
        copytaster.engine.run(["docker", "network", "connect", network, each])

    copytaster.all_are_stored(before, BURST)


def test_a_burst_is_stored_whole_though_each_service_is_restarted_amid_it(copytaster: Stack) -> None:
    before = copytaster.balance()

    for step, service in enumerate(INSTANCES):
        copytaster.drop_stories(2 * BURST + 20 * step, 2 * BURST + 20 * (step + 1))
        copytaster.compose("restart", "--no-deps", service, seconds=UP_SECONDS)

    copytaster.all_are_stored(before, 20 * len(INSTANCES))


def test_a_worker_that_stands_still_is_ended_by_its_health_check_and_started_again(copytaster: Stack) -> None:
    [stopped] = copytaster.containers("background")
    # A process that has not given its first sign of life yet has minutes for it.
    wait_until(lambda: copytaster.inspect(stopped, "{{.State.Health.Status}}") == "healthy")
    before = copytaster.inspect(stopped, "{{.RestartCount}}")

    copytaster.inside(stopped, "sh", "-c", SIGNAL_MAIN_PROCESS, "STOP")

    wait_until(lambda: copytaster.inspect(stopped, "{{.RestartCount}}") > before, seconds=HEALED_SECONDS)
    wait_until(lambda: copytaster.inspect(stopped, "{{.State.Health.Status}}") == "healthy", seconds=HEALED_SECONDS)


def test_files_that_arrive_while_the_power_is_off_are_stored_when_it_is_back(copytaster: Stack) -> None:
    if not copytaster.engine.power_cut:
        pytest.skip("this engine was not started for the tests")
    before = copytaster.balance()
    copytaster.drop_stories(3 * BURST, 3 * BURST + 40)
    wait_until(lambda: copytaster.balance()["seen"] > before["seen"])

    copytaster.engine.power_cut()
    copytaster.drop_stories(3 * BURST + 40, 3 * BURST + 80)
    wait_until(lambda: copytaster.answers("/readyz"))

    copytaster.all_are_stored(before, 80)


def test_a_full_volume_stops_the_intake_until_there_is_space_and_nothing_is_lost(copytaster: Stack) -> None:
    small = on_a_small_volume(copytaster)
    try:
        small.up()
        [holder] = small.containers("holder")
        before = small.balance()

        small.inside(
            holder, "python", "-c", Path(made_up.__file__).read_text(encoding="utf-8"), "/data/inbox", "0", "900"
        )
        wait_until(lambda: small.balance()["seen"] > before["seen"])
        small.inside(holder, "sh", "-c", FILL)
        notice = wait_until(lambda: notice_about_the_disk(small))
        wait_until(lambda: small.balance()["in_flight"] == 0)
        taken = small.balance()["seen"] - before["seen"]

        assert small.answers("/livez")
        assert taken < 900, notice
        small.inside(holder, "rm", "/data/inbox/.filler")
        small.all_are_stored(before, 900)
        wait_until(lambda: notice_about_the_disk(small) is None)
    finally:
        small.down()


def test_an_upgrade_from_the_release_before_keeps_everything_and_does_the_work_that_waited(
    copytaster: Stack, older_checkout: Path | str
) -> None:
    if not isinstance(older_checkout, Path):
        pytest.skip(f"no release before: {older_checkout}")
    older = replace(copytaster, environ={**copytaster.environ, "COPYTASTER_IMAGE": IMAGE})
    files = ("-f", str(older_checkout / "docker-compose.yml"))
    copytaster.destroy()
    older.up(*files)
    before = older.balance()
    older.drop_stories(0, BURST)
    older.all_are_stored(before, BURST)
    ids = {each["id"] for each in every(older, "/api/v1/articles")}

    older.drop_stories(BURST, 2 * BURST)
    wait_until(lambda: older.balance()["seen"] > before["seen"] + BURST)
    older.compose(*files, "stop", seconds=UP_SECONDS)
    copytaster.up()

    copytaster.all_are_stored(before, 2 * BURST)
    assert len(ids) == BURST
    assert ids <= {each["id"] for each in every(copytaster, "/api/v1/articles")}
    for each in sorted(ids)[:20]:
        assert copytaster.get_json(f"/api/v1/articles/{each}")["text"]


def test_a_backup_under_load_brings_everything_back_after_all_was_destroyed(copytaster: Stack, backups: Path) -> None:
    with_backups = replace(copytaster, environ={**copytaster.environ, "BACKUP_FOLDER": str(backups)})
    empty = copytaster.balance()["seen"]
    seeds = drop_seeds(copytaster.data / "inbox")
    wait_until(lambda: copytaster.balance()["seen"] >= empty + seeds and is_quiet(copytaster))
    decide(copytaster)
    before = documents(copytaster)
    seen = copytaster.balance()["seen"]

    copytaster.drop_stories(4 * BURST, 5 * BURST)
    wait_until(lambda: copytaster.balance()["seen"] > seen)
    with_backups.compose("--profile", "backup", "up", "--detach", "--no-build", "--wait", "backup", seconds=UP_SECONDS)
    copytaster.all_are_in(seen + BURST)
    unchanged = {key: each for key, each in documents(copytaster).items() if before.get(key) == each}
    with_backups.destroy()
    with_backups.compose("up", "--detach", "--no-build", "--wait", "redis", seconds=UP_SECONDS)
    [backup] = backups.iterdir()
    with_backups.compose("run", "--rm", "restore", f"/backups/{backup.name}", seconds=UP_SECONDS)
    copytaster.up()
    wait_until(lambda: is_quiet(copytaster))

    assert copytaster.is_balanced()
    assert len(unchanged) == len(before)
    found = documents(copytaster)
    assert {key: found.get(key) for key in unchanged} == unchanged


def on_a_small_volume(copytaster: Stack) -> Stack:
    """Return a second stack, whose data is in a volume of 64 MiB; it does not run yet."""
    port = free_port()
    environ = {
        **copytaster.environ,
        "COPYTASTER_HOST_DATA": "small",
        "COPYTASTER_API_PORT": f"{port}-{port + 1}",
        "COPYTASTER_DISK_FREE_BYTES": str(FREE_BYTES),
    }
    return replace(copytaster, name=f"{PROJECT}-small", environ=environ, ports={"api": port}, overlays=(SMALL_VOLUME,))


def notice_about_the_disk(small: Stack) -> str | None:
    """Return what the status says about an intake that stands still; None if it does not."""
    notices = small.get_json("/api/v1/status")["notices"]
    return next((each["message"] for each in notices if each["code"] in {"intake_paused", "intake_interrupted"}), None)


@pytest.fixture
def backups(tmp_path: Path) -> Iterator[Path]:
    """Give a folder to which the service `backup` may write, as `deploy/setup` makes it."""
    folder = tmp_path / "backups"
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, 10001, 10001)
    yield folder
    shutil.rmtree(folder)


def drop_seeds(inbox: Path) -> int:
    """Copy the seeds into folders of the inbox that the services may change, and return the number of files."""
    seeds = [each for name in SEEDS for each in sorted((ROOT / "seeds" / name).iterdir())]
    for seed in seeds:
        folder = inbox / seed.parent.name
        folder.mkdir(exist_ok=True)
        folder.chmod(0o777)
        shutil.copy(seed, folder / f".{seed.name}")
        (folder / f".{seed.name}").rename(folder / seed.name)
    return len(seeds)


def is_quiet(copytaster: Stack) -> bool:
    """Return whether no file is in flight and nothing waits, not even to be tagged."""
    status = copytaster.get_json("/api/v1/status") if copytaster.answers("/livez") else None
    return bool(status and status["balance"]["in_flight"] == 0 and not any(status["waiting"].values()))


def decide(copytaster: Stack) -> None:
    """Pin an article, and give a story a headline of its own."""
    article = next(each for each in every(copytaster, "/api/v1/articles") if each["source"] == "kestrel")
    story = wait_until(lambda: every(copytaster, "/api/v1/stories"))[0]
    send(copytaster, f"/api/v1/articles/{article['id']}/pin", '{"reason": "kept", "by": "Anna"}')
    send(copytaster, f"/api/v1/stories/{story['id']}/headline", '{"headline": "What Anna calls it", "by": "Anna"}')


def send(copytaster: Stack, path: str, body: str) -> None:
    copytaster.fetch("api", path, "--request", "POST", "--header", "Content-Type: application/json", "--data", body)


def every(copytaster: Stack, path: str) -> list[dict[str, Any]]:
    """Return the items of all pages of a list."""
    items: list[dict[str, Any]] = []
    page = copytaster.get_json(f"{path}?limit=100")
    while True:
        items += page["items"]
        if not (cursor := page.get("next_cursor")):
            return items
        page = copytaster.get_json(f"{path}?limit=100&cursor={cursor}")


def documents(copytaster: Stack) -> dict[str, Any]:
    """Return what a backup promises, without the made-up files: deliveries, articles, versions, stories, decisions."""
    deliveries = [each for each in every(copytaster, "/api/v1/deliveries") if not each["name"].startswith("burst-")]
    found: dict[str, Any] = {f"/api/v1/deliveries/{each['id']}": each for each in deliveries}
    for article in sorted({article for each in deliveries for article in each["article_ids"]}):
        page = f"/api/v1/articles/{article}"
        found[page] = copytaster.get_json(page)
        found[f"{page}/versions"] = copytaster.get_json(f"{page}/versions")
    for story in sorted(
        {each["story_id"] for each in found.values() if isinstance(each, dict) and each.get("story_id")}
    ):
        page = f"/api/v1/stories/{story}"
        known = copytaster.get_json(page)
        found[page] = {name: each for name, each in known.items() if name not in CHANGES_BY_ITSELF}
        found[f"{page}/decisions"] = copytaster.get_json(f"{page}/decisions")
    return found
