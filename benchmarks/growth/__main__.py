"""``python -m benchmarks.growth [--articles 20000] [--chart FILE] [--json]``, and with ``--year [--per-day 40]``.

Without ``--year`` the store grows and nothing is removed; with it a year passes in fast time, with retention.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

# Like in a worker. NumPy reads the variable when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.growth import curve, year
from benchmarks.growth.chart import Panel, svg
from benchmarks.growth.desk import log_warnings_only
from benchmarks.growth.desks import open_desks
from benchmarks.own_server import own_server
from benchmarks.pipeline.report import lines


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--articles", type=int, default=20_000, help="size of the store at the end (default 20,000)")
    parser.add_argument("--year", action="store_true", help="let days pass, with retention")
    parser.add_argument("--days", type=int, default=365, help="with --year: how many")
    parser.add_argument("--per-day", type=int, default=40, help="with --year: articles a day; 3,000 is the real one")
    parser.add_argument("--chart", type=Path, help="write the curves to this file, as SVG")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    log_warnings_only()
    figures, panels = _year(options) if options.year else _curve(options)
    if options.chart:
        options.chart.write_text(svg(panels), encoding="utf-8")
    print(json.dumps(figures) if options.json else "\n".join(_readable(figures)))


def _curve(options: argparse.Namespace) -> tuple[dict[str, Any], list[Panel]]:
    with own_server() as client:
        points = curve.grow(client, options.articles, options.seed)
    return curve.figures(points), curve.panels(points)


def _year(options: argparse.Namespace) -> tuple[dict[str, Any], list[Panel]]:
    with own_server() as client, open_desks(client) as desks:
        days, walk = year.live(client, desks, days=options.days, per_day=options.per_day, seed=options.seed)
    return year.figures(days, walk), year.panels(days)


def _readable(figures: dict[str, Any]) -> list[str]:
    points: list[dict[str, Any]] = figures.pop("points")
    table = [" ".join(f"{name:>17}" for name in points[0])]
    table += [" ".join(f"{value:>17}" for value in each.values()) for each in points]
    return [*table, *lines(figures)]


if __name__ == "__main__":
    main()
