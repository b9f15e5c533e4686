"""What a name's own words say about what it bears: heads ("… River", "Ministry of …"), first names, roles."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from copytaster.article import EntityType
from copytaster.tagging.names import key


@dataclass(frozen=True, slots=True)
class NameKinds:
    """Words by which names are known; all are written as ``names.key`` writes them."""

    last: Mapping[str, EntityType] = field(default_factory=dict)
    leading: Mapping[str, EntityType] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()

    def headed(self, name: str) -> EntityType | None:
        """Return what a name of several words is by its last word, or by its first with "of" or before a place."""
        words = key(name).split()
        if len(words) < 2:  # noqa: PLR2004  # a head needs something that it is the head of
            return None
        if len(words) > 2 and words[1] in {"of", "for"}:  # noqa: PLR2004
            return self.leading.get(words[0])
        first = self.leading.get(words[0])
        return self.last.get(words[-1]) or (first if first is EntityType.PLACE else None)

    def is_person(self, name: str) -> bool:
        """Whether a name begins with a first name, goes on in letters, and no head makes it something else."""
        words = key(name).split()
        proper = all(word.replace("&", "").isalpha() and word != "and" for word in words)
        return len(words) > 1 and words[0] in self.given and proper and "&" not in name and self.headed(name) is None


def load_name_kinds() -> NameKinds:
    """Read the lists that come with the package (a few milliseconds)."""
    lists = tomllib.loads(files("copytaster.tagging").joinpath("names.toml").read_text(encoding="utf-8"))
    place, organisation = EntityType.PLACE, EntityType.ORGANISATION
    return NameKinds(
        last=dict.fromkeys(_keys(lists["organisation"]), organisation) | dict.fromkeys(_keys(lists["place"]), place),
        leading=dict.fromkeys(_keys(lists["leading_organisation"]), organisation)
        | dict.fromkeys(_keys(lists["leading_place"]), place),
        given=frozenset(_keys(lists["given"])),
        roles=frozenset(_keys(lists["roles"])),
    )


def _keys(listing: str) -> list[str]:
    return [key(word) for word in listing.split()]
