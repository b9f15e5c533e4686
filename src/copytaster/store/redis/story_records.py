"""The form of stories on the server.

All keys begin with ``{stories}:``. HANDLE are the ten bytes of a story's id, in key names as hex.

- ``story:HANDLE``: plain string, the record, see ``encode``.
- ``members:HANDLE``: sorted set of the members by time of receipt. A story of its founder only has none.
- ``evidence:HANDLE``: hash of the evidence by member, without the founder; the first byte marks copies.
- ``placed:END``: hash of the story by article, empty if the article founded it; and, behind a plus sign, of the number
  of copies that wait for an article. The articles' ids have the same end.
- ``index``: hash of the handles of stories by index key.
- ``redirects``: hash of the story into which one was merged, by handle.
- ``open``, ``several``: sorted sets of the stories that are not closed, or have several members, by last change.
- ``waiting:ARTICLE``: hash of the copies that wait for an article.
- ``assigned``: hash of assignments by article; it expires.
- ``unreported``: sorted set of events by the time at which they are to be reported.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from copytaster.clock import from_milliseconds, milliseconds
from copytaster.model.article import ArticleId
from copytaster.store.ports.stories import (
    Assignment,
    IndexKey,
    Lead,
    PinnedHeadline,
    StoryEntry,
    StoryId,
    StoryRecord,
    WaitingCopy,
    founder,
)
from copytaster.store.redis.client import text
from copytaster.store.redis.packing import pack, unpack
from copytaster.store.story_handles import HANDLE, HASHED

KEY = 6
"""Bytes of an index key."""

KEPT_RECORDS = 1024
"""Records that a process remembers, in four megabytes: articles that arrive in succession have candidates in common.
As many as the profiles in them that are remembered."""

BINARY = b"\x01"
"""Stands before the ten bytes of the id in a record; without it the id is in the row, as text."""

ROW = 9
"""Columns of a whole row."""

ALONE = 3
"""Columns of the row of a story that has only its founder: language, source, and words of the article."""

COPY, ARTICLE = b"c", b"a"
"""The first byte of the evidence, for a copy and for another article."""

_HEAD = struct.Struct("<IB")


def short(story_id: StoryId) -> bytes:
    """Return the id in ten bytes; one without a hash, as tests have it, as text."""
    return bytes.fromhex(story_id[1:]) if HASHED.match(story_id) else story_id.encode()


def long(stored: bytes) -> StoryId:
    """Return the id of which ``short`` returned the short form."""
    return StoryId(f"s{stored.hex()}" if len(stored) == HANDLE else stored.decode())


def encode(record: StoryRecord, revision: int) -> bytes:
    """Return the record as it is stored after a change: with the revision of that.

    The script reads the beginning: revision, index keys, and the only member with its time of receipt; the founder is
    left out, because the name of the story is made of its id.
    """
    only = ""
    if record.members == 1 and record.leads:
        first = record.leads[0].article_id
        is_founder = HASHED.match(record.id) and first == founder(record.id)
        only = f"{milliseconds(record.first_seen)}:{'' if is_founder else first}"
    keys = b"".join(each.to_bytes(KEY, "little") for each in record.keys)
    head = _HEAD.pack(revision, len(record.keys)) + keys + bytes([len(only)]) + only.encode()
    tail = json.dumps(_tail(record), separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    name = BINARY + short(record.id) if HASHED.match(record.id) else b""
    return head + struct.pack("<H", len(record.profile)) + record.profile + name + tail


@lru_cache(maxsize=KEPT_RECORDS)
def decode(stored: bytes) -> StoryRecord:
    """Return the record that ``encode`` returned."""
    revision, count = _HEAD.unpack_from(stored)
    at = _HEAD.size + count * KEY
    keys = [stored[start : start + KEY] for start in range(_HEAD.size, at, KEY)]
    only = stored[at + 1 : at + 1 + stored[at]]
    at += 1 + len(only)
    (length,) = struct.unpack_from("<H", stored, at)
    at += 2
    name, tail = b"", stored[at + length :]
    if tail.startswith(BINARY):
        name, tail = tail[1 : 1 + HANDLE], tail[1 + HANDLE :]
    row = json.loads(tail.decode("utf-8", "surrogatepass"))
    if len(row) == ALONE:
        text_id, source, words = row
        row = [text_id, int(only.partition(b":")[0]), 0, [1, 0], [source], [["", words]], [0]]
    text_id, last, before, counts, sources, leads, recent, closed, rest = row if len(row) == ROW else [*row, 0, {}]
    story_id = long(name) if name else StoryId(text_id)
    return StoryRecord(
        id=story_id,
        revision=revision,
        first_seen=from_milliseconds(last - before),
        last_seen=from_milliseconds(last),
        articles=counts[0],
        copies=counts[1],
        sources=tuple(sources),
        leads=tuple(Lead(ArticleId(each or founder(story_id)), words) for each, words in leads),
        recent=tuple(from_milliseconds(last - each) for each in recent),
        profile=stored[at : at + length],
        keys=tuple(IndexKey(int.from_bytes(each, "little")) for each in keys),
        closed=bool(closed),
        headline=PinnedHeadline(*rest["headline"]) if "headline" in rest else None,
        absorbed=tuple(map(StoryId, rest.get("absorbed", ()))),
        apart=tuple(map(StoryId, rest.get("apart", ()))),
        language=(text_id or None) if name else rest.get("language"),
    )


def _tail(record: StoryRecord) -> list[Any]:
    """Return the rest as a row, without the last two columns if they say that the story is open and nothing else.

    The first column is the language; of a story that is not named by ten bytes, the id. Most stories have only their
    founder; then the row has what does not follow from that and from the beginning of the record.
    """
    last, own, is_named = milliseconds(record.last_seen), founder(record.id), HASHED.match(record.id)
    rest = {
        "headline": record.headline and [record.headline.text, record.headline.by],
        "absorbed": record.absorbed,
        "apart": record.apart,
        "language": None if is_named else record.language,
    }
    row = [
        record.language or "" if is_named else record.id,
        last,
        last - milliseconds(record.first_seen),
        [record.articles, record.copies],
        record.sources,
        [["" if each.article_id == own else each.article_id, each.words] for each in record.leads],
        [last - milliseconds(each) for each in record.recent],
    ]
    if record.closed or any(rest.values()):
        return [*row, int(record.closed), {name: each for name, each in rest.items() if each}]
    match row:
        case [language, _, 0, [1, 0], [source], [["", words]], [0]] if is_named:
            return [language, source, words]
    return row


def encode_evidence(entry: StoryEntry) -> bytes:
    """Return what is stored with a member; nothing for a founder."""
    if not entry.evidence and not entry.is_copy:
        return b""
    packed = pack(json.loads(entry.evidence)) if entry.evidence else b""
    return (COPY if entry.is_copy else ARTICLE) + packed


def decode_entry(article_id: ArticleId, received_at: datetime, stored: bytes | None) -> StoryEntry:
    """Return the member with the evidence that ``encode_evidence`` returned."""
    evidence = b""
    if stored and len(stored) > 1:
        evidence = json.dumps(unpack(stored[1:], f"the evidence for {article_id}")).encode()
    return StoryEntry(article_id, received_at, bool(stored and stored.startswith(COPY)), evidence)


def encode_copy(copy: WaitingCopy) -> bytes:
    """Return a copy that waits for its original as JSON."""
    entry = copy.entry
    fields = [entry.article_id, milliseconds(entry.received_at), entry.evidence.decode(), copy.source]
    return json.dumps(fields).encode()


def decode_copy(stored: bytes) -> WaitingCopy:
    """Return the copy that ``encode_copy`` returned."""
    article_id, received, evidence, source = json.loads(stored)
    entry = StoryEntry(ArticleId(article_id), from_milliseconds(received), is_copy=True, evidence=evidence.encode())
    return WaitingCopy(entry, source)


def encode_assignment(assignment: Assignment) -> bytes:
    """Return an assignment: the story's id behind its length, which the script reads, and the rest."""
    stored = short(assignment.story_id)
    headline = assignment.headline
    rest = {
        "evidence": json.loads(assignment.evidence) if assignment.evidence else None,
        "headline": headline and [headline.text, headline.by],
        "apart": assignment.apart,
    }
    return bytes([len(stored)]) + stored + pack({name: each for name, each in rest.items() if each})


def decode_assignment(article_id: ArticleId, story_id: StoryId, stored: bytes) -> Assignment:
    """Return the assignment to the present story that ``encode_assignment`` returned."""
    rest = unpack(stored[1 + stored[0] :], f"the assignment of {article_id}")
    return Assignment(
        article_id,
        story_id,
        json.dumps(rest["evidence"]).encode() if "evidence" in rest else b"",
        PinnedHeadline(*rest["headline"]) if "headline" in rest else None,
        tuple(map(StoryId, rest.get("apart", ()))),
    )


def only_member(record: StoryRecord) -> StoryEntry | None:
    """Return the member that the record has of a story of one article; None if it has none."""
    if record.members != 1 or not record.leads:
        return None
    return StoryEntry(record.leads[0].article_id, record.first_seen)


def pairs(flat: Sequence[Any]) -> list[tuple[str, int]]:
    """Return members and scores of a sorted set."""
    return [(text(name), int(float(score))) for name, score in zip(flat[::2], flat[1::2], strict=True)]
