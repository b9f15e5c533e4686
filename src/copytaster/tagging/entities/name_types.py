"""Classifies a name by its own words: head words ("… River", "Ministry of …"), first names and roles."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from copytaster.model.article import EntityType
from copytaster.tagging.entities.names import name_key


@dataclass(frozen=True, slots=True)
class NameTypes:
    """Words that indicate a name's type, all as ``names.name_key`` writes them.

    ``by_last_word`` and ``by_first_word`` give the type of a name by its head word. ``ignored_last_words`` end names of
    prizes, events and works, which are not entities.
    """

    by_last_word: Mapping[str, EntityType] = field(default_factory=dict)
    by_first_word: Mapping[str, EntityType] = field(default_factory=dict)
    first_names: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    ignored_last_words: frozenset[str] = frozenset()
    demonyms: frozenset[str] = frozenset()
    clubs: frozenset[str] = frozenset()
    acronyms: frozenset[str] = frozenset()

    def is_club(self, name: str) -> bool:
        """Return whether this is a sports club whose name looks like that of a person or a place ("Aston Villa")."""
        return name_key(name) in self.clubs

    def is_ignored(self, name: str) -> bool:
        """Return whether a name is a people's or a language's, or that of a prize, an event or a work."""
        words = name_key(name).split()
        if len(words) == 1:
            return words[0] in self.demonyms or words[0].removesuffix("s") in self.demonyms
        return bool(words) and words[-1] in self.ignored_last_words

    def type_by_head(self, name: str) -> EntityType | None:
        """Return a multi-word name's type by its last word, or by its first word before "of" or before a place."""
        words = name_key(name).split()
        if len(words) < 2:  # noqa: PLR2004  # a single word has no head
            return None
        if len(words) > 2 and words[1] in {"of", "for"}:  # noqa: PLR2004
            return self.by_first_word.get(words[0])
        first = self.by_first_word.get(words[0])
        return self.by_last_word.get(words[-1]) or (first if first is EntityType.PLACE else None)

    def is_person(self, name: str) -> bool:
        """Return whether a name begins with a first name, has only letters, and no head word of another type."""
        words = name_key(name).split()
        only_letters = all(word.replace("&", "").isalpha() and word != "and" for word in words)
        if len(words) < 2 or words[0] not in self.first_names or not only_letters or "&" in name:  # noqa: PLR2004
            return False
        return self.type_by_head(name) is None and not self.is_ignored(name)


def load_name_types() -> NameTypes:
    """Load the packaged lists (a few milliseconds)."""
    lists = tomllib.loads(files("copytaster.tagging.entities").joinpath("names.toml").read_text(encoding="utf-8"))
    place, organisation = EntityType.PLACE, EntityType.ORGANISATION
    return NameTypes(
        by_last_word=dict.fromkeys(_keys(lists["organisation"]), organisation)
        | dict.fromkeys(_keys(lists["place"]), place),
        by_first_word=dict.fromkeys(_keys(lists["leading_organisation"]), organisation)
        | dict.fromkeys(_keys(lists["leading_place"]), place),
        first_names=frozenset(_keys(lists["first_names"])),
        roles=frozenset(_keys(lists["roles"])),
        ignored_last_words=frozenset(_keys(lists["ignored"])),
        demonyms=frozenset(_keys(lists["demonyms"])),
        acronyms=frozenset(_keys(lists["acronyms"])),
        clubs=frozenset(name_key(name) for name in lists["clubs"].replace("\n", ";").split(";") if name.strip()),
    )


def _keys(listing: str) -> list[str]:
    return [name_key(word) for word in listing.split()]
