"""The rule of each route: who may use it. A router declares it once, as a dependency; a route may declare its own.

A route without a rule needs the scope ``admin``. A method that changes something needs ``write`` at least, whatever the
rule says. Keys that are restricted to sources are refused, unless the rule says how the route is restricted to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fastapi import Depends

from copytaster.model.access import Scope

READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""


class Sources(StrEnum):
    """How a route is restricted to the sources of a key."""

    REFUSED = "refused"
    """It is not: the answer mixes sources."""

    NOT_SHOWN = "not shown"
    """It need not be: the answer has nothing that a source delivered."""

    ONE_PARAMETER = "one parameter"
    """By the parameter ``source``, which the route takes once."""

    PARAMETERS = "parameters"
    """By the parameter ``source``, which the route takes several times."""

    ARTICLE = "article"
    """By the source of the article with the id ``article_id`` in the path."""

    DELIVERY = "delivery"
    """By the source of the delivery with the id ``delivery_id`` in the path."""


@dataclass(frozen=True, slots=True)
class AccessRule:
    """Who may use a route; without ``scope`` everybody. As a dependency it does nothing: ``AccessControl`` reads it.

    A route that ``recognises`` who sends a request needs no key either, and may say more to those with one.
    """

    scope: Scope | None
    sources: Sources = Sources.REFUSED
    recognises: bool = False

    async def __call__(self) -> None:
        """Do nothing."""

    def needed_for(self, method: str) -> Scope | None:
        """Return the scope that a request with this method needs; None if it needs no key."""
        if self.scope is Scope.READ and method not in READING:
            return Scope.WRITE
        return self.scope


UNDECLARED = AccessRule(Scope.ADMIN)
"""The rule of a route that declares none."""


def needs(scope: Scope, sources: Sources = Sources.REFUSED) -> Any:
    """Return the dependency that declares the scope of a router or route, and how it is restricted to sources."""
    return Depends(AccessRule(scope, sources))


def open_to_everybody() -> Any:
    """Return the dependency that declares that a router or route needs no key, and whoever uses it is not known."""
    return Depends(AccessRule(None, Sources.NOT_SHOWN))


def open_to_everybody_with_more_for_some() -> Any:
    """Return the dependency of a router or route that needs no key, and says more to those who have one."""
    return Depends(AccessRule(None, Sources.NOT_SHOWN, recognises=True))
