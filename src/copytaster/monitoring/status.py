"""The state of the whole system in one document, with its problems.

Health means progress: a part counts as running while its own work loop sends heartbeats, and workers count as healthy
unless work waits while none of them finishes any.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from copytaster.errors import ChangesRefusedError
from copytaster.model.article import Document
from copytaster.model.delivery import Balance
from copytaster.model.outage import CURES, Outage
from copytaster.model.pause import Pause
from copytaster.model.refused_transitions import RefusedTransitions
from copytaster.model.retry_policy import JITTER, LONGEST_DELAY
from copytaster.model.source_finding import SourceFinding
from copytaster.model.work import QueueDepth, Queues, Work
from copytaster.monitoring.archive_state import ArchiveState, read_archive_state
from copytaster.monitoring.failed_state import describe_failed
from copytaster.monitoring.pause_state import describe_pause_with_end, paused_queues
from copytaster.monitoring.problem import NO_REDIS, Problem
from copytaster.monitoring.retention_state import RetentionState, read_retention_state
from copytaster.monitoring.search_state import SearchState, read_search_state
from copytaster.monitoring.source_notices import describe_findings
from copytaster.monitoring.sources.figures import SourceSummary, read_summaries
from copytaster.monitoring.stalls import find_stalls, find_unattended
from copytaster.monitoring.unfinished_files import describe_unfinished
from copytaster.monitoring.versions import describe_versions
from copytaster.monitoring.webhook_state import describe_webhooks_off
from copytaster.store.ports.failed_files import FailedCounts
from copytaster.store.ports.ledger import Ledger
from copytaster.store.ports.presence import Heartbeat, Part
from copytaster.store.store import Store

SILENCE = timedelta(seconds=20)
"""A part without a heartbeat for this long counts as gone: four heartbeats of five seconds."""

MOST_WITHHELD = 100
"""Withheld articles that a status counts: more would take longer, and change nothing in what to do."""

LONG_OUTAGE = timedelta(seconds=15)
"""An outage of this length is a problem. Shorter ones end by themselves: a broken connection, a server's restart."""

MAX_SOURCES = 20
"""Sources in a status, the busiest first: as many as fit on a screen."""


class Status(Document):
    """The system at one moment. ``waiting`` counts ids with a due time in the ledger, by kind of work.

    ``refused`` counts the changes that the ledger has refused: ``redelivery`` is normal with at-least-once delivery,
    ``conflict`` should be examined.

    ``outages`` are the resources for which deliveries wait: since when, and how many. ``failed`` counts failed files,
    while ``balance`` counts deliveries: each retry of a file is another one. ``open_stories`` are those that articles
    still join, ``sources`` the busiest, ``pauses`` what people have paused, ``findings`` what is unusual about sources.

    ``problems`` make the system not ready; ``notices`` report normal operation that people should know about.
    """

    at: AwareDatetime
    ready: bool
    problems: tuple[Problem, ...]
    notices: tuple[Problem, ...]
    balance: Balance
    failed: FailedCounts
    articles: int
    open_stories: int
    queues: tuple[QueueDepth, ...]
    waiting: dict[Work, int]
    outages: tuple[Outage, ...]
    pauses: tuple[Pause, ...]
    refused: RefusedTransitions
    parts: tuple[Heartbeat, ...]
    sources: tuple[SourceSummary, ...]
    archive: ArchiveState
    retention: RetentionState
    search: SearchState
    findings: tuple[SourceFinding, ...]


def read_status(store: Store, queues: Queues, *, now: datetime) -> Status:
    """Return the present state. Raises ``TransientError`` when the server is down. Cost: some 25 round trips."""
    parts = store.presence.present()
    depths = tuple(queues.depth(work) for work in Work)
    balance, outages = store.ledger.balance(), store.ledger.outages()
    pauses = store.pauses.all()
    # Without heartbeats and progress, which such a server does not store, parts would count as missing.
    problems = find_refusals(store, queues) or find_problems(
        parts, store.ledger, balance, depths, now=now, paused=paused_queues(pauses)
    )
    problems += [_outage(each) for each in outages if now - each.since >= LONG_OUTAGE]
    retention = read_retention_state(store)
    fresh = [each for each in parts if now - each.beat_at <= SILENCE]
    search = read_search_state(fresh)
    failed, findings, notices = store.failed.counts(), store.source_watch.findings(), find_pauses(pauses)
    notices += [Problem(code=code, message=what, since=at) for code, what, at in describe_findings(findings)]
    others = retention.notices(now) | {"search_incomplete": search.notice, "files_failed": describe_failed(failed)}
    notices += [Problem(code=code, message=message) for code, message in others.items() if message]
    return Status(
        at=now,
        ready=not problems,
        problems=tuple(problems),
        notices=(*notices, *find_notices(parts, now=now), *find_withheld(store.ledger)),
        balance=balance,
        failed=failed,
        articles=store.articles.count(),
        open_stories=store.stories.open_count(),
        queues=depths,
        waiting={work: store.ledger.waiting(work) for work in Work},
        outages=tuple(outages),
        pauses=tuple(pauses),
        refused=store.ledger.refusals(),
        parts=tuple(parts),
        sources=read_summaries(store.source_statistics.counts(limit=MAX_SOURCES), store.source_watch, now=now),
        archive=read_archive_state(fresh),
        retention=retention,
        search=search,
        findings=tuple(findings),
    )


def find_refusals(store: Store, queues: Queues) -> list[Problem]:
    """Return a problem if the server, or the broker on another one, refuses changes. Cost: two round trips."""
    try:
        store.writes.check()
        queues.check_writes()
    except ChangesRefusedError as error:
        message = f"the Redis server refuses changes, so nothing is processed, and nothing is lost: {error}"
        return [Problem(code=NO_REDIS, message=message)]
    return []


def find_problems(  # noqa: PLR0913  # what a status compares
    parts: list[Heartbeat],
    ledger: Ledger,
    balance: Balance,
    depths: Sequence[QueueDepth],
    *,
    now: datetime,
    paused: AbstractSet[Work] = frozenset(),
) -> list[Problem]:
    """Return the problems, worst first; empty when the system is healthy. Work of ``paused`` queues may wait."""
    fresh = [each for each in parts if now - each.beat_at <= SILENCE]
    problems = [_missing(part) for part in (Part.WATCHER, Part.WORKER) if all(each.part is not part for each in fresh)]
    problems += [_rebuilding(each.details["rebuilding"]) for each in fresh if each.details.get("rebuilding")]
    problems += _archive_damaged(fresh)
    problems += [_restarting(each.details["restarts"]) for each in fresh if each.details.get("restarts")]
    problems += find_unattended(ledger, fresh, paused=paused)
    problems += find_stalls(ledger, fresh, depths, now=now, paused=paused)
    if not balance.closed:
        problems.append(
            Problem(
                code="balance_open",
                message=f"{balance.seen} deliveries were seen, but {sum(balance.dispositions.values())} are settled and"
                f" {balance.in_flight} are in flight: the ledger is damaged or was modified from outside",
            )
        )
    return problems


def find_notices(parts: Sequence[Heartbeat], *, now: datetime) -> list[Problem]:
    """Return what delays work by design, or is handled in an unusual way; the system is ready all the same.

    For example, a paused intake loses nothing, and neither does one that leaves files in place.
    """
    alive = [each for each in parts if now - each.beat_at <= SILENCE]
    fresh = [each for each in alive if each.part in {Part.WATCHER, Part.WORKER}]
    versions = describe_versions(alive)
    notices = [Problem(code="versions_differ", message=f"the parts run different versions: {versions}")]
    return (
        (notices if versions else [])
        + [Problem(code="files_unfinished", message=what, since=at) for what, at in describe_unfinished(fresh, now=now)]
        + [Problem(code="webhooks_off", message=each) for each in describe_webhooks_off(fresh)]
        + [
            Problem(code=code, message=f"{what}: {why}")
            for code, detail, what in (
                ("intake_paused", "paused", "the intake is paused, files stay in the inbox"),
                ("intake_interrupted", "interrupted", "the intake is interrupted, files stay in the inbox"),
                ("files_blocked", "obstacle", "files cannot be claimed and stay in the inbox"),
                ("files_unreachable", "out_of_reach", "folders or files of the inbox cannot be read and stay there"),
                ("files_held", "held", "the metadata of a folder or file is invalid, files stay in the inbox"),
                ("originals_unnamed", "archive_unnamed", "the archive has originals that no journal entry names"),
                ("left_in_place", "stays", "files are left in place"),
                ("rules_broken", "rules_fault", "the file of rules is invalid, the last valid rules stay active"),
                ("webhooks_dead", "webhooks_dead", "messages to webhooks were not accepted, and wait for a replay"),
                ("searches_damaged", "searches_damaged", "standing searches cannot be used and find nothing"),
                ("unsandboxed", "unsandboxed", "the kernel lacks a part of the sandbox"),
            )
            for why in dict.fromkeys(each.details[detail] for each in fresh if each.details.get(detail))
        ]
    )


def find_pauses(pauses: Sequence[Pause]) -> list[Problem]:
    """Return a notice about each pause."""
    return [Problem(code="paused", message=describe_pause_with_end(each), since=each.since) for each in pauses]


def find_withheld(ledger: Ledger) -> list[Problem]:
    """Return a notice if articles are withheld until a person releases them."""
    count = len(ledger.withheld(limit=MOST_WITHHELD))
    number = f"{count} or more" if count == MOST_WITHHELD else str(count)
    how = "`copytaster articles --withheld` lists them, `copytaster release ID` releases one"
    what = f"articles that are withheld until a person releases them: {number}; {how}"
    return [Problem(code="articles_withheld", message=what)] if count else []


def _missing(part: Part) -> Problem:
    return Problem(
        code=f"no_{part.value}",
        message=f"no {part.value} has sent a heartbeat for {SILENCE.total_seconds():.0f} s;"
        f" read its log and start it again with `copytaster {'watch' if part is Part.WATCHER else part.value}`",
    )


def _rebuilding(how_far: object) -> Problem:
    return Problem(
        code="rebuilding",
        message=f"the server lost data and is being rebuilt from the archive: {how_far} deliveries are settled again;"
        " wait, and find out why the data was lost",
    )


def _archive_damaged(parts: Sequence[Heartbeat]) -> list[Problem]:
    """Return a problem for damage in the archive that is neither repaired nor resolved; all watchers see the same."""
    found = [str(each.details["archive_damage"]) for each in parts if each.details.get("archive_damage")]
    return [Problem(code="archive_damaged", message=f"the archive is damaged: {each}") for each in found[:1]]


def _outage(outage: Outage) -> Problem:
    return Problem(
        code=f"outage_{outage.resource.value}",
        message=f"the {outage.resource.value} has failed since {outage.since:%Y-%m-%d %H:%M:%S} UTC, and"
        f" {outage.waiting} deliveries wait for it; {CURES[outage.resource]}. They are retried within"
        f" {LONGEST_DELAY.total_seconds() * (1 + JITTER):.0f} s",
    )


def _restarting(loops: object) -> Problem:
    return Problem(code="restart_loop", message=f"{loops}; read its log, and correct the cause")
