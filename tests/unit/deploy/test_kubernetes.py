"""The manifests for Kubernetes: valid by its schemas, as contained as the compose file, in step with the settings."""

from __future__ import annotations

import math
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from copytaster.bootstrap.environment import load_settings
from copytaster.settings import PREFIX
from copytaster_api.__main__ import GRACE_SECONDS as CONNECTIONS_END_SECONDS
from copytaster_api.routes.events import GRACE_SECONDS as STREAMS_END_SECONDS
from tests.unit.deploy.metric_names import known_metrics
from tests.unit.deploy.promql import unknown_names

REPOSITORY = Path(__file__).parents[3]
FOLDER = REPOSITORY / "deploy" / "kubernetes"
COMPOSE = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))["services"]

VERSIONS = ("1.31", kubernetes_validate.latest_version())

PARTS = ("watcher", "worker", "tagger", "background", "api")

Manifest = dict[str, Any]


def built(name: str) -> list[Manifest]:
    """Return what kustomize makes of a folder; skip the test where it is not installed."""
    program = shutil.which("kustomize") or shutil.which("kubectl")
    if program is None:
        pytest.skip("neither kustomize nor kubectl is installed")
    command = [program, "build" if program.endswith("kustomize") else "kustomize", str(FOLDER / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def plain() -> list[Manifest]:
    """Return the manifests of all folders as they are in the files: for this, no program is needed."""
    found = []
    for kustomization in FOLDER.glob("*/kustomization.yaml"):
        for resource in yaml.safe_load(kustomization.read_text(encoding="utf-8"))["resources"]:
            file = kustomization.parent / resource
            if not file.is_dir():
                found += [each for each in yaml.safe_load_all(file.read_text(encoding="utf-8")) if each]
    return found


def of_kind(manifests: list[Manifest], *kinds: str) -> dict[str, Manifest]:
    return {each["metadata"]["name"]: each for each in manifests if each["kind"] in kinds}


def pods(manifests: list[Manifest]) -> dict[str, Manifest]:
    """Return the specification of the pods of each workload, by the workload's name."""
    return {name: each["spec"]["template"] for name, each in of_kind(manifests, "Deployment", "StatefulSet").items()}


def container(manifests: list[Manifest], name: str) -> Manifest:
    first: Manifest = pods(manifests)[name]["spec"]["containers"][0]
    return first


def validate(manifest: Manifest, version: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the libraries that read its schemas
        kubernetes_validate.validate(manifest, version, strict=True)


def test_each_file_belongs_to_a_kustomization() -> None:
    named = {
        (kustomization.parent / each).resolve()
        for kustomization in FOLDER.glob("*/kustomization.yaml")
        for each in yaml.safe_load(kustomization.read_text(encoding="utf-8"))["resources"]
    }

    files = {each.resolve() for each in FOLDER.rglob("*.yaml") if each.name != "kustomization.yaml"}
    assert files == {each for each in named if each.is_file()}
    assert all(each.exists() for each in named)


@pytest.mark.parametrize("version", VERSIONS)
def test_each_manifest_is_valid(version: str) -> None:
    manifests = [each for each in plain() if each["kind"] != "ScaledObject"]

    assert len(manifests) > 10
    for each in manifests:
        validate(each, version)


def test_an_unknown_field_is_not_valid() -> None:
    manifest = of_kind(plain(), "Deployment")["worker"]
    manifest["spec"]["template"]["spec"]["containers"][0]["readonly"] = True

    with pytest.raises(kubernetes_validate.ValidationError, match="readonly"):
        validate(manifest, VERSIONS[0])


@pytest.mark.parametrize("folder", ["base", "s3", "keda"])
def test_what_kustomize_makes_is_valid(folder: str) -> None:
    manifests = built(folder)

    assert set(pods(manifests)) == {*PARTS, "redis"}
    for each in manifests:
        assert each["metadata"].get("namespace", "copytaster") == "copytaster"
        if each["kind"] != "ScaledObject":
            validate(each, VERSIONS[0])


@pytest.mark.parametrize("name", [*PARTS, "redis"])
def test_each_pod_is_as_contained_as_in_compose(name: str) -> None:
    manifests = plain()
    pod = pods(manifests)[name]["spec"]

    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not pod["automountServiceAccountToken"]
    assert not pod["enableServiceLinks"]
    assert [each["securityContext"] for each in pod["containers"]] == [
        {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    ]
    assert container(manifests, name)["resources"]["limits"]["memory"]
    grace = COMPOSE[name].get("stop_grace_period", "10s").removesuffix("s")
    assert pod["terminationGracePeriodSeconds"] >= int(grace)


@pytest.mark.parametrize("name", PARTS)
def test_each_part_runs_the_command_and_the_health_check_of_compose(name: str) -> None:
    manifests = plain()
    part = container(manifests, name)
    check = COMPOSE[name]["healthcheck"]["test"][1:]

    assert part["args"] == COMPOSE[name]["command"]
    if name == "api":
        probe = {"path": "/livez", "port": "http"}
        assert [part[f"{each}Probe"]["httpGet"] for each in ("startup", "liveness", "readiness")] == [probe] * 3
    else:  # a failed probe restarts the container: the check need not end it, and must fail for silence alone
        command = check[: check.index("--end-after")]
        assert part["startupProbe"]["exec"]["command"] == command
        assert part["livenessProbe"]["exec"]["command"] == [*command, "--alive"]
        patience = int(COMPOSE[name]["healthcheck"]["timeout"].removesuffix("s"))
        assert part["startupProbe"]["timeoutSeconds"] == part["livenessProbe"]["timeoutSeconds"] == patience


def test_the_api_serves_on_while_the_nodes_learn_that_its_pod_ends_and_has_the_time_to_end() -> None:
    manifests = plain()
    command, seconds = container(manifests, "api")["lifecycle"]["preStop"]["exec"]["command"]

    assert command == "sleep"
    grace = pods(manifests)["api"]["spec"]["terminationGracePeriodSeconds"]
    assert 0 < int(seconds) <= grace - CONNECTIONS_END_SECONDS - STREAMS_END_SECONDS


def test_redis_runs_with_the_arguments_of_compose() -> None:
    defaults = [
        each if not each.startswith("${") else each.partition(":-")[2].rstrip("}")
        for each in COMPOSE["redis"]["command"]
    ]

    redis = container(plain(), "redis")
    assert redis["command"] == defaults
    assert redis["image"] == COMPOSE["redis"]["image"].partition(":-")[2].rstrip("}")


@pytest.mark.parametrize("folder", ["base", "s3"])
@pytest.mark.parametrize("name", PARTS)
def test_a_part_starts_with_its_variables(folder: str, name: str, tmp_path: Path) -> None:
    manifests = built(folder)
    part = container(manifests, name)
    environ = dict(of_kind(manifests, "ConfigMap")[part["envFrom"][0]["configMapRef"]["name"]]["data"])
    environ |= {each["name"]: each["value"] for each in part["env"]}
    mounts = {each["mountPath"]: each["name"] for each in part["volumeMounts"]}
    files = {name: Path(value) for name, value in environ.items() if name.endswith("_FILE")}

    assert all(str(each.parent) in mounts for each in files.values())
    (secret := tmp_path / "secret").write_text("a password\n")
    settings = load_settings(environ | {f"{PREFIX}REDIS_PASSWORD_FILE": str(secret)})
    assert str(settings.data) in mounts
    assert (settings.archive_url is not None) == (folder == "s3")


def test_each_secret_is_one_that_the_setup_writes_or_the_documentation_names() -> None:
    items = {
        item["key"]
        for pod in pods(plain()).values()
        for volume in pod["spec"]["volumes"]
        for item in volume.get("secret", {}).get("items", ())
    }
    documented = (REPOSITORY / "deploy" / "README.md").read_text(encoding="utf-8")

    others = items - {*yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))["secrets"]}
    assert others == {"users.acl"}
    assert all(f"/{each}" in documented or f"={each}=" in documented for each in (*others, "archive_key"))


def documented(words: str) -> str:
    """Return the command line of the guide that begins with these words."""
    guide = (REPOSITORY / "deploy" / "README.md").read_text(encoding="utf-8")
    (line,) = (each for each in guide.splitlines() if each.startswith(words))
    return line


def test_the_container_that_makes_the_users_reads_the_secrets_as_their_owner(tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
    docker.chmod(0o755)
    (tmp_path / "secrets").mkdir(mode=0o700)

    command, environ = documented("docker run --rm "), {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    subprocess.run(["/bin/sh", "-c", command], cwd=tmp_path, env=environ, check=True)

    owner = (tmp_path / "secrets").stat()
    arguments = (tmp_path / "secrets" / "users.acl").read_text(encoding="utf-8").splitlines()
    assert arguments[arguments.index("--user") + 1] == f"{owner.st_uid}:{owner.st_gid}"
    assert arguments[arguments.index("--volume") + 1] == f"{tmp_path}/secrets:/run/secrets:ro"


def test_the_first_key_is_made_in_a_pod_that_runs_without_one() -> None:
    words = documented("kubectl exec ").split()
    kind, _, name = next(each for each in words if "/" in each).partition("/")

    (workload,) = (each for each in plain() if (each["kind"].lower(), each["metadata"]["name"]) == (kind, name))
    assert container([workload], name)["args"] != ["api"]
    assert words[words.index("--") + 1 :] == ["copytaster", "keys", "create", "desk", "--scope", "admin"]


def test_an_update_ends_every_part_of_the_old_release_first() -> None:
    ended = {each for each in documented("kubectl scale ").split() if "/" in each}

    workloads = of_kind(plain(), "Deployment", "StatefulSet").items()
    assert ended == {f"{each['kind'].lower()}/{name}" for name, each in workloads if name != "redis"}


def test_the_api_answers_to_each_name_of_its_service() -> None:
    base = yaml.safe_load((FOLDER / "base" / "kustomization.yaml").read_text(encoding="utf-8"))
    literals = dict(each.split("=", 1) for each in base["configMapGenerator"][0]["literals"])
    name, namespace = of_kind(plain(), "Service")["api"]["metadata"]["name"], base["namespace"]

    names = set(literals["COPYTASTER_API_ALLOWED_HOSTS"].split(","))
    assert names >= {name, f"{name}.{namespace}", f"{name}.{namespace}.svc", f"{name}.{namespace}.svc.cluster.local"}


def test_with_an_archive_on_s3_only_the_watcher_has_the_volume() -> None:
    manifests = built("s3")
    volumes = {
        name: {each["name"]: each for each in pods(manifests)[name]["spec"]["volumes"]}["data"] for name in PARTS
    }

    assert [name for name, each in volumes.items() if "persistentVolumeClaim" in each] == ["watcher"]
    assert of_kind(manifests, "PersistentVolumeClaim")["data"]["spec"]["accessModes"] == ["ReadWriteOnce"]


def test_budgets_and_policies_select_pods_that_exist() -> None:
    labels = {name: pod["metadata"]["labels"] for name, pod in pods(plain()).items()}

    def selected(selector: Manifest) -> set[str]:
        wanted = selector.get("matchLabels", {}).items()
        return {name for name, own in labels.items() if wanted <= own.items()}

    budgets = of_kind(plain(), "PodDisruptionBudget").values()
    policies = of_kind(plain(), "NetworkPolicy").values()
    workloads = of_kind(plain(), "Deployment", "StatefulSet")
    several = {name for name, each in workloads.items() if each["spec"].get("replicas", 1) > 1}
    assert set().union(*(selected(each["spec"]["selector"]) for each in budgets)) == several
    assert all(selected(each["spec"]["podSelector"]) for each in policies)
    assert selected({"matchLabels": {"redis": "client"}}) == set(PARTS)
    assert any(each["spec"]["podSelector"] == {} and "ingress" not in each["spec"] for each in policies)


@pytest.mark.parametrize("name", ["worker", "tagger"])
def test_a_part_is_scaled_by_a_metric_that_exists(name: str) -> None:
    scaled = of_kind(plain(), "ScaledObject")[name]["spec"]
    (trigger,) = scaled["triggers"]
    metadata = trigger["metadata"]

    assert scaled["scaleTargetRef"]["name"] in of_kind(plain(), "Deployment")
    assert 2 <= scaled["minReplicaCount"] <= scaled["fallback"]["replicas"] <= scaled["maxReplicaCount"]
    assert (trigger["type"], {*metadata}) == ("prometheus", {"serverAddress", "query", "threshold"})
    assert unknown_names(metadata["query"], known_metrics()) == []
    assert math.isfinite(float(metadata["threshold"]))
    queue = metadata["query"].partition('="')[2].partition('"')[0]
    assert queue in container(plain(), name)["args"]
    assert "replicas" not in of_kind(built("keda"), "Deployment")[name]["spec"]
