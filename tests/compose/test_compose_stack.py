"""The real docker-compose.yml on a real engine: skipped with the reason if none can be started."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import escape_kit
from tests.compose.engine import CommandError, NoEngineError, engine
from tests.compose.stack import INSTANCES, PROJECT, SIGNAL_MAIN_PROCESS, Stack, build, stack, wait_until

# The first test waits for the engine, its images and the stack: 2 minutes on an idle machine that has none of them.
pytestmark = pytest.mark.timeout(1500)

PARTS = ("watcher", "worker", "tagger", "background", "api")

MONITORING = ("prometheus", "flower")
"""The services of the profile for whose images this machine has replacements."""

MOST_BYTES = 600_000_000
"""Size of the image, with the models."""

BURST = 300
"""Enough files that two workers are still busy when they are killed: they store about 100 a second."""

SETTLED_SECONDS = 180
"""Time limit for a burst to be stored after a fault; 20 s were measured."""

HEALED_SECONDS = 300
"""Time limit for the third failed check: some 80 s, but not in the first two minutes after the restart before it."""

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

    assert list(states.values()) == ["healthy"] * sum(INSTANCES.values()), states


def test_the_image_is_small_and_says_what_it_is(copytaster: Stack) -> None:
    found = json.loads(copytaster.engine.run(["docker", "image", "inspect", copytaster.environ["COPYTASTER_IMAGE"]]))[0]

    assert found["Size"] < MOST_BYTES
    assert found["Config"]["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert found["Config"]["User"] == "10001:10001"


def test_the_image_has_what_sends_traces(copytaster: Stack) -> None:
    [container] = copytaster.containers("tagger")
    line = "from copytaster.bootstrap.tracing import open_tracing; from copytaster.settings import Settings;"
    line += "print(type(open_tracing(Settings(otlp_url='http://127.0.0.1:9/v1/traces'), part='worker')).__name__)"

    assert copytaster.inside(container, "python", "-c", line).strip() == "OpenTelemetryTracing"


def test_no_secret_is_shown_by_docker_inspect_or_in_a_command_line(copytaster: Stack) -> None:
    for service in INSTANCES:
        container = copytaster.containers(service)[0]
        shown = copytaster.engine.run(["docker", "inspect", container])
        shown += copytaster.inside(container, "sh", "-c", "cat /proc/[0-9]*/cmdline /proc/1/environ 2>/dev/null; true")

        assert not [name for name, secret in copytaster.secrets.items() if secret in shown], service


def test_each_part_is_connected_as_its_own_user(copytaster: Stack) -> None:
    found = re.findall(r"name=(\w+)@\S+.* user=(\w+)", copytaster.redis("client", "list"))

    assert {*found} >= {("watcher", "watcher"), ("worker", "worker"), ("api", "api")}
    assert all(user == part for part, user in found if part in {"watcher", "worker", "api"})


def test_services_that_run_as_somebody_else_than_the_owner_of_the_inbox_say_so_and_do_not_start(
    copytaster: Stack, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    if os.geteuid() == 0:
        os.chown(data, 4321, 4321)
    elsewhere = replace(
        copytaster, environ={**copytaster.environ, "COPYTASTER_HOST_DATA": str(data), "COPYTASTER_UID": "1"}
    )

    with pytest.raises(CommandError, match="COPYTASTER_UID="):
        elsewhere.compose("run", "--rm", "--no-deps", "init")


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


@pytest.mark.engine
def test_a_burst_is_stored_whole_though_every_part_is_killed_amid_it(copytaster: Stack) -> None:
    before = balance(copytaster)
    killed = [each for service in PARTS for each in copytaster.containers(service)]
    starts = {each: copytaster.inspect(each, "{{.RestartCount}}") for each in killed}

    drop_stories(copytaster, 0, BURST)
    wait_until(lambda: balance(copytaster)["seen"] > before["seen"])
    for each in killed:
        kill(copytaster, each)
    wait_until(lambda: all(copytaster.inspect(each, "{{.RestartCount}}") > starts[each] for each in killed))

    all_are_stored(copytaster, before, BURST)


@pytest.mark.engine
def test_a_burst_is_stored_whole_though_the_network_is_cut_and_redis_stands_still(copytaster: Stack) -> None:
    before = balance(copytaster)
    network = f"{PROJECT}_backend"
    cut = [copytaster.containers("watcher")[0], copytaster.containers("worker")[0]]
    [redis] = copytaster.containers("redis")

    drop_stories(copytaster, BURST, 2 * BURST)
    wait_until(lambda: balance(copytaster)["seen"] > before["seen"])
    for each in cut:
        copytaster.engine.run(["docker", "network", "disconnect", network, each])
    copytaster.engine.run(["docker", "pause", redis])
    wait_until(lambda: not answers(copytaster, "/readyz"))
    copytaster.engine.run(["docker", "unpause", redis])
    for each in cut:
        copytaster.engine.run(["docker", "network", "connect", network, each])

    all_are_stored(copytaster, before, BURST)


@pytest.mark.engine
def test_a_burst_is_stored_whole_though_each_service_is_restarted_amid_it(copytaster: Stack) -> None:
    before = balance(copytaster)

    for step, service in enumerate(INSTANCES):
        drop_stories(copytaster, 2 * BURST + 20 * step, 2 * BURST + 20 * (step + 1))
        copytaster.compose("restart", "--no-deps", service, seconds=120)

    all_are_stored(copytaster, before, 20 * len(INSTANCES))


@pytest.mark.engine
def test_a_worker_that_stands_still_is_ended_by_its_health_check_and_started_again(copytaster: Stack) -> None:
    [stopped] = copytaster.containers("background")
    before = copytaster.inspect(stopped, "{{.RestartCount}}")

    copytaster.inside(stopped, "sh", "-c", SIGNAL_MAIN_PROCESS, "STOP")

    wait_until(lambda: copytaster.inspect(stopped, "{{.RestartCount}}") > before, seconds=HEALED_SECONDS)
    wait_until(lambda: copytaster.inspect(stopped, "{{.State.Health.Status}}") == "healthy", seconds=HEALED_SECONDS)


@pytest.mark.engine
def test_files_that_arrive_while_the_power_is_off_are_stored_when_it_is_back(copytaster: Stack) -> None:
    if not copytaster.engine.power_cut:
        pytest.skip("this engine was not started for the tests")
    before = balance(copytaster)
    drop_stories(copytaster, 3 * BURST, 3 * BURST + 40)
    wait_until(lambda: balance(copytaster)["seen"] > before["seen"])

    copytaster.engine.power_cut()
    drop_stories(copytaster, 3 * BURST + 40, 3 * BURST + 80)
    wait_until(lambda: answers(copytaster, "/readyz"), seconds=120)

    all_are_stored(copytaster, before, 80)


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
        copytaster.inside(redis, "redis-cli", "-e", "ping")


def test_redis_appends_every_write_to_a_file_and_evicts_nothing(copytaster: Stack) -> None:
    assert copytaster.redis("config", "get", "appendonly").split()[1] == "yes"
    assert copytaster.redis("config", "get", "maxmemory-policy").split()[1] == "noeviction"


def test_nothing_that_a_part_did_was_refused_by_the_server(copytaster: Stack) -> None:
    # The server has been killed, and its log of refusals is empty.
    copytaster.drop("ferry.txt", made_up_story(-1))
    [article] = settled(copytaster, "ferry.txt")["article_ids"]
    wait_until(lambda: copytaster.get_json(f"/api/v1/articles/{article}")["tagged_by"])

    assert re.findall(r"object\s+(\S+)", copytaster.redis("acl", "log", "100")) == []


def test_prometheus_reaches_the_metrics_of_each_part(monitoring: Stack) -> None:
    def targets() -> list[tuple[str, str]]:
        active = json.loads(monitoring.fetch("prometheus", "/api/v1/targets?state=active"))["data"]["activeTargets"]
        return sorted((target["labels"]["job"], target["health"]) for target in active)

    instances = {service: number for service, number in INSTANCES.items() if service != "redis"}
    expected = sorted((service, "up") for service, number in instances.items() for _ in range(number))

    wait_until(lambda: [each for each in targets() if each[0] in instances] == expected)


def test_flower_shows_itself_to_those_with_the_password_alone(monitoring: Stack) -> None:
    with pytest.raises(CommandError, match="401"):
        monitoring.fetch("flower", "/workers")

    assert "Flower" in monitoring.fetch("flower", "/workers", "--user", monitoring.secrets["flower_login"])


def test_flower_does_not_start_without_a_password(monitoring: Stack) -> None:
    with pytest.raises(CommandError, match="FLOWER_BASIC_AUTH_FILE"):
        monitoring.compose("run", "--rm", "--no-deps", "--env", "FLOWER_BASIC_AUTH_FILE=", "flower")


@pytest.fixture(scope="session")
def monitoring(copytaster: Stack) -> Stack:
    copytaster.up("--profile", "monitoring", services=[*INSTANCES, *MONITORING])
    return copytaster


def made_up_story(number: int) -> str:
    """Return a text that shares no sequence of words with that of another number."""
    chance = random.Random(number)
    words = ["".join(chance.choices("aeioubdfglmnprst", k=7)) for _ in range(60)]
    return f"{' '.join(words[:6])}\n\n{' '.join(words[6:])}.\n"


def drop_stories(copytaster: Stack, first: int, end: int) -> None:
    for number in range(first, end):
        copytaster.drop(f"burst-{number}.txt", made_up_story(number))


def all_are_stored(copytaster: Stack, before: dict[str, Any], count: int) -> None:
    """Wait until nothing is in flight, and compare the balance with that before ``count`` files arrived."""
    expected = before["seen"] + count

    def closed() -> bool:
        with suppress(CommandError):  # no answer while parts start
            now = balance(copytaster)
            return bool(now["seen"] == expected and now["in_flight"] == 0)
        return False

    wait_until(closed, seconds=SETTLED_SECONDS)
    assert balance(copytaster)["dispositions"]["stored"] == before["dispositions"]["stored"] + count


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
        copytaster.inside(container, "sh", "-c", SIGNAL_MAIN_PROCESS, "KILL")
