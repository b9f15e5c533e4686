"""The handles of stories: short names of one length, in which many stories are passed on without their ids."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from copytaster.store.ports.stories import Handles, StoryId

HANDLE = 10
"""Bytes of a handle."""

HASHED = re.compile(r"s[0-9a-f]{20}\Z")
"""The ids of stories that are named by a hash: all but those of some tests."""


def handle(story_id: StoryId) -> bytes:
    """Return the ten bytes that name a story in keys and in the index."""
    if HASHED.match(story_id):
        return bytes.fromhex(story_id[1:])
    return hashlib.sha1(story_id.encode(), usedforsecurity=False).digest()[:HANDLE]


def handles_of(story_ids: Iterable[StoryId]) -> Handles:
    """Return the handles of stories, one behind the other."""
    return Handles(b"".join(map(handle, story_ids)))


def split(handles: Handles) -> frozenset[bytes]:
    """Return the handles that ``handles_of`` has joined."""
    return frozenset(handles[start : start + HANDLE] for start in range(0, len(handles), HANDLE))
