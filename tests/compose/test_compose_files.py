"""Requirements on the container files, checked without an engine."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from copytaster.bootstrap.environment import SECRETS as SECRET_SETTINGS
from copytaster.model.work import BACKGROUND, FOREGROUND, Work
from copytaster.settings import PREFIX, Settings
from copytaster.store.redis.packed_hashes import LONGEST_VALUE, SETTING
from tests.compose.engine import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")

PARTS = ("redis", "watcher", "worker", "tagger", "background", "api")

MONITORING = ("prometheus", "alertmanager", "grafana", "redis-exporter", "flower")

PROFILES = {"backup": "backup"} | dict.fromkeys(MONITORING, "monitoring")

SERVICES: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]

SECRETS: dict[str, Any] = yaml.safe_load(COMPOSE)["secrets"]


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


def test_every_image_is_named_by_a_variable_with_a_default_that_a_digest_pins() -> None:
    images = re.findall(r"^\s*image: (.*)$", COMPOSE, re.MULTILINE)

    assert images
    for image in images:
        own = image.startswith("${COPYTASTER_")
        digest = "" if own else "@sha256:[0-9a-f]{64}"
        assert re.fullmatch(rf"\$\{{[A-Z_]+:-[\w/-]+:(?!latest)[\w.-]+{digest}\}}", image), image
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.\d+-slim@sha256:[0-9a-f]{64}$", DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize("name", [*PARTS, *MONITORING, "backup"])
def test_a_long_running_service_is_contained_bounded_and_watched(name: str) -> None:
    service = SERVICES[name]

    assert service["restart"] == "unless-stopped"
    assert service["init"] is service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "pids_limit", "ulimits", "tmpfs", "user", "networks"} <= service.keys()
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert ("healthcheck" in service) == (name != "redis-exporter")
    assert not {"container_name", "privileged", "pid", "cap_add", "devices"} & service.keys()
    assert "docker.sock" not in str(service)
    assert service.get("profiles") == ([profile] if (profile := PROFILES.get(name)) else None)


def test_the_limits_of_memory_add_up_to_a_machine_of_four_gigabytes() -> None:
    limits = [re.search(r":-(\d+)m\}", SERVICES[name]["mem_limit"]) for name in PARTS]

    assert sum(int(found[1]) for found in limits if found) <= 4096
    assert all(limits)


def test_only_the_init_service_is_root_and_it_ends() -> None:
    root = [name for name, service in SERVICES.items() if str(service["user"]).split(":")[0] in {"0", "root"}]

    assert root == ["init"]
    assert SERVICES["init"]["restart"] == "no"
    assert SERVICES["init"]["network_mode"] == "none"


def test_the_parts_wait_for_a_healthy_redis_and_for_their_folders() -> None:
    for name in PARTS[1:]:
        assert SERVICES[name]["depends_on"] == {
            "init": {"condition": "service_completed_successfully"},
            "redis": {"condition": "service_healthy"},
        }


def test_no_secret_is_in_a_command_line_or_in_the_environment() -> None:
    for name, service in SERVICES.items():
        values = [*map(str, service.get("command", [])), *map(str, service.get("environment", {}).values())]
        inline = [each for each in values if not each.startswith("/run/secrets/")]
        assert not [each for each in inline if re.search(r"(?i)password|secret|token|_auth|://[^/]*:[^/]*@", each)]
        files = {key: value for key, value in service.get("environment", {}).items() if key.endswith("_FILE")}
        assert all(value.startswith("/run/secrets/") for value in files.values()), name
    assert not re.search(r"(?i)password|secret_|_auth=", re.sub(r"#.*|COPYTASTER_SECRETS=.*", "", EXAMPLE))


def test_each_service_has_its_own_user_on_the_server_and_the_password_of_no_other() -> None:
    expected = {"worker": "worker", "tagger": "worker", "background": "worker"}
    for name in (*PARTS[1:], "backup", "flower"):
        user = expected.get(name, name)
        service = SERVICES[name]
        assert service["environment"]["COPYTASTER_REDIS_URL"] == f"redis://{user}@redis:6379/0"
        assert {"source": f"redis_{user}", "target": "redis_password"} in service["secrets"]
        assert [each for each in service["secrets"] if "redis" in str(each)] == service["secrets"][:1]


def test_only_parts_that_use_redis_are_in_its_network_and_it_leads_nowhere() -> None:
    networks: dict[str, Any] = yaml.safe_load(COMPOSE)["networks"]
    inside = {name for name, service in SERVICES.items() if "backend" in service.get("networks", ())}

    assert inside == {*PARTS, "backup", "restore", "redis-exporter", "flower"}
    assert networks["backend"] == networks["metrics"] == {"internal": True}


def test_redis_keeps_everything_it_was_given() -> None:
    command = " ".join(SERVICES["redis"]["command"])

    assert "--appendonly yes" in command
    assert "--appendfsync everysec" in command
    assert "--maxmemory-policy noeviction" in command
    assert f"--{SETTING} {LONGEST_VALUE}" in command
    assert "--aclfile /run/users/users.acl" in command
    assert "ports" not in SERVICES["redis"]


def test_pages_are_published_on_the_loopback_unless_somebody_decides_otherwise() -> None:
    ports = re.findall(r"ports: \[(.*)\]", COMPOSE)

    assert len(ports) == 5
    assert all(re.match(r'"(127\.0\.0\.1|\$\{COPYTASTER_API_BIND:-127\.0\.0\.1\}):', port) for port in ports)


def test_every_setting_reaches_the_containers() -> None:
    environment = COMPOSE.split("x-environment: &environment")[1].split("\nx-")[0]

    given = set(re.findall(rf"^  ({PREFIX}\w+):", environment, re.MULTILINE))
    assert given == {"COPYTASTER_REDIS_PASSWORD_FILE"} | {
        name for field in Settings.model_fields if (name := PREFIX + field.upper()) not in SECRET_SETTINGS
    }


def test_every_variable_is_in_the_example_with_its_default_and_images_are_only_named() -> None:
    used = dict(re.findall(r"(?<!\$)\$\{(\w+)(?::-([^}]*))?", COMPOSE))
    documented = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))

    pinned = {name for name, default in used.items() if "@sha256:" in default}
    assert {name: documented.get(name) for name in used} == used | dict.fromkeys(pinned, "")


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
    queues = {name: SERVICES[name]["command"][2::2] for name in ("worker", "tagger", "background")}

    assert [*queues["worker"], *queues["tagger"]] == [*FOREGROUND]
    assert queues["background"] == [*BACKGROUND]
    assert {*FOREGROUND, *BACKGROUND} == {*Work}


def test_prometheus_asks_every_part_at_the_port_that_it_serves() -> None:
    config = (ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    targets = dict(re.findall(r"names: \[(\w+)\]\s+type: A\s+port: (\d+)", config))

    assert (
        targets.items()
        >= {"api": "8000", **dict.fromkeys(("watcher", "worker", "tagger", "background"), "9100")}.items()
    )
    assert 'COPYTASTER_API_PORT: "8000"' in COMPOSE
    assert 'COPYTASTER_METRICS_PORT: "9100"' in COMPOSE
    assert "COPYTASTER_METRICS_HOST: 0.0.0.0" in COMPOSE  # the default is the loopback interface of the container


def test_prometheus_sends_the_api_a_key_from_a_secret_that_the_setup_prepares() -> None:
    config = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    (api,) = (each for each in config["scrape_configs"] if each["job_name"] == "api")
    secret = Path(api["authorization"]["credentials_file"])

    assert secret.parent == Path("/run/secrets")
    assert SERVICES["prometheus"]["secrets"] == [secret.name]
    assert f"> secrets/{secret.name}" in (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("login", [None, "", "desk", "desk:", ":night-shift", "desk:night-shift,", " "])
def test_flower_refuses_to_start_with_a_login_that_is_none(login: str | None, tmp_path: Path) -> None:
    start = ROOT / "deploy" / "flower" / "start.py"
    file = tmp_path / "login"
    if login is not None:
        file.write_text(login, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, str(start)],
        env={"FLOWER_BASIC_AUTH_FILE": str(file)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert done.returncode == 2
    assert "FLOWER_BASIC_AUTH_FILE" in done.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a folder with what `deploy/setup` needs."""
    folder = tmp_path / "a checkout"
    (folder / "deploy").mkdir(parents=True)
    shutil.copy(ROOT / "deploy" / "setup", folder / "deploy")
    shutil.copy(ROOT / ".env.example", folder)
    return folder


def set_up(checkout: Path, **environ: str) -> str:
    """Call `deploy/setup`, and return what it printed."""
    command = [str(checkout / "deploy" / "setup"), "--without-engine"]
    environ = {"PATH": "/usr/bin:/bin", **environ}
    return subprocess.run(command, env=environ, check=True, stdout=subprocess.PIPE, text=True).stdout


def test_the_setup_writes_every_secret_of_the_compose_file_for_the_containers_alone(checkout: Path) -> None:
    set_up(checkout)

    files = {file.name: file for file in (checkout / "secrets").iterdir()}
    assert {f"${{COPYTASTER_SECRETS:-./secrets}}/{name}" for name in files} == {
        each["file"] for each in SECRETS.values()
    }
    assert {stat.S_IMODE(file.stat().st_mode) for file in files.values()} == {0o644}
    assert stat.S_IMODE((checkout / "secrets").stat().st_mode) == 0o700
    assert len({file.read_text(encoding="ascii") for file in files.values()}) == len(files)


def test_the_setup_takes_the_user_who_calls_it_and_changes_nothing_the_second_time(checkout: Path) -> None:
    set_up(checkout, SUDO_UID="1234", SUDO_GID="99")
    before = {file: file.read_bytes() for file in (checkout / ".env", *(checkout / "secrets").iterdir())}
    set_up(checkout, SUDO_UID="4321", SUDO_GID="1")

    assert "\nCOPYTASTER_UID=1234\nCOPYTASTER_GID=99\n" in (checkout / ".env").read_text(encoding="utf-8")
    assert {file: file.read_bytes() for file in before} == before


@pytest.mark.parametrize("written", ['"../with a space"', "'../with a space' # a comment", "../with a space   # one"])
def test_the_setup_writes_into_the_folders_that_the_settings_name(tmp_path: Path, checkout: Path, written: str) -> None:
    (checkout / ".env").write_text(
        f"COPYTASTER_SECRETS=./others\nCOPYTASTER_SECRETS={written}\nBACKUP_FOLDER=./elsewhere\n"
        f"COPYTASTER_UID={os.getuid()}\nCOPYTASTER_GID={os.getgid()}\n",
        encoding="utf-8",
    )

    set_up(checkout)

    folder = tmp_path / "with a space"
    assert {each.name for each in folder.iterdir()} == {*SECRETS}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(each.name for each in checkout.iterdir()) == [".env", ".env.example", "deploy", "elsewhere"]


def test_a_variable_of_the_environment_comes_before_the_settings(tmp_path: Path, checkout: Path) -> None:
    set_up(checkout, COPYTASTER_SECRETS=str(tmp_path / "of the environment"))

    assert {each.name for each in (tmp_path / "of the environment").iterdir()} == {*SECRETS}
    assert not (checkout / "secrets").exists()


def test_the_setup_says_that_backups_cannot_be_written(tmp_path: Path, checkout: Path) -> None:
    fine = set_up(checkout)
    (checkout / "backups").rename(tmp_path / "others")
    (tmp_path / "others").chmod(0o755)
    with (checkout / ".env").open("a", encoding="utf-8") as env:
        env.write("BACKUP_FOLDER=../others\n")
    of_another = set_up(checkout, COPYTASTER_UID="65533", COPYTASTER_GID="65533")
    missing = set_up(checkout, BACKUP_FOLDER="not-mounted/backups")

    assert "backup" not in fine
    assert "cannot write to ../others" in of_another
    assert "sudo chown 65533:65533 ../others" in of_another
    assert "cannot write to not-mounted/backups" in missing


def test_the_setup_says_which_files_containers_cannot_read_after_a_checkout_with_a_strict_umask(checkout: Path) -> None:
    for each in (checkout / "deploy", *(checkout / "deploy").iterdir()):
        each.chmod(0o755)
    (rules := checkout / "deploy" / "rules.yml").touch(0o644)
    fine = set_up(checkout)
    rules.chmod(0o640)

    assert "cannot read" not in fine
    assert "such as deploy/rules.yml: `chmod -R o+rX deploy`" in set_up(checkout)
    assert "COPY --chmod=0644 deploy/flower/start.py" in DOCKERFILE


@pytest.mark.parametrize(
    "command",
    [
        ["hadolint", "Dockerfile"],
        ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
        ["docker-compose", "--profile", "*", "config", "--quiet"],
    ],
    ids=lambda command: command[0],
)
def test_the_container_files_pass_the_programs_that_check_them(command: list[str]) -> None:
    program = Path(sys.executable).parent / command[0]

    done = subprocess.run([program, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stdout + done.stderr


def test_systemd_understands_every_line_of_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        pytest.skip("no systemd-analyze")
    unit = (ROOT / "deploy" / "systemd" / "copytaster.service").read_text(encoding="utf-8")
    # This machine may have no engine, and a unit that starts what does not exist is a fault.
    (tmp_path / "docker.service").write_text("[Service]\nExecStart=/bin/true\n", encoding="utf-8")
    (tmp_path / "copytaster.service").write_text(unit.replace("/usr/bin/docker", "/bin/true"), encoding="utf-8")

    # The empty name at the end stands for the folders of the machine's own units.
    found = subprocess.run(
        [analyze, "verify", "--man=no", str(tmp_path / "copytaster.service")],
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "/usr/bin/docker compose" in unit
    assert (found.returncode, [line for line in found.stderr.splitlines() if "copytaster" in line]) == (0, [])
