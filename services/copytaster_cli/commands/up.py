"""``copytaster up``: the whole system in one supervised tree of processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import repeat
from pathlib import Path
from typing import Annotated

import structlog
import typer
from structlog.typing import FilteringBoundLogger

from copytaster.bootstrap.store import open_store
from copytaster.errors import TransientError
from copytaster.logging import configure_logs
from copytaster.settings import Settings
from copytaster.store.ports.ledger import Ledger
from copytaster.tagging.topics.classifier import load_topics
from copytaster_cli.context import dependencies_of
from copytaster_cli.dependencies import CommandDependencies
from copytaster_cli.processes.log_file import LOG_FILE, standard_error_in
from copytaster_cli.processes.readiness import address_of_api, until_ready
from copytaster_cli.processes.signals import TerminationSignals
from copytaster_cli.processes.supervisor import Supervisor
from copytaster_cli.processes.tree import running_tree
from copytaster_cli.rendering.output import emit_text
from copytaster_cli.seeds import Seed, SeedRun, read_seeds


def up(
    context: typer.Context,
    seeds: Annotated[
        Path | None, typer.Option(metavar="DIR", help="On the first start put these sample files through the inbox.")
    ] = None,
    log_to_file: Annotated[
        bool, typer.Option("--log-to-file", help="Append the log to copytaster.log in the data folder.")
    ] = False,
) -> None:
    """Run server, watcher, worker and API until Ctrl-C; the server only when COPYTASTER_REDIS_URL names none."""
    dependencies = dependencies_of(context)
    settings = dependencies.settings()
    log_file = settings.data.absolute() / LOG_FILE if log_to_file else None
    if log_file:
        emit_text(f"Starting; the log is in {log_file}")
    with standard_error_in(log_file) if log_file else nullcontext():
        _run(dependencies, settings, seeds, log_file)


def _run(dependencies: CommandDependencies, settings: Settings, seeds: Path | None, log_file: Path | None) -> None:
    configure_logs(settings, part="up")
    log: FilteringBoundLogger = structlog.get_logger()
    # Loaded to see that they can be: workers that end at once would be started again and again.
    load_topics(taxonomy_file=settings.taxonomy, model_file=settings.topic_model)
    chosen = read_seeds(seeds) if seeds else ()
    with TerminationSignals() as interrupts:
        supervisor = Supervisor(interrupts, log)
        with running_tree(settings, dependencies.environ, supervisor, log=log_file) as running:
            supervisor.run(until_ready(running, log))
            if supervisor.interrupted:
                return
            _welcome(running)
            if seeds:
                ledger = open_store(running, clock=dependencies.clock, part="up").ledger
                run = SeedRun(chosen, seeds, running.inbox, ledger)
                supervisor.run(_first_seeds(run, log))
            supervisor.run(repeat(None))
            log.info("tree.stopping", hint="unfinished work is given back within 20 s; Ctrl-C again hurries")


def _welcome(settings: Settings) -> None:
    emit_text(f"Dashboard  {address_of_api(settings)}")
    emit_text(f"Drop files into  {settings.inbox}")
    emit_text("Stop with Ctrl-C")


def _first_seeds(run: SeedRun, log: FilteringBoundLogger) -> Iterator[None]:
    """Put the seeds through when the ledger has never seen a delivery."""
    while (seen := _deliveries_seen(run.ledger)) is None:
        yield
    if seen:
        log.info("seeds.skipped", why="this is not the first start", deliveries=seen)
        return
    yield from run.steps()
    ends = Counter(each.disposition.value for each in run.settled.values() if each.disposition)
    log.info("seeds.settled", **ends)
    for seed in run.surprises():
        _tell(seed, run, log)


def _deliveries_seen(ledger: Ledger) -> int | None:
    """Return how many deliveries there ever were; None when the server is away for a moment."""
    try:
        return ledger.balance().seen
    except TransientError:
        return None


def _tell(seed: Seed, run: SeedRun, log: FilteringBoundLogger) -> None:
    end = run.settled[seed.file]
    log.warning("seed.surprised", file=seed.file, expected=seed.disposition, got=end.disposition, reason=end.reason)
