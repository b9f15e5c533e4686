"""Reads YAML as nodes with line numbers, so that every problem can be reported with its line."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from yaml.composer import ComposerError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from copytaster.errors import ConfigurationError

MAX_BYTES = 1024 * 1024
"""The maximum size of a rules file: ten thousand rules. A larger file was probably named by mistake."""

MAX_PROBLEMS = 20
"""The number of problems that an error message lists: more are not read at once."""

NULL = "tag:yaml.org,2002:null"


class RulesError(ConfigurationError):
    """A rules file cannot be used; ``problems`` has one sentence per problem, with file and line."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        more = len(problems) - MAX_PROBLEMS
        listed = [*problems[:MAX_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]
        super().__init__("\n".join(listed))
        self.problems = problems


@dataclass(slots=True)
class NodeReader:
    """Reads values from YAML nodes and collects the problems, so that all of them are reported at once.

    ``origin`` is the file's name. ``problems`` are pairs of line number and message.
    """

    origin: str
    problems: list[tuple[int, str]] = field(default_factory=list)

    def add_problem(self, node: Node, message: str) -> None:
        """Record a problem at the node's line."""
        self.problems.append((node.start_mark.line + 1, message))

    def raise_problems(self) -> None:
        """Raise ``RulesError`` if there are problems. One that occurs twice, through an alias, is reported once."""
        if self.problems:
            in_order = sorted(dict.fromkeys(self.problems), key=lambda each: each[0])
            raise RulesError(tuple(f"{self.origin}:{line}: {message}" for line, message in in_order))

    def mapping(self, node: Node, *, keys: tuple[str, ...], what: str) -> dict[str, Node]:
        """Return a mapping's values by key. Keys that are unknown or repeated are problems."""
        if not isinstance(node, MappingNode):
            self.add_problem(node, f"{what} must be a mapping with {_listed(keys)}")
            return {}
        values: dict[str, Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name not in keys:
                self.add_problem(key, f"{what} has no key {name!r}; it may have {_listed(keys)}")
            elif name in values:
                self.add_problem(key, f"the key {name!r} is repeated")
            elif value.tag != NULL:
                values[name] = value
        return values

    def texts(self, node: Node | None, *, what: str) -> Iterator[tuple[Node, str]]:
        """Yield the texts of a list with their nodes; a single text counts as a list of one."""
        if node is None:
            return
        for item in node.value if isinstance(node, SequenceNode) else [node]:
            if text := self.text(item, what=what):
                yield item, text

    def text(self, node: Node, *, what: str) -> str:
        """Return a text as written, even where YAML would read a number, in Unicode's NFC.

        Without a text record a problem and return "".
        """
        if isinstance(node, ScalarNode) and node.tag != NULL and node.value.strip():
            try:
                # JSON, which is YAML as well, writes characters beyond U+FFFF as two surrogates.
                whole = str(node.value).strip().encode("utf-16", "surrogatepass").decode("utf-16")
                return unicodedata.normalize("NFC", whole)
            except UnicodeDecodeError:
                self.add_problem(node, f"{what} has half a character: a surrogate without its other half")
                return ""
        self.add_problem(node, f"{what} must be a text")
        return ""


def read_text(path: Path) -> str:
    """Return a file's text. Raises ``RulesError`` when it cannot be read, is not UTF-8, or is too large."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise RulesError((f"{path}: the file is too large: a rules file has at most {MAX_BYTES} bytes",))
        return content.decode("utf-8-sig")
    except OSError as error:
        raise RulesError((f"{path}: cannot be read: {error.strerror}",)) from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise RulesError((f"{path}:{line}: not UTF-8 (byte {error.start})",)) from error


def compose(text: str, *, origin: str) -> Node | None:
    """Return the root node of a YAML text, or None when it is empty.

    Raises ``RulesError`` with the line of a syntax error.
    """
    try:
        loader = yaml.SafeLoader(text)
    except yaml.YAMLError as error:
        raise RulesError((f"{origin}:1: not YAML: {error}",)) from error
    try:
        node: Node | None = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        reason = ", ".join(filter(None, [error.problem, error.context]))
        raise RulesError((f"{origin}:{line}: not YAML: {reason}",)) from error
    except RecursionError as error:
        raise RulesError((f"{origin}:1: lists or mappings are nested too deeply",)) from error
    except (ValueError, OverflowError) as error:
        raise RulesError((f"{origin}:{loader.line + 1}: not YAML: an escape that is no character",)) from error
    else:
        return node


class PlainLoader(yaml.SafeLoader):
    """Loads YAML without anchors, aliases and merges, by which a few lines expand to billions of nodes."""

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """Return the next node. Raises ``ComposerError`` with the place of an anchor or alias."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "anchor", None) is not None:
            raise ComposerError(None, None, "anchors and aliases are not allowed here", event.start_mark)
        return super().compose_node(parent, index)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
