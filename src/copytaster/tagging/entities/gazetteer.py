"""A list of place names: which names are places, and the display name of each place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files

from copytaster.tagging.entities.name_types import NameTypes, load_name_types
from copytaster.tagging.entities.names import name_key

_SECTIONS = ("countries", "capitals", "cities", "regions", "features", "exonyms")


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Some thousand countries, capitals, cities and regions, by ``names.name_key``.

    ``display_names`` maps the key of each place name to the name to show. ``ambiguous`` has the keys of names that are
    also names of people or things. ``name_types`` classifies names by their words.
    """

    display_names: Mapping[str, str]
    ambiguous: frozenset[str]
    name_types: NameTypes = field(default_factory=NameTypes)

    def is_certain_place(self, name: str) -> bool:
        """Return whether this name always means the place, regardless of a model's result."""
        return self.is_possible_place(name) and name_key(name) not in self.ambiguous

    def is_possible_place(self, name: str) -> bool:
        """Return whether a place has this name."""
        return name_key(name) in self.display_names

    def with_places(self, names: Iterable[str]) -> Gazetteer:
        """Return the gazetteer with more certain places, such as those in an article's dateline."""
        spellings = (name.title() if name.isupper() else name for name in names)
        added = {name_key(name): name for name in spellings if not self.is_certain_place(name)}
        if not added:
            return self
        return replace(self, display_names={**added, **self.display_names}, ambiguous=self.ambiguous - added.keys())

    def display_name(self, name: str) -> str:
        """Return the name to show for a place, such as a country's for its short forms; unknown names are unchanged."""
        return self.display_names.get(name_key(name), name)


def load_gazetteer() -> Gazetteer:
    """Load the packaged list (a few milliseconds)."""
    data = tomllib.loads(files("copytaster.tagging.entities").joinpath("places.toml").read_text(encoding="utf-8"))
    display_names: dict[str, str] = {}
    for section in _SECTIONS:
        for names in _entries(data[section]):
            display_names.update({name_key(name): display_names.get(name_key(name), names[0]) for name in names})
    ambiguous = frozenset(name_key(names[0]) for names in _entries(data["ambiguous"]))
    return Gazetteer(display_names, ambiguous, load_name_types())


def _entries(listing: str) -> list[list[str]]:
    entries = [entry for entry in re.split(r"[;\n]", listing) if entry.strip()]
    return [[name.strip() for name in entry.split(" = ")] for entry in entries]
