from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.errors import PermanentError
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Draft, Parser
from copytaster.parsing.wire.anpa import AnpaParser
from copytaster.parsing.wire.iptc7901 import Iptc7901Parser
from copytaster.parsing.wire.newsml_1 import NewsMl1Parser
from copytaster.parsing.wire.newsml_g2 import NewsMlG2Parser
from copytaster.parsing.wire.nitf import NitfParser

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SEEDS = Path(__file__).parent.parent.parent / "seeds"
SAMPLES: list[tuple[Parser, bytes]] = [
    (NewsMlG2Parser(), (SEEDS / "kestrel" / "dam.xml").read_bytes()),
    (NitfParser(), (SEEDS / "kestrel" / "tram.nitf").read_bytes()),
    (NewsMl1Parser(), (SEEDS / "littoral" / "phare.xml").read_bytes()),
    (Iptc7901Parser(), (SEEDS / "bergische-rundschau" / "talsperre.iptc").read_bytes()),
    (AnpaParser(), (SEEDS / "kestrel" / "orchards.anpa").read_bytes()),
]
every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample[0].format)

EDITS = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 40),
        st.sampled_from(
            [
                b"",
                b"<",
                b">",
                b"&",
                b'"',
                b"\x00",
                b"\x01",
                b"\x02",
                b"\x03",
                b"\xff",
                b"<p>",
                b"</p>",
                b"&#0;",
                b"9999999999999",
                b"\n\n",
            ]
        ),
    ),
    min_size=1,
    max_size=6,
)


def edited(content: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """Return the content with bytes cut out and others put in their place."""
    for place, length, new in edits:
        at = int(place * len(content))
        content = content[:at] + new + content[at + length :]
    return content


def original(content: bytes) -> Original:
    return Original(content=content, name="item", now=NOW)


@every_sample
@given(edits=EDITS)
def test_any_damaged_file_ends_as_items_or_a_permanent_error(
    sample: tuple[Parser, bytes], edits: list[tuple[float, int, bytes]]
) -> None:
    parser, content = sample
    broken = original(edited(content, edits))

    assert 0 <= parser.score(broken) <= 1
    with suppress(PermanentError):
        for item in parser.parse(broken):
            assert isinstance(item, Draft | BadItem)


@every_sample
@given(edits=EDITS)
def test_every_draft_has_text_and_provenance(
    sample: tuple[Parser, bytes], edits: list[tuple[float, int, bytes]]
) -> None:
    parser, content = sample

    with suppress(PermanentError):
        for item in parser.parse(original(edited(content, edits))):
            if isinstance(item, Draft):
                assert item.title.strip()
                assert item.text.strip()
                assert {"title", "text", "charset"} <= set(item.provenance)


@every_sample
def test_only_the_parser_of_its_format_recognises_a_file(sample: tuple[Parser, bytes]) -> None:
    parser, content = sample

    accepting = [each.format for each, _ in SAMPLES if each.score(original(content)) >= 0.5]

    assert accepting == [parser.format]
