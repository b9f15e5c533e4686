"""Checks of the server: whether it keeps what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from copytaster.doctor.finding import Finding, fail, ok, warn
from copytaster.store.ports.layout import LAYOUT
from copytaster.store.ports.server_facts import ServerFacts

NOEVICTION = "noeviction"

SKEW = timedelta(seconds=2)
"""Difference of clocks that the machines of a network should not have, and that no rule of this program notices."""

MUCH_SKEW = timedelta(seconds=60)
"""Difference with which leases and due times, which are shorter, lose their meaning."""


def check_server(facts: ServerFacts | str, now: datetime) -> Iterator[Finding]:
    """Yield the findings about a server, or about one that did not answer: then ``facts`` is the error."""
    if isinstance(facts, str):
        yield fail("server", facts, "start `copytaster up` or the server, or correct COPYTASTER_REDIS_URL")
        return
    yield ok("server", f"answers: {facts.version}")
    if facts.refusal:
        what = f"the server refuses changes: {facts.refusal}"
        yield fail("changes", what, "correct the cause; nothing is processed until then, and nothing is lost")
    yield from _persistence(facts)
    yield _eviction(facts)
    yield _clock(facts, now)
    yield _layout(facts)


def _persistence(facts: ServerFacts) -> Iterator[Finding]:
    if not facts.appendonly:
        yield warn(
            "persistence",
            "the server keeps its data in memory only: after a restart the store is rebuilt from the archive",
            "set `appendonly yes` in the server's configuration",
        )
        return
    if facts.last_write_failed:
        yield fail(
            "persistence", "the last write to the append-only file failed", "free space on the server's disk (`df -h`)"
        )
    else:
        yield ok("persistence", "the server writes an append-only file")
    if facts.fsync == "no":
        yield warn(
            "fsync",
            "the server leaves it to the kernel when its file reaches the disk: a power cut loses up to 30 s",
            "set `appendfsync everysec`",
        )
    elif facts.fsync:
        yield ok("fsync", f"appendfsync {facts.fsync}")


def _eviction(facts: ServerFacts) -> Finding:
    if facts.eviction != NOEVICTION:
        return fail(
            "eviction",
            f"the server removes data when its memory is full (maxmemory-policy {facts.eviction}), and with it work",
            "set `maxmemory-policy noeviction`",
        )
    if not facts.limit:
        return warn(
            "eviction",
            "the server has no limit of memory: it may be killed when the machine's memory is full",
            "set `maxmemory`; below it the intake pauses and the oldest articles are removed in time",
        )
    return ok("eviction", f"noeviction, {facts.limit / 1024**2:,.0f} MiB")


def _clock(facts: ServerFacts, now: datetime) -> Finding:
    skew = abs(facts.now - now)
    found = f"the clocks of this machine and of the server differ by {skew.total_seconds():.1f} s"
    cure = "synchronise both by NTP (`timedatectl status`)"
    if skew >= MUCH_SKEW:
        return fail("server_clock", found, cure)
    return warn("server_clock", found, cure) if skew >= SKEW else ok("server_clock", found)


def _layout(facts: ServerFacts) -> Finding:
    if facts.layout is not None and facts.layout > LAYOUT:
        return fail(
            "layout",
            f"a newer release wrote the server's data (layout {facts.layout}, this one knows {LAYOUT})",
            "install that release again, or empty the server, which is then rebuilt from the archive",
        )
    if facts.layout is None or facts.layout < LAYOUT:
        return ok("layout", f"layout {facts.layout or 'not known yet'}; the watcher brings data to layout {LAYOUT}")
    return ok("layout", f"layout {facts.layout}")
