"""Sample files with the expected end of each: put through the inbox as a person would, originals first."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from copytaster.archive.durable_files import write_atomically
from copytaster.errors import ConfigurationError, TransientError
from copytaster.intake.printable_names import printable
from copytaster.model.article import RelationKind
from copytaster.model.delivery import Delivery
from copytaster.model.disposition import Disposition, Reason
from copytaster.store.ports.ledger import DeliveryQuery, Ledger

ASK_SECONDS = 0.5
"""How often the ledger is asked for the seeds that are under way."""


class Seed(BaseModel):
    """A sample file: ``file`` is its path below the seeds' folder and below the inbox; ``of`` is the original's.

    Fields beyond these are for other readers of the manifest.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    file: str
    disposition: Disposition
    of: str | None = None
    relation: RelationKind | None = None
    reason: Reason | None = None
    about: str

    def is_met_by(self, delivery: Delivery) -> bool:
        """Say whether the delivery ended as expected, for the expected reason."""
        return (delivery.disposition, delivery.reason) == (self.disposition, self.reason)


class Manifest(BaseModel):
    """All the seeds of a folder."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    seeds: tuple[Seed, ...]


def read_seeds(folder: Path) -> tuple[Seed, ...]:
    """Return what ``manifest.json`` in the folder names. Raises ``ConfigurationError`` when it cannot be used."""
    path = folder / "manifest.json"
    try:
        seeds = Manifest.model_validate_json(path.read_bytes()).seeds
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}; name a folder of seeds by --seeds") from error
    except ValidationError as error:
        raise ConfigurationError(f"{path} is no manifest of seeds: {error}") from error
    check_seeds(seeds, folder)
    return seeds


def check_seeds(seeds: tuple[Seed, ...], folder: Path) -> None:
    """Raise ``ConfigurationError`` for a seed whose file is missing, or that follows none of the others."""
    path, reachable = folder / "manifest.json", set[str]()
    if missing := [each.file for each in seeds if not (folder / each.file).is_file()]:
        raise ConfigurationError(f"{path} names files that are not there: {', '.join(missing)}")
    while more := {each.file for each in seeds if each.of is None or each.of in reachable} - reachable:
        reachable |= more
    if stranded := [each.file for each in seeds if each.file not in reachable]:
        raise ConfigurationError(f"{path}: `of` names no seed, or leads in a circle, for {', '.join(stranded)}")


@dataclass(slots=True)
class SeedRun:
    """Seeds on their way.

    A seed that follows another is dropped when that one has settled, so that who is the original is certain.
    """

    seeds: tuple[Seed, ...]
    folder: Path
    inbox: Path
    ledger: Ledger
    settled: dict[str, Delivery] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)

    def steps(self) -> Iterator[None]:
        """Do what can be done now, again and again, until every seed has settled."""
        asked = 0.0
        while len(self.settled) < len(self.seeds):
            self._drop_next()
            if time.monotonic() - asked >= ASK_SECONDS:
                self._ask()
                asked = time.monotonic()
            yield

    def _drop_next(self) -> None:
        for seed in self.seeds:
            if seed.file not in self.dropped and (seed.of is None or seed.of in self.settled):
                drop(self.folder / seed.file, self.inbox / seed.file)
                self.dropped.add(seed.file)

    def _ask(self) -> None:
        for file in self.dropped - self.settled.keys():
            try:
                found = self.ledger.find(DeliveryQuery(path=printable(file), limit=1))
            except TransientError:
                return  # the server is away for a moment; the supervisor brings it back
            if found and found[0].disposition is not None:
                self.settled[file] = found[0]

    def surprises(self) -> list[Seed]:
        """Return the seeds that have not ended as expected, or not at all."""
        return [
            each for each in self.seeds if each.file not in self.settled or not each.is_met_by(self.settled[each.file])
        ]


def drop(file: Path, target: Path) -> None:
    """Copy the file into the inbox so that it appears there whole: under a hidden name first, then renamed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, lambda hidden: shutil.copyfile(file, hidden))
