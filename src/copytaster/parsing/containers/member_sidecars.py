"""Sidecars among the members of a container: each is about the member beside it, as a sidecar in a folder is.

A ``_source.yml`` in a container is not applied. In the inbox the operator writes it: it names who delivers, which what
a sender packs must not do; and it can withhold a whole folder, which must not be lost. So the files of its folder are
not read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath

from copytaster.errors import PermanentError
from copytaster.model.disposition import Reason
from copytaster.model.metadata import MAX_SIDECAR_BYTES, Metadata, read_sidecar
from copytaster.model.sidecar_names import (
    described_by,
    folders_around,
    has_sidecar_suffix,
    is_source_file,
    pair_sidecars,
)
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Group, Item, Member, Searching

Lister = Callable[[], Iterable[Member | BadItem]]
"""Lists the members of a container in their order; it may be called twice."""


def described(container: Original, members: Lister, *, ahead: Lister | None = None) -> Iterator[Item | Searching]:
    """Yield the members of a container, each with the metadata in its sidecar, in their order.

    They are listed twice, for a sidecar may come after its file; ``ahead`` lists them for the first time, if it is
    given. A sidecar keeps its number among the members, but is no item; one without its file is a bad item at the end.
    A member is a bad item as well if its sidecar is unclear or missing: taken without it, it might publish what should
    be withheld.
    """
    companions = _Companions(container)
    for _ in companions.search(ahead or members):
        yield Searching()
    for member in members():
        yield companions.complete(member)
    yield from companions.orphans()


class _Companions:
    """The sidecars and the ``_source.yml`` files of a container, which the first pass finds."""

    def __init__(self, container: Original) -> None:
        self._name = container.name
        self._most = 2 * container.limits.items  # each item with its sidecar; no further items are read
        self._is_whole = True
        self._folders = set[str]()
        self._sidecars: dict[str, Member | BadItem] = {}
        self._pairs = pair_sidecars((), ())

    def search(self, members: Lister) -> Iterator[str]:
        """Find them; yield the path of each member that was looked at."""
        files, sidecars = dict[str, None](), list[str]()
        try:
            for number, member in enumerate(members()):
                if number >= self._most:
                    self._is_whole = False
                    break
                path = _path(member)
                if has_sidecar_suffix(path):
                    sidecars.append(path)
                    self._sidecars[path] = member
                elif is_source_file(path):
                    self._folders.add(_folder(path))
                else:
                    files[path] = None
                    self._is_whole = self._is_whole and not _is_damage(member)
                yield path
        except PermanentError:  # the second pass reports it behind the members in front of it
            self._is_whole = False
        self._pairs = pair_sidecars(files, sidecars)

    def complete(self, member: Member | BadItem) -> Item:
        """Return a member with its sidecar, a bad item if that is not possible."""
        path = _path(member)
        if path in self._sidecars:
            return Group(member.locator, list)  # it is read with its file
        if why := self._why_not_read(path, member):
            message = f"{self._name}!{member.locator} is not read: {why}"
            return BadItem(member.locator, Reason.BAD_SIDECAR, message, refused=False)
        sidecar = self._pairs.of.get(path)
        if sidecar is None or isinstance(member, BadItem):
            return member
        return replace(member, metadata=partial(self._read, self._sidecars[sidecar]))

    def _why_not_read(self, path: str, member: Member | BadItem) -> str | None:
        """Return why the metadata of a member is not known, and what to do; None if it is, or if it has none."""
        if has_sidecar_suffix(path):
            return "it is a sidecar too far behind its file. Split the archive."
        if is_source_file(path) or (self._folders and self._has_source_file(path)):
            return (
                "a _source.yml is only applied in the inbox. Unpack the archive there, or drop it again without that"
                " file."
            )
        if isinstance(member, BadItem):
            return None
        if why := self._pairs.unclear.get(path):
            return f"{why}, and drop the archive again."
        if self._sidecars and not self._is_whole and path not in self._pairs.of:
            return "the part of the archive that may have its sidecar cannot be read. Ask the sender for it again."
        return None

    def orphans(self) -> Iterator[BadItem]:
        """Yield the sidecars whose file is not in the container."""
        for path, sidecar in self._sidecars.items():
            if path in self._pairs.alone:
                why = f"is a sidecar, but its file {described_by(path)} is not in the archive"
                message = f"{self._name}!{sidecar.locator} {why}: pack both, and drop the archive again."
                yield BadItem(sidecar.locator, Reason.ORPHAN_SIDECAR, message, refused=False)

    def _has_source_file(self, path: str) -> bool:
        """Return whether a folder of the path contains a ``_source.yml``."""
        return not self._folders.isdisjoint(folders_around(path))

    def _read(self, sidecar: Member | BadItem) -> Metadata:
        name = f"{self._name}!{sidecar.locator}"
        if isinstance(sidecar, BadItem):
            raise PermanentError(Reason.BAD_SIDECAR, f"the sidecar {name} cannot be used: {sidecar.message}")
        try:
            content = sidecar.open().open().read(MAX_SIDECAR_BYTES + 1)
        except PermanentError as error:
            message = f"the sidecar {name} cannot be used: {error.message}"
            raise PermanentError(Reason.BAD_SIDECAR, message) from error
        return read_sidecar(content, path=name)


def _path(member: Member | BadItem) -> str:
    """Return the path in the container, written in one way."""
    return str(PurePosixPath(member.locator.replace("\\", "/")))


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _is_damage(member: Member | BadItem) -> bool:
    """Return whether this stands for a part of the container that cannot be read."""
    return isinstance(member, BadItem) and member.reason is Reason.PARSE_FAILED
