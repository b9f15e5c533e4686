"""Panels of Grafana as plain dictionaries, in its schema of version 39."""  # noqa: INP001  # no package: a program beside its results

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

SCHEMA = 39
"""Schema of Grafana 11, which later releases convert."""

SOURCE = {"type": "prometheus", "uid": "prometheus"}
"""The data source of ``provisioning/datasources/prometheus.yml``."""

COLUMNS = 24
"""The width of a dashboard in Grafana's units."""

HEIGHT = 8


class Unit(StrEnum):
    """Units by Grafana's names."""

    NUMBER = "short"
    RATE = "ops"
    SECONDS = "s"
    BYTES = "bytes"
    SHARE = "percentunit"
    AGO = "dateTimeFromNow"


class Kind(StrEnum):
    """Kinds of panels by Grafana's names."""

    LINES = "timeseries"
    VALUE = "stat"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Line:
    """An expression in PromQL, and the name of its series; names of labels stand in ``{{ }}``."""

    expression: str
    name: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel. ``bad_from`` colours a value from there on red, ``stacked`` adds the lines up."""

    title: str
    lines: Sequence[Line]
    unit: Unit = Unit.NUMBER
    kind: Kind = Kind.LINES
    about: str = ""
    width: int = 12
    bad_from: float | None = None
    stacked: bool = False
    names: dict[str, str] = field(default_factory=dict)


def dashboard(name: str, panels: Sequence[Panel]) -> dict[str, Any]:
    """Return a dashboard with these panels, from left to right and from top to bottom."""
    return {
        "uid": f"copytaster-{name}",
        "title": f"Copytaster: {name}",
        "tags": ["copytaster"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": False,
        "refresh": "30s",
        "timezone": "browser",
        "time": {"from": "now-6h", "to": "now"},
        "links": [
            {"type": "dashboards", "title": "Copytaster", "tags": ["copytaster"], "asDropdown": True, "keepTime": True}
        ],
        "templating": {"list": []},
        "annotations": {"list": []},
        "panels": list(_placed(panels)),
    }


def _placed(panels: Sequence[Panel]) -> list[dict[str, Any]]:
    placed, x, y = list[dict[str, Any]](), 0, 0
    for number, panel in enumerate(panels, start=1):
        if x + panel.width > COLUMNS:
            x, y = 0, y + HEIGHT
        place = {"x": x, "y": y, "w": panel.width, "h": HEIGHT}
        placed.append({"id": number, "gridPos": place} | _panel(panel))
        x += panel.width
    return placed


def _panel(panel: Panel) -> dict[str, Any]:
    return {
        "type": panel.kind.value,
        "title": panel.title,
        "description": panel.about,
        "datasource": SOURCE,
        "targets": [_target(each, panel.kind, number) for number, each in enumerate(panel.lines)],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": _options(panel.kind),
        "transformations": _transformations(panel),
    }


def _target(line: Line, kind: Kind, number: int) -> dict[str, Any]:
    return {
        "refId": chr(ord("A") + number),
        "datasource": SOURCE,
        "expr": line.expression,
        "legendFormat": line.name,
        "instant": kind is not Kind.LINES,
        "range": kind is Kind.LINES,
        "format": "table" if kind is Kind.TABLE else "time_series",
    }


def _defaults(panel: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.bad_from is not None:
        steps.append({"color": "red", "value": panel.bad_from})
    lines = {"fillOpacity": 20, "stacking": {"mode": "normal"}} if panel.stacked else {"fillOpacity": 5}
    return {
        "unit": panel.unit.value,
        "thresholds": {"mode": "absolute", "steps": steps},
        "custom": lines if panel.kind is Kind.LINES else {},
    }


def _options(kind: Kind) -> dict[str, Any]:
    match kind:
        case Kind.LINES:
            return {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}}
        case Kind.VALUE:
            return {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "background"}
        case Kind.TABLE:
            return {"showHeader": True}


def _transformations(panel: Panel) -> list[dict[str, Any]]:
    if panel.kind is not Kind.TABLE:
        return []
    return [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {"excludeByName": {"Time": True}, "renameByName": panel.names}},
    ]
