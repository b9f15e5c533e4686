"""The names of claims on disk, which carry what a claim must not lose in a crash.

A file without a sidecar is claimed in one step: it is renamed to ``DELIVERY-ID~PATH``, in which the slashes of the path
are escaped. Any other claim is a folder ``DELIVERY-ID`` with the file at its path, which has space for a sidecar.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from copytaster.intake import sidecars
from copytaster.intake.claim import Claim
from copytaster.model.delivery import DeliveryId

RETRY = "-retries-"
"""Separates the delivery id from the id of the failed delivery that it retries."""

CONTINUES = "-continues-"
"""Separates the delivery id from the id of the earlier delivery whose file was written after it was taken in."""

PATH = "~"
"""Separates the ids from the path in the name of a file that has no folder; no id contains it."""

INCOMING = ".incoming"
"""An unfinished copy. An interrupted one is deleted: the file is still at its origin."""


@dataclass(frozen=True, slots=True)
class ClaimName:
    """The content of a name: a delivery id, and at most one id of an earlier delivery."""

    delivery_id: DeliveryId
    retry_of: DeliveryId | None = None
    continues: DeliveryId | None = None

    @property
    def folder(self) -> str:
        """The name of the claim's folder."""
        if self.retry_of:
            return f"{self.delivery_id}{RETRY}{self.retry_of}"
        return f"{self.delivery_id}{CONTINUES}{self.continues}" if self.continues else self.delivery_id

    def file(self, path: str) -> str:
        """Return the name of the claimed file if it has no folder."""
        return f"{self.folder}{path_in_name(path)}"


def path_in_name(path: str) -> str:
    """Return what stands for a path at the end of a name."""
    return PATH + path.replace("%", "%25").replace("/", "%2F")


def path_from_name(text: str) -> str:
    """Return the path that is written after ``PATH``."""
    return text.replace("%2F", "/").replace("%25", "%")


def parse_claim_name(name: str) -> tuple[ClaimName, str | None]:
    """Return the content of a claim's name, and the path of its file if that is no folder."""
    ids, alone, path = name.partition(PATH)
    return _parse_ids(ids), path_from_name(path) if alone else None


def is_claimed_below(root: Path, delivery_id: DeliveryId) -> bool:
    """Return whether an owner below a folder of claims has one for a delivery."""
    names = (name for owner in listed(root) for name in listed(root / owner))
    return any(parse_claim_name(name)[0].delivery_id == delivery_id for name in names)


def listed(folder: Path) -> list[str]:
    """Return the names in a folder; none if its owner has just ended, or if there are no claims yet."""
    try:
        return os.listdir(folder)  # noqa: PTH208  # the names are what is read
    except (FileNotFoundError, NotADirectoryError):
        return []


def _parse_ids(text: str) -> ClaimName:
    for separator in (RETRY, CONTINUES):
        delivery_id, found, earlier = text.partition(separator)
        if found:
            ids = DeliveryId(delivery_id), DeliveryId(earlier)
            return ClaimName(ids[0], retry_of=ids[1]) if separator == RETRY else ClaimName(ids[0], continues=ids[1])
    return ClaimName(DeliveryId(text))


def name_of(claim: Claim) -> ClaimName:
    """Return the content of the name of a claim."""
    return ClaimName(claim.delivery_id, claim.retry_of, claim.continues)


def is_alone(claim: Claim) -> bool:
    """Return whether the file of a claim has no folder."""
    return claim.file.name == name_of(claim).file(claim.path)


def in_folder(claim: Claim) -> Claim:
    """Return the claim with its file in a folder of its own, in which a sidecar can be added. Raises ``OSError``."""
    if not is_alone(claim):
        return claim
    target = claim.file.parent / name_of(claim).folder / claim.path
    target.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):  # it was moved before an interruption
        claim.file.rename(target)
    return replace(claim, file=target)


def files_in(folder: Path) -> Iterator[Path]:
    """Yield the claimed files in a claim's folder, links and special files included; no unfinished copy, no sidecar.

    A folder that is removed meanwhile has no files. ``Path.rglob`` raises there before Python 3.13.
    """
    for parent, folders, names in os.walk(folder):
        for each in (Path(parent, name) for name in (*folders, *names)):
            if (
                each != folder / INCOMING
                and sidecars.is_no_sidecar(each, folder)
                and (each.is_symlink() or not each.is_dir())
            ):
                yield each
