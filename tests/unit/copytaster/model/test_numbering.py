from __future__ import annotations

import pytest

from copytaster.model.numbering import Numbered, number_in_name, number_of_message


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("seq_7.txt", Numbered("name seq_*.txt", 7, 1)),
        ("AP0412.xml", Numbered("name AP*.xml", 412, 4)),
        ("2026-11-29_0412-en.xml", Numbered("name #-#-#_*-en.xml", 412, 4)),
        ("0412", Numbered("name *", 412, 4)),
        ("story.html", None),
        ("story.mp3", None),
        (".7", Numbered("name .*", 7, 1)),
    ],
)
def test_the_last_digits_of_a_name_are_its_number(name: str, expected: Numbered | None) -> None:
    assert number_in_name(name) == expected


def test_a_long_name_has_a_short_series() -> None:
    found = number_in_name(f"{'x' * 200}1.txt")

    assert found
    assert len(found.series) < 60


@pytest.mark.parametrize(
    ("format_", "guid", "expected"),
    [
        ("iptc7901", "afp:2026-11-29:0412", Numbered("service afp", 412, 4)),
        ("anpa", "anpa:r:2026-11-29:0007", Numbered("service anpa:r", 7, 4)),
        ("nitf", "afp:2026-11-29:0412", None),
        ("anpa", "something else", None),
        ("anpa", None, None),
    ],
)
def test_wire_messages_are_numbered_by_their_service(format_: str, guid: str | None, expected: Numbered | None) -> None:
    assert number_of_message(format_, guid) == expected
