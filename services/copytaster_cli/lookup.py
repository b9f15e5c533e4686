"""Finds out where a file is: in the ledger, among the articles, otherwise in the inbox and the quarantine."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from copytaster.articles.views import show_articles
from copytaster.intake.file_filter import FileFilter
from copytaster.intake.printable_names import printable, source_of
from copytaster.intake.rename_claims import FOLDER as CLAIMS
from copytaster.model.article import Article, ArticleId, Document
from copytaster.model.delivery import Delivery
from copytaster.model.pause import Pause, PauseKind, pause_id
from copytaster.model.sidecar_names import SOURCE_FILES, described_by, is_sidecar
from copytaster.monitoring.file_lookup import MAX_FOUND, find_deliveries, find_with_timelines
from copytaster.monitoring.pause_state import describe_pause_with_end
from copytaster.monitoring.status import SILENCE
from copytaster.settings import InboxMode, Settings
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.ports.presence import MAX_UNFINISHED, Heartbeat, Part, UnfinishedFile
from copytaster.store.readable import undamaged
from copytaster.store.store import Store


@dataclass(frozen=True, slots=True)
class Watch:
    """What is known about the intake: the heartbeats of all parts, and what people have paused."""

    parts: Sequence[Heartbeat]
    pauses: Sequence[Pause]


class Answer(Document):
    """What the store contains about a file.

    ``explanation`` is a sentence: why both lists are empty, or that a further file of this path or name waits.
    """

    query: str
    deliveries: tuple[Delivery, ...]
    articles: tuple[Article, ...]
    explanation: str | None = None

    @property
    def known(self) -> bool:
        """Whether the store contains the file."""
        return bool(self.deliveries or self.articles)


def look_up(query: str, store: Store, *, inbox: Path, now: datetime) -> Answer:
    """Find deliveries with their timelines, newest first, and their articles.

    The query is tried as a delivery's id, an article's id, a content hash, a path, a name, and as a file on this
    computer whose content is searched, in this order; the first result is returned.
    """
    deliveries = next((found for found in _attempts(query, store, inbox) if found), [])
    ids = {each: None for delivery in deliveries for each in delivery.article_ids} or {ArticleId(query): None}
    articles = show_articles(undamaged(ids, store.articles.get_many), store, now=now)
    return Answer(query=query, deliveries=tuple(deliveries), articles=tuple(articles))


def _attempts(query: str, store: Store, inbox: Path) -> Iterator[list[Delivery]]:
    yield find_deliveries(query, store.ledger, path=path_below(inbox, query))
    if is_sidecar(query) and not is_sidecar(described := described_by(query)):
        # A sidecar that was taken with its file belongs to that file's delivery.
        yield from _attempts(described, store, inbox)
    if digest := _content_hash(query):
        yield find_with_timelines(DeliveryQuery(sha256=digest, limit=MAX_FOUND), store.ledger)
    yield find_with_timelines(DeliveryQuery(name=Path(query).name, limit=MAX_FOUND), store.ledger)


def _content_hash(query: str) -> str | None:
    """Return the sha256 of the file at this path; None if there is none that this user can read."""
    # A query may be anything, such as an id that is too long for a path.
    if not os.path.isfile(query):  # noqa: PTH113  # unlike pathlib's, it raises no error
        return None
    try:
        with Path(query).open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return None


def path_below(inbox: Path, query: str) -> str:
    """Return the path below the inbox, as in the ledger, for a relative or absolute path in the inbox."""
    absolute = Path(os.path.normpath(Path(query).absolute()))
    inside = absolute.is_relative_to(inbox.absolute())
    return printable(absolute.relative_to(inbox.absolute()).as_posix() if inside else query)


def why_unknown(query: str, settings: Settings, watch: Watch, *, now: datetime) -> str:
    """Return why the ledger does not contain a file, from the inbox, the watchers' reports and the quarantine."""
    if file := _find_file(settings.inbox, query):
        path = file.relative_to(settings.inbox).as_posix()
        return f"there is no delivery of {query}: {file} is in the inbox, {_why_not_taken(path, settings, watch, now)}"
    if file := _find_file(settings.quarantine, query):
        return f"there is no delivery of {query}, but {file} is in quarantine; read the report {file}.error.json"
    return (
        f"{query} was not found in the ledger, nor in the folders {settings.inbox} and {settings.quarantine}; give a"
        " file name, a path below the inbox, a sha256, a delivery id or an article id"
    )


def also_waiting(answer: Answer, settings: Settings, watch: Watch, *, now: datetime) -> str | None:
    """Return that a further file of this path, or of this name alone, waits in the inbox; None if none does."""
    is_name = any(each.name == answer.query for each in answer.deliveries)
    file = (_find_file if is_name else _file_at)(settings.inbox, answer.query)
    if file is None:
        return None
    path = file.relative_to(settings.inbox).as_posix()
    unfinished = any(each.path == printable(path) for part in watch.parts for each in part.unfinished)
    # Where taken files stay, only one that is reported as unfinished is certainly a further one.
    if not unfinished and _stay(settings, watch.parts):
        return None
    return f"besides, {file} is in the inbox, {_why_not_taken(path, settings, watch, now)}"


def _stay(settings: Settings, parts: Sequence[Heartbeat]) -> bool:
    """Return whether taken files stay in the inbox."""
    stay = settings.inbox_mode is InboxMode.KEEP or any(part.details.get("stays") for part in parts)
    return stay or not os.access(settings.inbox, os.W_OK)


def _why_not_taken(path: str, settings: Settings, watch: Watch, now: datetime) -> str:
    """Return the rest of a sentence: why a file of the inbox is not taken yet, and what happens to it."""
    if why := FileFilter(settings.ignored_names).why_never_taken(path):
        return f"but it is never taken: {why}"
    watchers = [part for part in watch.parts if part.part is Part.WATCHER and now - part.beat_at <= SILENCE]
    if not watchers:
        return "but no watcher runs; start one with `copytaster watch`"
    if obstacle := _obstacle(path, watchers, watch.pauses):
        return f"and stays there: {obstacle}"
    reported = (file for part in watchers for file in part.unfinished if file.path == printable(path))
    if unfinished := next(reported, None):
        return _waits_for(unfinished, now)
    wait = f"and a watcher takes it when it has not changed for {settings.settle_seconds:g} s and is complete"
    count = max(int(part.details.get("incomplete") or 0) for part in watchers)
    if count > MAX_UNFINISHED:
        wait += f"; {count} files are incomplete, and this one is not among the {MAX_UNFINISHED} that the watcher names"
    # Only the watcher knows which source a _source.yml declares.
    others = [describe_pause_with_end(each) for each in watch.pauses if each.kind is PauseKind.SOURCE]
    return "; ".join([wait + ", unless its source is paused" if others else wait, *others])


def _obstacle(path: str, watchers: Sequence[Heartbeat], pauses: Sequence[Pause]) -> str | None:
    """Return what keeps the watchers from taking a file, finished or not; None if nothing is known."""
    stopping = {pause_id(PauseKind.INTAKE, None)}
    if source := source_of(path):
        stopping.add(pause_id(PauseKind.SOURCE, source))
    if pause := next((each for each in pauses if each.id in stopping), None):
        return describe_pause_with_end(pause)
    folders = {str(parent / name) for parent in Path(path).parents for name in SOURCE_FILES}
    for part in watchers:
        held = str(part.details.get("held") or "")
        if any(held.startswith(f"{each} ") or f"; {each} " in held for each in folders):
            return f"the metadata of a folder is invalid: {held}"
        if why := part.details.get("interrupted") or part.details.get("paused"):
            return f"the intake is paused or interrupted: {why}"
    return None


def _waits_for(file: UnfinishedFile, now: datetime) -> str:
    missing = f" {file.missing} is missing, and" if file.missing else ""
    quiet = f"it has not changed since {file.since:%Y-%m-%d %H:%M:%S} UTC"
    if file.until is None:
        return f"but it is not finished:{missing} {quiet}; it waits without a limit"
    seconds = max(0.0, (file.until - now).total_seconds())
    end = "it goes to quarantine as incomplete" if file.certain else "it is taken"
    return f"but it is not finished:{missing} {quiet}; without a change {end} in {seconds:.0f} s"


def _find_file(folder: Path, query: str) -> Path | None:
    """Return the file at this path below the folder, else one with this name at any depth; None if there is none."""
    if exact := _file_at(folder, query):
        return exact
    name = Path(query).name
    for parent, folders, files in os.walk(folder):
        folders[:] = [each for each in folders if each != CLAIMS]
        if name in files:
            return Path(parent) / name
    return None


def _file_at(folder: Path, query: str) -> Path | None:
    """Return the file at this path below the folder; None if there is none, or if the path leads out of the folder."""
    path = Path(os.path.normpath(path_below(folder, query)))
    if path.is_absolute() or ".." in path.parts:
        return None
    file = folder / path
    return file if os.path.isfile(file) else None  # noqa: PTH113  # unlike pathlib's, it takes a path that is too long
