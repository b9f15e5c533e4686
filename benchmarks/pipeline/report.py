"""Prints nested figures for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

WIDTH = 48


def lines(figures: dict[str, Any], indent: str = "") -> Iterator[str]:
    """Yield a line for each figure; those of a group are indented below its name."""
    for name, value in figures.items():
        if isinstance(value, dict) and any(isinstance(each, dict) for each in value.values()):
            yield f"{indent}{name}"
            yield from lines(value, indent + "  ")
        elif isinstance(value, dict):
            yield f"{indent}{name}"
            yield from (f"{indent}  {key:{WIDTH - len(indent) - 2}} {each}" for key, each in value.items())
        else:
            yield f"{indent}{name:{WIDTH - len(indent)}} {value}"
