"""The port of the layout: the version of the schema in which a release writes the data on the server."""

from __future__ import annotations

from typing import Protocol

from copytaster.errors import ConfigurationError

LAYOUT = 6
"""The layout that this release writes. It reads older ones too, and rewrites them beside other work: see ``sweep``.

1: every article has the time of its last change, by which the retention finds it.
2: the terms of articles are in one index, not in a sorted set for each.
3: every article that was tagged, and every copy, is in a story; there are no ties of articles by their relations.
4: rare terms share fields, and links and records of deliveries and stories are shorter. Both forms are read, and older
data is not rewritten; but an earlier release does not find rare terms.
5: tags, formats and statuses are in the index of terms.
6: the index of terms has shorter postings, under other keys.
"""

WITH_STORIES = 3
"""The layout from which on every article is in a story."""


class NewerLayoutError(ConfigurationError):
    """A newer release has written the data."""

    def __init__(self, found: int) -> None:
        super().__init__(
            f"the server's data has the layout {found}, and this release knows layouts up to {LAYOUT}: a newer release"
            " has written it. Install that release again; or empty the server, which is then rebuilt from the archive"
        )


class Layout(Protocol):
    """Stores the version. Both methods raise ``TransientError`` if the server does not answer."""

    def read(self) -> int | None:
        """Return the layout of all data; None until it is known, as long as older data may have to be rewritten."""
        ...

    def record(self, number: int) -> None:
        """Record that all data has this layout, unless a later one is recorded."""
        ...


def refuse_newer(layout: Layout) -> None:
    """Raise ``NewerLayoutError`` if a newer release has written the data."""
    found = layout.read()
    if found is not None and found > LAYOUT:
        raise NewerLayoutError(found)
