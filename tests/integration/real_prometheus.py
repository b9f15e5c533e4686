"""A real Prometheus that scrapes processes of a test and evaluates the alert rules of the repository, every second."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import yaml

if TYPE_CHECKING:
    from tests.conftest import Waiter

DEPLOY = Path(__file__).parents[2] / "deploy"

RULES = DEPLOY / "prometheus" / "rules"

START_SECONDS = 60.0


class Prometheus:
    """A running Prometheus."""

    def __init__(self, port: int, key: Path) -> None:
        self.key = key
        """The file from which it reads the key for the API."""
        self._port = port

    def answers(self) -> bool:
        with suppress(OSError, ValueError):  # while it starts, it answers in words
            self._ask("targets")
            return True
        return False

    def targets(self) -> dict[str, str]:
        """Return the health of each target, by its job."""
        found = self._ask("targets", state="active")["activeTargets"]
        return {each["labels"]["job"]: each["health"] for each in found}

    def firing(self) -> dict[str, dict[str, str]]:
        """Return the labels and annotations of the alerts that fire, by name."""
        alerts = self._ask("alerts")["alerts"]
        firing = (each for each in alerts if each["state"] == "firing")
        return {each["labels"]["alertname"]: each["labels"] | each["annotations"] for each in firing}

    def evaluations(self) -> int:
        """Return how often the rules were evaluated."""
        found = self._ask("query", query="min(prometheus_rule_evaluations_total)")["result"]
        return int(found[0]["value"][1]) if found else 0

    def _ask(self, path: str, **query: str) -> Any:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request("GET", f"/api/v1/{path}?{urlencode(query)}")
            return json.load(connection.getresponse())["data"]
        finally:
            connection.close()


@contextmanager
def running_prometheus(
    program: str, folder: Path, port: int, targets: Mapping[str, int], wait: Waiter
) -> Iterator[Prometheus]:
    """Run Prometheus with one target for each job, which is given with its port, and end it."""
    (folder / "rules").mkdir(parents=True)
    for file in RULES.glob("*.yml"):
        # A second instead of minutes; what is not seen for long in a test, seconds as well.
        text = re.sub(r"for: \w+", "for: 1s", file.read_text(encoding="utf-8"))
        (folder / "rules" / file.name).write_text(
            re.sub(r"(search_lag_seconds\)) > 120", r"\1 > 3", text), encoding="utf-8"
        )
    (key := folder / "prometheus_key").write_text(_key_of_the_setup(), encoding="ascii")
    jobs: list[dict[str, Any]] = [
        {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{number}"]}]}
        for job, number in {**targets, "prometheus": port}.items()
    ]
    for each in jobs:
        if each["job_name"] == "api":  # as in the configuration of the repository
            each["authorization"] = {"credentials_file": str(key)}
    labels = {"copytaster": "http://desk.example:8000"}
    often = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s", "external_labels": labels}
    config = folder / "prometheus.yml"
    config.write_text(
        yaml.safe_dump({"global": often, "rule_files": [f"{folder}/rules/*.yml"], "scrape_configs": jobs})
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                program,
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    try:
        prometheus = Prometheus(port, key)
        wait(lambda: prometheus.answers() or process.poll() is not None, seconds=START_SECONDS)
        assert process.poll() is None, (folder / "log").read_text()
        yield prometheus
    finally:
        process.kill()
        process.wait()


def _key_of_the_setup() -> str:
    """Return what `deploy/setup` writes in place of a key, until a person has created one."""
    found = re.search(
        r"^ +write_secret prometheus_key (\S+)$", (DEPLOY / "setup").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert found
    return f"{found[1]}\n"
