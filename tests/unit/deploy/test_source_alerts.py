"""The alerts about sources fire for what is found, and not without it, as promtool evaluates the rules."""

from __future__ import annotations

from pathlib import Path

import yaml

from copytaster.model.source_finding import FindingKind
from tests.unit.deploy.promql import promtool

RULES = Path(__file__).parents[3] / "deploy" / "prometheus" / "rules" / "sources.yml"


def test_each_finding_has_an_alert_that_fires_for_it_alone(tmp_path: Path) -> None:
    cases = []
    for found in (None, *FindingKind):
        series = [
            {"series": f'copytaster_unusual_sources{{source="{source}",finding="{kind}"}}', "values": f"{value}x40"}
            for kind in FindingKind
            for source, value in (("(others)", 0), *([("Kestrel", 1)] if kind is found else []))
        ]
        name = f"CopytasterSource{found.capitalize()}" if found else None
        samples = [{"labels": f'{{alertname="{name}",source="Kestrel"}}', "value": 1}] if name else []
        check = {
            "expr": 'count by (alertname, source) (ALERTS{alertstate="firing"})',
            "eval_time": "30m",
            "exp_samples": samples,
        }
        cases.append({"interval": "1m", "input_series": series, "promql_expr_test": [check]})
    file = tmp_path / "alerts.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": cases}))

    promtool("test", "rules", file)
