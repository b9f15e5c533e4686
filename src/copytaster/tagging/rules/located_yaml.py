"""YAML with the line of everything in it, so that a fault can be found; nothing is built but plain text and lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from copytaster.errors import ConfigurationError

MOST_BYTES = 1024 * 1024
"""Of a file of rules: ten thousand rules. More is another file taken for one."""

MOST_FAULTS = 20
"""More of them are not read to the end anyway."""

NULL = "tag:yaml.org,2002:null"


class RulesError(ConfigurationError):
    """A file of rules cannot be used; ``faults`` has a sentence with file and line for each thing that is wrong."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        more = len(faults) - MOST_FAULTS
        shown = [*faults[:MOST_FAULTS], *([f"and {more} more"] if more > 0 else [])]
        super().__init__("\n".join(shown))
        self.faults = faults


@dataclass(slots=True)
class Faults:
    """Collects what is wrong, so that all of it is said at once."""

    origin: str
    said: list[tuple[int, str]] = field(default_factory=list)

    def add(self, node: Node, message: str) -> None:
        """Note what is wrong at a place of the file."""
        self.said.append((node.start_mark.line + 1, message))

    def raise_any(self) -> None:
        """Raise ``RulesError`` when there was any; what was met twice, through an alias, is said once."""
        if self.said:
            said = sorted(dict.fromkeys(self.said), key=lambda each: each[0])
            raise RulesError(tuple(f"{self.origin}:{line}: {message}" for line, message in said))

    def mapping(self, node: Node, *, known: tuple[str, ...], what: str) -> dict[str, Node]:
        """Return the values by their keys; keys that are unknown or come twice are faults."""
        if not isinstance(node, MappingNode):
            self.add(node, f"{what} must be a mapping with {_listed(known)}")
            return {}
        found: dict[str, Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name not in known:
                self.add(key, f"{what} has no {name!r}; it may have {_listed(known)}")
            elif name in found:
                self.add(key, f"{name!r} is there twice")
            elif value.tag != NULL:
                found[name] = value
        return found

    def texts(self, node: Node | None, *, what: str) -> Iterator[tuple[Node, str]]:
        """Yield the texts of a list, or of the one text that stands for a list of one."""
        if node is None:
            return
        for each in node.value if isinstance(node, SequenceNode) else [node]:
            if said := self.text(each, what=what):
                yield each, said

    def text(self, node: Node, *, what: str) -> str:
        """Return a text as it is spelled, also where YAML would take it for a number; "" and a fault where none is."""
        if isinstance(node, ScalarNode) and node.tag != NULL and node.value.strip():
            return str(node.value).strip()
        self.add(node, f"{what} must be a text")
        return ""


def read_text(path: Path) -> str:
    """Return a file's text. Raises ``RulesError`` when it cannot be read, is no UTF-8, or is too large."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise RulesError((f"{path}: a file of rules may have {MOST_BYTES} bytes, and this one has more",))
        return content.decode("utf-8-sig")
    except OSError as error:
        raise RulesError((f"{path}: cannot be read: {error.strerror}",)) from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise RulesError((f"{path}:{line}: not UTF-8 (byte {error.start})",)) from error


def compose(text: str, *, origin: str) -> Node | None:
    """Return the root node of YAML, None when it is empty. Raises ``RulesError`` with the line of a slip in it."""
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        said = ", ".join(filter(None, [error.problem, error.context]))
        raise RulesError((f"{origin}:{line}: not YAML: {said}",)) from error
    except yaml.YAMLError as error:
        raise RulesError((f"{origin}:1: not YAML: {error}",)) from error
    except RecursionError as error:
        raise RulesError((f"{origin}:1: too many lists or mappings in one another",)) from error


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
