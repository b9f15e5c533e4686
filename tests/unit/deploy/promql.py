"""Reads the names of metrics and labels in PromQL expressions, and runs promtool."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

import pytest

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
METRIC = re.compile(r"(?<![\w:.])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?(?!\s*\(|\w)")
GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
RANGE = re.compile(r"\[[^\]]*\]")
GROUPED = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")

OPENED = re.compile(r"(\w+)\s*(?:(?:by|without)\s*\([^)]*\)\s*)?$")
"""What stands before an opening bracket: a function or an aggregation, with its grouping."""

AGGREGATIONS = frozenset(
    {"sum", "count", "avg", "min", "max", "group", "stddev", "stdvar", "topk", "bottomk", "quantile"}
)

WORDS = frozenset({"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "inf", "nan"})


def selectors(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Yield the name of each metric in an expression, with the labels that are compared."""
    plain = RANGE.sub("", GROUPING.sub("", STRING.sub('""', expression)))
    for name, matchers in METRIC.findall(plain):
        if name not in WORDS:
            yield name, set(LABEL.findall(matchers))


def unknown_names(expression: str, known: Mapping[str, AbstractSet[str]]) -> list[str]:
    """Return the metrics of an expression that are not known, and the labels that none of its metrics has."""
    used = list(selectors(expression))
    assert used, f"no metric found in {expression}"
    metrics = [name for name, _ in used if name not in known]
    labels = {label for name, some in used if name in known for label in some - known[name]}
    of_all = frozenset[str]().union(*(known.get(name, frozenset()) for name, _ in used))
    grouped = {label for some in GROUPED.findall(expression) for label in re.findall(r"\w+", some)}
    return [*metrics, *sorted(labels), *sorted(grouped - of_all)]


def first_aggregations(expression: str) -> Iterator[tuple[str, str | None]]:
    """Yield the name of each metric in an expression, with the aggregation that it goes through first."""
    plain = STRING.sub('""', expression)
    for found in METRIC.finditer(GROUPING.sub(lambda each: " " * len(each.group()), plain)):
        if found.group(1) not in WORDS:
            yield found.group(1), next(_around(plain[: found.start()]), None)


def _around(before: str) -> Iterator[str]:
    """Yield the aggregations whose brackets are still open, the innermost first."""
    closed = 0
    for place in range(len(before) - 1, -1, -1):
        if before[place] == ")":
            closed += 1
        elif before[place] == "(" and closed:
            closed -= 1
        elif before[place] == "(" and (opened := OPENED.search(before[:place])) and opened.group(1) in AGGREGATIONS:
            yield opened.group(1)


def promtool(*arguments: str | Path) -> str:
    """Return what promtool prints; skip the test where it is not installed, fail where it finds a fault."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed: it is in the package prometheus of Debian")
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
