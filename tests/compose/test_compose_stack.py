"""The real docker-compose.yml on a real engine: skipped with the reason if none can be started."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests import escape_kit
from tests.compose.engine import CommandError, NoEngineError, engine
from tests.compose.stack import FLOWER_LOGIN, KILL_MAIN_PROCESS, Stack, build, stack, wait_until

# The first test waits for the engine, its images and the stack: 2 minutes on an idle machine that has none of them.
pytestmark = pytest.mark.timeout(1500)

PARTS = ("watcher", "worker", "background", "api")

BURST = 300
"""Enough files that two workers are still busy when they are killed: they store about 100 a second."""

STORIES = {
    "minister": """Transport minister resigns

Angela Brandt, the German minister of transport, resigned on Tuesday after talks with the rail unions had failed.
She told reporters in Berlin that the strike had cost passengers their trust.
""",
    "lighthouse": """Lighthouse keeper retires

Ada Whitlock climbed the Skerry light for the last time on Friday, forty years after she first lit it.
The harbour board said that a sensor would take her place before the autumn gales.
""",
    "orchard": """Orchard opens to pickers

Growers in the Lenn valley expect twice the usual crop of plums and want four hundred hands until September.
Pay starts at twelve crowns a crate, with a bed and breakfast thrown in.
""",
}


@pytest.fixture(scope="session")
def copytaster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    try:
        with engine(build) as running_engine, stack(running_engine, tmp_path_factory.mktemp("data")) as running:
            yield running
    except NoEngineError as error:
        pytest.skip(f"no Docker engine: {error}")


def test_every_long_running_part_is_healthy(copytaster: Stack) -> None:
    states = {
        container: copytaster.inspect(container, "{{.State.Health.Status}}")
        for service in ("redis", *PARTS)
        for container in copytaster.containers(service)
    }

    assert list(states.values()) == ["healthy"] * 6, states


def test_a_file_dropped_into_the_inbox_is_read_from_the_api(copytaster: Stack) -> None:
    copytaster.drop("lighthouse.txt", STORIES["lighthouse"])

    delivery = settled(copytaster, "lighthouse.txt")
    articles = copytaster.get_json("/api/v1/articles")["items"]

    assert delivery["disposition"] == "stored"
    assert [each["title"] for each in articles if each["id"] in delivery["article_ids"]] == [
        "Lighthouse keeper retires"
    ]


def test_no_try_of_the_escape_kit_succeeds_in_a_workers_container(copytaster: Stack) -> None:
    script = Path(escape_kit.__file__).read_text(encoding="utf-8")
    for service in ("worker", "watcher"):
        container = copytaster.containers(service)[0]
        folder = copytaster.inside(container, "mktemp", "-d").strip()

        found = json.loads(copytaster.inside(container, "python", "-c", script, folder))

        escaped = [name for name, end in found["ends"].items() if end == escape_kit.ESCAPED]
        if not found["landlock"]:
            pytest.skip("this kernel has no Landlock: paths stay readable")
        assert escaped == []
        assert (found["secret"], found["files"]) == (escape_kit.SECRET, ["secret.txt"])


def test_an_article_is_labelled_by_the_models_in_the_image(copytaster: Stack) -> None:
    copytaster.drop("minister.txt", STORIES["minister"])
    [article] = settled(copytaster, "minister.txt")["article_ids"]

    labelled = wait_until(lambda: (each := copytaster.get_json(f"/api/v1/articles/{article}"))["language"] and each)

    assert labelled["language"] == "en"
    assert "Angela Brandt" in {entity["name"] for entity in labelled["entities"]}


def test_no_part_has_a_process_of_root_or_any_capability(copytaster: Stack) -> None:
    for service in ("redis", *PARTS):
        for container in copytaster.containers(service):
            status = dict(
                re.findall(r"^(\w+):\s*(.*)$", copytaster.inside(container, "cat", "/proc/1/status"), re.MULTILINE)
            )

            assert "0" not in status["Uid"].split(), service
            assert int(status["CapEff"], 16) == 0, service
            assert status["NoNewPrivs"] == "1", service


def test_no_part_can_write_outside_its_data_and_tmp(copytaster: Stack) -> None:
    for service in PARTS:
        with pytest.raises(CommandError, match="Read-only file system"):
            copytaster.inside(copytaster.containers(service)[0], "touch", "/opt/copytaster/changed")


def test_a_burst_is_stored_whole_though_every_worker_is_killed_amid_it(copytaster: Stack) -> None:
    before = balance(copytaster)
    workers = copytaster.containers("worker")
    for number in range(BURST):
        copytaster.drop(f"burst-{number}.txt", made_up_story(number))

    wait_until(lambda: balance(copytaster)["seen"] > before["seen"])
    for worker in workers:
        kill(copytaster, worker)
    wait_until(lambda: all(copytaster.inspect(each, "{{.RestartCount}}") == "1" for each in workers))
    wait_until(lambda: (now := balance(copytaster))["seen"] == before["seen"] + BURST and now["in_flight"] == 0)

    assert balance(copytaster)["dispositions"]["stored"] == before["dispositions"]["stored"] + BURST


def test_what_was_stored_is_there_after_redis_was_killed(copytaster: Stack) -> None:
    copytaster.drop("orchard.txt", STORIES["orchard"])
    [article] = settled(copytaster, "orchard.txt")["article_ids"]
    [redis] = copytaster.containers("redis")

    kill(copytaster, redis)
    wait_until(lambda: int(copytaster.inspect(redis, "{{.RestartCount}}")))
    wait_until(lambda: answers(copytaster, "/readyz"))

    assert copytaster.get_json(f"/api/v1/articles/{article}")["title"] == "Orchard opens to pickers"


def test_redis_refuses_a_client_without_the_password(copytaster: Stack) -> None:
    [redis] = copytaster.containers("redis")

    with pytest.raises(CommandError, match="NOAUTH"):
        copytaster.inside(redis, "env", "-u", "REDISCLI_AUTH", "redis-cli", "-e", "ping")


def test_redis_appends_every_write_to_a_file_and_evicts_nothing(copytaster: Stack) -> None:
    [redis] = copytaster.containers("redis")

    assert copytaster.inside(redis, "redis-cli", "config", "get", "appendonly").split()[1] == "yes"
    assert copytaster.inside(redis, "redis-cli", "config", "get", "maxmemory-policy").split()[1] == "noeviction"


def test_prometheus_reaches_the_metrics_of_each_part(monitoring: Stack) -> None:
    def targets() -> list[tuple[str, str]]:
        active = json.loads(monitoring.fetch("prometheus", "/api/v1/targets?state=active"))["data"]["activeTargets"]
        return sorted((target["labels"]["job"], target["health"]) for target in active)

    expected = [("api", "up"), ("background", "up"), ("watcher", "up"), ("worker", "up"), ("worker", "up")]

    assert wait_until(lambda: targets() == expected and targets()) == expected


def test_flower_shows_itself_to_those_with_the_password_alone(monitoring: Stack) -> None:
    with pytest.raises(CommandError, match="401"):
        monitoring.fetch("flower", "/workers")

    assert "Flower" in monitoring.fetch("flower", "/workers", "--user", FLOWER_LOGIN)


def test_flower_does_not_start_without_a_password(monitoring: Stack) -> None:
    with pytest.raises(CommandError, match="FLOWER_BASIC_AUTH"):
        monitoring.compose("run", "--rm", "--no-deps", "--env", "FLOWER_BASIC_AUTH=", "flower")


@pytest.fixture(scope="session")
def monitoring(copytaster: Stack) -> Stack:
    copytaster.up("--profile", "monitoring")
    return copytaster


def made_up_story(number: int) -> str:
    """Return a text that shares no sequence of words with that of another number."""
    chance = random.Random(number)
    words = ["".join(chance.choices("aeioubdfglmnprst", k=7)) for _ in range(60)]
    return f"{' '.join(words[:6])}\n\n{' '.join(words[6:])}.\n"


def balance(copytaster: Stack) -> dict[str, Any]:
    found: dict[str, Any] = copytaster.get_json("/api/v1/status")["balance"]
    return found


def settled(copytaster: Stack, name: str) -> dict[str, Any]:
    def find() -> dict[str, Any] | None:
        try:
            deliveries = copytaster.get_json(f"/api/v1/deliveries?name={name}")["items"]
        except CommandError:  # 503 while Redis restarts
            return None
        return next((delivery for delivery in deliveries if delivery["disposition"]), None)

    found = wait_until(find)
    assert found is not None
    return found


def answers(copytaster: Stack, path: str) -> bool:
    try:
        copytaster.fetch("api", path)
    except CommandError:
        return False
    return True


def kill(copytaster: Stack, container: str) -> None:
    with suppress(CommandError):  # the command may die with its container
        copytaster.inside(container, "sh", "-c", KILL_MAIN_PROCESS)
