"""Requirements on the container files, checked without an engine."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from copytaster.model.work import BACKGROUND, FOREGROUND, Work
from copytaster.settings import PREFIX, Settings
from copytaster.store.redis.packed_hashes import LONGEST_VALUE, SETTING
from tests.compose.engine import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")

LONG_RUNNING = ("redis", "watcher", "worker", "background", "api", "prometheus", "flower")


def test_no_frontend_image_is_asked_for_before_a_build_begins() -> None:
    assert not re.search(r"^#\s*syntax\s*=", DOCKERFILE, re.MULTILINE)


def test_every_stage_is_built_from_the_one_base_image_or_from_another_stage() -> None:
    stages = re.findall(r"^FROM (\S+) AS (\S+)$", DOCKERFILE, re.MULTILINE)
    names = [name for _, name in stages]

    assert len(stages) == DOCKERFILE.count("\nFROM ")
    assert {base for base, _ in stages} - {"${PYTHON_IMAGE}"} <= set(names)
    assert set(re.findall(r"(?:--from=|from=)(\w[\w-]*)", DOCKERFILE)) <= set(names)


def test_requirements_are_installed_by_their_hashes_as_wheels_alone() -> None:
    installs = re.findall(r"pip (?:[^\n]|\\\n)*-r /tmp/requirements/\w+\.lock", DOCKERFILE)

    assert len(installs) == 2
    assert all("--require-hashes" in line and "--only-binary=:all:" in line for line in installs)


def test_every_image_that_is_run_ends_as_an_unprivileged_user() -> None:
    final = DOCKERFILE.split(" AS runtime\n")[1].split("\nFROM ")

    users = [re.findall(r"^USER (.*)$", stage, re.MULTILINE) for stage in final]

    assert [last for *_, last in filter(None, users)] == ["10001:10001", "10001:10001"]


def test_entry_points_are_programs_not_shell_lines() -> None:
    started = re.findall(r"^(?:ENTRYPOINT|CMD) (.*)$", DOCKERFILE, re.MULTILINE)

    assert len(started) == 4
    assert all(line.startswith("[") for line in started)


def test_every_image_is_named_by_a_variable_with_a_pinned_default() -> None:
    images = re.findall(r"^\s*image: (.*)$", COMPOSE, re.MULTILINE)

    assert images
    for image in images:
        assert re.fullmatch(r"\$\{[A-Z_]+:-[a-z/-]+:(?!latest)[\w.-]+\}", image), image


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_a_long_running_service_is_contained_bounded_and_watched(name: str) -> None:
    service = block(name)

    assert "<<: *contained" in service or "<<: *part" in service
    assert "mem_limit:" in service
    assert "healthcheck:" in service
    assert "container_name" not in service
    assert not re.search(r"(privileged|pid: host|docker\.sock)", service)


def test_what_contains_a_service_is_whole() -> None:
    contained = COMPOSE.split("x-contained: &contained")[1].split("\nx-")[0]

    for line in (
        "restart: unless-stopped",
        "init: true",
        "read_only: true",
        "cap_drop: [ALL]",
        "pids_limit:",
        "max-size:",
    ):
        assert line in contained
    assert 'security_opt: ["no-new-privileges:true"]' in contained
    assert "<<: *contained" in COMPOSE.split("x-part: &part")[1].split("\nx-")[0]


def test_only_the_init_service_is_root_and_it_ends() -> None:
    root = [name for name in (*LONG_RUNNING, "init") if re.search(r'user: "?(0|root)\b', block(name))]

    assert root == ["init"]
    assert 'restart: "no"' in block("init")


def test_the_parts_wait_for_a_healthy_redis_and_for_their_folders() -> None:
    part = COMPOSE.split("x-part: &part")[1].split("\nx-")[0]

    assert "redis: {condition: service_healthy}" in part
    assert "init: {condition: service_completed_successfully}" in part


def test_redis_keeps_everything_it_was_given() -> None:
    command = re.sub(r"\n\s*(#[^\n]*\n\s*)*- ", " ", block("redis")).replace('"', "")

    assert "--appendonly yes" in command
    assert "--appendfsync everysec" in command
    assert "--maxmemory-policy noeviction" in command
    assert f"--{SETTING} {LONGEST_VALUE}" in command
    assert "--requirepass ${REDIS_PASSWORD:?" in command
    assert "ports:" not in command


def test_pages_are_published_on_the_loopback_unless_somebody_decides_otherwise() -> None:
    ports = re.findall(r"ports: \[(.*)\]", COMPOSE)

    assert len(ports) == 3
    assert all(re.match(r'"(127\.0\.0\.1|\$\{COPYTASTER_API_BIND:-127\.0\.0\.1\}):', port) for port in ports)


def test_every_setting_reaches_the_containers() -> None:
    environment = COMPOSE.split("x-environment: &environment")[1].split("\nx-")[0]

    assert set(re.findall(rf"^  ({PREFIX}\w+):", environment, re.MULTILINE)) == {
        PREFIX + name.upper() for name in Settings.model_fields
    }


def test_every_variable_is_told_in_the_example_with_its_default_and_no_secret_has_one() -> None:
    used = dict(re.findall(r"(?<!\$)\$\{(\w+)(?::-([^}]*))?", COMPOSE))
    documented = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))

    assert {name: documented.get(name) for name in used} == used
    assert used["REDIS_PASSWORD"] == used["FLOWER_BASIC_AUTH"] == ""


def test_nothing_that_holds_data_or_secrets_is_sent_to_a_build() -> None:
    patterns = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = [pattern[1:] for pattern in patterns if pattern.startswith("!")]

    assert "*" in patterns
    assert all(
        name.startswith(("src", "services", "workers", "requirements/", "deploy/flower/"))
        or name.isupper()
        or "." in name
        for name in allowed
    )
    assert not {".env", "data", ".git"} & set(allowed)


def test_every_kind_of_work_has_a_service_and_the_background_keeps_to_its_own() -> None:
    queues = {name: re.findall(r"--queue, (\w+)", block(name)) for name in ("worker", "background")}

    assert queues == {"worker": [*FOREGROUND], "background": [*BACKGROUND]}
    assert {*FOREGROUND, *BACKGROUND} == {*Work}


def test_prometheus_asks_every_part_at_the_port_that_it_serves() -> None:
    config = (ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    targets = dict(re.findall(r"names: \[(\w+)\]\s+type: A\s+port: (\d+)", config))

    assert targets == {"api": "8000", "watcher": "9100", "worker": "9100", "background": "9100"}
    assert 'COPYTASTER_API_PORT: "8000"' in COMPOSE
    assert 'COPYTASTER_METRICS_PORT: "9100"' in COMPOSE
    assert "COPYTASTER_METRICS_HOST: 0.0.0.0" in COMPOSE  # the default is the loopback interface of the container


@pytest.mark.parametrize("login", ["", "desk", "desk:", ":night-shift", "desk:night-shift,", " "])
def test_flower_refuses_to_start_with_a_login_that_is_none(login: str) -> None:
    start = ROOT / "deploy" / "flower" / "start.py"

    done = subprocess.run(
        [sys.executable, str(start)],
        env={"FLOWER_BASIC_AUTH": login},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert done.returncode == 2
    assert "FLOWER_BASIC_AUTH" in done.stderr


def block(service: str) -> str:
    """Return the lines of one service."""
    found = re.search(rf"^  {service}:\n((?:    .*\n|\n)+)", COMPOSE.split("\nservices:\n")[1], re.MULTILINE)
    assert found, service
    return found[1]
