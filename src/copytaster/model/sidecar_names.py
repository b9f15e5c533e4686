"""Names of sidecars and of ``_source.yml`` files, in which case does not matter, and which sidecar is about which file.

Some systems write all names in capitals: ``STORY.HTM.META.JSON`` is a sidecar as well.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from copytaster.model.metadata import FOLDER_DEFAULTS, SIDECAR

SIDECAR_SUFFIXES = (SIDECAR, SIDECAR.upper())
"""The usual spellings. A sidecar that is looked for by its name has one of them; any other one is found by a scan."""

SOURCE_FILES = (FOLDER_DEFAULTS, FOLDER_DEFAULTS.upper(), FOLDER_DEFAULTS[:2].upper() + FOLDER_DEFAULTS[2:])
"""The usual spellings of a ``_source.yml``; each costs a system call for each folder and file. One in another spelling
is not applied, but keeps the files of its folder waiting."""


def has_sidecar_suffix(path: str) -> bool:
    """Return whether this name or path ends as that of a sidecar."""
    return path[-len(SIDECAR) :].lower() == SIDECAR


def is_sidecar(path: str) -> bool:
    """Return whether this name or path is that of a sidecar. A hidden name is not: hidden files are never taken."""
    return has_sidecar_suffix(path) and not path.rpartition("/")[2].startswith(".")


def described_by(sidecar: str) -> str:
    """Return the path of the file that a sidecar describes; that of any other file unchanged."""
    return sidecar[: -len(SIDECAR)] if has_sidecar_suffix(sidecar) else sidecar


def is_source_file(path: str) -> bool:
    """Return whether this name or path is that of a ``_source.yml``."""
    return path.rpartition("/")[2].lower() == FOLDER_DEFAULTS


def is_misspelled_source_file(path: str) -> bool:
    """Return whether this name or path is that of a ``_source.yml`` in an unusual spelling."""
    return is_source_file(path) and path.rpartition("/")[2] not in SOURCE_FILES


def folders_around(path: str) -> Iterator[str]:
    """Yield the folder of a file, and those above it up to the uppermost one, which is ""."""
    while path:
        path = path.rpartition("/")[0]
        yield path


@dataclass(frozen=True, slots=True)
class SidecarPairs:
    """Which sidecar is about which file: ``of`` has the sidecar of each file that has exactly one.

    ``unclear`` says for each file of which this is not known why, as the end of a sentence. ``alone`` are the sidecars
    that are about none of the files.
    """

    of: Mapping[str, str]
    unclear: Mapping[str, str]
    alone: Collection[str]


def pair_sidecars(files: Collection[str], sidecars: Sequence[str]) -> SidecarPairs:
    """Return the pairs of ``sidecars`` and other ``files``, by their paths.

    A sidecar is about the file of exactly its name; if there is none, about that of its folder whose name differs in
    case alone. Cost: the files are only searched if a sidecar has no file of exactly its name.
    """
    found, others = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for sidecar in sidecars:
        file = described_by(sidecar)
        if file in files:
            found[file].append(sidecar)
        else:
            others[file.lower()].append(sidecar)
    sharing = Counter[str]()
    for file in files if others else ():
        near = [each for each in others.get(file.lower(), ()) if _folder(each) == _folder(file)]
        if near:
            found[file] += near
            sharing.update(near)
    return _pairs(found, sidecars, sharing)


def _pairs(found: Mapping[str, Sequence[str]], sidecars: Sequence[str], sharing: Counter[str]) -> SidecarPairs:
    of, unclear = dict[str, str](), dict[str, str]()
    for file, candidates in found.items():
        if len(candidates) > 1:
            unclear[file] = f"it has several sidecars, {', '.join(candidates)}: leave one of them"
        elif sharing[candidates[0]] > 1:
            unclear[file] = f"{candidates[0]} may be its sidecar or that of another file: give it the file's exact name"
        else:
            of[file] = candidates[0]
    paired = {sidecar for candidates in found.values() for sidecar in candidates}
    return SidecarPairs(of, unclear, {each for each in sidecars if each not in paired})


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
