"""Sample files, each with its expected disposition; they are dropped into the inbox, originals before their copies."""

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

POLL_SECONDS = 0.5
"""Interval of requests to the ledger for the seeds that have not settled."""


class Seed(BaseModel):
    """A sample file: ``file`` is its path below the seeds' folder and below the inbox; ``of`` is that of its original.

    The manifest has further fields, which are not read here.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    file: str
    disposition: Disposition
    of: str | None = None
    relation: RelationKind | None = None
    reason: Reason | None = None
    about: str

    def is_met_by(self, delivery: Delivery) -> bool:
        """Return whether the delivery has the expected disposition and reason."""
        return (delivery.disposition, delivery.reason) == (self.disposition, self.reason)


class Manifest(BaseModel):
    """The seeds of a folder."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    seeds: tuple[Seed, ...]


def read_seeds(folder: Path) -> tuple[Seed, ...]:
    """Return the seeds in ``manifest.json`` of the folder. Raises ``ConfigurationError`` when it is invalid."""
    path = folder / "manifest.json"
    try:
        seeds = Manifest.model_validate_json(path.read_bytes()).seeds
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}; give a folder of seeds by --seeds") from error
    except ValidationError as error:
        raise ConfigurationError(f"{path} is no valid manifest of seeds: {error}") from error
    check_seeds(seeds, folder)
    return seeds


def check_seeds(seeds: tuple[Seed, ...], folder: Path) -> None:
    """Raise ``ConfigurationError`` for seeds whose file is missing, or whose chain of originals has no beginning."""
    path, reachable = folder / "manifest.json", set[str]()
    if missing := [each.file for each in seeds if not (folder / each.file).is_file()]:
        raise ConfigurationError(f"{path} names files that do not exist: {', '.join(missing)}")
    while more := {each.file for each in seeds if each.of is None or each.of in reachable} - reachable:
        reachable |= more
    if unreachable := [each.file for each in seeds if each.file not in reachable]:
        raise ConfigurationError(f"{path}: `of` names no seed, or is circular, for {', '.join(unreachable)}")


@dataclass(slots=True)
class SeedRun:
    """Drops seeds into the inbox and waits until they have settled.

    A copy is dropped after its original has settled, so that it cannot become the original.
    """

    seeds: tuple[Seed, ...]
    folder: Path
    inbox: Path
    ledger: Ledger
    settled: dict[str, Delivery] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)

    def steps(self) -> Iterator[None]:
        """Yield between the steps until every seed has settled."""
        polled = 0.0
        while len(self.settled) < len(self.seeds):
            self._drop_next()
            if time.monotonic() - polled >= POLL_SECONDS:
                self._poll()
                polled = time.monotonic()
            yield

    def _drop_next(self) -> None:
        for seed in self.seeds:
            if seed.file not in self.dropped and (seed.of is None or seed.of in self.settled):
                drop(self.folder / seed.file, self.inbox / seed.file)
                self.dropped.add(seed.file)

    def _poll(self) -> None:
        for file in self.dropped - self.settled.keys():
            try:
                deliveries = self.ledger.find(DeliveryQuery(path=printable(file), limit=1))
            except TransientError:
                return  # the server does not answer at present; the supervisor restarts it
            if deliveries and deliveries[0].disposition is not None:
                self.settled[file] = deliveries[0]

    def surprises(self) -> list[Seed]:
        """Return the seeds that have not settled, or not as expected."""
        return [
            each for each in self.seeds if each.file not in self.settled or not each.is_met_by(self.settled[each.file])
        ]


def drop(file: Path, target: Path) -> None:
    """Copy the file into the inbox atomically: under a hidden name, which is then renamed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, lambda hidden: shutil.copyfile(file, hidden))
