from __future__ import annotations

import pytest

from tests.unit.deploy.promql import first_aggregations, unknown_names

KNOWN = {"files_total": frozenset({"kind", "job"}), "up": frozenset({"job"})}


@pytest.mark.parametrize(
    ("expression", "unknown"),
    [
        ('sum by (kind) (rate(files_total{kind=~"a|b",job!="x"}[5m])) > 0 and on (job) up == 1', []),
        ('scalar(max(files_total)) / (1 - up{job="files_gone"}) offset 5m', []),
        ("max(file_total)", ["file_total"]),
        ('files_total{king="a"}', ["king"]),
        ("sum by (kin) (files_total)", ["kin"]),
    ],
)
def test_a_misspelt_metric_or_label_is_found(expression: str, unknown: list[str]) -> None:
    assert unknown_names(expression, KNOWN) == unknown


def test_the_aggregation_of_a_metric_is_the_innermost_one_around_it() -> None:
    expression = 'topk(3, max by (kind) (rate(files_total{kind="(a"}[5m]))) > 0 and (sum by (job) (up)) or files_left'

    assert [*first_aggregations(expression)] == [("files_total", "max"), ("up", "sum"), ("files_left", None)]
