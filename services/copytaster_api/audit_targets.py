"""What a request is about, for the audit trail, where its path does not say all of it."""

from __future__ import annotations

from fastapi import Request

from copytaster.model.access import TARGET_CHARACTERS


def name_target(request: Request, *names: str | None) -> None:
    """Note what a request is about. The last call counts: a route calls it again when it knows the id of what is new.

    A request that is refused before its route has read the body says nothing more than its path.
    """
    request.state.audit_target = " ".join(filter(None, names))


def target_of(request: Request, in_path: list[str]) -> str | None:
    """Return what a request is about: the values in its path, and what its route has noted; None without any."""
    noted = getattr(request.state, "audit_target", "")
    return " ".join(filter(None, [*in_path, noted]))[:TARGET_CHARACTERS] or None
