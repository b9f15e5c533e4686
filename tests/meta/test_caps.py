"""Limits on the size of modules, functions and tasks, and names of modules that are too vague."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
CODE = [REPOSITORY / root for root in ("src", "services", "workers", "benchmarks")]

MODULE_LINES = 300

PORT_LINES = 500
"""For a port and its adapters: one thought stays in one file rather than in a chain of base classes."""

PORT_FOLDERS = {
    Path("src/copytaster/store/ports"),
    Path("src/copytaster/store/redis"),
    Path("src/copytaster/store/memory"),
    Path("src/copytaster/archive"),
    Path("src/copytaster/quarantine"),
}

FUNCTION_LINES = 40
TASK_LINES = 15
MODULES_BESIDE_ROOMS = 6
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def modules() -> list[Path]:
    return sorted(path for root in CODE for path in root.rglob("*.py"))


@cache
def functions(path: Path) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]:
    nodes = ast.walk(ast.parse(path.read_text()))
    return tuple(node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def is_task(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("app.task" in ast.unparse(decorator) for decorator in function.decorator_list)


def test_the_caps_are_measured_on_real_code() -> None:
    assert len(modules()) > 50


def cap(path: Path) -> int:
    return PORT_LINES if path.parent.relative_to(REPOSITORY) in PORT_FOLDERS else MODULE_LINES


def test_modules_are_small() -> None:
    long = {path: lines for path in modules() if (lines := len(path.read_text().splitlines())) > cap(path)}

    assert long == {}


def test_the_core_has_rooms_and_few_modules_beside_them() -> None:
    beside = [each.name for each in (REPOSITORY / "src/copytaster").glob("*.py") if each.name != "__init__.py"]

    assert len(beside) <= MODULES_BESIDE_ROOMS, beside


def test_functions_are_small() -> None:
    long = {
        f"{path}:{each.name}": length(each)
        for path in modules()
        for each in functions(path)
        if length(each) > FUNCTION_LINES
    }

    assert long == {}


def test_every_folder_of_ports_exists() -> None:
    assert [each for each in PORT_FOLDERS if not (REPOSITORY / each).is_dir()] == []


def test_tasks_are_shells() -> None:
    tasks = [each for path in modules() for each in functions(path) if is_task(each)]

    assert {each.name for each in tasks} == {"ingest_deliveries", "tag_articles"}
    assert {each.name: length(each) for each in tasks if length(each) > TASK_LINES} == {}


def test_no_name_says_nothing() -> None:
    named = {part for path in modules() for part in path.relative_to(REPOSITORY).with_suffix("").parts}

    assert named & EMPTY_NAMES == set()


def test_no_skip_hides_in_the_tests_without_a_reason() -> None:
    bare = [
        f"{path.name}:{node.lineno}"
        for path in (REPOSITORY / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"pytest.skip", "skip"} and not node.args
    ]

    assert bare == []
