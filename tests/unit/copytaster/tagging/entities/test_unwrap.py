from __future__ import annotations

import pytest

from copytaster.tagging.entities.unwrap import unwrapped

WRAPPED = (
    "The mayor of Springfield, Elena Markovic, said on Tuesday that the port of San\n"
    "Francisco would lend two ferries to the town while its own are repaired at the\n"
    "Harbour Commission's yard.\n"
    "\n"
    "Work begins in May."
)


def test_line_ends_inside_sentences_become_spaces_and_others_stay() -> None:
    found = unwrapped(WRAPPED)

    assert "San Francisco" in found
    assert "the Harbour Commission's yard.\n\nWork begins" in found
    assert len(found) == len(WRAPPED)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one line",
        "Elena Markovic\nAnna Lind\nPeter Orvik",
        "Results of the second round\nSpringfield 2\nShelby 1",
        "The ferry leaves at noon and it arrives at the island in the evening, unless it\n- rains\n- snows",
        "Springfield      12      14      9      3      Elena Markovic    7      Anna\nShelby  1",
        "A paragraph that its author ended with a full stop, and that is a line.\nA second paragraph of this kind.",
        "word " * 40 + "\n" + "word " * 40,
    ],
)
def test_lists_tables_headings_and_paragraphs_are_unchanged(text: str) -> None:
    assert unwrapped(text) == text


def test_a_paragraph_of_any_length_takes_linear_time() -> None:
    """With a square of the length, this one would take hours."""
    paragraph = "The ferry sailed at six. " * 40_000

    assert unwrapped(f"{paragraph}\n\n{paragraph}") == f"{paragraph}\n\n{paragraph}"
