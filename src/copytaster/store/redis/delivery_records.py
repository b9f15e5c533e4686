"""The record and the timeline of a delivery, in few bytes.

The record is a hash that the server stores packed as long as no value exceeds 64 bytes; see ``packing.pieces``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from copytaster.clock import from_milliseconds
from copytaster.model.delivery import Delivery, DeliveryId, Outcome
from copytaster.model.disposition import Disposition
from copytaster.model.work import Work
from copytaster.store.redis.client import text
from copytaster.store.redis.packing import NEWER, joined, pack, pieces, unpack
from copytaster.store.redis.records import newer_records

REGISTERED = {"name", "path", "source", "size", "sha256", "received_at", "retry_of", "continues", "sidecar"} | {
    *("metadata", "folder_defaults")
}
"""Fields of a record that are set by its registration; they never change. The id is part of the key."""

ENDS = {each: each.value[0] for each in Disposition}
"""The first character of a packed end, which a script compares; the dispositions begin with different letters."""

STAGES = ("watcher", "ingest", "ledger", "store")
LINES = ("registered: archived and due", "taken for 20 s", "stored", "duplicate", "new_version")
"""Texts of timelines that are stored as their position here. New ones may be added at the end only."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Fields = Mapping[bytes, bytes]


def registration_record(delivery: Delivery) -> dict[str, Any]:
    """Return what a record contains from the registration on."""
    record = delivery.model_dump(mode="json", include=REGISTERED, exclude_defaults=True)
    if record["name"] == _name_in(record["path"]):
        del record["name"]
    return record


def registration(delivery: Delivery) -> list[str | bytes]:
    """Return the fields and values with which the hash of a record begins."""
    stored: dict[str, str | bytes] = {"body": NEWER, **pieces("b", pack(registration_record(delivery)))}
    if delivery.lane is not Work.INGEST:
        stored["lane"] = delivery.lane.value
    return _arguments(stored)


def end_fields(outcome: Outcome, settled_at: datetime) -> list[str | bytes]:
    """Return the fields and values that end a record; the first value begins with the letter of the disposition."""
    record = outcome.model_dump(mode="json", exclude={"to_tag", "items"}, exclude_defaults=True)
    packed = pack(record | {"settled_at": settled_at.isoformat()})
    return _arguments(pieces("e", ENDS[outcome.disposition].encode() + packed))


def pack_entry(at: datetime, stage: str, by: str, what: str) -> str:
    """Return an entry of a timeline: a row of JSON with the time in microseconds, and numbers for usual texts."""
    row = [(at - EPOCH) // timedelta(microseconds=1), _number(STAGES, stage), by, _number(LINES, what)]
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False)


def read_delivery(delivery_id: DeliveryId, record: Fields, timeline: Iterable[bytes] = ()) -> Delivery:
    """Return the delivery with this record and timeline. Raises ``NewerRecordError``."""
    fields = _registered(delivery_id, record) | _end(delivery_id, record)
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
                "attempts": int(record[b"attempts"]),
                "faults": int(record.get(b"faults", 0)),
                "lane": text(record.get(b"lane", Work.INGEST.value)),
                "due_at": from_milliseconds(int(due)) if due else None,
                "retried_as": text(retried_as) if retried_as else None,
                "timeline": [_entry(each) for each in timeline],
            }
        )


def _registered(delivery_id: DeliveryId, record: Fields) -> dict[str, Any]:
    packed = joined(record, "b")
    if not packed:
        plain: dict[str, Any] = json.loads(record[b"body"])
        return plain
    fields = unpack(packed, f"delivery {delivery_id}")
    return {"id": delivery_id, "name": _name_in(fields["path"]), "source": None, "sha256": None} | fields


def _end(delivery_id: DeliveryId, record: Fields) -> dict[str, Any]:
    packed = joined(record, "e")
    if packed:
        return unpack(packed[1:], f"delivery {delivery_id}")
    plain: dict[str, Any] = json.loads(record.get(b"end", b"{}"))
    return plain


def _entry(stored: bytes) -> dict[str, Any]:
    """Return an entry, which may be an object of an earlier release."""
    found = json.loads(stored)
    if isinstance(found, list):
        moment, stage, by, what = found
        at = EPOCH + timedelta(microseconds=moment)
        found = {"at": at, "stage": _text(STAGES, stage), "by": by, "what": _text(LINES, what)}
    return dict(found)


def _number(texts: Sequence[str], text: str) -> int | str:
    return texts.index(text) if text in texts else text


def _text(texts: Sequence[str], stored: int | str) -> str:
    return texts[stored] if isinstance(stored, int) else stored


def _name_in(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _arguments(fields: Mapping[str, str | bytes]) -> list[str | bytes]:
    return [each for pair in fields.items() for each in pair]
