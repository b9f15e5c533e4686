"""Describes which versions of the program run at the same time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from copytaster.store.ports.presence import Heartbeat

NAMED_PARTS = 3
"""Parts of one version that are named: if there are more, its name and their number say enough."""

UNREPORTED = "a release that does not report its version"


def describe_versions(parts: Sequence[Heartbeat]) -> str | None:
    """Return which parts run which version, the rarest version first; None if all run the same one."""
    names = defaultdict[str, list[str]](list)
    for each in parts:
        names[str(each.details.get("version") or UNREPORTED)].append(each.name)
    groups = [f"{version}: {_list(some)}" for version, some in sorted(names.items(), key=lambda each: len(each[1]))]
    return f"{'; '.join(groups)}; restart the parts that run an older version" if len(groups) > 1 else None


def _list(names: Sequence[str]) -> str:
    more = len(names) - NAMED_PARTS
    return ", ".join(names[:NAMED_PARTS]) + (f" and {more} more" if more > 0 else "")
