"""What a scraper gets while processes of the worker create their files."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from copytaster.metrics import PipelineMetrics, TaskFailure
from copytaster_workers.metrics import SharedFigures


def a_file_with(value: float) -> bytes:
    """Return a file as prometheus_client writes it: the length in use, then a key, padded, its value and a time."""
    key = json.dumps(["read", "read_total", {}, "Files that were read."]).encode()
    padded = key + b" " * (8 - (len(key) + 4) % 8)
    entry = struct.pack(f"i{len(padded)}sdd", len(key), padded, value, 0.0)
    return struct.pack("ixxxx", 8 + len(entry)) + entry


def test_a_file_that_has_been_created_but_not_filled_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "counter_main.db").write_bytes(a_file_with(3.0))
    (tmp_path / "counter_child-0.db").touch()
    registry = CollectorRegistry()
    registry.register(SharedFigures(tmp_path))

    assert "read_total 3.0" in generate_latest(registry).decode()


def test_each_kind_of_failure_is_counted_from_zero_so_that_the_first_one_is_an_increase() -> None:
    registry = CollectorRegistry()
    PipelineMetrics(registry)

    counts = [registry.get_sample_value("copytaster_task_failures_total", {"how": each}) for each in TaskFailure]

    assert counts == [0] * len(TaskFailure)
