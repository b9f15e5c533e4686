"""``copytaster up``: the whole system in one supervised tree of processes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Annotated

import structlog
import typer
from structlog.typing import FilteringBoundLogger

from copytaster.bootstrap.access import require_keys
from copytaster.bootstrap.store import open_store, process_name
from copytaster.clock import Clock, SystemClock
from copytaster.errors import TransientError
from copytaster.logging import configure_logs
from copytaster.monitoring.heartbeat import INTERVAL, HeartbeatSender
from copytaster.settings import LogFormat, Settings
from copytaster.store.ports.ledger import Ledger
from copytaster.store.ports.presence import Part
from copytaster.tagging.topics.configured_files import check_topic_files
from copytaster_broker.queues import open_queues
from copytaster_cli.activity import Activity
from copytaster_cli.context import dependencies_of
from copytaster_cli.processes.log_files import LogFiles
from copytaster_cli.processes.readiness import api_address, until_ready
from copytaster_cli.processes.signals import TerminationSignals
from copytaster_cli.processes.supervisor import Supervisor
from copytaster_cli.processes.tree import locked_settings, running_tree
from copytaster_cli.rendering.activity import Screen, count_dispositions, error_line, welcome
from copytaster_cli.rendering.output import emit_text
from copytaster_cli.seeds import Seed, SeedRun, read_seeds

CHECK_SECONDS = 1.0
"""Interval of checks for new activity: a person does not notice it, and it costs the server one request."""


def up(
    context: typer.Context,
    seeds: Annotated[
        Path | None, typer.Option(metavar="DIR", help="On the first start, put these sample files through the inbox.")
    ] = None,
) -> None:
    """Run the whole system until Ctrl-C.

    That is a server (unless COPYTASTER_REDIS_URL is set), watcher, workers, and API. Logs go to files in logs/ in the
    data folder; with COPYTASTER_LOG_FORMAT=json they go to standard error instead.
    """
    dependencies = dependencies_of(context)
    configured = dependencies.settings()
    # Checked here: parts that cannot start would be restarted repeatedly.
    check_topic_files(taxonomy=configured.taxonomy, topic_model=configured.topic_model)
    require_keys(configured, clock=dependencies.clock)
    chosen = read_seeds(seeds) if seeds else ()
    with locked_settings(configured) as (settings, lock), TerminationSignals() as interrupts:
        logs = None if settings.log_format is LogFormat.JSON else LogFiles(settings.logs)
        log = _open_log(settings, logs)
        screen = Screen(dependencies.clock, shows_activity=logs is not None)
        supervisor = Supervisor(interrupts, log, screen.problem)
        screen.show(f"Starting Copytaster in {settings.data} ...")
        with running_tree(settings, dependencies.environ, supervisor, lock=lock, logs=logs) as running:
            if supervisor.run(until_ready(running, log, screen.still_starting)):
                emit_text(welcome(running.inbox, api_address(running), logs.folder if logs else None))
                serving = _serve(running, dependencies.clock, screen, logs, _seeding(seeds, chosen, running))
                supervisor.run(_with_heartbeats(running, dependencies.clock, supervisor, serving))
            log.info("tree.stopping", hint="unfinished work is returned within 20 s; a second Ctrl-C is faster")
            screen.show("Stopping; this takes some seconds, at most 30 ...")
        screen.show("Stopped.")


def _open_log(settings: Settings, logs: LogFiles | None) -> FilteringBoundLogger:
    """Configure the log of this process: in a file if there are log files, else on standard error."""
    stream = logs.create("up").open("a", encoding="utf-8") if logs else None
    configure_logs(settings, part="up", stream=stream)
    log: FilteringBoundLogger = structlog.get_logger()
    return log


def _seeding(folder: Path | None, seeds: tuple[Seed, ...], settings: Settings) -> SeedRun | None:
    if folder is None:
        return None
    return SeedRun(
        seeds, folder, settings.inbox, open_store(settings, clock=SystemClock(), part="up", reader=True).ledger
    )


def _serve(
    settings: Settings, clock: Clock, screen: Screen, logs: LogFiles | None, seeding: SeedRun | None
) -> Iterator[None]:
    """Put the seeds through on the first start, and show the activity; this has no end."""
    # The supervisor checks no process while a command waits for a reply.
    store = open_store(settings, clock=clock, part="up", reader=True)
    seed_paths = {seed.file for seed in seeding.seeds} if seeding else set()
    activity = Activity(
        store, open_queues(settings, reader=True), clock, address=api_address(settings), unnamed=seed_paths
    )
    next_check = time.monotonic()
    for _ in chain(_put_through(seeding, screen) if seeding else (), repeat(None)):
        if logs and time.monotonic() >= next_check:
            next_check = time.monotonic() + CHECK_SECONDS
            screen.show(*(error_line(clock.now(), file, line) for file, line in logs.new_errors()))
            screen.show(*activity.lines())
            logs.rotate()
        yield


def _with_heartbeats(settings: Settings, clock: Clock, supervisor: Supervisor, task: Iterator[None]) -> Iterator[None]:
    """Do the task, and report to the store now and then which processes die again and again."""
    presence = open_store(settings, clock=clock, part="up").presence
    sender = HeartbeatSender(presence, clock, part=Part.SUPERVISOR, name=process_name("supervisor"))
    next_beat = time.monotonic()
    try:
        for _ in task:
            if time.monotonic() >= next_beat:
                next_beat = time.monotonic() + INTERVAL.total_seconds()
                sender.beat(restarts=supervisor.restart_loops())
            yield
    finally:
        sender.leave()


def _put_through(seeding: SeedRun, screen: Screen) -> Iterator[None]:
    """Put the seeds through the inbox if the ledger has never seen a delivery."""
    log: FilteringBoundLogger = structlog.get_logger()
    while (seen := _deliveries_seen(seeding.ledger)) is None:
        yield
    if seen:
        log.info("seeds.skipped", why="this is not the first start", deliveries=seen)
        return
    screen.show(f"Putting {len(seeding.seeds)} sample files through the inbox ...")
    yield from seeding.steps()
    counts = Counter(each.disposition for each in seeding.settled.values() if each.disposition)
    log.info("seeds.settled", **{disposition.value: count for disposition, count in counts.items()})
    screen.show(f"The sample files have been processed: {count_dispositions(counts)}.")
    for seed in seeding.surprises():
        end = seeding.settled[seed.file]
        log.warning("seed.surprised", file=seed.file, expected=seed.disposition, got=end.disposition, reason=end.reason)
        screen.problem(f"{seed.file} ended as {end.disposition} instead of {seed.disposition}")


def _deliveries_seen(ledger: Ledger) -> int | None:
    """Return the number of deliveries that were ever registered; None while the server does not answer."""
    try:
        return ledger.balance().seen
    except TransientError:
        return None
