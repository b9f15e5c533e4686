"""Each alert fires under its fault and not without it, as promtool evaluates the rules."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from copytaster_api.runbooks import load_runbooks
from tests.unit.deploy.metric_names import known_metrics, metrics_of_the_system
from tests.unit.deploy.promql import first_aggregations, promtool, unknown_names

DEPLOY = Path(__file__).parents[3] / "deploy"
RULES = sorted((DEPLOY / "prometheus" / "rules").glob("*.yml"))

OWN = DEPLOY / "prometheus" / "rules" / "copytaster.yml"
"""The rules whose faults are listed here."""

HEALTHY = {
    'up{job="api",instance="a"}': "1x40",
    'up{job="watcher",instance="w"}': "1x40",
    'up{job="worker",instance="k"}': "1x40",
    "copytaster_store_up": "1x40",
    "copytaster_balance_closed": "1x40",
    'copytaster_problem{code="files_failed",kind="notice"}': "1x40",
    'copytaster_problem{code="intake_interrupted",kind="notice"}': "1x3 _x37",
    'copytaster_task_failures_total{how="error"}': "0+1x40",
    'copytaster_queue_oldest_seconds{queue="ingest"}': "2x40",
    'copytaster_queue_oldest_seconds{queue="retag"}': "90000x40",
    'copytaster_oldest_delivery_seconds{lane="ingest"}': "3x40",
    'copytaster_oldest_delivery_seconds{lane="backfill"}': "80000x40",
    'copytaster_deliveries{disposition="quarantined"}': "0+1x40",
    "copytaster_deliveries_seen_total": "0+900x40",
    'copytaster_background_failures_total{task="webhooks"}': "0x15 1x25",
    'copytaster_intake_paused{reason="queue"}': "0x40",
    'copytaster_intake_paused{reason="disk"}': "0x40",
    "copytaster_intake_behind_seconds": "0x40",
    'copytaster_disk_free_bytes{disk="archive"}': "90000x40",
    "copytaster_disk_pause_bytes": "256x40",
    "copytaster_server_memory_bytes": "72x40",
    "copytaster_server_memory_limit_bytes": "100x40",
    'copytaster_archive_damage{kind="original_unnamed"}': "3x40",
    'copytaster_archive_damage{kind="journal_line"}': "0x40",
    "copytaster_archive_checked_timestamp_seconds": "0x40",
    "copytaster_archive_check_interval_seconds": "2592000x40",
    "copytaster_search_lag_seconds": "0x40",
    'copytaster_event_lag_seconds{reader="webhooks"}': "0.4x40",
    'copytaster_webhook_messages{state="dead"}': "0x40",
    "copytaster_webhook_failing_seconds": "30x40",
}
"""Series of a system without a fault, a value a minute. The clock of promtool begins in 1970."""

REDIS = "CopytasterRedisDown"

FAULTS: dict[str, dict[str, str]] = {
    "CopytasterApiMissing": {'up{job="api",instance="a"}': "0x40"},
    "CopytasterTargetDown": {'up{job="worker",instance="k"}': "0x40"},
    "CopytasterPartMissing": {'copytaster_problem{code="no_watcher",kind="problem"}': "1x40"},
    REDIS: {"copytaster_store_up": "0x40"},
    "CopytasterWorkersDie": {'copytaster_task_failures_total{how="worker_lost"}': "0+1x40"},
    "CopytasterUnsandboxed": {'copytaster_problem{code="unsandboxed",kind="notice"}': "1x40"},
    "CopytasterProblem": {'copytaster_problem{code="restart_loop",kind="problem"}': "1x40"},
    "CopytasterNoProgress": {'copytaster_problem{code="stalled_ingest",kind="problem"}': "1x40"},
    "CopytasterQueueOld": {'copytaster_queue_oldest_seconds{queue="ingest"}': "0+60x40"},
    "CopytasterDeliveryOld": {'copytaster_oldest_delivery_seconds{lane="ingest"}': "0+60x40"},
    "CopytasterBalanceOpen": {"copytaster_balance_closed": "0x40"},
    "CopytasterQuarantineRate": {'copytaster_deliveries{disposition="quarantined"}': "0+90x40"},
    "CopytasterBackgroundFailing": {'copytaster_background_failures_total{task="webhooks"}': "0+2x40"},
    "CopytasterIntakePaused": {'copytaster_intake_paused{reason="disk"}': "1x40"},
    "CopytasterNotice": {'copytaster_problem{code="rules_broken",kind="notice"}': "1x40"},
    "CopytasterIntakeInterrupted": {'copytaster_problem{code="intake_interrupted",kind="notice"}': "1x40"},
    "CopytasterIntakeBehind": {"copytaster_intake_behind_seconds": "0+60x40"},
    "CopytasterDiskLow": {'copytaster_disk_free_bytes{disk="archive"}': "1000x40"},
    "CopytasterMemoryLow": {"copytaster_server_memory_bytes": "79x40"},
    "CopytasterArchiveDamaged": {'copytaster_archive_damage{kind="journal_line"}': "1x40"},
    "CopytasterArchiveUnchecked": {"copytaster_archive_checked_timestamp_seconds": "-6000000x40"},
    "CopytasterClockMoved": {'copytaster_problem{code="clock_moved",kind="notice"}': "1x40"},
    "CopytasterSearchLag": {"copytaster_search_lag_seconds": "0+60x40"},
    "CopytasterEventLag": {'copytaster_event_lag_seconds{reader="webhooks"}': "0+60x40"},
    "CopytasterWebhookDeadLetters": {'copytaster_webhook_messages{state="dead"}': "2x40"},
    "CopytasterWebhookFailing": {"copytaster_webhook_failing_seconds": "4000x40"},
}
"""The series that are different under each fault."""


def alerts(path: Path) -> Iterator[dict[str, Any]]:
    for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
        yield from (rule for rule in group["rules"] if "alert" in rule)


ALL = [pytest.param(each, id=each["alert"]) for path in RULES for each in alerts(path)]


def noticed() -> set[str]:
    """Return the codes that an alert names as those that end only with a correction."""
    (rule,) = (each for each in alerts(OWN) if each["alert"] == "CopytasterNotice")
    return set(rule["expr"].split('code=~"')[1].split('"')[0].split("|"))


def case(name: str, changed: dict[str, str], firing: list[str]) -> dict[str, Any]:
    """Return a test for promtool: with these series, exactly these alerts fire after half an hour."""
    series = HEALTHY | changed
    samples = [{"labels": f'{{alertname="{each}"}}', "value": 1} for each in firing]
    check = {"expr": 'count by (alertname) (ALERTS{alertstate="firing"})', "eval_time": "30m", "exp_samples": samples}
    return {
        "name": name,
        "interval": "1m",
        "input_series": [{"series": each, "values": values} for each, values in series.items()],
        "promql_expr_test": [check],
    }


def test_each_alert_fires_under_its_fault_and_none_without_one(tmp_path: Path) -> None:
    assert {each["alert"] for each in alerts(OWN)} == {*FAULTS}
    cases = [case("no fault", {}, []), *(case(name, changed, [name]) for name, changed in FAULTS.items())]
    cases.append(case("refused changes", {'copytaster_problem{code="no_redis",kind="problem"}': "1x40"}, [REDIS]))
    unchecked = FAULTS["CopytasterArchiveUnchecked"]
    for days in (0, 90):
        interval = {"copytaster_archive_check_interval_seconds": f"{days * 86_400}x40"}
        cases.append(case(f"a check in {days} days, or none", unchecked | interval, []))
    file = tmp_path / "alerts.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(OWN)], "evaluation_interval": "1m", "tests": cases}))

    promtool("test", "rules", file)


@pytest.mark.parametrize(
    ("failures", "hours", "fires"),
    [
        ("0+1x24 24+0x1500", 1, True),  # at each run, for a quarter of an hour
        ("0 10+0x1500", 1, False),  # an outage of some seconds
        (" ".join(f"{count}+0x9" for count in range(20)), 3, True),  # passes ten minutes apart
        (" ".join(f"{count}+0x59" for count in range(10)), 8, True),  # passes an hour apart
        (" ".join(f"{count}+0x359" for count in range(5)), 24, True),  # passes six hours apart
        ("0+0x59 9+0x119 18+0x1300", 6, False),  # two short outages
        ("0+0x59 9+0x719 18+0x1300", 23, False),
    ],
)
def test_a_task_that_goes_on_failing_is_seen_however_rare_its_passes_are(
    tmp_path: Path, failures: str, hours: int, *, fires: bool
) -> None:
    own = [each for each in alerts(OWN) if each["alert"] == "CopytasterBackgroundFailing"]
    rules, tests = tmp_path / "rules.yml", tmp_path / "tests.yml"
    rules.write_text(yaml.safe_dump({"groups": [{"name": "own", "rules": own}]}))
    check = {
        "expr": 'count(max_over_time(ALERTS{alertstate="firing"}[1d]))',
        "eval_time": f"{hours}h",
        "exp_samples": [{"labels": "{}", "value": 1}] if fires else [],
    }
    series = {"series": 'copytaster_background_failures_total{task="retention"}', "values": failures}
    found = {"interval": "1m", "input_series": [series], "promql_expr_test": [check]}
    tests.write_text(yaml.safe_dump({"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": [found]}))

    promtool("test", "rules", tests)


def test_an_alert_about_notices_names_only_codes_that_the_status_can_have() -> None:
    assert noticed() <= {code for each in load_runbooks() for code in each.codes}


def test_the_configuration_and_all_rules_are_valid(tmp_path: Path) -> None:
    shutil.copytree(DEPLOY / "prometheus", tmp_path, dirs_exist_ok=True)
    config = tmp_path / "prometheus.yml"
    # The check wants to see the files of secrets, and the container alone has them.
    config.write_text(config.read_text(encoding="utf-8").replace("/run/secrets/", f"{tmp_path}/"), encoding="utf-8")
    (tmp_path / "prometheus_key").touch()

    promtool("check", "config", config)


@pytest.mark.parametrize("rule", ALL)
def test_an_alert_says_what_happened_how_urgent_it_is_and_where_the_runbook_is(rule: dict[str, Any]) -> None:
    known = {code for each in load_runbooks() for code in each.codes}
    address = rule["annotations"]["runbook_url"]
    code = address.rpartition("#")[2]

    assert all(rule["annotations"][each] for each in ("summary", "description"))
    assert address.startswith("{{ $externalLabels.copytaster }}/problems#")
    assert code in known or code == "{{ $labels.code }}"
    assert rule["labels"]["severity"] in {"warning", "critical"} or "{{" in rule["labels"]["severity"]


@pytest.mark.parametrize("rule", ALL)
def test_an_alert_uses_metrics_and_labels_that_exist(rule: dict[str, Any]) -> None:
    assert unknown_names(rule["expr"], known_metrics()) == []


@pytest.mark.parametrize("rule", ALL)
def test_an_alert_does_not_add_up_what_every_api_tells_alike(rule: dict[str, Any]) -> None:
    alike = metrics_of_the_system()

    assert {
        each for each in first_aggregations(rule["expr"]) if each[0] in alike and each[1] not in {"max", "min"}
    } == set()
