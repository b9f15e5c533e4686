from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.reading import ParsingReader
from copytaster.parsing.wire.identifiers import identity_in_name, split_version


@pytest.mark.parametrize(
    ("identifier", "stated", "expected"),
    [
        ("urn:newsml:kestrel.example:20260105:bridge17:2U", "", ("urn:newsml:kestrel.example:20260105:bridge17", 2)),
        ("urn:newsml:kestrel.example:20260105:17:3", "", ("urn:newsml:kestrel.example:20260105:17", 3)),
        ("kestrel-bridge-v2", "", ("kestrel-bridge", 2)),
        ("urn:kestrel:bridge:v12", "", ("urn:kestrel:bridge", 12)),
        ("tag:kestrel.example,2026:bridge17:2", "2", ("tag:kestrel.example,2026:bridge17", 2)),
        ("0123456789abcdef0123456789abcdef--3--77", "", ("0123456789abcdef0123456789abcdef", 3)),
        ("tag:kestrel.example,2026:bridge17:2", "", ("tag:kestrel.example,2026:bridge17:2", None)),
        ("urn:newsml:kestrel:2", "2", ("urn:newsml:kestrel:2", 2)),
        ("urn:newsml:kestrel:20260105:2", "2", ("urn:newsml:kestrel:20260105:2", 2)),
        ("bridge-17", "0", ("bridge-17", 0)),
        ("bridge-17", "99999999999999999", ("bridge-17", None)),
    ],
)
def test_a_version_is_separated_only_where_it_is_certain(
    identifier: str, stated: str, expected: tuple[str, int | None]
) -> None:
    assert split_version(identifier, stated) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("inbox/ap/00112233445566778899aabbccddeeff--4--deadbeef00.nitf", ("00112233445566778899aabbccddeeff", 4)),
        ("00112233445566778899aabbccddeeff.2.deadbeef.txt", ("00112233445566778899aabbccddeeff", 2)),
        ("AP26004567890123_v3.xml", ("AP26004567890123", 3)),
        ("AP26004567890123.xml", ("AP26004567890123", None)),
        ("AP-bridge_v3.xml", None),
        ("report_v2.txt", None),
        ("00112233445566778899aabbccddeeff.txt", None),
        ("2026--2--bridge.txt", None),
    ],
)
def test_only_names_that_agencies_clients_write_identify_an_item(
    name: str, expected: tuple[str, int | None] | None
) -> None:
    assert identity_in_name(name) == expected


AP_NAME = "00112233445566778899aabbccddeeff--4--deadbeef00"
NITF = (
    "<nitf><head><docdata>{id}</docdata></head>"
    "<body><body.content><p>The bridge opens.</p></body.content></body></nitf>"
)


@pytest.mark.parametrize(
    ("name", "content", "guid", "version"),
    [
        (f"{AP_NAME}.txt", "Bridge opens\n\nCars may use it.\n", AP_NAME[:32], 4),
        (f"{AP_NAME}.nitf", NITF.format(id=""), AP_NAME[:32], 4),
        (f"{AP_NAME}.nitf", NITF.format(id='<doc-id id-string="bridge17"/>'), "bridge17", None),
        ("bridge.txt", "Bridge opens\n\nCars may use it.\n", None, None),
    ],
)
def test_a_file_without_an_id_in_it_has_the_id_in_its_name(
    name: str, content: str, guid: str | None, version: int | None
) -> None:
    original = Original(content=content.encode(), name=name, now=datetime(2026, 6, 1, tzinfo=UTC))
    (found,) = [each.item for each in ParsingReader(default_parsers()).read(original)]

    assert isinstance(found, Draft)
    assert (found.guid or None, found.guid_version) == (guid, version)


def test_the_name_of_a_feed_is_not_the_id_of_its_entries() -> None:
    entries = "".join(f"<item><title>Bridge {n}</title><description>It opens.</description></item>" for n in (1, 2))
    feed = f'<rss version="2.0"><channel><title>Q</title>{entries}</channel></rss>'
    original = Original(content=feed.encode(), name=f"{AP_NAME}.xml", now=datetime(2026, 6, 1, tzinfo=UTC))
    found = [each.item for each in ParsingReader(default_parsers()).read(original)]

    assert [getattr(each, "guid", None) or None for each in found] == [None, None]
