"""Decides which of the files that no longer change are finished: by content, or by a marker that the writer creates."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

import structlog

from copytaster.intake.claim import Claim
from copytaster.intake.metadata_reader import SourceFileError
from copytaster.intake.printable_names import printable
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.metadata import FOLDER_DEFAULTS, SIDECAR
from copytaster.model.sidecar_names import folders_around, is_misspelled_source_file
from copytaster.parsing.sandbox.call_messages import MAX_CALLS
from copytaster.store.ports.presence import MAX_UNFINISHED, UnfinishedFile
from copytaster_watcher.discovery.scan import InboxFile
from copytaster_watcher.readiness.completeness.patience import Advice, Completeness, Step
from copytaster_watcher.readiness.completeness.verdict import Ending
from copytaster_watcher.readiness.pairing import Pairing
from copytaster_watcher.readiness.writers import Writers

log = structlog.get_logger(__name__)

MARKER = ".done"
"""Suffix of markers, in any case, where they are in use: ``story.xml.done`` means that ``story.xml`` is finished."""

MAX_POSTPONED_ROUNDS = 5
"""Rounds that take other files before a file that takes long to judge gets its turn; a round takes some two seconds."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A file to claim: complete, or given up as incomplete.

    ``missing`` names what an incomplete file lacks; ``since`` is when it last changed, where that is known. A
    ``suspect`` has killed the processes that judged it.
    """

    path: str
    missing: str | None = None
    since: datetime | None = None
    suspect: bool = False

    @property
    def refusal(self) -> Outcome | None:
        """The outcome of an incomplete file: quarantine, since its writer may still complete it. Else None."""
        if self.missing is None:
            return None
        quiet = f", and nothing about it has changed since {self.since:%Y-%m-%d %H:%M:%S} UTC" if self.since else ""
        message = f"{printable(self.path)} ends too early: {self.missing} is missing{quiet}"
        return Outcome(disposition=Disposition.QUARANTINED, reason=Reason.INCOMPLETE, message=message)


class FinishedFiles:
    """Selects finished files, and sidecars whose file has not arrived in time.

    ``markers_in`` is the inbox if writers create markers there; then only marked files are selected.
    """

    def __init__(
        self,
        completeness: Completeness,
        pairing: Pairing,
        source_files: SourceDefaults,
        writers: Writers,
        *,
        markers_in: Path | None = None,
    ) -> None:
        self._completeness = completeness
        self._pairing = pairing
        self._source_files = source_files
        self._writers = writers
        self._inbox = markers_in
        self._markers: dict[str, list[str]] = {}
        self._misspelled: dict[str, str] = {}
        self._waiting: dict[str, UnfinishedFile] = {}
        self._postponed_rounds = 0
        self.blocked: dict[str, str] = {}
        """Why files may not be taken, by path: a person has to correct something."""
        self.settling = 0
        """The number of files that the last ``pick`` judged early, and that wait for the settle time."""

    @property
    def incomplete(self) -> int:
        """The number of files that no longer change but are not finished."""
        return len(self._waiting)

    def unfinished(self) -> list[UnfinishedFile]:
        """Return the files that have waited longest, at most ``MAX_UNFINISHED``."""
        return heapq.nsmallest(MAX_UNFINISHED, self._waiting.values(), key=lambda file: file.since)

    def listed(self, files: Mapping[str, InboxFile]) -> Mapping[str, InboxFile]:
        """Remember markers, sidecars and misspelled ``_source.yml`` files of a scan, and return the other files."""
        misspelled = [path for path in files if is_misspelled_source_file(path)]
        self._misspelled = {path.rpartition("/")[0]: path for path in misspelled}
        if misspelled:
            files = {path: found for path, found in files.items() if path not in misspelled}
        if self._inbox is not None:
            markers = {path for path in files if path[-len(MARKER) :].lower() == MARKER}
            self._markers = {}
            for path in markers:
                self._markers.setdefault(path[: -len(MARKER)], []).append(path)
            files = {path: found for path, found in files.items() if path not in markers}
        return self._pairing.listed(files)

    def pick(
        self, files: Mapping[str, InboxFile], quiet: Mapping[str, timedelta], now: datetime
    ) -> Iterator[Finished | None]:
        """Return those of the ``quiet`` files that may be claimed; each is checked when the iterator reaches it.

        None stands for some files of which none may be claimed, so that the caller can stop: checking takes time.
        """
        self._completeness.forget(files.keys() | self._pairing.sidecars.keys())
        self._pairing.observe()
        self.blocked = {path: why for path, why in self.blocked.items() if path in files}
        self._waiting = {path: missing for path, missing in self._waiting.items() if path in quiet}
        self.settling = 0
        return self._picked(files, quiet, now)

    def sidecar_of(self, path: str) -> str | None:
        """Return the path of the sidecar of a file, if the last scan found one."""
        return self._pairing.sidecar_of(path)

    def claimed(self, claim: Claim) -> None:
        """Remove the markers of a claimed file, unless the file stays in place.

        They are removed after the claim: a file without its marker would wait in the inbox.
        """
        if self._inbox is not None and not claim.is_left_in_place:
            sidecar = self._pairing.sidecar_of(claim.path) or claim.path + SIDECAR
            for marker in chain(self._markers.get(claim.path, ()), self._markers.get(sidecar, ())):
                with suppress(OSError):  # a marker that remains does no harm
                    (self._inbox / marker).unlink()

    def inspect_again(self, claim: Claim) -> Finished:
        """Check a claimed file again: the watcher stopped between the claim and the intake."""
        if claim.retry_of:  # retried files skip the completeness check
            return Finished(claim.path)
        verdict = self._completeness.inspect(claim.file)
        missing = verdict.missing if verdict.ending is Ending.EARLY else None
        return Finished(claim.path, missing, suspect=verdict.suspect)

    def suspect_taken(self, claim: Claim) -> None:
        """Forget what is noted about a suspect; called after it was taken in, before its claim is released."""
        self._completeness.taken(claim.file)

    def _picked(
        self, files: Mapping[str, InboxFile], quiet: Mapping[str, timedelta], now: datetime
    ) -> Iterator[Finished | None]:
        postponed = self._completeness.postponed(files)
        took_others = False
        self._postponed_rounds += 1
        for paths in self._judged([each for each in quiet if each not in postponed], files, quiet):
            found = 0
            for path in paths:
                if finished := self._decide(path, files[path], quiet[path], now):
                    found += 1
                    yield finished
            took_others = took_others or found > 0
            if not found:
                yield None
        # What takes long comes last, one in a round: new files wait for it.
        late = next((each for each in quiet if each in postponed), None)
        if late and (not took_others or self._postponed_rounds > MAX_POSTPONED_ROUNDS):
            self._postponed_rounds = 0
            if finished := self._decide(late, files[late], quiet[late], now):
                yield finished
        yield from map(Finished, self._pairing.orphans())

    def _judged(
        self, paths: Sequence[str], files: Mapping[str, InboxFile], quiet: Mapping[str, timedelta]
    ) -> Iterator[Sequence[str]]:
        """Yield the paths, several at a time, after those of them that have their markers were judged together."""
        for start in range(0, len(paths), MAX_CALLS):
            chunk = paths[start : start + MAX_CALLS]
            self._completeness.judge({path: files[path] for path in chunk if self._is_marked(path)}, quiet)
            yield chunk

    def _is_marked(self, path: str) -> bool:
        """Return whether the file has its marker, if markers are in use."""
        return self._inbox is None or path in self._markers

    def _decide(self, path: str, found: InboxFile, quiet: timedelta, now: datetime) -> Finished | None:
        advice = self._advice(path, found, quiet)
        if self._writers.is_early(quiet) and not self._is_taken_early(path, advice):
            self.settling += 1
            return None
        if advice.step is Step.WAIT:
            self._wait(path, advice, since=now - quiet, now=now)
            return None
        self._waiting.pop(path, None)
        if not self._may_be_taken(path):
            return None
        if advice.step is Step.GIVE_UP:
            return Finished(path, advice.missing, now - quiet)
        return Finished(path, suspect=advice.suspect)

    def _is_taken_early(self, path: str, advice: Advice) -> bool:
        """Return whether a file is taken before the settle time; if not, it is judged again only afterwards."""
        if advice.step is Step.WAIT and self._pairing.has_sidecar(path):  # which may have arrived a little later
            return False
        is_ready = advice.step is Step.TAKE and not advice.suspect and not self._pairing.may_follow(path)
        if is_ready and self._writers.may_be_taken(path, advice.ending):
            return True
        self._writers.give_settle_time(path)
        return False

    def _advice(self, path: str, found: InboxFile, quiet: timedelta) -> Advice:
        if not self._is_marked(path):
            return Advice(Step.WAIT, f"its marker {printable(path)}{MARKER}", certain=True)
        marked = self._inbox is not None
        advice = self._completeness.advise(path, found, quiet, marked=marked)
        if advice.step is not Step.WAIT and (awaited := self._pairing.awaited(path, quiet, marked=marked)):
            return Advice(Step.WAIT, awaited)
        if advice.step is not Step.WAIT and not marked and (awaited := self._writers.awaited(path, quiet)):
            return Advice(Step.WAIT, awaited)
        return advice

    def _may_be_taken(self, path: str) -> bool:
        """Return whether its metadata is known: that of its folders, and its sidecar; else it stays in the inbox."""
        why = self._pairing.why_unclear(path) or (self._misspelled and self._why_misspelled(path))
        try:
            self._source_files.about(path)
        except SourceFileError as error:
            why = str(error)
        if not why:
            self.blocked.pop(path, None)
            return True
        if self.blocked.get(path) != why:
            log.warning("file.blocked", path=printable(path), why=why)
        self.blocked[path] = why
        return False

    def _why_misspelled(self, path: str) -> str | None:
        """Return which ``_source.yml`` of the folders of a file is not applied, because its name is misspelled."""
        found = next((self._misspelled[each] for each in folders_around(path) if each in self._misspelled), None)
        return f"{printable(found)} is not applied: rename it to {FOLDER_DEFAULTS}" if found else None

    def _wait(self, path: str, advice: Advice, *, since: datetime, now: datetime) -> None:
        before = self._waiting.get(path)
        if advice.certain and (before is None or before.missing != advice.missing):
            log.info("file.incomplete", path=printable(path), missing=advice.missing)
        self._waiting[path] = UnfinishedFile(
            path=printable(path),
            missing=advice.missing,
            since=since,
            until=now + advice.remaining if advice.remaining is not None else None,
            certain=advice.certain,
        )
