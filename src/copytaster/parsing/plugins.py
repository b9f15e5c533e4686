"""Parser plugins: an installed package with an entry point adds its formats."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from copytaster.errors import ConfigurationError
from copytaster.parsing.checked_parser import CheckedParser
from copytaster.parsing.parser import Parser

GROUP = "copytaster.parsers"
"""The group of entry points. Each names a class or function without arguments that returns a parser."""


def installed_parsers() -> list[Parser]:
    """Return the parsers of installed plugins, ordered by name.

    Raises ``ConfigurationError`` naming the package if one cannot be loaded: a worker without it would reject the files
    that the plugin is for.
    """
    return [_load(each) for each in sorted(entry_points(group=GROUP), key=lambda each: each.name)]


def _load(entry: EntryPoint) -> Parser:
    package = entry.dist.name if entry.dist else "an unknown package"
    try:
        parser: Parser = entry.load()()
        complete = all(hasattr(parser, name) for name in ("format", "score", "parse"))
        checked = CheckedParser(parser) if complete else None
    # Process edge: a plugin's module may raise any exception when it is imported.
    except Exception as error:
        raise ConfigurationError(
            f"the parser {entry.name} of {package} cannot be loaded: {type(error).__name__}: {error};"
            f" update {package} or uninstall it"
        ) from error
    if checked is None:
        raise ConfigurationError(
            f"the parser {entry.name} of {package} lacks format, score or parse; update {package} or uninstall it"
        )
    return checked
