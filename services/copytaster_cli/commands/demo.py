"""``copytaster demo``: puts sample files through a temporary system, and checks that each ends as expected."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import structlog
import typer
from structlog.typing import FilteringBoundLogger

from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.store import open_store
from copytaster.clock import SystemClock
from copytaster.errors import TransientError
from copytaster.logging import configure_logs
from copytaster.model.article import Article
from copytaster.model.work import Work
from copytaster.settings import PREFIX
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.ports.ledger import Ledger
from copytaster.system.temporary_folder import temporary_folder
from copytaster_cli.context import dependencies_of
from copytaster_cli.processes.readiness import until_ready
from copytaster_cli.processes.signals import TerminationSignals
from copytaster_cli.processes.supervisor import Supervisor
from copytaster_cli.processes.tree import locked_settings, running_tree
from copytaster_cli.rendering.articles import articles_table
from copytaster_cli.rendering.deliveries import outcome
from copytaster_cli.rendering.output import stderr_console, stdout_console, table
from copytaster_cli.seeds import Seed, SeedRun, read_seeds

MAX_SECONDS = 145.0
"""Most time for the seeds. With at most 30 s for stopping, a demo ends within three minutes."""

SERVER = ("REDIS_URL", "REDIS_URL_FILE", "REDIS_PASSWORD", "REDIS_PASSWORD_FILE", "BROKER_URL", "BROKER_URL_FILE")
IGNORED = ("DATA", *SERVER, "ARCHIVE_URL", "API_HOST", "API_PUBLISHED_HOST", "API_PORT", "METRICS_PORT")
"""Settings that a demo ignores: it must not use the user's inbox, server or archive."""


def demo(
    context: typer.Context,
    seeds: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder with sample files and their manifest.json.")
    ] = Path("seeds"),
) -> None:
    """Process sample files in a temporary system.

    Exit 1 unless each ends as expected.
    """
    began = time.monotonic()
    chosen = read_seeds(seeds)
    with temporary_folder("demo") as folder:
        run, articles = _put_through(chosen, seeds, demo_environment(dependencies_of(context).environ, folder))
    stdout_console().print(articles_table(articles), "")
    stdout_console().print(
        table("FILE", "EXPECTED", "DISPOSITION", "", "ARTICLE OR REASON", rows=(_row(each, run) for each in chosen))
    )
    surprises = len(run.surprises())
    verdict = (
        f"{surprises} of {len(chosen)} ended with another disposition than expected" if surprises else "all as expected"
    )
    stdout_console().print(f"\n{len(chosen)} files in {time.monotonic() - began:.0f} s: {verdict}")
    if surprises:
        raise typer.Exit(1)


def demo_environment(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the environment with a separate data folder and port, and by default with warnings as the log level."""
    ignored = {PREFIX + name for name in IGNORED}
    used = {key: value for key, value in environ.items() if key not in ignored}
    return {f"{PREFIX}LOG_LEVEL": "WARNING"} | used | {f"{PREFIX}DATA": str(folder), f"{PREFIX}API_PORT": "0"}


def _put_through(
    chosen: tuple[Seed, ...], seeds: Path, environ: Mapping[str, str]
) -> tuple[SeedRun, tuple[Article, ...]]:
    """Put the seeds through a separate tree and return their deliveries and articles."""
    settings = load_settings(environ)
    configure_logs(settings, part="demo")
    log: FilteringBoundLogger = structlog.get_logger()
    with TerminationSignals() as interrupts:
        supervisor = Supervisor(interrupts, log)
        stderr_console().print("starting server, watcher, worker and API ...")
        with (
            locked_settings(settings) as (fixed, lock),
            running_tree(fixed, environ, supervisor, lock=lock) as running,
        ):
            store = open_store(running, clock=SystemClock(), part="demo")
            run = SeedRun(chosen, seeds, running.inbox, store.ledger)
            supervisor.run(_steps(run, until_ready(running, log)), seconds=MAX_SECONDS)
            articles = store.articles.find(ArticleQuery(limit=len(chosen))).articles
            stderr_console().print("stopping them ...")
    return run, articles


def _steps(run: SeedRun, ready: Iterator[None]) -> Iterator[None]:
    yield from ready
    stderr_console().print(f"dropping {len(run.seeds)} files into the inbox ...")
    yield from run.steps()
    while _tagging_is_due(run.ledger):
        yield


def _tagging_is_due(ledger: Ledger) -> bool:
    try:
        return ledger.waiting(Work.TAG) > 0
    except TransientError:
        return True  # the server does not answer at present


def _row(seed: Seed, run: SeedRun) -> tuple[object, ...]:
    """Return the seed's row in the table."""
    expected = f"{seed.disposition} ({seed.reason})" if seed.reason else seed.disposition
    end = run.settled.get(seed.file)
    if end is None:
        return seed.file, expected, "(in flight)", "✗", None
    return seed.file, expected, end.disposition, "✓" if seed.is_met_by(end) else "✗", outcome(end)
