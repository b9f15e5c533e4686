"""Parsers from outside: whoever installs a package with an entry point gets its formats read."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from copytaster.errors import ConfigurationError
from copytaster.parsing.parser import Parser

GROUP = "copytaster.parsers"
"""The entry points' group. Each names a class, or a function, that returns a parser and takes no argument."""


def installed_parsers() -> list[Parser]:
    """Return the parsers that other packages bring, by their names' order.

    Raises ``ConfigurationError`` that names the package where one cannot be loaded: a worker that starts without it
    would refuse the files that it is there for.
    """
    return [_load(each) for each in sorted(entry_points(group=GROUP), key=lambda each: each.name)]


def _load(entry: EntryPoint) -> Parser:
    package = entry.dist.name if entry.dist else "an unknown package"
    try:
        parser: Parser = entry.load()()
        complete = all(hasattr(parser, name) for name in ("format", "score", "parse"))
    # Process edge: what a foreign module does when it is imported is not ours.
    except Exception as error:
        raise ConfigurationError(
            f"the parser {entry.name} of {package} cannot be loaded: {type(error).__name__}: {error};"
            f" update {package} or uninstall it"
        ) from error
    if not complete:
        raise ConfigurationError(
            f"the parser {entry.name} of {package} needs format, score and parse; see docs/plugins.md"
        )
    return parser
