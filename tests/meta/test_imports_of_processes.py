"""What the processes import at their start: heavy libraries cost each start CPU time and each process memory."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PARTS = ("copytaster_api.__main__", "copytaster_watcher.__main__", "copytaster_cli.main")

READING = ("copytaster_watcher.readiness.reading_process",)

WORKER = ("copytaster_workers.app", "copytaster_workers.heartbeat")

PARSERS = ("trafilatura", "lxml", "docx", "feedparser", "pypdfium2")

MODELS = ("spacy", "thinc", "py3langid")


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        pytest.param(PARTS, (*MODELS, *PARSERS, "numpy"), id="API, watcher and command line"),
        pytest.param(READING, (*MODELS, *PARSERS, "numpy", "redis", "celery"), id="the watcher's reading process"),
        # A worker imports its parsers before the fork, so that its sandboxed processes share them.
        pytest.param(WORKER, ("spacy", "thinc"), id="a worker that does not tag"),
        pytest.param(("copytaster_watcher.__main__", *WORKER), ("apsw",), id="parts that do not search"),
    ],
)
def test_a_process_starts_without_the_libraries_that_only_others_need(
    modules: tuple[str, ...], heavy: tuple[str, ...]
) -> None:
    program = f"import json, sys, {', '.join(modules)}; print(json.dumps([*sys.modules]))"

    result = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert not {*heavy} & {*json.loads(result.stdout)}


def test_the_libraries_are_those_that_the_tag_stage_and_the_parsers_import() -> None:
    """Otherwise the test above would also pass after a library has been replaced or renamed."""
    program = (
        "import json, sys, copytaster.tagging.models, copytaster.tagging.language, copytaster.parsing.builtin_parsers;"
        "print(json.dumps([*sys.modules]))"
    )

    result = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert {*MODELS, *PARSERS, "numpy"} <= {*json.loads(result.stdout)}
