"""``copytaster prune``: removes what is older than the settings allow, now and not step by step."""

from __future__ import annotations

from typing import Annotated

import typer

from copytaster.model.article import Document
from copytaster.monitoring.retention_state import read_retention_state
from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.rendering.output import emit, emit_text, print_note


class Pruned(Document):
    """Numbers of what was removed, or would be; failed files go with their deliveries.

    A dry run does not count originals that only what it would remove needs.
    """

    articles: int
    deliveries: int
    originals: int


def prune(
    context: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would be removed; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove old articles, deliveries, failed files and originals from the store, the quarantine and the archive.

    The ages are settings (COPYTASTER_RETENTION_...). Every watcher does the same in small steps, so that this command
    is only needed after an age was lowered. It may run beside all parts.
    """
    dependencies = dependencies_of(context)
    store = dependencies.store()
    job, archive = dependencies.retention(store), dependencies.archive_retention(store)
    expired = job.due() if dry_run else job.prune()
    pruned = Pruned(
        articles=expired.articles,
        deliveries=expired.deliveries,
        originals=archive.due() if dry_run else archive.prune(),
    )
    would = "would be " if dry_run else ""
    counts = f"{pruned.articles} articles, {pruned.deliveries} deliveries and {pruned.originals} originals"
    if notice := read_retention_state(store).clock_notice(dependencies.clock.now()):
        print_note(notice)
    emit(pruned) if as_json else emit_text(f"{counts} {would}removed")
