from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.model.source_names import alias_fault, display_name, name_key, resolve_name

PARTS = st.sampled_from(
    ["The", "die", "Harbour", "Post", "News", ": News", " - Home", " | ", ":", "İ", "\ufb01", " ", "ẞ"]
)
NAMES = st.text(max_size=30) | st.lists(PARTS, max_size=6).map("".join) | st.lists(PARTS, max_size=6).map(" ".join)


@given(NAMES)
def test_normalising_twice_is_normalising_once(name: str) -> None:
    assert display_name(display_name(name)) == display_name(name)
    assert name_key(name_key(name)) == name_key(name) == name_key(display_name(name))


@given(st.dictionaries(NAMES, NAMES, max_size=4), NAMES)
def test_resolving_twice_is_resolving_once(aliases: dict[str, str], name: str) -> None:
    if alias_fault(aliases) is None:
        assert resolve_name(resolve_name(name, aliases), aliases) == resolve_name(name, aliases)


@pytest.mark.parametrize(
    "name",
    ["The Harbour Post", "harbour post", "Harbour Post: News", "Harbour  Post | Sport", "\uff28arbour Post - Home"],
)
def test_spellings_of_one_name_have_one_key(name: str) -> None:
    assert name_key(name) == "harbour post"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("The", "the"),
        ("News", "news"),
        ("Post: Harbour", "post: harbour"),
        ("Harbour-News", "harbour-news"),
        ("Harbour News", "harbour news"),
        ("harbour-post", "harbour-post"),
        ("A Post", "a post"),
    ],
)
def test_nothing_else_is_removed(name: str, key: str) -> None:
    assert name_key(name) == key


@pytest.mark.parametrize(
    "aliases", [{"A": "B", "B": "C"}, {"A": "Post", "B": "POST"}, {"The Post": "X", "post": "Y"}, {" ": "X"}]
)
def test_a_table_with_two_names_for_one_is_refused(aliases: dict[str, str]) -> None:
    assert alias_fault(aliases)
