"""The dashboards of Grafana are those that the generator writes, and ask for metrics that exist."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.generate import FOLDER, dashboards, text_of
from tests.unit.deploy.metric_names import known_metrics, metrics_of_the_system
from tests.unit.deploy.promql import first_aggregations, promtool, unknown_names

BOARDS = dashboards()

PANELS = [
    pytest.param(panel, id=f"{name} {panel['title']}") for name, board in BOARDS.items() for panel in board["panels"]
]


def expressions() -> list[str]:
    return [target["expr"] for board in BOARDS.values() for panel in board["panels"] for target in panel["targets"]]


def test_the_files_are_what_the_generator_writes() -> None:
    files = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.json")}

    assert files == {name: text_of(board) for name, board in BOARDS.items()}, (
        "run `.venv/bin/python -m deploy.grafana.generate`"
    )


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_uses_metrics_and_labels_that_exist(panel: dict[str, Any]) -> None:
    known = known_metrics()

    assert panel["targets"]
    assert [name for target in panel["targets"] for name in unknown_names(target["expr"], known)] == []


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_does_not_add_up_what_every_api_tells_alike(panel: dict[str, Any]) -> None:
    alike = metrics_of_the_system()
    firsts = {each for target in panel["targets"] for each in first_aggregations(target["expr"])}

    assert {(name, first) for name, first in firsts if name in alike and first not in {"max", "min"}} == set()


def test_all_expressions_are_valid(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": each} for number, each in enumerate(expressions())]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))

    promtool("check", "rules", file)


@pytest.mark.parametrize("name", BOARDS)
def test_no_panel_covers_another_one_and_all_use_the_data_source_that_is_provisioned(name: str) -> None:
    panels = BOARDS[name]["panels"]
    cells = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    provisioning = FOLDER.with_name("provisioning") / "datasources" / "prometheus.yml"
    uids = {each["uid"] for each in yaml.safe_load(provisioning.read_text(encoding="utf-8"))["datasources"]}

    assert len(cells) == len(set(cells))
    assert all(x < 24 for x, _ in cells)
    assert {panel["datasource"]["uid"] for panel in panels} <= uids
    assert json.loads(text_of(BOARDS[name])) == BOARDS[name]
