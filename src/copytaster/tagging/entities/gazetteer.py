"""Names of places: which names are certainly places, which may be, and by which name a place is shown."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files

from copytaster.tagging.entities.name_types import NameTypes, load_name_types
from copytaster.tagging.entities.names import key

_KINDS = ("countries", "capitals", "cities", "regions", "features")


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Some thousand countries, capitals, cities and regions; both tables are keyed by ``names.key``.

    ``official`` maps each known name to the name to show; ``ambiguous`` has those that people or things bear too.
    ``kinds`` knows what the words of a name say.
    """

    official: Mapping[str, str]
    ambiguous: frozenset[str]
    kinds: NameTypes = field(default_factory=NameTypes)

    def certain(self, name: str) -> bool:
        """Whether this name means the place, whatever a model says."""
        return self.possible(name) and key(name) not in self.ambiguous

    def possible(self, name: str) -> bool:
        """Whether there is a place of this name."""
        return key(name) in self.official

    def with_places(self, names: Iterable[str]) -> Gazetteer:
        """Return the gazetteer with more names that are certainly places, as an article's dateline gives them."""
        spelt = (name.title() if name.isupper() else name for name in names)
        known = {key(name): name for name in spelt if not self.certain(name)}
        if not known:
            return self
        return replace(self, official={**known, **self.official}, ambiguous=self.ambiguous - known.keys())

    def shown(self, name: str) -> str:
        """Return the name under which the place is shown: the country for its short forms; unknown names stay."""
        return self.official.get(key(name), name)


def load_gazetteer() -> Gazetteer:
    """Read the list that comes with the package (a few milliseconds)."""
    data = tomllib.loads(files("copytaster.tagging.entities").joinpath("places.toml").read_text(encoding="utf-8"))
    official: dict[str, str] = {}
    for kind in _KINDS:
        for names in _entries(data[kind]):
            official.update({key(name): official.get(key(name), names[0]) for name in names})
    ambiguous = frozenset(key(names[0]) for names in _entries(data["ambiguous"]))
    return Gazetteer(official, ambiguous, load_name_types())


def _entries(listing: str) -> list[list[str]]:
    entries = [entry for entry in re.split(r"[;\n]", listing) if entry.strip()]
    return [[name.strip() for name in entry.split(" = ")] for entry in entries]
