"""``copytaster demo``: the sample files through a system of their own, and whether each ended as expected."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import structlog
import typer
from structlog.typing import FilteringBoundLogger

from copytaster.bootstrap.store import open_store
from copytaster.clock import SystemClock
from copytaster.errors import TransientError
from copytaster.logging import configure_logs
from copytaster.model.article import Article
from copytaster.model.work import Work
from copytaster.settings import PREFIX, load_settings
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.ports.ledger import Ledger
from copytaster_cli.context import dependencies_of
from copytaster_cli.processes.readiness import until_ready
from copytaster_cli.processes.signals import TerminationSignals
from copytaster_cli.processes.supervisor import Supervisor
from copytaster_cli.processes.tree import running_tree
from copytaster_cli.rendering.output import aside, people, table
from copytaster_cli.rendering.pages import articles_table, outcome
from copytaster_cli.seeds import Seed, SeedRun, read_seeds

MOST_SECONDS = 145.0
"""How long the seeds may take. With the 30 s that ending may take at worst, a demo is over within three minutes."""

OWN = ("DATA", "REDIS_URL", "ARCHIVE_URL", "API_HOST", "API_PORT", "METRICS_PORT")
"""Settings that a demo never takes over: it must not touch anybody's inbox, server or archive."""


def demo(
    context: typer.Context,
    seeds: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder with sample files and their manifest.json.")
    ] = Path("seeds"),
) -> None:
    """Put the sample files through a system that exists only for this; exit 1 unless each ends as its manifest says."""
    began = time.monotonic()
    chosen = read_seeds(seeds)
    with tempfile.TemporaryDirectory(prefix="copytaster-demo-") as folder:
        run, articles = _put_through(chosen, seeds, demo_environment(dependencies_of(context).environ, Path(folder)))
    people().print(articles_table(articles), "")
    people().print(
        table("FILE", "EXPECTED", "DISPOSITION", "", "ARTICLE OR REASON", rows=(_row(each, run) for each in chosen))
    )
    surprises = len(run.surprises())
    verdict = f"{surprises} of {len(chosen)} ended otherwise than expected" if surprises else "all as expected"
    people().print(f"\n{len(chosen)} files in {time.monotonic() - began:.0f} s: {verdict}")
    if surprises:
        raise typer.Exit(1)


def demo_environment(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the environment with places of its own, and with logs of warnings only unless told otherwise."""
    kept = {key: value for key, value in environ.items() if key not in {PREFIX + name for name in OWN}}
    own = {f"{PREFIX}DATA": str(folder), f"{PREFIX}API_PORT": "0"}
    return {f"{PREFIX}LOG_LEVEL": "WARNING"} | kept | own


def _put_through(
    chosen: tuple[Seed, ...], seeds: Path, environ: Mapping[str, str]
) -> tuple[SeedRun, tuple[Article, ...]]:
    """Run the seeds through a tree of their own and return how each ended, and the articles that came out."""
    settings = load_settings(environ)
    configure_logs(settings, part="demo")
    log: FilteringBoundLogger = structlog.get_logger()
    with TerminationSignals() as interrupts:
        supervisor = Supervisor(interrupts, log)
        aside().print("starting server, watcher, worker and API ...")
        with running_tree(settings, environ, supervisor) as running:
            store = open_store(running, clock=SystemClock(), part="demo")
            run = SeedRun(chosen, seeds, running.inbox, store.ledger)
            supervisor.run(_steps(run, until_ready(running, log)), seconds=MOST_SECONDS)
            articles = store.articles.find(ArticleQuery(limit=len(chosen))).articles
            aside().print("ending them ...")
    return run, articles


def _steps(run: SeedRun, ready: Iterator[None]) -> Iterator[None]:
    yield from ready
    aside().print(f"dropping {len(run.seeds)} files into the inbox ...")
    yield from run.steps()
    while _tagging_is_due(run.ledger):
        yield


def _tagging_is_due(ledger: Ledger) -> bool:
    try:
        return ledger.waiting(Work.TAG) > 0
    except TransientError:
        return True  # the server is away for a moment


def _row(seed: Seed, run: SeedRun) -> tuple[object, ...]:
    """Return the seed's line in the table."""
    expected = f"{seed.disposition} ({seed.reason})" if seed.reason else seed.disposition
    end = run.settled.get(seed.file)
    if end is None:
        return seed.file, expected, "(in flight)", "✗", None
    return seed.file, expected, end.disposition, "✓" if seed.is_met_by(end) else "✗", outcome(end)
