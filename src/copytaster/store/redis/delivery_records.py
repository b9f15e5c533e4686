"""The record and the timeline of a delivery, in few bytes.

The record is a hash that the server stores packed as long as no value exceeds 64 bytes; see ``packing.pieces``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import Any

from copytaster.clock import from_milliseconds
from copytaster.model.delivery import UNRECORDED, Delivery, DeliveryId, Outcome, arrival_of
from copytaster.model.disposition import Disposition
from copytaster.model.work import Work
from copytaster.store.redis.client import text
from copytaster.store.redis.packing import joined, pack, pieces, unpack
from copytaster.store.redis.records import newer_records
from copytaster.system.running_version import running_version

REGISTERED = {"name", "path", "source", "size", "sha256", "received_at", "retry_of", "continues", "sidecar"} | {
    *("metadata", "folder_defaults")
}
"""Fields of a record that are set by its registration; they never change. The id is part of the key."""

ENDS = {each: each.value[0] for each in Disposition}
"""The first character of a packed end, which a script compares; the dispositions begin with different letters."""

STAGES = ("watcher", "ingest", "ledger", "store")
LINES = ("registered: archived and due", "taken for 20 s", "stored", "duplicate", "new_version")
"""Texts of timelines that are stored as their position here. New ones may be added at the end only."""

PACKED = b"\x01"
"""The first byte of an entry of a timeline that is not JSON."""

SHORT_END = b"\x02"
"""The second byte of the end of a delivery that became one article: the time and the id follow."""

TIME = 7
"""Bytes of a time in microseconds."""

MILLISECOND = 1_000
"""In microseconds."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_ARTICLE = re.compile(r"a[0-9a-f]{20}")

Fields = Mapping[bytes, bytes]


def registration_record(delivery: Delivery) -> dict[str, Any]:
    """Return what a record contains from the registration on.

    Of the time of receipt only the microseconds are there if the id has the milliseconds; as text, because the
    dictionary has texts there.
    """
    record = delivery.model_dump(mode="json", include=REGISTERED, exclude_defaults=True)
    if record["name"] == _name_in(record["path"]):
        del record["name"]
    after = (delivery.received_at - arrival_of(delivery.id)) // timedelta(microseconds=1)
    if 0 <= after < MILLISECOND and delivery.received_at.tzinfo == UTC:
        record["received_at"] = str(after) if after else ""
    return record


def registration(delivery: Delivery) -> list[str | bytes]:
    """Return the fields and values with which the hash of a record begins."""
    stored: dict[str, str | bytes] = {**pieces("b", pack(registration_record(delivery)))}
    if delivery.lane is not Work.INGEST:
        stored["lane"] = delivery.lane.value
    return _arguments(stored)


def end_fields(outcome: Outcome, settled_at: datetime) -> list[str | bytes]:
    """Return the fields and values that end a record; the first value begins with the letter of the disposition."""
    letter = ENDS[outcome.disposition].encode()
    record = outcome.model_dump(mode="json", exclude=set(UNRECORDED), exclude_defaults=True)
    if record.keys() == {"disposition", "article_ids"} and (short := _short_end(outcome.article_ids, settled_at)):
        return ["e", letter + short]
    if outcome.disposition.keeps_file:
        record["software"] = running_version()
    packed = pack(record | {"settled_at": settled_at.isoformat()})
    return _arguments(pieces("e", letter + packed))


def _short_end(article_ids: Sequence[str], settled_at: datetime) -> bytes:
    """Return the end of a delivery that became this article at this time; empty if it does not have this form."""
    microseconds = _microseconds(settled_at)
    if len(article_ids) != 1 or not _ARTICLE.fullmatch(article_ids[0]) or not 0 <= microseconds < 1 << 8 * TIME:
        return b""
    return SHORT_END + microseconds.to_bytes(TIME) + bytes.fromhex(article_ids[0][1:])


def pack_entry(at: datetime, stage: str, by: str, what: str) -> bytes:
    """Return an entry of a timeline: time, numbers of stage and text, and process; JSON if the text is another one."""
    microseconds = _microseconds(at)
    if stage in STAGES and what in LINES and 0 <= microseconds < 1 << 8 * TIME:
        numbers = bytes([STAGES.index(stage), LINES.index(what)])
        return PACKED + microseconds.to_bytes(TIME) + numbers + by.encode("utf-8", "surrogatepass")
    row = [microseconds, stage, by, what]
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def read_delivery(delivery_id: DeliveryId, record: Fields, timeline: Sequence[bytes] | None = None) -> Delivery:
    """Return the delivery with this record and the list of its timeline, None for no timeline.

    Raises ``NewerRecordError``.
    """
    fields = _registered(delivery_id, record) | _end(delivery_id, record)
    lines = [] if timeline is None else list(_entries([*_lines(record), *_usual_end(record, fields), *timeline]))
    due, retried_as = record.get(b"due"), record.get(b"retried_as")
    if b"outage" in record:
        fields["outage"] = {
            "resource": text(record[b"outage"]),
            "since": from_milliseconds(int(record[b"outage_since"])),
            "attempts": int(record[b"outage_attempts"]),
        }
    if b"progress" in record:
        fields = {"progress": json.loads(record[b"progress"])} | fields
    with newer_records(f"delivery {delivery_id}"):
        return Delivery.model_validate(
            fields
            | {
                "state": text(record[b"state"]),
                "attempts": int(record.get(b"attempts", 1)),
                "faults": int(record.get(b"faults", 0)),
                "lane": text(record.get(b"lane", Work.INGEST.value)),
                "due_at": from_milliseconds(int(due)) if due else None,
                "retried_as": text(retried_as) if retried_as else None,
                "timeline": lines,
            }
        )


class DeliveryRecords:
    """Turns records into deliveries without their timelines.

    The deliveries of the last ``remembered`` records are kept: unpacking one takes .1 ms, and lists are read again and
    again. A record is compared as a whole, so that what is returned is never out of date.
    """

    def __init__(self, remembered: int) -> None:
        self._known = lru_cache(maxsize=remembered)(_delivery_of)

    def delivery(self, delivery_id: DeliveryId, record: Fields) -> Delivery:
        """Return the delivery with this record. Raises ``NewerRecordError``."""
        return self._known(delivery_id, tuple(record.items()))


def _delivery_of(delivery_id: DeliveryId, record: tuple[tuple[bytes, bytes], ...]) -> Delivery:
    return read_delivery(delivery_id, dict(record))


def _registered(delivery_id: DeliveryId, record: Fields) -> dict[str, Any]:
    packed = joined(record, "b")
    if not packed:
        plain: dict[str, Any] = json.loads(record[b"body"])
        return plain
    fields = unpack(packed, f"delivery {delivery_id}")
    after = fields["received_at"]
    if not after or after.isdecimal():
        fields["received_at"] = arrival_of(delivery_id) + timedelta(microseconds=int(after or 0))
    return {"id": delivery_id, "name": _name_in(fields["path"]), "source": None, "sha256": None} | fields


def _end(delivery_id: DeliveryId, record: Fields) -> dict[str, Any]:
    packed = joined(record, "e")
    if packed[1:2] == SHORT_END:
        start = 2 + TIME
        settled_at = EPOCH + timedelta(microseconds=int.from_bytes(packed[2:start]))
        disposition = next(each for each, letter in ENDS.items() if letter.encode() == packed[:1])
        return {"disposition": disposition, "article_ids": [f"a{packed[start:].hex()}"], "settled_at": settled_at}
    if packed:
        return unpack(packed[1:], f"delivery {delivery_id}")
    plain: dict[str, Any] = json.loads(record.get(b"end", b"{}"))
    return plain


def _lines(record: Fields) -> Iterator[bytes]:
    """Yield the entries of the timeline that are fields of the record."""
    for number in count():
        entry = record.get(f"l{number}".encode())
        if entry is None:
            return
        yield entry


def _usual_end(record: Fields, end: Mapping[str, Any]) -> list[bytes]:
    """Return the last entry of a timeline if ``settle`` has left it out; then there is no count of attempts either."""
    if b"attempts" in record:
        return []
    return [pack_entry(end["settled_at"], "ledger", "", end["disposition"].value)]


def _entries(stored: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Yield entries; one without a process is by that of the entry before."""
    by = ""
    for each in stored:
        entry = _entry(each)
        by = entry["by"] or by
        yield entry | {"by": by}


def _entry(stored: bytes) -> dict[str, Any]:
    """Return an entry, which may be a row or an object of an earlier release."""
    if stored.startswith(PACKED):
        start = 1 + TIME
        microseconds, (stage, what) = int.from_bytes(stored[1:start]), stored[start : start + 2]
        return _row(microseconds, STAGES[stage], stored[start + 2 :].decode("utf-8", "surrogatepass"), LINES[what])
    found = json.loads(stored.decode("utf-8", "surrogatepass"))
    if isinstance(found, list):
        microseconds, stage, by, what = found
        return _row(microseconds, _text(STAGES, stage), by, _text(LINES, what))
    return dict(found)


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def _row(microseconds: int, stage: str, by: str, what: str) -> dict[str, Any]:
    return {"at": EPOCH + timedelta(microseconds=microseconds), "stage": stage, "by": by, "what": what}


def _text(texts: Sequence[str], stored: int | str) -> str:
    return texts[stored] if isinstance(stored, int) else stored


def _name_in(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _arguments(fields: Mapping[str, str | bytes]) -> list[str | bytes]:
    return [each for pair in fields.items() for each in pair]
