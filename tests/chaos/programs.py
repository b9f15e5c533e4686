"""Runs a benchmark that starts a whole system, and ends it with that system if it takes too long."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def run_benchmark(module: str, *arguments: str, seconds: float) -> subprocess.CompletedProcess[str]:
    """Run ``python -m module`` and return what it printed, also if it was ended after ``seconds``."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            out, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.terminate()  # SIGTERM rather than SIGKILL: it then ends the system that it has started
            out, errors = process.communicate()
    return subprocess.CompletedProcess(command, process.returncode, out, errors)
