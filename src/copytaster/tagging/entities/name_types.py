"""What a name's own words say about what it bears: heads ("… River", "Ministry of …"), first names, roles."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from copytaster.model.article import EntityType
from copytaster.tagging.entities.names import key


@dataclass(frozen=True, slots=True)
class NameTypes:
    """Words by which names are known; all are written as ``names.key`` writes them."""

    last: Mapping[str, EntityType] = field(default_factory=dict)
    leading: Mapping[str, EntityType] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    nothing: frozenset[str] = frozenset()
    demonyms: frozenset[str] = frozenset()

    def is_nothing(self, name: str) -> bool:
        """Whether a name is that of a people or a language, or ends in a word for a prize, an event or a work."""
        words = key(name).split()
        if len(words) == 1:
            return words[0] in self.demonyms or words[0].removesuffix("s") in self.demonyms
        return bool(words) and words[-1] in self.nothing

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
        if len(words) < 2 or words[0] not in self.given or not proper or "&" in name:  # noqa: PLR2004
            return False
        return self.headed(name) is None and not self.is_nothing(name)


def load_name_types() -> NameTypes:
    """Read the lists that come with the package (a few milliseconds)."""
    lists = tomllib.loads(files("copytaster.tagging.entities").joinpath("names.toml").read_text(encoding="utf-8"))
    place, organisation = EntityType.PLACE, EntityType.ORGANISATION
    return NameTypes(
        last=dict.fromkeys(_keys(lists["organisation"]), organisation) | dict.fromkeys(_keys(lists["place"]), place),
        leading=dict.fromkeys(_keys(lists["leading_organisation"]), organisation)
        | dict.fromkeys(_keys(lists["leading_place"]), place),
        given=frozenset(_keys(lists["given"])),
        roles=frozenset(_keys(lists["roles"])),
        nothing=frozenset(_keys(lists["nothing"])),
        demonyms=frozenset(_keys(lists["demonyms"])),
    )


def _keys(listing: str) -> list[str]:
    return [key(word) for word in listing.split()]
