from __future__ import annotations

from pathlib import Path

import pytest

from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.store import redis_address
from copytaster.errors import ConfigurationError
from copytaster.model.work import Work
from copytaster_cli.commands.demo import demo_environment
from copytaster_cli.processes.readiness import api_address, read_problem
from copytaster_cli.processes.tree import METRICS, PROCESSES, part_arguments, tree_environment


def test_a_demo_takes_over_nothing_that_belongs_to_somebody_else(tmp_path: Path) -> None:
    environ = {
        "PATH": "/bin",
        "COPYTASTER_DATA": "/srv/news",
        "COPYTASTER_REDIS_URL": "redis://there",
        "COPYTASTER_REDIS_PASSWORD_FILE": "/run/secrets/redis",
        "COPYTASTER_ARCHIVE_URL": "s3://originals",
        "COPYTASTER_METRICS_PORT": "9100",
        "COPYTASTER_LOG_LEVEL": "DEBUG",
    }

    own = demo_environment(environ, tmp_path)

    assert own == {
        "PATH": "/bin",
        "COPYTASTER_DATA": str(tmp_path),
        "COPYTASTER_API_PORT": "0",
        "COPYTASTER_LOG_LEVEL": "DEBUG",
    }


def test_a_demo_still_refuses_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="COPYTASTER_CONCURENCY"):
        load_settings(demo_environment({"COPYTASTER_CONCURENCY": "2"}, tmp_path))


def test_the_parts_get_the_settings_that_the_tree_chose() -> None:
    settings = load_settings({"COPYTASTER_DATA": "/srv/news", "COPYTASTER_REDIS_URL": "redis://:pw@127.0.0.1:7/0"})

    environ = tree_environment({"PATH": "/bin", "COPYTASTER_DATA": "elsewhere"}, settings)

    assert load_settings({key: value for key, value in environ.items() if key != "PATH"}) == settings
    assert environ["PATH"] == "/bin"


def test_a_secret_in_a_file_does_not_reach_the_environment_of_the_parts(tmp_path: Path) -> None:
    file = tmp_path / "address"
    file.write_text("redis://:pw@127.0.0.1:7/0\n", encoding="utf-8")
    given = {"COPYTASTER_REDIS_URL_FILE": str(file)}

    environ = tree_environment(given, load_settings(given))

    assert not [value for value in environ.values() if "pw" in value]
    assert redis_address(load_settings(environ)) == "redis://:pw@127.0.0.1:7/0"


def test_every_kind_of_work_has_a_worker_in_the_tree() -> None:
    queues = [queue for _, its in PROCESSES.values() for queue in its]

    assert sorted(queues) == sorted(Work)
    assert part_arguments(*("worker", *PROCESSES["background"][1]))[2:] == ("copytaster_workers", "suspect", "backfill")
    assert {*METRICS} < {*PROCESSES}


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/"),
        ("0.0.0.0", "http://127.0.0.1:8000/"),  # noqa: S104  # nothing is bound here
        ("::", "http://[::1]:8000/"),
    ],
)
def test_the_dashboard_is_announced_at_an_address_that_a_browser_takes(host: str, address: str) -> None:
    assert api_address(load_settings({"COPYTASTER_API_HOST": host})) == address


def test_an_api_that_does_not_answer_is_not_ready(own_port: int) -> None:
    settings = load_settings({"COPYTASTER_API_PORT": str(own_port)})

    assert "does not answer" in (read_problem(settings) or "")
