from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from copytaster.bootstrap.effective_settings import effective_settings
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.pipeline import open_policy
from copytaster.bootstrap.retention import open_placement_retention, open_retention
from copytaster.bootstrap.store import ADDRESS_FILE, memory_store, redis_address
from copytaster.clock import SystemClock
from copytaster.errors import ConfigurationError
from copytaster.metrics import WatcherMetrics
from copytaster.settings import PREFIX, LogFormat, Settings


def test_without_variables_the_defaults_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYTASTER_API_PORT", "77")

    settings = load_settings({"HOME": "/root", "PATH": "/bin"})

    assert settings == Settings()
    assert (settings.api_port, settings.inbox) == (8000, Path("data/inbox"))


def test_variables_are_read_with_their_types() -> None:
    settings = load_settings(
        {
            "COPYTASTER_DATA": "/srv/news",
            "COPYTASTER_API_PORT": "0",
            "COPYTASTER_SETTLE_SECONDS": "0.5",
            "COPYTASTER_LOG_FORMAT": "json",
            "COPYTASTER_REDIS_URL": "redis://:secret@server/0",
            "COPYTASTER_CORPORA": "read by benchmarks alone",
        }
    )

    assert (settings.api_port, settings.settle_seconds, settings.log_format) == (0, 0.5, LogFormat.JSON)
    assert settings.quarantine == Path("/srv/news/quarantine")
    assert redis_address(settings) == "redis://:secret@server/0"
    assert "secret" not in repr(settings)


def test_an_unknown_variable_is_named_with_the_nearest_known() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({"COPYTASTER_SETLE_SECONDS": "1", "COPYTASTER_ZZZ": "1"})

    message = str(caught.value)
    assert "COPYTASTER_SETLE_SECONDS: there is no such setting; did you mean COPYTASTER_SETTLE_SECONDS?" in message
    assert "COPYTASTER_ZZZ: there is no such setting" in message


def test_every_wrong_variable_is_named_at_once_with_what_was_given() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({"COPYTASTER_API_PORT": "70000", "COPYTASTER_MAX_ATTEMPTS": "many", "COPYTASTER_TYPO": ""})

    message = str(caught.value)
    assert "COPYTASTER_API_PORT" in message
    assert "'70000'" in message
    assert "COPYTASTER_MAX_ATTEMPTS" in message
    assert "'many'" in message
    assert "COPYTASTER_TYPO" in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SETTLE_SECONDS", "0"),
        ("SETTLE_SECONDS", "inf"),
        ("NEAR_DAYS", "nan"),
        ("STORY_DAYS", "1e9"),
        ("ARCHIVE_CHECK_DAYS", "1e9"),
        ("RETENTION_ARTICLES_DAYS", "999999"),
        ("RETENTION_ORIGINALS_DAYS", "380000"),
        ("NEAR_THRESHOLD", "1.1"),
        ("BATCH_SIZE", "501"),
        ("MAX_FILE_BYTES", "-1"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
        ("CONCURRENCY", "1.5"),
    ],
)
def test_values_out_of_bounds_stop_the_start(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"COPYTASTER_{name}: .*{value}"):
        load_settings({f"COPYTASTER_{name}": value})


def test_the_embedded_servers_address_is_read_from_its_folder(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    settings.server_folder.mkdir()
    (settings.server_folder / ADDRESS_FILE).write_text("redis://127.0.0.1:7777/0\n")

    assert redis_address(settings) == "redis://127.0.0.1:7777/0"


def test_without_any_server_the_message_has_advice(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="copytaster up"):
        redis_address(Settings(data=tmp_path))


def test_the_first_delay_is_the_one_that_is_set() -> None:
    policy = open_policy(Settings(retry_seconds=7))

    assert policy.backoff.first.total_seconds() == 7


def test_ages_of_sources_are_read_by_name() -> None:
    given = {"COPYTASTER_RETENTION_SOURCE_DAYS": "The Harbour Wire=365, a=b=0.5 ,"}

    assert load_settings(given).retention_source_days == {"The Harbour Wire": 365.0, "a=b": 0.5}


@pytest.mark.parametrize("wrong", ["Harbour Wire", "=7", "Wire=-1", "Wire=soon", "Wire=999999"])
def test_an_age_of_a_source_that_cannot_be_read_is_named(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match="COPYTASTER_RETENTION_SOURCE_DAYS"):
        load_settings({"COPYTASTER_RETENTION_SOURCE_DAYS": wrong})


DURATIONS = [
    (name, value)
    for name in Settings.model_fields
    for unit, value in (("_days", "36526"), ("_hours", "876601"), ("_seconds", "3155760001"))
    if name.endswith(unit)
]


@pytest.mark.parametrize(("name", "value"), DURATIONS)
def test_no_duration_is_so_long_that_a_time_before_now_would_be_no_date(name: str, value: str) -> None:
    variable = PREFIX + name.upper()
    most = f"Wire={value}" if name == "retention_source_days" else value

    with pytest.raises(ConfigurationError, match=f"{variable}: Input should be less than or equal to"):
        load_settings({variable: most})


@pytest.mark.parametrize("kind", ["articles", "deliveries", "failed", "originals"])
def test_what_is_kept_for_the_longest_time_is_examined_without_an_error(tmp_path: Path, kind: str) -> None:
    settings = load_settings({"COPYTASTER_DATA": str(tmp_path), f"COPYTASTER_RETENTION_{kind.upper()}_DAYS": "36525"})
    clock, metrics = SystemClock(), WatcherMetrics(CollectorRegistry())
    store = memory_store(clock)

    open_retention(settings, store, metrics, clock=clock).step()
    open_placement_retention(settings, store, clock=clock).step()


@pytest.mark.parametrize("name", ["DATA", "SEARCH_FOLDER", "FIELD_MAP", "TAXONOMY", "TOPIC_MODEL", "RULES"])
@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_path_is_not_the_present_folder(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"COPYTASTER_{name}: it is empty; unset it, or name a path"):
        load_settings({f"COPYTASTER_{name}": value})


@pytest.mark.parametrize("name", ["REDIS_URL", "REDIS_PASSWORD", "BROKER_URL"])
def test_an_empty_address_is_not_that_of_the_embedded_server(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"COPYTASTER_{name}: it is empty; unset it, or give it a value"):
        load_settings({"COPYTASTER_REDIS_URL": "redis://there", f"COPYTASTER_{name}": ""})


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://user:pass@word@collector/v1", "https://***@collector/v1"),
        ("https://user:pass/word@collector/v1", "https://***@collector/v1"),
        ("https://collector/v1?key=password", "https://collector/v1?***"),
        ("https://collector/v1", "https://collector/v1"),
    ],
)
def test_the_settings_for_people_have_no_part_of_a_password(address: str, shown: str) -> None:
    found = {each.name: each.value for each in effective_settings(load_settings({"COPYTASTER_OTLP_URL": address}))}

    assert found["COPYTASTER_OTLP_URL"] == shown
