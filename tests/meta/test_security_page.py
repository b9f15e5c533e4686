"""SECURITY.md names the test of each defence: each of them exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

PAGE = (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def functions(file: str) -> set[str]:
    module = ast.parse((REPOSITORY / file).read_text(encoding="utf-8"))
    return {each.name for each in module.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_each_test_that_the_page_names_exists() -> None:
    missing = [f"{file}::{name}" for file, name in NAMED.findall(PAGE) if name not in functions(file)]

    assert missing == []


def test_each_defence_names_a_test() -> None:
    tables = re.findall(r"\| what defends \| test \|\n\|---\|---\|\n((?:\|.*\n)+)", PAGE)
    rows = [row for table in tables for row in table.splitlines()]

    assert len(tables) == len(re.findall(r"^## ", PAGE, re.MULTILINE))
    assert [row for row in rows if not NAMED.search(row)] == []


def test_each_attacker_has_something_that_is_not_defended() -> None:
    sections = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]

    assert [each.splitlines()[0] for each in sections if "Not defended: " not in each] == ["Packages"]
