"""Formats the results as a table, and a sentence for each fault."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks.chaos.run import Run

HEAD = (
    "fault         run  files  ended before  fault s  next end s  recovered s  tagged s  sent again"
    "   lost  doubled  stuck  balance"
)


def row(run: Run) -> str:
    """Return a run as a line of the table under ``HEAD``, with its notes on further lines."""
    found = run.verdict
    cells = f"{run.fault:<13}{run.number:>4}{run.files:>7}{run.ended_before:>14}{run.fault_seconds:>9.1f}"
    times = f"{_seconds(run.next_end_seconds):>12}{_seconds(run.ended_seconds):>13}{_seconds(run.through_seconds):>10}"
    sums = f"{run.republished:>12}{len(found.lost):>7}{len(found.doubled):>9}{len(found.stuck):>7}"
    balance = "closed" if found.balanced else "OPEN"
    notes = [*run.notes, *(f"ended by itself and was started again: {each}" for each in run.died)]
    notes += [f"WRONG: {each}" for each in found.wrong]
    return "\n".join([f"{cells}{times}{sums}{balance:>9}", *(f"    {each}" for each in notes)])


def summary(fault: str, runs: Sequence[Run]) -> dict[str, str | int | float | None]:
    """Return the sums of a fault's runs, and the median and the longest time to recover in seconds."""
    times = [run.ended_seconds for run in runs if run.ended_seconds is not None]
    return {
        "fault": fault,
        "runs": len(runs),
        "files": sum(run.files for run in runs),
        "ended_seconds_median": round(median(times), 2) if times else None,
        "ended_seconds_longest": max(times, default=None),
        "republished": sum(run.republished for run in runs),
        "died": sum(len(run.died) for run in runs),
        "lost": sum(len(run.verdict.lost) for run in runs),
        "doubled": sum(len(run.verdict.doubled) for run in runs),
        "stuck": sum(len(run.verdict.stuck) for run in runs),
        "wrong": sum(len(run.verdict.wrong) for run in runs),
        "unbalanced": sum(not run.verdict.balanced for run in runs),
    }


def sentence(sums: dict[str, str | int | float | None]) -> str:
    """Return a fault's sums as a sentence."""
    return (
        "{fault}: {runs} runs, {files} files: {lost} lost, {doubled} doubled, {stuck} stuck, {wrong} wrong,"
        " {unbalanced} unbalanced;"
        " {republished} sent again, {died} parts died;"
        " recovered after {ended_seconds_median} s (median), {ended_seconds_longest} s (longest)"
    ).format(**sums)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
