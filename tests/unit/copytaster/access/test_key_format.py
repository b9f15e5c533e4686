from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.access.key_format import ALPHABET, KEY, hash_of, id_of, is_well_formed, new_key

EXAMPLE = "ct_0123456789ABCDEFGHIJKLMNOPQRST4PMbyp"
"""A key whose checksum was computed apart: CRC-32 of its thirty characters, in base 62."""


def test_a_key_has_a_prefix_thirty_random_characters_and_a_checksum() -> None:
    keys = {new_key() for _ in range(100)}

    assert len(keys) == 100
    assert all(KEY.fullmatch(each) and len(each) == 39 and is_well_formed(each) for each in keys)


def test_the_checksum_is_the_crc_32_of_the_random_characters_in_base_62() -> None:
    number = 0
    for each in EXAMPLE[-6:]:
        number = number * 62 + ALPHABET.index(each)

    assert is_well_formed(EXAMPLE)
    assert number == 0xF0C344AF


@given(place=st.integers(3, 38), put=st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(place: int, put: str) -> None:
    changed = EXAMPLE[:place] + put + EXAMPLE[place + 1 :]

    assert is_well_formed(changed) is (changed == EXAMPLE)


@given(text=st.text())
def test_other_text_is_no_key(text: str) -> None:
    assert not is_well_formed(text)


@pytest.mark.parametrize("text", [EXAMPLE + "\n", EXAMPLE.upper(), EXAMPLE[3:], f" {EXAMPLE}", EXAMPLE[:-1]])
def test_a_key_is_compared_as_a_whole(text: str) -> None:
    assert not is_well_formed(text)


def test_the_public_id_says_nothing_of_the_key() -> None:
    assert id_of(hash_of(EXAMPLE)) == "k" + hash_of(EXAMPLE)[:12]
