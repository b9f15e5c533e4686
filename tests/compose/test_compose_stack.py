"""The real docker-compose.yml on a real engine: skipped with the reason if none can be started."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import escape_kit
from tests.compose.engine import CommandError
from tests.compose.made_up import made_up_story
from tests.compose.stack import INSTANCES, Stack, wait_until

# The first test waits for the engine, its images and the stack: 2 minutes on an idle machine that has none of them.
pytestmark = pytest.mark.timeout(1500)

PARTS = ("watcher", "worker", "tagger", "background", "api")

MONITORING = ("prometheus", "alertmanager", "redis-exporter", "flower")
"""The services of the profile for whose images an engine without a registry has replacements."""

MOST_BYTES = 600_000_000
"""Size of the image, with the models."""

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

    delivery = copytaster.settled("lighthouse.txt")
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
    [article] = copytaster.settled("minister.txt")["article_ids"]

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


def test_what_was_stored_is_there_after_redis_was_killed(copytaster: Stack) -> None:
    copytaster.drop("orchard.txt", STORIES["orchard"])
    [article] = copytaster.settled("orchard.txt")["article_ids"]
    [redis] = copytaster.containers("redis")

    copytaster.kill(redis)
    wait_until(lambda: int(copytaster.inspect(redis, "{{.RestartCount}}")))
    wait_until(lambda: copytaster.answers("/readyz"))

    assert copytaster.get_json(f"/api/v1/articles/{article}")["title"] == "Orchard opens to pickers"


def test_redis_refuses_a_client_without_the_password(copytaster: Stack) -> None:
    [redis] = copytaster.containers("redis")

    with pytest.raises(CommandError, match="NOAUTH"):
        copytaster.inside(redis, "redis-cli", "-e", "ping")


def test_redis_appends_every_write_to_a_file_and_evicts_nothing(copytaster: Stack) -> None:
    assert copytaster.redis("config", "get", "appendonly").split()[1] == "yes"
    assert copytaster.redis("config", "get", "maxmemory-policy").split()[1] == "noeviction"


def test_prometheus_reaches_the_metrics_of_each_part(monitoring: Stack) -> None:
    def targets() -> list[tuple[str, str]]:
        active = json.loads(monitoring.fetch("prometheus", "/api/v1/targets?state=active"))["data"]["activeTargets"]
        return sorted((target["labels"]["job"], target["health"]) for target in active)

    # The job `redis` has the exporter of the server's figures.
    expected = sorted((service, "up") for service, number in INSTANCES.items() for _ in range(number))

    wait_until(lambda: targets() == expected)


def test_prometheus_has_the_figures_of_the_server_the_rules_and_one_alertmanager(monitoring: Stack) -> None:
    def ask(path: str) -> Any:
        return json.loads(monitoring.fetch("prometheus", f"/api/v1/{path}"))["data"]

    up = wait_until(lambda: ask("query?query=redis_up")["result"])

    assert [each["value"][1] for each in up] == ["1"]
    assert len(wait_until(lambda: ask("alertmanagers")["activeAlertmanagers"])) == 1
    assert len(ask("rules")["groups"]) > 1
    assert json.loads(monitoring.fetch("alertmanager", "/api/v2/status"))["cluster"]["status"] == "disabled"


def test_nothing_that_a_part_did_was_refused_by_the_server(monitoring: Stack) -> None:
    # The server has been killed before, and its log of refusals was empty then.
    monitoring.drop("ferry.txt", made_up_story(-1))
    [article] = monitoring.settled("ferry.txt")["article_ids"]
    wait_until(lambda: monitoring.get_json(f"/api/v1/articles/{article}")["tagged_by"])

    assert re.findall(r"object\s+(\S+)", monitoring.redis("acl", "log", "100")) == []


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


def test_behind_the_proxy_the_api_is_reached_by_tls_and_with_a_key_alone(copytaster: Stack) -> None:
    if not copytaster.engine.power_cut:
        pytest.skip("this engine was not started for the tests: its ports 80 and 443 may be in use")
    names = {"COPYTASTER_API_ALLOWED_HOSTS": "localhost"}
    behind = replace(copytaster, environ={**copytaster.environ, **names}, overlays=("deploy/proxy/docker-compose.yml",))
    created = behind.compose("run", "--rm", "api", "keys", "create", "desk", "--scope", "read", "--json")
    bearer = f"Authorization: Bearer {json.loads(created)['key']}"

    def ask(address: str, *options: str) -> str:
        # Caddy signs the certificate of `localhost` itself.
        shown = ["--insecure", "--silent", "--max-time", "10", "--output", "/dev/null", "--write-out", "%{http_code}"]
        return behind.engine.run(["curl", *shown, *options, address])

    behind.up()
    try:
        assert wait_until(lambda: ask("https://localhost/api/v1/status", "--header", bearer) == "200")
        assert ask("https://localhost/api/v1/status") == "401"
        assert ask("http://localhost/livez") == "308"
    finally:
        # Later tests use the published port, and no key.
        behind.destroy()
        copytaster.up()
